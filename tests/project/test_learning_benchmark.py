"""The simulated site of the benchmark of learning."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.learning.__main__ import row
from benchmarks.learning.simulation import Point
from benchmarks.learning.site import Site
from capslice.models.intervals import Rate
from capslice.models.labels import labels_of, rows_of


def test_a_site_shows_each_picture_once_and_keeps_what_was_answered(tmp_path: Path) -> None:
    folder, evidence = tmp_path / "pictures", tmp_path / "evidence"
    folder.mkdir()
    rng = np.random.default_rng(1)
    for number in range(12):
        pixels = rng.integers(256, size=(8, 16)).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"Ab{number}-{number}.png")
    site = Site.of_folder(folder, evidence, 3, 1, fold=True)
    site.label(2)
    shown = [*site.show(4), *site.show(9)]
    assert len(shown) == 7
    assert site.show(1) == []
    assert {path for path, _ in shown}.isdisjoint(path for path, _ in site.test)
    assert [site.judge(path, text, text.upper()) for path, text in shown[:3]] == [True] * 3
    assert not site.judge(*shown[3], "")
    assert not site.judge(*shown[4], "ab")
    site.write()
    texts = [text for _, text in shown[:3]]
    labels = labels_of(evidence)
    assert [*labels.values()][2:] == [text.upper() for text in texts]
    assert all(path.read_bytes() for path in labels)
    ((path, text),) = rows_of(evidence, evidence / "rejected.csv")
    assert (path.read_bytes(), text) == (shown[4][0].read_bytes(), "ab")


def test_a_row_of_the_curve() -> None:
    point = Point(1500, 700, Rate(250, 500), Rate(360, 400), 330.0)
    assert row(point) == "| 1,500 | 700 | 0.50 | 0.900 (0.867 to 0.926) | 5.5 |"
    assert row(Point(0, 0, None, Rate(40, 400), 0)).startswith("| 0 | 0 |  | 0.100")
