"""Measures how fast capslice is, side by side with alternatives: `python -m benchmarks`."""
