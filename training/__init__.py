"""All that is made: glyphs, pictures, data sets, networks, readers, and the mock page."""
