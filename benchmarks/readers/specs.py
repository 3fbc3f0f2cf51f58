"""Describes the readers. Readers that are not installed are left out.

`ours`, `article` and `peers` load them. A loaded reader is a function from the content of a
picture file to a guess. Readers that use ONNX Runtime get the requested number of threads; the
others choose their own.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from capslice.models.decoding.known import NOTHING_KNOWN, Known


class Guess(NamedTuple):
    """What a reader read, and the probability that it gives to it, in [0, 1], if it gives any."""

    text: str
    confidence: float | None


Read = Callable[[bytes], Guess]


class ReaderSpec(NamedTuple):
    """A reader that can be loaded.

    loader: the module and function that load it.
    path:   the model file or folder.
    size:   the bytes of the model on disk.
    known:  what the reader is told about the text.
    """

    name: str
    loader: str
    path: Path | None = None
    size: int = 0
    known: Known = NOTHING_KNOWN

    def load(self, threads: int) -> Read:
        """Load the reader."""
        module, function = self.loader.split(".")
        read: Read = getattr(import_module(f"benchmarks.readers.{module}"), function)(self, threads)
        return read


def all_readers(model: Path, known: Known, article: Path | None = None) -> list[ReaderSpec]:
    """List ours first, then the article's, then the peers.

    The article's and the peers are told what is known; the card of ours says it.
    `article` is the folder of a fit of the article's six networks, with their ONNX files.
    """
    specs = [ReaderSpec("capslice", "ours.load", model, _size(model))]
    if article:
        slices, weights = article / "slices.json", article / "reader.weights.h5"
        size = sum(map(_size, article.glob("slice-*.onnx")))
        sessions, keras = "article, six ONNX sessions", "article, Keras `predict`"
        specs += [
            ReaderSpec(sessions, "article.load_sessions", slices, size, known),
            ReaderSpec(keras, "article.load_keras", article, _size(weights), known),
        ]
    return specs + peers(known)


@cache
def peers(known: Known) -> list[ReaderSpec]:
    """List the installed readers of other projects, by name and version."""
    # The readers' own processes must not pay for this import: they are timed from their start.
    from importlib.metadata import PackageNotFoundError, version

    specs = []
    if folder := _folder("ddddocr"):
        name = f"ddddocr {version('ddddocr')}"
        default, beta = folder / "common_old.onnx", folder / "common.onnx"
        specs.append(ReaderSpec(name, "peers.load_ddddocr", default, _size(default), known))
        specs.append(ReaderSpec(f"{name} beta", "peers.load_ddddocr", beta, _size(beta), known))
    if folder := _folder("rapidocr"):
        model = folder / "models" / "PP-OCRv6_rec_small.onnx"
        name = f"RapidOCR {version('rapidocr')}, PP-OCRv6 small"
        specs.append(ReaderSpec(name, "peers.load_rapidocr", model, _size(model), known))
    try:
        import pytesseract

        number = pytesseract.get_tesseract_version().public
    except (ImportError, PackageNotFoundError, OSError):
        return specs
    # `tesseract --list-langs` names this folder only in a sentence.
    data = next(iter(Path("/usr/share/tesseract-ocr").glob("*/tessdata/eng.traineddata")), None)
    size = _size(data) if data else 0
    return [*specs, ReaderSpec(f"Tesseract {number}", "peers.load_tesseract", data, size, known)]


def _folder(package: str) -> Path | None:
    found = find_spec(package)
    return Path(found.origin).parent if found and found.origin else None


def _size(path: Path) -> int:
    return path.stat().st_size
