"""Reads pictures with a model, and measures how well the model reads."""
