"""The folder of a round of learning, which is whole or not there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from capslice.errors import FitError

UNFINISHED = ".unfinished"  # added to the name of the folder while its files are written


@contextmanager
def round_folder(out: Path) -> Iterator[Path]:
    """Give a new folder beside `out`, and rename it to `out` at the end, if there was no error.

    What a killed round has left is deleted first. Raises FitError where `out` exists, or where it
    cannot be written.
    """
    folder = out.with_name(out.name + UNFINISHED)
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise FitError(f"{out} exists already: name a new folder with --out")
    with _writing(out):
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
    yield folder
    with _writing(out):
        folder.rename(out)


@contextmanager
def _writing(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FitError(f"{out} cannot be written ({error.strerror or error})") from None
