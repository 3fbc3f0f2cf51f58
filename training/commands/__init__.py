"""The commands that make models, one file for each."""

COMMANDS = ("new", "generate", "samples", "fit", "export", "experiments", "glyphs", "serve")
