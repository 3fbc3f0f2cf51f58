"""`capslice init` finds the captcha of the mock page in all its variants."""

from __future__ import annotations

from pathlib import Path

import pytest

from capslice import Reader, Settings, solve
from capslice.agent.discovery import MOST_RIGHT, Form
from capslice.agent.discovery.config_text import config_text
from capslice.training.mock_page import MockPage, Switches, Variant
from capslice.training.pictures import EllipseCaptcha
from tests.agent.discovery.conftest import Finder
from tests.training.mock_page.browser_visitor import COMBINED, name_of


def selectors(form: Form) -> dict[str, str]:
    return {name: finding.selector for name, finding in form.findings.items() if finding.selector}


@pytest.mark.parametrize(
    "variant",
    [
        *(Variant(), COMBINED[0], COMBINED[1], COMBINED[4]),
        *(pytest.param(COMBINED[place], marks=pytest.mark.slow) for place in (2, 3, 5)),
    ],
    ids=name_of,
)
def test_variants_of_the_mock_page(
    variant: Variant, finder: Finder, captcha: EllipseCaptcha, reader: Reader, tmp_path: Path
) -> None:
    with MockPage(captcha, variant=variant, seed=1) as mock:
        form = finder.form_and_messages(mock.url)
        assert (mock.visits.rejected, mock.visits.accepted) == (1, 1)
        assert form.notes == ()
        found = selectors(form)
        expected = {"picture": "#captcha", "input": "#answer", "submit": "#submit"}
        if variant.refresh != "reload":
            expected["refresh"] = "#refresh"
        if variant.verdict != "status":
            expected |= {"success": "#success", "failure": "#failure"}
        if variant.frame:
            expected["frame"] = "#frame"
        if variant.obstacle == "banner":
            expected["dismiss"] = "#cookie-accept"
        assert found == expected
        statuses = ((200,), (422,)) if variant.verdict == "status" else ((), ())
        assert (form.statuses.accepted, form.statuses.rejected) == statuses

        config = tmp_path / "config.toml"
        config.write_text(config_text(form, {}))
        settings = Settings.load(config)
        assert settings.target == form.target
        assert solve(finder.new_session(), settings, reader=reader).solved


@pytest.mark.slow
def test_a_site_that_never_accepts_leaves_a_guess(finder: Finder, captcha: EllipseCaptcha) -> None:
    with MockPage(captcha, Switches(reject_all=True), seed=1) as mock:
        found = finder.form_and_messages(mock.url)
        assert mock.visits.accepted == 0
        assert mock.visits.rejected == 1 + MOST_RIGHT
    assert found.selector("failure") == "#failure"
    assert found.notes == (
        f"init sent {MOST_RIGHT} answers of the model, and no answer was accepted: success is a "
        "guess, so check selectors.success",
    )
    text = config_text(found, {})
    assert "# A guess: correct the selector of success." in text


def test_a_refusal_ends_the_search(finder: Finder, captcha: EllipseCaptcha) -> None:
    with MockPage(captcha, Switches(refuse_with=429), seed=1) as mock:
        found = finder.form_and_messages(mock.url)
        assert mock.visits.rejected == 1
    assert "429" in found.notes[0]
