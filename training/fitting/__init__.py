"""Fits a network: the recipe, the data sources, the optimizer, the warm start and the result."""
