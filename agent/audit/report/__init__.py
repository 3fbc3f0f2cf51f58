"""The report of an audit: its data, its statistics, and the forms in which it is shown."""
