"""The fonts that varied captchas are drawn in: found on this machine, none of them ours.

They come from packages of PyPI (the extra `fonts` brings most) and from the system. Only
families that are named here are used, for a model is judged on families that it must
never have seen: Liberation, Nimbus and URW, Open Sans, Lato, Cantarell, Carlito and
Inter, with the clones Arimo, Tinos and Cousine of what they are clones of.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import ImageFont

from training.errors import GlyphError

# By the start of the file's name. Packages with their folder of fonts, then the system's.
PACKAGES = {
    "matplotlib": ("mpl-data/fonts/ttf", ("DejaVu", "cmr10", "cmss10", "cmtt10")),
    "font_caladea": ("files", ("Caladea",)),
    "font_fjallaone": ("files", ("FjallaOne",)),
    "font_fredoka_one": ("files", ("Fredoka",)),
    "font_hanken_grotesk": ("files", ("HankenGrotesk",)),
    "font_manrope": ("files", ("Manrope",)),
    "font_rhd": ("files", ("RedHatDisplay",)),
    "font_roboto": ("files", ("Roboto",)),
    "font_source_sans_pro": ("files", ("SourceSansPro",)),
    "font_source_serif_pro": ("files", ("SourceSerifPro",)),
}
SYSTEM = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path("/Library/Fonts"))
SYSTEM_FAMILIES = ("DejaVu", "FreeSans", "FreeSerif", "FreeMono")
# Files that a name above begins with, but that have no digits of their own.
NOT_THESE = ("DejaVuMathTeXGyre", "DejaVuSansDisplay", "DejaVuSerifDisplay")
SUFFIXES = (".ttf", ".otf")


@dataclass(frozen=True)
class Face:
    """One font file: a family in one weight and one slant."""

    family: str
    style: str
    path: Path

    @property
    def name(self) -> str:
        """Family and style."""
        return f"{self.family} {self.style}"


@cache
def find_faces() -> tuple[Face, ...]:
    """All faces that may be drawn in, in the order of their names, each once.

    Raises GlyphError where there is none.
    """
    faces = {face.name: face for path in _files() if (face := _face(path))}
    if not faces:
        raise GlyphError(
            "no font was found to draw varied captchas in: pip install 'capslice[fonts]', or "
            "install FreeFont or DejaVu (Debian: fonts-freefont-ttf, fonts-dejavu)"
        )
    return tuple(faces[name] for name in sorted(faces))


def _files() -> Iterator[Path]:
    for package, (inside, names) in PACKAGES.items():
        spec = importlib.util.find_spec(package)
        for place in (spec.submodule_search_locations or ()) if spec else ():
            yield from _named(Path(place) / inside, names)
    for folder in SYSTEM:
        yield from _named(folder, SYSTEM_FAMILIES)


def _named(folder: Path, names: tuple[str, ...]) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        named = path.name.startswith(names) and not path.name.startswith(NOT_THESE)
        if named and path.suffix in SUFFIXES:
            yield path


def _face(path: Path) -> Face | None:
    try:
        family, style = ImageFont.truetype(path, 20).getname()
    except OSError:
        return None
    return Face(family or path.stem, style or "", path)
