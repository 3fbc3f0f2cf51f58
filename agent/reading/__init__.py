"""Reads pictures with a model, and measures how well it does."""
