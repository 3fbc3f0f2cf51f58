"""The shipped models, and what both who makes and who runs a model must know of one."""
