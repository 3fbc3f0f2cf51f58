"""The readers, by what they are loaded from. What is not installed is left out.

Each is a function from the content of a PNG file to text. Those that compute with ONNX Runtime
are given as many threads as are asked for, the others as many as they take.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

Read = Callable[[bytes], str]
Load = Callable[[Path | None, str, int], Read]


class Kind(NamedTuple):
    """A reader: its name, what loads it, from which files, and how many bytes it takes on disk."""

    name: str
    load: str
    path: Path | None = None
    size: int = 0
    charset: str = ""

    def read_with(self, threads: int) -> Read:
        """The function, loaded."""
        return LOADERS[self.load](self.path, self.charset, threads)


def kinds(model: Path, charset: str, article: Path | None = None) -> list[Kind]:
    """Ours first; `article` is a folder with a fit of his six networks and their ONNX files."""
    found = [Kind("capslice", "ours", model, _bytes(model), charset)]
    if article:
        files, weights = article / "slices.json", article / "reader.weights.h5"
        slices = sum(_bytes(path) for path in article.glob("slice-*.onnx"))
        found += [
            Kind("article, six ONNX sessions", "six_sessions", files, slices, charset),
            Kind("article, Keras `predict`", "keras", article, _bytes(weights), charset),
        ]
    return found + peers(charset)


@cache
def peers(charset: str) -> list[Kind]:
    """Those that are not ours, and are installed, by name and version."""
    # Not for the readers' own processes, which are timed from their start.
    from importlib.metadata import PackageNotFoundError, version

    found = []
    if find_spec("ddddocr"):
        folder = Path(find_spec("ddddocr").origin or "").parent  # type: ignore[union-attr]
        for name, file in (("", "common_old.onnx"), (" beta", "common.onnx")):
            size = _bytes(folder / file)
            load = "ddddocr" + name.replace(" ", "_")
            found.append(
                Kind(f"ddddocr {version('ddddocr')}{name}", load, size=size, charset=charset)
            )
    try:
        import pytesseract

        number = pytesseract.get_tesseract_version().public
    except (ImportError, PackageNotFoundError, OSError):
        return found
    # `tesseract --list-langs` says where they are only in words.
    data = next(iter(Path("/usr/share/tesseract-ocr").glob("*/tessdata/eng.traineddata")), None)
    size = _bytes(data) if data else 0
    return [*found, Kind(f"Tesseract {number}", "tesseract", size=size, charset=charset)]


def _bytes(path: Path) -> int:
    return path.stat().st_size


def _ours(path: Path | None, _: str, threads: int) -> Read:
    from capslice import Reader

    reader = Reader(path, threads) if path else Reader(threads=threads)
    return lambda content: reader.read(reader.decode(content, "the picture")).text


def _six_sessions(path: Path | None, charset: str, threads: int) -> Read:
    import json

    import onnxruntime
    from PIL import Image

    assert path
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    slices = json.loads(path.read_text())
    sessions = [
        onnxruntime.InferenceSession(path.with_name(f"slice-{number}.onnx"), options)
        for number in range(len(slices))
    ]

    def read(content: bytes) -> str:
        grey = np.asarray(Image.open(io.BytesIO(content)).convert("L"), np.float32) / 255
        text = ""
        for session, (left, right) in zip(sessions, slices, strict=True):
            (found,) = session.run(None, {"slice": grey[np.newaxis, :, left:right, np.newaxis]})
            text += charset[found[0].argmax()]
        return text

    return read


def _keras(path: Path | None, charset: str, _: int) -> Read:
    from PIL import Image

    from capslice.training.fitting.fit_result import load_reader
    from capslice.training.pictures import EllipseCaptcha

    assert path
    reader = load_reader(EllipseCaptcha(), path)[1]

    def read(content: bytes) -> str:
        grey = np.asarray(Image.open(io.BytesIO(content)).convert("L"))
        found = reader.predict(grey[np.newaxis], verbose=0)[0]
        return "".join(charset[code] for code in found.argmax(-1))

    return read


def _ddddocr(charset: str, threads: int, *, beta: bool) -> Read:
    import onnxruntime
    from ddddocr import DdddOcr

    # It has no option for this.
    session = onnxruntime.InferenceSession

    def with_threads(*given: Any, **named: Any) -> Any:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        return session(*given, **{"sess_options": options, **named})

    onnxruntime.InferenceSession = with_threads
    try:
        ocr = DdddOcr(show_ad=False, beta=beta)
    finally:
        onnxruntime.InferenceSession = session
    ocr.set_ranges(charset)
    return lambda content: str(ocr.classification(content))


def _tesseract(_: Path | None, charset: str, __: int) -> Read:
    import pytesseract
    from PIL import Image

    # One line of text, of these characters.
    options = f"--psm 7 -c tessedit_char_whitelist={charset}"

    def read(content: bytes) -> str:
        text: str = pytesseract.image_to_string(Image.open(io.BytesIO(content)), config=options)
        return text.strip()

    return read


LOADERS: dict[str, Load] = {
    "ours": _ours,
    "six_sessions": _six_sessions,
    "keras": _keras,
    "ddddocr": lambda _, charset, threads: _ddddocr(charset, threads, beta=False),
    "ddddocr_beta": lambda _, charset, threads: _ddddocr(charset, threads, beta=True),
    "tesseract": _tesseract,
}
