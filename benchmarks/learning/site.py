"""A simulated site: shows each picture of a folder once, and says whether an answer is right."""

from __future__ import annotations

import csv
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from capslice.models.labels import LABELS_FILE, REJECTED_FILE, collected_name, labels_of

Row = tuple[str, str]  # file, text


@dataclass
class Site:
    """The pictures of a folder in random order, and the evidence of what was answered.

    fresh:    pictures that were not shown yet, with their texts.
    test:     pictures that are never shown, with their texts.
    fold:     whether the site ignores the case of letters.
    accepted: accepted answers and labels made by hand, oldest first.
    rejected: rejected answers, oldest first.
    """

    evidence: Path
    fresh: list[tuple[Path, str]]
    test: list[tuple[Path, str]]
    fold: bool
    accepted: list[Row] = field(default_factory=list)
    rejected: list[Row] = field(default_factory=list)

    @classmethod
    def of_folder(cls, folder: Path, evidence: Path, test: int, seed: int, *, fold: bool) -> Site:
        """Shuffle the pictures of a folder, and keep `test` of them apart."""
        labels = sorted(labels_of(folder).items())
        random.Random(seed).shuffle(labels)
        evidence.mkdir(parents=True)
        return cls(evidence, labels[test:], labels[:test], fold)

    def label(self, count: int) -> None:
        """Label the next `count` pictures by hand."""
        for path, text in self._take(count):
            self.accepted.append((self._keep(path), text))

    def show(self, count: int) -> Sequence[tuple[Path, str]]:
        """The next `count` pictures; fewer, or none, where no more are left."""
        return self._take(count)

    def judge(self, path: Path, text: str, answer: str) -> bool:
        """Say whether the answer to a picture is right, and keep that as evidence."""
        right = self.is_right(text, answer)
        if answer:
            (self.accepted if right else self.rejected).append((self._keep(path), answer))
        return right

    def is_right(self, text: str, answer: str) -> bool:
        """Whether the site accepts this answer to a picture that shows `text`."""
        return answer.casefold() == text.casefold() if self.fold else answer == text

    def write(self) -> None:
        """Write the lists of the evidence."""
        for name, rows in ((LABELS_FILE, self.accepted), (REJECTED_FILE, self.rejected)):
            if rows:
                with (self.evidence / name).open("w", newline="", encoding="utf-8") as file:
                    csv.writer(file).writerows([("file", "text"), *rows])

    def _take(self, count: int) -> list[tuple[Path, str]]:
        taken, self.fresh = self.fresh[:count], self.fresh[count:]
        return taken

    def _keep(self, path: Path) -> str:
        content = path.read_bytes()
        name = collected_name(content)
        (self.evidence / name).write_bytes(content)
        return name
