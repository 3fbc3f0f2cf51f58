"""The digits as small pictures, so that drawing the article's captcha needs no installed font.

`capslice glyphs` renders a strip of tiles, one for each character, from a font. The shipped
strip, `digits.png`, is rendered from FreeSans. Its channels are grey and alpha: the article's
author drew black ink on a transparent background of grey 150, and the antialiased edges keep some
of that grey.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from PIL import Image, ImageDraw, ImageFont, PngImagePlugin

from capslice.errors import GlyphError

SHIPPED = Path(__file__).with_name("digits.png")
TILE_SIZE = (20, 25)
FONT_SIZE = 27
BACKGROUND = (150, 0)
INK = (0, 255)


@dataclass(frozen=True)
class Glyphs:
    """A tile (mode LA, 20x25 pixels) for each character, and the name of the font."""

    tiles: Mapping[str, Image.Image]
    font: str

    @classmethod
    def render(cls, font_file: Path, charset: str) -> Self:
        """Render each character of `charset` at 27 pixels from a font file.

        Raises GlyphError if the file cannot be read as a font.
        """
        try:
            font = ImageFont.truetype(font_file, FONT_SIZE)
        except OSError as error:
            raise GlyphError(f"{font_file} cannot be read as a font ({error})") from None
        tiles = {}
        for character in charset:
            tile = Image.new("LA", TILE_SIZE, BACKGROUND)
            ImageDraw.Draw(tile).text((0, 0), character, font=font, fill=INK)
            tiles[character] = tile
        return cls(tiles, " ".join(part for part in font.getname() if part))

    def save(self, path: Path) -> None:
        """Write the tiles side by side as a PNG, with charset and font name as its metadata.

        Raises GlyphError if the file cannot be written.
        """
        width, height = TILE_SIZE
        strip = Image.new("LA", (width * len(self.tiles), height))
        for i, tile in enumerate(self.tiles.values()):
            strip.paste(tile, (i * width, 0))
        text = PngImagePlugin.PngInfo()
        text.add_text("charset", "".join(self.tiles))
        text.add_text("font", self.font)
        try:
            strip.save(path, "PNG", pnginfo=text)
        except OSError as error:
            raise GlyphError(f"{path} cannot be written: {error.strerror or error}") from None

    @classmethod
    def load(cls, path: Path = SHIPPED) -> Self:
        """Read a strip that `save` wrote. Raises GlyphError if the file is not one."""
        width, height = TILE_SIZE
        try:
            with Image.open(path) as strip:
                strip.load()
                charset, font = strip.info["charset"], strip.info["font"]
        except (OSError, KeyError) as error:
            raise GlyphError(
                f"{path} is not a strip of glyphs ({error!r}): make one with `capslice glyphs FONT`"
            ) from None
        tiles = {
            character: strip.crop((i * width, 0, (i + 1) * width, height))
            for i, character in enumerate(charset)
        }
        return cls(tiles, font)
