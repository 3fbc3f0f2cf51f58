"""The shipped strip of digits, and the command that renders one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import ImageFont

from capslice.errors import GlyphError
from capslice.training.pictures import Glyphs
from capslice.training.pictures.article.glyphs import SHIPPED
from tests.commands import run


def font_file() -> Path:
    try:
        return Path(str(ImageFont.truetype("FreeSans.ttf", 27).path))
    except OSError:
        pytest.skip("the system has no FreeSans (Debian: fonts-freefont-ttf)")


def test_the_shipped_strip_is_what_the_command_renders(tmp_path: Path) -> None:
    run("glyphs", font_file(), "--out", tmp_path / "digits.png")
    rendered, shipped = Glyphs.load(tmp_path / "digits.png"), Glyphs.load()
    assert list(rendered.tiles) == list(shipped.tiles) == list("0123456789")
    assert rendered.font == shipped.font == "FreeSans Regular"
    for character, tile in shipped.tiles.items():
        assert tile.size == (20, 25)
        assert np.array_equal(tile, rendered.tiles[character])


def test_a_file_that_is_not_a_font(tmp_path: Path) -> None:
    with pytest.raises(GlyphError, match="cannot be read as a font"):
        Glyphs.render(SHIPPED, "2")


def test_a_strip_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(GlyphError, match="cannot be written"):
        Glyphs.load().save(tmp_path / "nowhere" / "digits.png")


def test_a_file_that_is_not_a_strip(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(b"no picture")
    with pytest.raises(GlyphError, match="not a strip of glyphs"):
        Glyphs.load(tmp_path / "x.png")
