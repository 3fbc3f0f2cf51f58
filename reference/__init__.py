"""Writes docs/reference from the code: `make reference`, or `python -m reference`.

This package belongs to the repository and is not installed. No sentence is written twice: the text
of a command is its `--help`, the text of a key is its comment in config.toml, and the text of a
Python name is its docstring.
"""
