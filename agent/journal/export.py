"""Exports the answered pictures of a journal, with what the site said to the answers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from capslice.agent.database import checked_row
from capslice.agent.journal.attempts import Filter, rows
from capslice.agent.journal.evidence import evidence
from capslice.models.labels import collected_name, is_label


class AnsweredRow(NamedTuple):
    """What an export reads of an attempt."""

    picture: bytes | None
    text: str | None
    verdict: str | None


@dataclass
class Export:
    """What an export did.

    written:  pictures whose accepted text was added.
    present:  accepted answers whose picture had a label already.
    rejected: rejected answers that were added.
    unusable: answers without a picture, or with a text that is no label.
    by_hand:  labels of the folder that come from no accepted answer of this export.
    """

    written: int = 0
    present: int = 0
    rejected: int = 0
    unusable: int = 0
    by_hand: int = 0


def export(journal: Path, which: Filter, folder: Path) -> Export:
    """Write each accepted or rejected picture into `folder`, as `evidence.py` describes.

    What the folder has already is kept, so that a person may add labels to it.

    Raises JournalError if the journal cannot be read or the folder cannot be written to, and
    LabelsError if a list of the folder is broken.
    """
    result = Export()
    with evidence(folder) as known:
        accepted = set()
        for row in rows(journal, which, ", ".join(AnsweredRow._fields)):
            picture, text, verdict = checked_row(tuple(row.values()), AnsweredRow, journal)
            if verdict not in ("accepted", "rejected"):
                continue
            if not picture or not text or not is_label(text):
                result.unusable += 1
            elif verdict == "rejected":
                result.rejected += known.reject(picture, text)
            else:
                accepted.add(folder / collected_name(picture))
                new = known.label(picture, text)
                result.written += new
                result.present += not new
        result.by_hand = len(known.labels.keys() - accepted)
    return result
