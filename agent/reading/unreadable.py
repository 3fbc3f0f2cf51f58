"""Counts the labelled pictures that a model cannot read, and why it cannot."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from capslice.agent.reading.reader import Answer
from capslice.errors import PictureError, quoted
from capslice.models.decoding import Decoder
from capslice.models.decoding.known import span
from capslice.models.sums import value, wanted_value

MOST_EXAMPLES = 5
MOST_CHARACTERS = 20  # that are named


@dataclass
class Unreadable:
    """Pictures that cannot be decoded, and labels that are no possible text.

    answer:   whether a label is the text in the picture, or a sum or its value.
    counts:   how many there are of each kind: `broken`, `longer`, `shorter`, `unknown` or `no_sum`.
    sums:     how many labels are sums that the model would read if it were told to.
    examples: a sentence about each of the first five.
    """

    decoder: Decoder
    answer: Answer = "text"
    counts: Counter[str] = field(default_factory=Counter)
    sums: int = 0
    examples: list[str] = field(default_factory=list)
    _unknown: Counter[str] = field(default_factory=Counter)

    def count_broken(self, error: PictureError) -> None:
        """Count a picture that cannot be decoded."""
        self._count("broken", str(error))

    def count_label(self, file: Path, label: str) -> None:
        """Count a picture whose label is no possible text."""
        decoder = self.decoder
        if self.answer == "sum" and wanted_value(label) is None:
            self._count("no_sum", f"{file}: its label {quoted(label)} is no sum and no value")
            return
        if len(label) > decoder.longest:
            kind = "longer"
        elif len(label) < decoder.shortest:
            kind = "shorter"
        else:
            kind = "unknown"
            self._unknown.update(set(label) - set(decoder.characters))
            known = set(label) <= set(decoder.model_characters)
            self.sums += self.answer == "text" and known and value(label) is not None
        self._count(
            kind,
            f"{file}: its label {quoted(label)} is not {span(decoder.shortest, decoder.longest)} "
            f"of {decoder.characters}",
        )

    def _count(self, kind: str, example: str) -> None:
        self.counts[kind] += 1
        if len(self.examples) < MOST_EXAMPLES:
            self.examples.append(example)

    def hint(self) -> str | None:
        """A sentence that says how to read the labels that are sums, if there are any."""
        if not self.sums:
            return None
        return (
            f"{self.sums} of the labels are sums: to read sums, give --answer sum, or "
            '`answer = "sum"` under [model]'
        )

    def __str__(self) -> str:
        unknown = [each for each, _ in self._unknown.most_common(MOST_CHARACTERS)]
        if len(self._unknown) > MOST_CHARACTERS:
            unknown.append("…")
        kinds = {
            "longer": ("label", f"longer than {self.decoder.longest}"),
            "shorter": ("label", f"shorter than {self.decoder.shortest}"),
            "unknown": ("label", f"with characters that it does not read ({', '.join(unknown)})"),
            "no_sum": ("label", "without a sum"),
            "broken": ("picture", "broken"),
        }
        return ", ".join(
            f"{count} {noun}{'s' * (count > 1)} {what}"
            for kind, (noun, what) in kinds.items()
            if (count := self.counts[kind])
        )
