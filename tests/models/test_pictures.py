"""Picture files of all kinds give the same grey pixels, and broken ones are refused."""

from __future__ import annotations

import io
import logging
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from capslice import Reader
from capslice.errors import PictureError
from capslice.models.pictures import MAX_BYTES, decode, open_picture
from capslice.training.pictures import EllipseCaptcha

SIZE = (310, 80)


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    content = io.BytesIO()
    image.save(content, kind, **options)  # type: ignore[arg-type]
    return content.getvalue()


@pytest.fixture
def picture() -> Image.Image:
    """Black and white, which all formats and modes preserve."""
    image = Image.new("L", SIZE, 255)
    image.paste(0, (10, 10, 100, 50))
    return image


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "LA", "1", "I;16"])
def test_every_mode_gives_the_same_grey(mode: str, picture: Image.Image) -> None:
    if mode == "I;16":
        stored = Image.fromarray(np.asarray(picture).astype("<u2") * 257)
    else:
        stored = picture.convert(mode)
    decoded = decode(encoded(stored), "x", SIZE)
    assert decoded.dtype == np.uint8
    assert np.array_equal(decoded, picture)


@pytest.mark.parametrize(
    ("kind", "mode", "options"),
    [
        ("GIF", "P", {}),
        ("BMP", "RGB", {}),
        ("WEBP", "RGB", {"lossless": True}),
        ("JPEG", "CMYK", {"quality": 100}),
        ("JPEG", "L", {"quality": 100}),
    ],
)
def test_every_format_gives_the_same_grey(
    kind: str, mode: str, options: dict[str, object], picture: Image.Image
) -> None:
    decoded = decode(encoded(picture.convert(mode), kind, **options), "x", SIZE)
    assert np.abs(decoded.astype(int) - np.asarray(picture)).max() <= 16


def test_other_formats_are_refused(picture: Image.Image) -> None:
    with pytest.raises(PictureError, match="x is not a picture of any known format"):
        decode(encoded(picture, "TIFF"), "x", SIZE)


def test_16_bits_keep_the_upper_eight() -> None:
    deep = np.linspace(0, 65535, 310 * 80).astype("<u2").reshape(80, 310)
    decoded = decode(encoded(Image.fromarray(deep)), "x", SIZE)
    assert np.array_equal(decoded, deep >> 8)


def test_transparent_pixels_become_white(picture: Image.Image) -> None:
    assert (decode(encoded(Image.new("RGBA", SIZE, (0, 0, 0, 0))), "x", SIZE) == 255).all()
    palette = picture.convert("P")
    assert (decode(encoded(palette, transparency=0), "x", SIZE) == 255).all()


@pytest.mark.parametrize("factor", [1.5, 2, 3])
def test_a_larger_picture_is_resampled_and_read(
    factor: float, reader: Reader, rng: np.random.Generator, caplog: pytest.LogCaptureFixture
) -> None:
    image = EllipseCaptcha().draw("234568", rng)
    larger = image.resize((round(310 * factor), round(80 * factor)), Image.Resampling.LANCZOS)
    assert reader.read(reader.decode(encoded(larger), "x")).text == "234568"
    assert not caplog.records


def test_another_shape_gives_a_warning(
    picture: Image.Image, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            assert decode(encoded(picture.resize((310, 120))), "x.png", SIZE).shape == (80, 310)
    assert caplog.text.count("x.png is 310x120 pixels and was stretched to the 310x80") == 1


def head_of_png(width: int, height: int) -> bytes:
    """The start of a PNG file that claims a size and has no pixels."""
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    head = struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return b"\x89PNG\r\n\x1a\n" + head + b"\0\0\0\0IDAT"


@pytest.mark.parametrize(
    ("width", "height"), [(4001, 4000), (10_000, 10_000), (20_000, 20_000), (0, 80), (310, 0)]
)
def test_oversized_and_empty_pictures_are_refused_before_decoding(width: int, height: int) -> None:
    with pytest.raises(PictureError, match=r"x\.png is ") as caught:
        decode(head_of_png(width, height), "x.png", SIZE)
    if width * height in range(1, 50_000_000):
        assert "4001x4000 pixels: that is no captcha" in str(caught.value)


def test_an_oversized_file_is_not_read_to_its_end(tmp_path: Path) -> None:
    with (tmp_path / "long.png").open("wb") as file:
        file.truncate(100 * MAX_BYTES)
    with pytest.raises(PictureError, match="it has more than 16,100,000 bytes"):
        open_picture(tmp_path / "long.png", SIZE)


def test_a_jpeg_with_too_many_scans_is_not_decoded() -> None:
    content = encoded(Image.new("L", (2000, 2000)), "JPEG", progressive=True)
    last = content.rindex(b"\xff\xda")
    scans = content[:last] + content[last:-2] * 10_000 + content[-2:]
    with pytest.raises(PictureError, match="x has more than 100 scans"):
        decode(scans[:MAX_BYTES], "x", SIZE)


def test_warnings_of_pillow_are_silenced(picture: Image.Image) -> None:
    pages = encoded(picture.convert("RGB"), "MPO", save_all=True, append_images=[picture])
    place = pages.index(b"MPF\0") + 8
    broken = pages[:place] + b"\xff\xff\xff\xff" + pages[place + 4 :]
    with pytest.warns(UserWarning), Image.open(io.BytesIO(broken)):
        pass
    assert decode(broken, "x", SIZE).shape == (80, 310)


def test_messages_have_one_short_line() -> None:
    with pytest.raises(PictureError) as caught:
        decode(b"", "a\nb\x1b[31m" + "c" * 10_000, SIZE)
    assert str(caught.value).isprintable()
    assert str(caught.value).startswith(r"a b\x1b[31mccc")
    assert len(str(caught.value)) <= 2000


def test_a_missing_file(tmp_path: Path) -> None:
    for name in ("nothing.png", "\0"):
        with pytest.raises(PictureError, match="cannot be read"):
            open_picture(tmp_path / name, SIZE)


@given(st.binary(max_size=400))
def test_random_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(PictureError, match="noise"):
        decode(content, "noise", SIZE)


@given(st.data())
def test_a_damaged_picture_is_read_or_refused(data: st.DataObject) -> None:
    content = bytearray(encoded(EllipseCaptcha().draw("234568", np.random.default_rng(1))))
    cut = data.draw(st.integers(0, len(content)))
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] = data.draw(st.integers(0, 255))
    try:
        picture = decode(bytes(content[:cut]), "damaged", SIZE)
    except PictureError as error:
        assert "damaged" in str(error)
    else:
        assert picture.shape == (80, 310)
