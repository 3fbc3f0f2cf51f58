"""How well a model reads fonts and drawing libraries that it has never seen, and for how long.

Nothing here shares drawing code with what models are fitted on: pictures come from Skia
and from the canvas of a browser. `python -m benchmarks.robustness` writes the page.
"""
