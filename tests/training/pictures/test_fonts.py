"""Fonts: the right families are found, with their weights and slants, and none that judges."""

from __future__ import annotations

import tomllib
from pathlib import Path

import matplotlib
import pytest

from capslice.errors import MissingExtra
from capslice.training.pictures.fonts import FITTED, HELD_OUT, find_faces, system_faces
from tests.conftest import ROOT

JUDGES = (
    "Liberation", "Nimbus", "URW", "Open Sans", "Lato", "Cantarell", "Carlito", "Inter",
    "Arimo", "Tinos", "Cousine", "Arial", "Helvetica", "Times", "Courier",
)  # fmt: skip


def test_no_family_of_the_final_test_is_used() -> None:
    families = {face.family for face in find_faces()}
    assert families
    assert not [family for family in families for judge in JUDGES if family.startswith(judge)]


def test_the_extra_installs_the_families_of_the_code() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extra = project["optional-dependencies"]["training"]
    fonts = [package for package in extra if package.startswith("fontpkg-")]
    assert sorted(fonts) == sorted(f"fontpkg-{name}" for name in (*FITTED, *HELD_OUT))


@pytest.mark.parametrize(
    ("file", "family", "weight", "slanted"),
    [
        ("FreeSansBoldOblique", "FreeSans", 700, True),
        ("DejaVuSans", "DejaVuSans", 400, False),
        ("DejaVuSans-ExtraLight", "DejaVuSans", 200, False),
        ("FiraSans-SemiBoldItalic", "FiraSans", 600, True),
        ("ArchivoBlack-Regular", "ArchivoBlack", 400, False),
        ("C059-BdIta", "C059", 700, True),
        ("URWGothic-DemiOblique", "URWGothic", 700, True),
    ],
)
def test_a_file_name_gives_family_weight_and_slant(
    file: str, family: str, weight: int, slanted: bool, tmp_path: Path
) -> None:
    source = Path(matplotlib.get_data_path()) / "fonts/ttf/DejaVuSans.ttf"
    (tmp_path / f"{file}.ttf").write_bytes(source.read_bytes())
    (face,) = system_faces((file,), (tmp_path,))
    assert (face.family, face.weight, face.slanted) == (family, weight, slanted)


def test_a_file_that_is_not_a_font_is_skipped(tmp_path: Path) -> None:
    (tmp_path / "FreeSans[wght].ttf").write_bytes(b"no font")
    (tmp_path / "FreeSans.txt").write_bytes(b"nor this")
    assert system_faces(("FreeSans",), (tmp_path,)) == []


def test_without_fonts_the_message_says_what_to_install() -> None:
    with pytest.raises(MissingExtra, match="pip install"):
        find_faces(("no-such-family",))
