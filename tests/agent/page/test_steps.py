"""The steps before a captcha: a log-in, a dialog, and fields that a form also requires."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from capslice.agent.page.sync_captcha_page import SyncCaptchaPage
from capslice.agent.rules.redaction import redacted_text
from capslice.agent.settings import Target
from capslice.errors import ConfigurationError, ElementNotFound, NoVerdict, OriginNotAllowed
from tests.agent.conftest import Answer, Site

Visit = Callable[..., SyncCaptchaPage]
Start = Callable[..., Site]

LOGIN = b"""<!doctype html><form action="/in"><input name="user"><input name="password">
<select name="country"><option value="">?<option value="at">Austria</select><button>Log in</form>"""
DIALOG = b"""<!doctype html><button id="open" onclick="box.showModal()">Open</button>
<dialog id="box"><form action="/sent"><input id="answer"><button id="submit">Send</form></dialog>"""
REQUIRED = b"""<!doctype html><form action="/sent"><label>Full name
<input name="who" required></label>
<input name="mail" type="email" placeholder="E-mail" value="x"><input id="answer">
<button id="submit">Send</form>"""


def test_log_in_and_open_a_dialog(
    visit: Visit, site: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAGING_PASSWORD", "s3cret-pw")
    there = site({"/": Answer(LOGIN), "/in": Answer(b"in"), "/form": Answer(DIALOG)})
    steps: list[dict[str, Any]] = [
        {"fill": "[name=user]", "value": "ann", "once": True},
        {"fill": "[name=password]", "env": "STAGING_PASSWORD", "once": True},
        {"choose": "select", "value": "Austria", "once": True},
        {"click": "button", "once": True},
        {"wait": "text=in", "once": True},
        {"open": "form"},
        {"click": "#open"},
    ]
    captcha_page = visit(there.url, before=steps)
    captcha_page.open()
    captcha_page.type_answer("234568")
    captcha_page.open()
    captcha_page.type_answer("234568")
    sent = [line for line in there.log if "/in" in line]
    assert sent == ["GET /in?user=ann&password=s3cret-pw&country=at"]
    assert redacted_text("typed s3cret-pw") == "typed *"


@pytest.mark.parametrize(
    ("step", "error", "message"),
    [
        ({"click": "#none"}, ElementNotFound, "target.before, step 1: click '#none' matches noth"),
        ({"fill": "#answer", "env": "NOT_SET"}, ConfigurationError, "NOT_SET is not set"),
        ({"open": "http://example.org/"}, OriginNotAllowed, "example.org is not an allowed origin"),
    ],
)
def test_a_step_that_is_not_possible(
    step: dict[str, str], error: type[Exception], message: str, visit: Visit, site: Start
) -> None:
    captcha_page = visit(site({"/": Answer(REQUIRED)}).url, before=[step], timeout=2)
    with pytest.raises(error, match=message):
        captcha_page.open()


@pytest.mark.parametrize(
    "step",
    [
        {},
        {"click": "#a", "open": "/"},
        {"fill": "#a"},
        {"click": "#a", "value": "b"},
        {"fill": "#a", "value": "b", "env": "C"},
        {"open": "http://[/"},
        {"clck": "#a"},
    ],
)
def test_a_wrong_step(step: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Target.model_validate({"before": [step]})


def test_the_fields_that_stop_a_form_are_named(visit: Visit, site: Start) -> None:
    there = site({"/": Answer(REQUIRED), "/sent": Answer(b"<p id=success>yes")})
    captcha_page = visit(there.url, timeout=5)
    captcha_page.open()
    captcha_page.type_answer("234568")
    captcha_page.submit()
    with pytest.raises(NoVerdict, match=r"empty or wrong: Full name, E-mail: fill them in"):
        captcha_page.verdict()
