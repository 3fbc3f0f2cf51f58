"""The rules of conduct: where the agent may act, how fast, and what it never writes down."""
