"""A kind of captcha: a sample of a folder of labelled pictures, and what is known of its texts."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from capslice.models.decoding import Known
from capslice.models.labels import labels_of

SEED = 1


@dataclass(frozen=True)
class Kind:
    """The pictures of a kind that all readers read, in this order.

    files:  their paths.
    labels: their texts.
    known:  the lengths and characters of all labels in the folder. Where these have small letters,
            case is ignored: labels can have lost it, and both cases of a letter often look alike.
    """

    name: str
    files: tuple[Path, ...]
    labels: tuple[str, ...]
    known: Known

    @classmethod
    def of_folder(cls, folder: Path, limit: int) -> Kind:
        """Choose `limit` pictures of a folder at random, always the same ones.

        Labels come from `labels.csv` if the folder has one, otherwise from the files' names.
        Raises LabelsError if they cannot be read.
        """
        table = folder / "labels.csv"
        labels = labels_of(folder, table if table.exists() else None)
        chosen = random.Random(SEED).sample(sorted(labels), min(limit, len(labels)))
        texts = labels.values()
        return cls(
            folder.resolve().name,
            tuple(chosen),
            tuple(labels[path] for path in chosen),
            Known(
                min(map(len, texts)),
                max(map(len, texts)),
                "".join(sorted(set("".join(texts)))),
                "fold" if any(each.islower() for each in "".join(texts)) else "keep",
            ),
        )

    @cached_property
    def contents(self) -> list[bytes]:
        """The content of each file."""
        return [path.read_bytes() for path in self.files]
