"""Loads a model of this project."""

from __future__ import annotations

from benchmarks.readers.specs import Guess, Read, ReaderSpec
from capslice import Reader
from capslice.models.card import SHIPPED


def load(spec: ReaderSpec, threads: int) -> Read:
    """Load the model `spec.path`, or the default one."""
    reader = Reader(spec.path or SHIPPED, threads, spec.known)

    def read(content: bytes) -> Guess:
        reading = reader.read(reader.decode(content, "the picture"))
        return Guess(reading.text, reading.confidence)

    return read
