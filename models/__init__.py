"""The shipped models, and what both the training and the running of a model need to know."""
