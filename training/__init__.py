"""Makes models: pictures, data sets, networks, fits and ONNX files. Also has the mock page."""
