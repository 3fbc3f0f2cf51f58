"""Tries `init` and `solve` on every page of the tests, and writes docs/pages.md."""
