"""Lets readers read kinds of captcha, each reader in a process of its own on one thread.

What the readers of other projects read does not change, so a file can keep it from run to run.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from benchmarks.kinds.kind import Kind
from benchmarks.readers.process import ReaderProcess
from benchmarks.readers.specs import ReaderSpec
from capslice import command_line
from capslice.errors import PictureError
from capslice.models.decoding.known import NOTHING_KNOWN


class Reads(msgspec.Struct, frozen=True):
    """What a reader read of a kind.

    told:        whether it was told the lengths and characters that can occur.
    files:       the names of the pictures.
    texts:       what was read in each.
    confidences: the probability that the reader gave to each text, in [0, 1]; empty without one.
    seconds:     the time of one core that each took, from the content of the file to the text.
    """

    reader: str
    kind: str
    told: bool
    files: list[str]
    texts: list[str]
    confidences: list[float]
    seconds: list[float]


def measure(specs: Sequence[ReaderSpec], kind: Kind, kept: Path | None = None) -> list[Reads]:
    """Let each reader read the kind twice: told nothing, and told what is known.

    `kept` is a JSON file; what it has of the same pictures is not read again, and what is read is
    added to it.
    """
    reads = _load(kept)
    found = []
    names = [path.name for path in kind.files]
    for spec in specs:
        for told in (False, True):
            same = (spec.name, kind.name, told, names)
            one = next(
                (one for one in reads if (one.reader, one.kind, one.told, one.files) == same), None
            )
            if one is None:
                one = _read(spec, kind, told=told)
                reads.append(one)
                if kept:
                    kept.write_bytes(msgspec.json.encode(reads))
            found.append(one)
    return found


def _load(kept: Path | None) -> list[Reads]:
    if kept is None or not kept.exists():
        return []
    return msgspec.json.decode(kept.read_bytes(), type=list[Reads])


def _read(spec: ReaderSpec, kind: Kind, *, told: bool) -> Reads:
    spec = spec._replace(known=kind.known if told else NOTHING_KNOWN)
    answers = []
    with ReaderProcess(spec, 1) as process:
        try:
            process.read(kind.contents[0])  # warms up
            pictures = command_line.follow(
                kind.contents, len(kind.contents), f"{kind.name}, {spec.name}"
            )
            answers = [process.read(content) for content in pictures]
        except EOFError:
            file = kind.files[len(answers)]
            raise PictureError(f"{spec.name} stopped at a picture of {file.parent}") from None
    sure = [each.confidence for each in answers if each.confidence is not None]
    return Reads(
        spec.name,
        kind.name,
        told,
        [path.name for path in kind.files],
        [each.text for each in answers],
        sure,
        [each.processor_seconds for each in answers],
    )
