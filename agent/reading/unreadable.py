"""Counts the labelled pictures that a model cannot read, and why it cannot."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from capslice.errors import PictureError, quoted
from capslice.models.decoding import Decoder
from capslice.models.decoding.known import span

MOST_EXAMPLES = 5
MOST_CHARACTERS = 20  # that are named


@dataclass
class Unreadable:
    """Pictures that cannot be decoded, and labels that are no possible text.

    counts:   how many there are of each kind: `broken`, `longer`, `shorter` or `unknown`.
    examples: a sentence about each of the first five.
    """

    decoder: Decoder
    counts: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)
    _unknown: Counter[str] = field(default_factory=Counter)

    def count_broken(self, error: PictureError) -> None:
        """Count a picture that cannot be decoded."""
        self._count("broken", str(error))

    def count_label(self, file: Path, label: str) -> None:
        """Count a picture whose label is no possible text."""
        decoder = self.decoder
        if len(label) > decoder.longest:
            kind = "longer"
        elif len(label) < decoder.shortest:
            kind = "shorter"
        else:
            kind = "unknown"
            self._unknown.update(set(label) - set(decoder.characters))
        self._count(
            kind,
            f"{file}: its label {quoted(label)} is not {span(decoder.shortest, decoder.longest)} "
            f"of {decoder.characters}",
        )

    def _count(self, kind: str, example: str) -> None:
        self.counts[kind] += 1
        if len(self.examples) < MOST_EXAMPLES:
            self.examples.append(example)

    def __str__(self) -> str:
        unknown = [each for each, _ in self._unknown.most_common(MOST_CHARACTERS)]
        if len(self._unknown) > MOST_CHARACTERS:
            unknown.append("…")
        kinds = {
            "longer": ("label", f"longer than {self.decoder.longest}"),
            "shorter": ("label", f"shorter than {self.decoder.shortest}"),
            "unknown": ("label", f"with characters it does not know ({', '.join(unknown)})"),
            "broken": ("picture", "broken"),
        }
        return ", ".join(
            f"{count} {noun}{'s' * (count > 1)} {what}"
            for kind, (noun, what) in kinds.items()
            if (count := self.counts[kind])
        )
