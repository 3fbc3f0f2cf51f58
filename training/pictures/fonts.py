"""Finds the fonts for captchas in many fonts: installed on this machine, none of them ours.

They come from PyPI packages, one for each family (`pip install 'capslice[training]'` installs
them), and from the system. Only the families named here are used. The families in HELD_OUT are
never fitted on: they choose and calibrate models. The final test of a model (benchmarks/robustness)
uses families that are in neither list: Liberation, Nimbus, URW, Open Sans, Lato, Cantarell,
Carlito and Inter. So the lists also omit the clones of these families and their originals.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path

from PIL import ImageFont

from capslice.extras import missing

# PyPI packages, without the `fontpkg-` of their names.
FITTED = (
    "abel", "abril-fatface", "albert-sans", "alegreya-sans", "alfa-slab-one", "anton", "archivo",
    "archivo-black", "arvo", "asap", "assistant", "atkinson-hyperlegible", "baloo-2", "barlow",
    "barlow-condensed", "be-vietnam-pro", "bebas-neue", "bitter", "bodoni-moda", "cabin", "cairo",
    "cardo", "catamaran", "caveat", "chakra-petch", "chivo", "cinzel", "comfortaa", "cormorant",
    "crimson-pro", "delius", "dm-mono", "dm-sans", "dm-serif-display", "domine", "dosis",
    "eb-garamond", "encode-sans", "epilogue", "figtree", "fira-code", "fira-sans", "fjalla-one",
    "frank-ruhl-libre", "fraunces", "fredoka", "great-vibes", "hanken-grotesk", "heebo", "hind",
    "inconsolata", "indie-flower", "instrument-serif", "jetbrains-mono", "josefin-sans", "jost",
    "kalam", "kanit", "league-spartan", "lexend", "libre-baskerville", "libre-franklin",
    "lilita-one", "literata", "lobster", "lobster-two", "lora", "manrope", "marcellus", "maven-pro",
    "montserrat", "mukta", "mulish", "newsreader", "noto-serif", "nunito", "nunito-sans",
    "oleo-script", "orbitron", "oswald", "outfit", "overpass", "oxygen", "pacifico",
    "permanent-marker", "play", "playfair-display", "plus-jakarta-sans", "poppins", "prompt",
    "public-sans", "questrial", "quicksand", "rajdhani", "raleway", "red-hat-display", "righteous",
    "roboto", "roboto-condensed", "roboto-mono", "roboto-slab", "russo-one", "saira", "sanchez",
    "sarabun", "shadows-into-light", "share-tech", "signika", "sora", "source-code-pro",
    "source-sans-3", "space-grotesk", "space-mono", "spectral", "teko", "titillium-web",
    "unbounded", "urbanist", "varela-round", "viga", "vollkorn", "work-sans", "yanone-kaffeesatz",
    "yellowtail", "zeyada", "zilla-slab",
)  # fmt: skip
HELD_OUT = (
    "dancing-script", "exo-2", "ibm-plex-sans", "ibm-plex-serif", "karla", "merriweather",
    "pt-sans", "pt-serif", "rubik", "satisfy", "source-serif-4",
)  # fmt: skip

# Fits also use these fonts of matplotlib and of the system, by the start of the file's name.
SYSTEM = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path("/Library/Fonts"))
SYSTEM_FAMILIES = ("DejaVu", "FreeSans", "FreeSerif", "FreeMono", "cmr10", "cmss10", "cmtt10")
# Except these files, which have no digits of their own.
WITHOUT_DIGITS = ("DejaVuMathTeXGyre", "DejaVuSansDisplay", "DejaVuSerifDisplay")
SUFFIXES = (".ttf", ".otf")

WEIGHTS = {
    "Thin": 100, "ExtraLight": 200, "Light": 300, "Regular": 400, "Medium": 500,
    "SemiBold": 600, "Bold": 700, "ExtraBold": 800, "Black": 900,
    "Roman": 400, "Book": 400, "Demi": 700, "Bd": 700,
}  # fmt: skip
COMMON_WEIGHTS = (400, 700)  # taken from a variable font, besides its lightest and boldest
NAME = re.compile(
    rf"(?P<family>.*?)(-?(?P<weight>{'|'.join(WEIGHTS)}))?-?(?P<slant>Italic|Oblique|Ita)?"
    r"(?P<axes>\[.*\])?"
)


@dataclass(frozen=True)
class Face:
    """A font family in one weight, upright or slanted.

    weight:   100 (thin) to 900 (black); 400 is regular.
    variable: whether the file holds many weights and must be set to this one.
    """

    family: str
    weight: int
    slanted: bool
    path: Path
    variable: bool = False

    @property
    def name(self) -> str:
        """Family, weight and slant, such as `Karla 400 slanted`."""
        return f"{self.family} {self.weight}{' slanted' if self.slanted else ''}"

    def font(self, size: int) -> ImageFont.FreeTypeFont:
        """Load the font at `size` pixels per em."""
        font = ImageFont.truetype(self.path, size)
        if self.variable:
            axes = font.get_variation_axes()
            font.set_variation_by_axes(
                [self.weight if _is_weight(axis) else axis["default"] or 0 for axis in axes]
            )
        return font


@cache
def find_faces(packages: tuple[str, ...] = FITTED) -> tuple[Face, ...]:
    """Find all faces of these packages, and with FITTED those of the system, sorted by name.

    Raises MissingExtra if there is none.
    """
    files = [path for package in packages for path in _files(f"fontpkg_{package}", "files")]
    faces = [face for path in files for face in _faces(path)]
    if packages == FITTED:
        faces += installed_faces(SYSTEM_FAMILIES)
    if not faces:
        raise missing("no font was found for captchas in many fonts", "training")
    by_name = {face.name: face for face in faces}
    return tuple(by_name[name] for name in sorted(by_name))


def family_names(faces: Iterable[Face]) -> tuple[str, ...]:
    """List the families of these faces, sorted, without repetition."""
    return tuple(sorted({face.family for face in faces}))


def by_family(faces: Iterable[Face]) -> list[list[Face]]:
    """Group faces by family; families and faces are sorted by name."""
    ordered = sorted(faces, key=lambda face: (face.family, face.name))
    return [list(group) for _, group in groupby(ordered, lambda face: face.family)]


def installed_faces(families: tuple[str, ...]) -> list[Face]:
    """Find the faces of these families that matplotlib or the system has; see `system_faces`."""
    bundled = tuple(_folders("matplotlib", "mpl-data/fonts/ttf"))
    return system_faces(families, (*bundled, *SYSTEM))


def system_faces(families: tuple[str, ...], folders: tuple[Path, ...]) -> list[Face]:
    """Find the faces in files of these folders whose names start with one of `families`."""
    files = (path for folder in folders for path in sorted(folder.rglob("*")))
    named = (path for path in files if path.name.startswith(families))
    return [face for path in named for face in _faces(path)]


def _files(package: str, inside: str) -> Iterator[Path]:
    for folder in _folders(package, inside):
        yield from sorted(folder.iterdir())


def _folders(package: str, inside: str) -> Iterator[Path]:
    spec = importlib.util.find_spec(package.replace("-", "_"))
    for place in (spec.submodule_search_locations or ()) if spec else ():
        yield Path(place) / inside


def _faces(path: Path) -> Iterator[Face]:
    """The faces of a file: one, or several weights of a variable font."""
    if path.suffix not in SUFFIXES or path.name.startswith(WITHOUT_DIGITS):
        return
    if not (parts := NAME.fullmatch(path.stem)):
        return
    family, slanted = parts["family"], bool(parts["slant"])
    try:
        axes = ImageFont.truetype(path, 20).get_variation_axes() if parts["axes"] else []
    except OSError:
        return
    for axis in axes:
        if _is_weight(axis):
            low, high = axis["minimum"] or 0, axis["maximum"] or 0
            for weight in sorted({low, high, *(w for w in COMMON_WEIGHTS if low < w < high)}):
                yield Face(family, weight, slanted, path, variable=True)
            return
    yield Face(family, WEIGHTS[parts["weight"] or "Regular"], slanted, path)


def _is_weight(axis: ImageFont.Axis) -> bool:
    return axis["name"] == b"Weight"
