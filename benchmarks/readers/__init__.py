"""The readers to compare: this project's, the article's networks, and other programs.

`specs` describes them and loads them; `process` runs one in a process of its own, which can be
timed from its start and whose memory can be measured. This package imports nothing, because the
start of that process counts.
"""
