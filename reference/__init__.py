"""docs/reference, written from the code: `make reference`, or `python -m reference`.

Like `benchmarks/`, this is a folder of the repository and no part of what is installed: who
uses capslice reads the pages, and has `--help`. It looks at both command lines and so may stand
in neither of their rooms; and `docs/` holds what is read, not what is run.

No sentence of the pages stands twice. A command's words are those of its `--help`, and a key's
are the comments of config.toml; its default is what stands there, which a test
(tests/agent/test_settings.py) holds to be the code's, and which knows of no user's home. Beside
them lies the schema of an audit's report.
"""
