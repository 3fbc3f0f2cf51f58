"""The journal: records every attempt, lists them, and exports labelled pictures."""
