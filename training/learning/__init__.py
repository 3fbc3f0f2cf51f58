"""One round of `capslice learn`: a short fit to what a site said, and the export of the model."""
