"""The rules: where the agent may act, how fast, and which secrets it never writes down."""
