"""The journal: writes down what was done, lists it, and exports labelled pictures."""
