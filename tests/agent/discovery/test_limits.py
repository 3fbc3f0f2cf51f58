"""`capslice init` leaves other forms and protected pages alone."""

from __future__ import annotations

import tomllib
from collections.abc import Callable

import pytest

from capslice import Settings
from capslice.agent.discovery.config_text import config_text
from capslice.errors import CaptchaNotFound, ProtectedPage
from tests.agent.discovery.conftest import Finder
from tests.agent.discovery.pages.limits import CAPTCHA, LIMITS
from tests.agent.discovery.pages.site import SitePage


def test_a_login_form_is_not_submitted(
    finder: Finder, serve_page: Callable[[SitePage], str]
) -> None:
    page, expected = LIMITS["a form to log in"]
    found = finder.form_and_messages(serve_page(page))
    (note,) = found.notes
    assert "also requires Password, I agree, which init never fills in by itself" in note
    assert found.findings["failure"].guessed
    assert found.findings["success"].guessed
    assert {name: found.selector(name) for name in expected} == expected
    assert Settings.model_validate(tomllib.loads(config_text(found, {}))).target == found.target


def test_steps_fill_in_what_the_form_also_requires(
    finder: Finder, form_site: Callable[..., str]
) -> None:
    form = f"""<form method=post action=/><input name=who placeholder=Name required>
        <input type=checkbox required name=terms>{CAPTCHA}<input name=code><button>Go</button>
        </form>"""
    url = form_site(form, "<p class=error>Wrong</p>", "<p class=done>Thank you</p>")
    text = config_text(finder.form(url), {})
    asked = ('fill = "input[name=\\"who\\"]"', 'click = "input[name=\\"terms\\"]"')
    assert all(f"# {line}" in text for line in asked)
    steps = text.replace('# value = ""', 'value = "Ann"')
    for line in ("[[target.before]]", *asked):
        steps = steps.replace(f"# {line}", line)
    before = tomllib.loads(steps)["target"]["before"]
    found = finder.form_and_messages(url, before=before)
    assert (found.selector("success"), found.selector("failure")) == ("p.done", "p.error")
    assert tomllib.loads(config_text(found, {}))["target"]["before"] == before


NO_CAPTCHA = {
    "nothing": "<p>Hello</p>",
    "a login form with a logo": """<form><img src=/logo.png width=200 height=60 alt=Company>
        <input name=user placeholder="User name"><input type=password name=pass>
        <button>Log in</button></form>""",
    "a search with pictures": """<img src=/logo.png width=300 height=100 alt="A product">
        <form><input name=q type=search placeholder=Search><button>Search</button></form>""",
    "a code of another kind": """<form><label>Coupon code <input name=coupon></label></form>
        <img src=/logo.png width=200 height=90 alt="photo of an article">""",
}


@pytest.mark.parametrize("name", NO_CAPTCHA)
def test_a_page_without_a_captcha(name: str, finder: Finder, form_site: Callable[..., str]) -> None:
    with pytest.raises(CaptchaNotFound, match="no picture captcha was found") as caught:
        finder.form(form_site(NO_CAPTCHA[name], "", ""))
    assert caught.value.exit_status == 3


def test_a_protected_page_is_declined_by_name(
    finder: Finder, form_site: Callable[..., str]
) -> None:
    widget = "<iframe src='https://www.google.com/recaptcha/api2/anchor'></iframe>"
    form = f"<form method=post action=/>{CAPTCHA}<input name=code><button>Go</button></form>"
    with pytest.raises(ProtectedPage, match="protected by reCAPTCHA"):
        finder.form(form_site(widget + form, "", ""))
