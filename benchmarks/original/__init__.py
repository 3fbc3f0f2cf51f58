"""Tests models on pictures that Perl's GD::SecurityImage draws, in fonts that none was fitted on.

`python -m benchmarks.original` also compares the article's imitation with the module, and writes
docs/original.md.
"""
