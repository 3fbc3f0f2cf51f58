"""The mean of fits: equal to the mean of their weights, and only of one network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from capslice.errors import ExportError
from capslice.training.exporting.averaging import load_average
from capslice.training.fitting.fit import fit
from capslice.training.fitting.fit_result import load_reader
from capslice.training.fitting.recipe import Parts, Recipe
from capslice.training.networks.shape import NetworkShape
from capslice.training.pictures import EllipseCaptcha


def test_fits_of_one_network_have_a_mean_and_others_have_none(
    captcha: EllipseCaptcha, parts: Parts, fitted: Path, tiny: Recipe, tmp_path: Path
) -> None:
    fit(captcha, parts, tiny.model_copy(update={"seed": 9}), tmp_path / "again")
    result, reader = load_average(captcha, (fitted, tmp_path / "again"))
    both = [load_reader(captcha, each) for each in (fitted, tmp_path / "again")]
    assert result == both[0][0]
    mean = reader.get_weights()
    for each, first, second in zip(mean, *(one.get_weights() for _, one in both), strict=True):
        np.testing.assert_allclose(each, (first + second) / 2, atol=1e-6)
    assert any(
        (each != first).any() for each, first in zip(mean, both[0][1].get_weights(), strict=True)
    )
    wider = tiny.model_copy(update={"shape": NetworkShape(blocks=2, dense=9)})
    fit(captcha, parts, wider, tmp_path / "wider")
    with pytest.raises(ExportError, match="weights have no mean"):
        load_average(captcha, (fitted, tmp_path / "wider"))
