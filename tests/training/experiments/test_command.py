"""`capslice experiments`: its list, its report, and its errors; and the defaults of `fit`."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from capslice.training.commands.fit import fit
from capslice.training.commands.options import PositiveIntegers
from capslice.training.commands.recipe_options import make_recipe
from capslice.training.experiments.catalogue import DEFAULT, DEFAULT_RECIPE, EXPERIMENTS
from capslice.training.experiments.claims import CLAIMS
from capslice.training.fitting.recipe import RATES, Recipe
from capslice.training.networks.shape import NetworkShape
from capslice.training.pictures import EllipseCaptcha, divide, draw_set
from tests.commands import error_of, run, run_here


@pytest.mark.slow
def test_the_quick_report_from_nothing(tmp_path: Path) -> None:
    out, page = tmp_path / "kept", tmp_path / "docs" / "page.md"
    done = run("experiments", "--quick", "--out", out, "--report", page)
    for name in EXPERIMENTS:
        assert f"{name}-1: " in done.stdout
    text = page.read_text()
    for name in EXPERIMENTS:
        assert f"`{name}`" in text
    assert text.count("**holds**") + text.count("**does not hold**") == len(CLAIMS)
    pictures = re.findall(r"!\[[^]]+\]\(([^)]+)\)", text)
    assert sorted(pictures) == sorted(
        f"page/{path.name}" for path in (tmp_path / "docs" / "page").iterdir()
    )
    assert "measured at commit " in text
    # All runs are finished, so this only writes the page.
    again = run("experiments", "--quick", "--out", out, "--report", page)
    assert again.stdout == f"{page} written\n"


def test_the_list_has_the_articles_parameters() -> None:
    lines = run_here("experiments", "--list").stdout.splitlines()
    parameters = dict(line.split() for line in lines)
    assert list(parameters) == list(EXPERIMENTS)
    assert parameters["first"] == "440,454"
    assert parameters["dense-128"] == "290,310"
    assert parameters["three-blocks"] == "748,934"
    assert parameters["two-blocks"] == "1,789,190"


def test_the_defaults_of_fit_are_those_of_the_experiments() -> None:
    default = {option.name: option.to_info_dict()["default"] for option in fit.params}
    captcha = EllipseCaptcha()
    samples = draw_set(captcha, 200, np.random.default_rng(1))
    names = {"slices", "networks", *NetworkShape.__dataclass_fields__, *Recipe.model_fields} - {
        "positions", "shape", "schedule", "keep", "last_pooling",
    }  # fmt: skip
    given = {name: default[name] for name in names}
    assert make_recipe(captcha, samples, **given) == DEFAULT_RECIPE
    whole = make_recipe(captcha, samples, **given | {"networks": "whole", "batch": 16})
    assert whole == Recipe.usual("whole").model_copy(update={"batch": 16})
    # Each optimizer has its own learning rate, if none is given.
    muon = make_recipe(captcha, samples, **given | {"networks": "whole", "optimizer": "muon"})
    assert (muon.optimizer, muon.learning_rate) == ("muon", RATES["muon"])
    slow = {"optimizer": "muon", "learning_rate": 1e-3}
    assert make_recipe(captcha, samples, **given | slow).learning_rate == slow["learning_rate"]
    training, *_ = divide(default["count"], PositiveIntegers(":")(default["split"]))
    assert (training, default["stream"]) == (DEFAULT.pictures, DEFAULT.streamed)


def test_an_unknown_experiment() -> None:
    done = run_here("experiments", "second", status=2)
    assert error_of(done).startswith("error: there is no experiment 'second'; there are first, ")


def test_a_report_without_all_experiments(tmp_path: Path) -> None:
    done = run_here(
        "experiments", "quarter", "--quick", "--out", tmp_path / "kept",
        "--report", tmp_path / "page.md", status=2,
    )  # fmt: skip
    assert "runs are missing, first-1 the first" in error_of(done)
    assert (tmp_path / "kept" / "quick" / "quarter-1" / "outcome.json").exists()


def test_a_report_that_cannot_be_written_fails_before_the_runs(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = run_here(
        "experiments", "--quick", "--out", tmp_path / "kept",
        "--report", tmp_path / "file" / "page.md", status=2,
    )  # fmt: skip
    assert "name another --report" in error_of(done)
    assert done.stdout == ""
