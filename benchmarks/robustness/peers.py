"""What else reads captchas: the network of the article, ddddocr, and Tesseract.

Each is a function from the content of a PNG file to text. What is not installed is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from agent import Reader

Read = Callable[[bytes], str]


def our_reader(model: Path) -> Read:
    """A model file of ours, on one thread."""
    reader = Reader(model)
    return lambda content: reader.read(reader.decode(content, "the picture")).text


def find_peers(charset: str) -> dict[str, Read]:
    """Those that are installed, by name and version, restricted to the characters of `charset`."""
    return _ddddocr(charset) | _tesseract(charset)


def _ddddocr(charset: str) -> dict[str, Read]:
    try:
        from ddddocr import DdddOcr
    except ImportError:
        return {}
    peers = {}
    for name, beta in (("", False), (" (beta)", True)):
        ocr = DdddOcr(show_ad=False, beta=beta)
        ocr.set_ranges(charset)
        peers[f"ddddocr {version('ddddocr')}{name}"] = ocr.classification
    return peers


def _tesseract(charset: str) -> dict[str, Read]:
    try:
        import io

        import pytesseract
        from PIL import Image

        name = f"Tesseract {pytesseract.get_tesseract_version().public}"
    except (ImportError, OSError):
        return {}
    # One line of text, of these characters.
    options = f"--psm 7 -c tessedit_char_whitelist={charset}"

    def read(content: bytes) -> str:
        text: str = pytesseract.image_to_string(Image.open(io.BytesIO(content)), config=options)
        return text.strip()

    return {name: read}
