"""The readers of other projects, each called in the way that suits it best.

All get the picture in RGB, with white where it is transparent: not all of them read palettes and
transparency right themselves. Spaces in their answers are dropped. Where nothing is known of the
text, each answers as its own program does. Where something is known, `masking` chooses among the
allowed texts. Tesseract takes a list of characters, and has no option for the length.
"""

from __future__ import annotations

import io
import shlex
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from benchmarks.readers.masking import Recorder, choose_under, softmax
from benchmarks.readers.specs import Guess, Read, ReaderSpec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image


def load_ddddocr(spec: ReaderSpec, threads: int) -> Read:
    """Load ddddocr with its default model, or with its beta model if the name says so."""
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
        ocr = DdddOcr(show_ad=False, beta=spec.name.endswith("beta"))
    finally:
        onnxruntime.InferenceSession = session
    recorder = ocr.ocr_engine.session = Recorder(ocr.ocr_engine.session)
    return _reader(
        spec,
        read=lambda picture: ocr.classification(picture),
        probabilities=lambda: softmax(recorder.output[:, 0]),
        classes=ocr.get_charset(),
    )


def load_rapidocr(spec: ReaderSpec, threads: int) -> Read:
    """Load RapidOCR's recognition alone: a captcha is one line of text, so nothing is detected."""
    from PIL import Image
    from rapidocr import RapidOCR

    options = {
        "Global.log_level": "critical",
        "EngineConfig.onnxruntime.intra_op_num_threads": threads,
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    }
    ocr = RapidOCR(params=options)

    def read(picture: Image.Image) -> str:
        return str(ocr(picture, use_det=False, use_cls=False).txts[0])

    read(Image.new("RGB", (32, 32)))  # loads its model
    engine = ocr.text_rec.session
    recorder = engine.session = Recorder(engine.session)
    return _reader(
        spec,
        read=read,
        probabilities=lambda: recorder.output[0],
        classes=ocr.text_rec.postprocess_op.character,
    )


def load_tesseract(spec: ReaderSpec, _: int) -> Read:
    """Load Tesseract, for one line of text."""
    import pytesseract

    options = "--psm 7"
    if allowed := spec.known.characters:
        if spec.known.case != "keep":
            allowed = "".join(sorted({*allowed.lower(), *allowed.upper()}))
        options += shlex.join(["", "-c", f"tessedit_char_whitelist={allowed}"])

    def read(content: bytes) -> Guess:
        text: str = pytesseract.image_to_string(opened(content), config=options)
        return Guess("".join(text.split()), None)

    return read


def _reader(
    spec: ReaderSpec,
    *,
    read: Callable[[Image.Image], str],
    probabilities: Callable[[], NDArray[np.float32]],
    classes: list[str],
) -> Read:
    choose = choose_under(spec.known, classes) if spec.known.characters else None

    def answer(content: bytes) -> Guess:
        text = read(opened(content))
        return choose(probabilities()) if choose else Guess("".join(text.split()), None)

    return answer


def opened(content: bytes) -> Image.Image:
    """Decode a picture to RGB, with white where it is transparent."""
    from PIL import Image

    picture = Image.open(io.BytesIO(content)).convert("RGBA")
    white = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(white, picture).convert("RGB")
