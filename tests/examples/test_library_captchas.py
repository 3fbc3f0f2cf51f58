"""The examples draw captchas, or let libraries draw them, from a seed and with known middles.

Two of the libraries are packages named `captcha`, so an environment has at most one of them.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
import pytest

from capslice.training.pictures import CustomCaptcha, custom_captcha, draw_set
from tests.conftest import ROOT

EXAMPLES = ROOT / "examples"


def has(module: str) -> bool:
    return bool(find_spec("captcha") and find_spec(f"captcha.{module}"))


DJANGO, DJANGO_SUMS = (
    pytest.param(
        "django_simple_captcha",
        name,
        marks=pytest.mark.skipif(
            not has("views"), reason="needs django-simple-captcha: pip install"
        ),
    )
    for name in ("Letters", "Sums")
)
PYPI = pytest.mark.skipif(not has("image"), reason="needs PyPI's captcha: pip install captcha")


def has_svg_captcha() -> bool:
    """Whether Node finds the packages of examples/svg_captcha."""
    if not (node := shutil.which("node")):
        return False
    finds = [node, "-e", "require('svg-captcha'); require('@resvg/resvg-js')"]
    return subprocess.run(finds, cwd=EXAMPLES / "svg_captcha", capture_output=True).returncode == 0


SVG = pytest.param(
    "svg_captcha",
    "Varying",
    marks=pytest.mark.skipif(not has_svg_captcha(), reason="needs svg-captcha: npm install"),
)


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], CustomCaptcha]:
    def load(folder: str, name: str) -> CustomCaptcha:
        monkeypatch.delitem(sys.modules, "captchas", raising=False)
        monkeypatch.syspath_prepend(str(EXAMPLES / folder))
        return custom_captcha(f"captchas:{name}")  # this draws twice, and compares

    return load


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        DJANGO,
        DJANGO_SUMS,
        pytest.param("image_captcha", "Digits", marks=PYPI),
        pytest.param("image_captcha", "Mixed", marks=PYPI),
        pytest.param("image_captcha", "Varying", marks=PYPI),
        SVG,
        ("touching", "Touching"),
    ],
)
def test_the_library_draws_and_the_middles_are_known(
    folder: str, name: str, load: Callable[[str, str], CustomCaptcha]
) -> None:
    captcha = load(folder, name)
    data = draw_set(captcha, 60, np.random.default_rng(1))
    assert len(np.unique(data.pictures, axis=0)) == 60
    assert data.middles is not None
    shown = np.isfinite(data.middles)
    assert (shown == (data.codes >= 0)).all()
    # The longest sums are rare.
    lengths = {*range(captcha.shortest, captcha.length + (name != "Sums"))}
    assert lengths <= set(shown.sum(1)) <= {*lengths, captcha.length}
    assert 0 < data.middles[shown].min() < data.middles[shown].max() < captcha.size[0]
    distances = np.diff(data.middles)
    assert (distances[np.isfinite(distances)] > 0).mean() > 0.99
    # There is more ink around the middles than around other columns.
    ink = data.pictures.max((1, 2))[:, np.newaxis] - data.pictures.mean(1)
    columns = np.rint(np.nan_to_num(data.middles)).astype(int)
    around = np.mean([np.take_along_axis(ink, columns + by, 1)[shown] for by in (-2, 0, 2)])
    assert around > 1.15 * ink.mean()
