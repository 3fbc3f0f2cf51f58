"""Damaged pictures of every format are read, or refused with PictureError."""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Iterator
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from capslice.models.pictures import decode
from tests.fuzz.conftest import Fuzz
from tests.fuzz.mutations import mutated

SIZE = (310, 80)
PNG_HEAD = b"\x89PNG\r\n\x1a\n"
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by PNG colour type
# Adam7 interlacing: the first column and row of each pass, and its steps.
PASSES = (
    *((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4)),
    *((0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)),
)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    content = io.BytesIO()
    image.save(content, kind, **options)  # type: ignore[arg-type]
    return content.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(rng: np.random.Generator, depth: int, colour: int, *, interlaced: bool) -> bytes:
    """A PNG of noise, 37x21 pixels, in a format that Pillow cannot write."""
    shape = (21, 37, CHANNELS[colour])
    samples = rng.integers(0, 8 if colour == 3 else 2**depth, shape).astype(f">u{depth // 8}")
    head = struct.pack(">IIBBBBB", 37, 21, depth, colour, 0, 0, interlaced)
    passes = PASSES if interlaced else ((0, 0, 1, 1),)
    rows = b"".join(
        b"\0" + row.tobytes() for x, y, dx, dy in passes for row in samples[y::dy, x::dx]
    )
    palette = chunk(b"PLTE", rng.bytes(24)) if colour == 3 else b""
    return b"".join(
        (PNG_HEAD, chunk(b"IHDR", head), palette, chunk(b"IDAT", zlib.compress(rows)))
    ) + chunk(b"IEND", b"")


@cache
def pictures() -> tuple[bytes, ...]:
    return tuple(whole_pictures())


def whole_pictures() -> Iterator[bytes]:
    rng = np.random.default_rng(1)
    noise: NDArray[np.uint8] = rng.integers(0, 256, (21, 37, 4)).astype(np.uint8)
    image = Image.fromarray(noise)
    paper = Image.new("RGB", SIZE, "white")
    paper.paste(image.convert("RGB"), (100, 20))
    frames = [image.convert("RGB").rotate(angle) for angle in (90, 180)]
    for depth, colour in (
        (8, 0),
        (16, 0),
        (8, 2),
        (16, 2),
        (8, 3),
        (8, 4),
        (16, 4),
        (8, 6),
        (16, 6),
    ):
        for interlaced in (False, True):
            yield png(rng, depth, colour, interlaced=interlaced)
    for kind, mode, options in (
        ("PNG", "1", {}),
        ("PNG", "P", {"bits": 4}),
        ("PNG", "P", {"bits": 2, "transparency": 1}),
        ("PNG", "RGB", {"transparency": (0, 0, 0)}),
        ("PNG", "RGB", {"save_all": True, "append_images": frames}),
        ("JPEG", "L", {}),
        ("JPEG", "RGB", {"progressive": True}),
        ("JPEG", "RGB", {"exif": Image.Exif(), "restart_marker_blocks": 2}),
        ("JPEG", "CMYK", {}),
        ("JPEG", "CMYK", {"progressive": True}),
        ("GIF", "P", {"interlace": 1}),
        ("GIF", "P", {"transparency": 3}),
        ("GIF", "RGB", {"save_all": True, "append_images": frames, "loop": 0}),
        ("WEBP", "RGB", {}),
        ("WEBP", "RGBA", {}),
        ("WEBP", "RGBA", {"lossless": True}),
        ("WEBP", "RGB", {"save_all": True, "append_images": frames}),
        ("MPO", "RGB", {"save_all": True, "append_images": frames}),
        ("BMP", "1", {}),
        ("BMP", "P", {}),
        ("BMP", "RGB", {}),
        ("BMP", "RGBA", {}),
        ("TIFF", "RGB", {"compression": "tiff_lzw"}),
    ):
        yield encoded(image.convert(mode), kind, **options)
    for kind in ("PNG", "JPEG", "GIF", "WEBP"):
        yield encoded(paper, kind)


def with_checksums(content: bytes) -> bytes:
    """The PNG with correct checksums, so that decoders look into its chunks."""
    result, at = bytearray(content), len(PNG_HEAD)
    while at + 12 <= len(content):
        end = at + 8 + int.from_bytes(content[at : at + 4], "big")
        result[end : end + 4] = struct.pack(">I", zlib.crc32(content[at + 4 : end]))
        at = end + 4
    return bytes(result)


def mutated_picture(rng: random.Random) -> str:
    content = mutated(rng, pictures())
    if content.startswith(PNG_HEAD) and rng.random() < 0.8:
        content = with_checksums(content)
    grey = decode(content, "fuzz", SIZE)
    assert (grey.dtype, grey.shape) == (np.uint8, SIZE[::-1])
    return "read"


def test_whole_pictures_are_read() -> None:
    for content in pictures():
        if not content.startswith(b"II*"):  # TIFF
            assert decode(content, "whole", SIZE).shape == SIZE[::-1]


def test_mutated_pictures(fuzz: Fuzz) -> None:
    assert set(fuzz(mutated_picture, 10_000)) == {"read", "PictureError"}
