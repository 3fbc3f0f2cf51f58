"""Describes the readers and loads them. Readers that are not installed are left out.

A loaded reader is a function from the content of a PNG file to text. Readers that use ONNX Runtime
get the requested number of threads; the others choose their own.
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


class ReaderSpec(NamedTuple):
    """A reader that can be loaded.

    loader:  its key in LOADERS.
    path:    the model file or folder.
    size:    the bytes of the model on disk.
    charset: the characters that can occur.
    """

    name: str
    loader: str
    path: Path | None = None
    size: int = 0
    charset: str = ""

    def load(self, threads: int) -> Read:
        """Load the reader."""
        return LOADERS[self.loader](self.path, self.charset, threads)


def all_readers(model: Path, charset: str, article: Path | None = None) -> list[ReaderSpec]:
    """List ours first, then the article's, then the peers.

    `article` is the folder of a fit of the article's six networks, with their ONNX files.
    """
    specs = [ReaderSpec("capslice", "ours", model, _size(model), charset)]
    if article:
        slices, weights = article / "slices.json", article / "reader.weights.h5"
        size = sum(map(_size, article.glob("slice-*.onnx")))
        specs += [
            ReaderSpec("article, six ONNX sessions", "six_sessions", slices, size, charset),
            ReaderSpec("article, Keras `predict`", "keras", article, _size(weights), charset),
        ]
    return specs + peers(charset)


@cache
def peers(charset: str) -> list[ReaderSpec]:
    """List the installed readers of other projects, by name and version."""
    # The readers' own processes must not pay for this import: they are timed from their start.
    from importlib.metadata import PackageNotFoundError, version

    specs = []
    if find_spec("ddddocr"):
        folder = Path(find_spec("ddddocr").origin or "").parent  # type: ignore[union-attr]
        for name, file in (("", "common_old.onnx"), (" beta", "common.onnx")):
            size = _size(folder / file)
            loader = "ddddocr" + name.replace(" ", "_")
            specs.append(
                ReaderSpec(
                    f"ddddocr {version('ddddocr')}{name}", loader, size=size, charset=charset
                )
            )
    try:
        import pytesseract

        number = pytesseract.get_tesseract_version().public
    except (ImportError, PackageNotFoundError, OSError):
        return specs
    # `tesseract --list-langs` names this folder only in a sentence.
    data = next(iter(Path("/usr/share/tesseract-ocr").glob("*/tessdata/eng.traineddata")), None)
    size = _size(data) if data else 0
    return [*specs, ReaderSpec(f"Tesseract {number}", "tesseract", size=size, charset=charset)]


def _size(path: Path) -> int:
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
            inputs = {"slice": grey[np.newaxis, :, left:right, np.newaxis]}
            (probabilities,) = session.run(None, inputs)
            text += charset[probabilities[0].argmax()]
        return text

    return read


def _keras(path: Path | None, charset: str, _: int) -> Read:
    from PIL import Image

    from capslice.training.tensorflow import prepare_tensorflow

    prepare_tensorflow()
    from capslice.training.fitting.fit_result import load_reader
    from capslice.training.pictures import EllipseCaptcha

    assert path
    reader = load_reader(EllipseCaptcha(), path)[1]

    def read(content: bytes) -> str:
        grey = np.asarray(Image.open(io.BytesIO(content)).convert("L"))
        probabilities = reader.predict(grey[np.newaxis], verbose=0)[0]
        return "".join(charset[code] for code in probabilities.argmax(-1))

    return read


def _ddddocr(charset: str, threads: int, *, beta: bool) -> Read:
    import onnxruntime
    from ddddocr import DdddOcr

    # ddddocr has no option for the number of threads.
    session = onnxruntime.InferenceSession

    def with_threads(*arguments: Any, **named: Any) -> Any:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        return session(*arguments, **{"sess_options": options, **named})

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

    # One line of text, with these characters only.
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
