"""Whatever reads captchas: this project, the article's networks, and what else there is.

Each can be had as a function, and in a process of its own, where it can be timed from its start
and weighed.
"""

from benchmarks.readers.kinds import Kind, kinds
from benchmarks.readers.process import ReaderProcess

__all__ = ["Kind", "ReaderProcess", "kinds"]
