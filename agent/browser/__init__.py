"""Starts a browser or reaches one, and leaves none behind."""
