"""The readers to compare: this project's, the article's networks, and other programs.

`specs` describes them; `ours`, `article` and `peers` load them; `masking` restricts the answers of
peers to the possible ones; `process` runs a reader in a process of its own, which can be timed from
its start and whose memory can be measured. This package imports nothing, because the start of that
process counts.
"""
