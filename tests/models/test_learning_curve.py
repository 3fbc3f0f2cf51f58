"""The number of pictures that would bring 99 %, from the errors with fewer pictures."""

from __future__ import annotations

import numpy as np
import pytest

from capslice.models.intervals import Rate
from capslice.models.learning_curve import Point, pictures_needed


@pytest.mark.parametrize(
    ("errors", "expected"),
    [((640, 320, 160), 12_800), ((80, 40, 20), 1600), ((20, 20, 20), np.inf)],
)
def test_pictures_needed(errors: tuple[int, ...], expected: float) -> None:
    of = 2000
    points = [
        Point(n, Rate(of - wrong, of)) for n, wrong in zip((400, 800, 1600), errors, strict=True)
    ]
    needed = pictures_needed(points, 0.99)
    assert needed.accuracy == needed.as_json()["accuracy"] == 0.99
    assert needed.low <= needed.pictures <= needed.high
    if np.isfinite(expected):
        assert needed.pictures == pytest.approx(expected, rel=0.05)
        assert needed.low < expected < needed.high
    if expected == np.inf:
        assert needed.pictures >= 1600


def test_a_curve_that_does_not_rise() -> None:
    points = [Point(n, Rate(900, 1000)) for n in (400, 800)]
    needed = pictures_needed(points, 0.99)
    assert str(needed) == "cannot be told, because the curve hardly rises"
    assert needed.as_json()["pictures"] is None


def test_less_accuracy_needs_fewer_pictures() -> None:
    points = [Point(400, Rate(1400, 2000)), Point(800, Rate(1700, 2000))]
    fewer, more = (pictures_needed(points, accuracy) for accuracy in (0.9, 0.99))
    assert fewer.pictures == pytest.approx(1200, rel=0.05)
    assert fewer.pictures * 9 < more.pictures
