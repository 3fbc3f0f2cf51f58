"""Starts browsers or connects to them, and closes them."""
