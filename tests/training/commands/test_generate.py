"""`capslice generate` and `capslice samples`, for texts of several lengths."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from capslice.models.labels import labels_of
from tests.commands import run

MODULE = """
from PIL import Image, ImageDraw

class Words:
    size = (120, 24)
    charset = "abcdefgh"
    length = (3, 5)

    def draw(self, text, rng):
        image = Image.new("L", self.size, 255)
        ImageDraw.Draw(image).text((rng.uniform(0, 50), rng.uniform(0, 10)), text, 0)
        return image

class Sums(Words):
    charset = "0123456789-="
    length = (4, 6)

    def random_text(self, rng):
        return "{}-{}=".format(*rng.integers(13, size=2))
"""


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "mine.py").write_text(MODULE)
    return tmp_path


def test_words_are_the_names_of_their_files(here: Path) -> None:
    done = run("generate", "--captcha", "mine:Words", "--count", 30, cwd=here)
    assert done.stdout == "30 captchas drawn into data\n"
    assert {*map(len, labels_of(here / "data").values())} == {3, 4, 5}
    run("samples", "--captcha", "mine:Words", "--count", 30, cwd=here)
    with Image.open(here / "samples.png") as sheet:
        assert sheet.width > 5 * 120


def test_sums_are_listed_beside_their_files(here: Path) -> None:
    done = run("generate", "--captcha", "mine:Sums", "--count", 30, cwd=here)
    assert "their texts are in data/labels.csv, because file names cannot hold" in done.stdout
    labels = labels_of(here / "data")
    assert len(labels) == 30
    assert all(text.count("-") == 1 and text.endswith("=") for text in labels.values())
    assert all(Path(path).exists() for path in labels)
