"""Acts on pages: reads a captcha with an ONNX model and answers it in a real browser."""
