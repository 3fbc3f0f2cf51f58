"""Repeats the experiments of the article, and answers the questions that it left open.

The modules that fit import Keras, so callers run `prepare_tensorflow` before they import them.
"""
