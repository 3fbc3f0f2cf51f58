"""The captchas of two libraries, by their own code: drawn again from a seed, and where is known.

Both libraries are packages named `captcha`, so that an environment has one of them at most.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
import pytest

from capslice.training.pictures import CustomCaptcha, custom_captcha, draw_set
from tests.conftest import ROOT

EXAMPLES = ROOT / "examples"
Bring = Callable[[str], CustomCaptcha]


def has(module: str) -> bool:
    return bool(find_spec("captcha") and find_spec(f"captcha.{module}"))


DJANGO = pytest.param(
    "django_simple_captcha",
    "Letters",
    marks=pytest.mark.skipif(not has("views"), reason="needs django-simple-captcha: pip install"),
)
PYPI = pytest.mark.skipif(not has("image"), reason="needs PyPI's captcha: pip install captcha")


@pytest.fixture
def bring_from(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], CustomCaptcha]:
    def bring_from(folder: str, name: str) -> CustomCaptcha:
        monkeypatch.delitem(sys.modules, "drawn", raising=False)
        monkeypatch.syspath_prepend(str(EXAMPLES / folder))
        return custom_captcha(f"drawn:{name}")  # which draws twice, and compares

    return bring_from


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        DJANGO,
        pytest.param("image_captcha", "Digits", marks=PYPI),
        pytest.param("image_captcha", "Mixed", marks=PYPI),
    ],
)
def test_it_is_drawn_by_the_library_and_its_middles_are_known(
    folder: str, name: str, bring_from: Callable[[str, str], CustomCaptcha]
) -> None:
    captcha = bring_from(folder, name)
    data = draw_set(captcha, 60, np.random.default_rng(1))
    assert len(np.unique(data.pictures, axis=0)) == 60
    assert data.middles is not None
    assert 0 < data.middles.min() < data.middles.max() < captcha.size[0]
    assert (np.diff(data.middles) > 0).mean() > 0.99
    # About the middles there is more ink than about other columns.
    ink = data.pictures.max((1, 2))[:, np.newaxis] - data.pictures.mean(1)
    columns = np.rint(data.middles).astype(int)
    about = np.mean([np.take_along_axis(ink, columns + by, 1) for by in (-2, 0, 2)])
    assert about > 1.2 * ink.mean()
