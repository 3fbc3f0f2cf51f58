"""Judges a fit: cross-validation, the learning curve, and the sheet of misread pictures."""
