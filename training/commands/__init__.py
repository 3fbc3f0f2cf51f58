"""The commands that make models, a file for each."""

COMMANDS = ("new", "generate", "samples", "fit", "export", "experiments", "glyphs", "serve")
