"""Exports a fit to one ONNX file: calibrated, with 8-bit convolutions, and measured."""
