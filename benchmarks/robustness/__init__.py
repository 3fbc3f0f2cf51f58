"""Tests how well a model reads fonts and drawing libraries that it has never seen.

The pictures come from Skia and from a browser's canvas, so they share no drawing code with the
training pictures. `python -m benchmarks.robustness` writes the page.
"""
