"""Fits a network: the recipe, the pictures, the warm start, and the result."""
