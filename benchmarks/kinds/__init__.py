"""Measures how well readers read many kinds of captcha, and writes docs/general.md.

A kind is a folder of labelled pictures. `kind` samples it, `measuring` lets the readers read the
sample, `figures` counts, and `report` writes the page.
"""
