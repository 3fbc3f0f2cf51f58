"""Exports a fit to one ONNX file: calibrated, in eight bits."""
