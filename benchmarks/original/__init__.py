"""The original: who reads what Perl's GD::SecurityImage draws, and what the author had guessed.

`python -m benchmarks.original` judges models on pictures of the module itself, in fonts that none
was fitted on, and writes docs/original.md.
"""
