"""All that is made: pictures, data sets, networks, fits, model files, and the mock page."""
