"""The report of an audit: its data, its statistics, and the formats it is written in."""
