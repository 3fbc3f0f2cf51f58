"""Whatever reads captchas: this project, the article's networks, and what else there is.

Each can be had as a function (`kinds`), and in a process of its own (`process`), where it can be
timed from its start and weighed. Nothing is loaded here: that process comes by.
"""
