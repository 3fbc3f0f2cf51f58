"""`capslice init` leaves other forms and protected pages alone."""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from capslice import Settings
from capslice.agent.discovery.config_text import config_text
from capslice.errors import CaptchaNotFound, ProtectedPage
from tests.agent.discovery.conftest import Finder
from tests.agent.discovery.pages.limits import CAPTCHA, LIMITS, STEPS
from tests.agent.discovery.pages.site import SitePage
from tests.agent.discovery.pages.sorts import PLAIN
from tests.commands import command, error_of, run


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


def test_a_list_and_a_choice_are_one_step_each(
    finder: Finder, serve_page: Callable[[SitePage], str]
) -> None:
    page, expected = LIMITS["a list and a choice"]
    found = finder.form(serve_page(page))
    assert {name: found.selector(name) for name in expected} == expected
    assert [(field.label, field.action) for field in found.required] == [
        ("Country", "choose"),
        ("Private", "click"),
    ]


@pytest.mark.parametrize("name", STEPS)
def test_steps_that_lead_to_the_captcha_are_asked_for(
    name: str, finder: Finder, serve_page: Callable[[SitePage], str]
) -> None:
    page, opener = STEPS[name]
    message = (
        rf"write each step as \[\[target\.before\]\], such as click = \"{opener}\", and let init"
    )
    url = serve_page(page)
    with pytest.raises(CaptchaNotFound, match=message):
        finder.form(url)
    fill = [{"fill": "[name=mail]", "value": "a@example.org"}] if opener == "#next" else []
    found = finder.form(url, before=[*fill, {"click": opener}])
    assert (found.selector("picture"), found.selector("input")) == ("#bild", "#feld")


TWO, FIRST = LIMITS["two captchas"]


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        (0, FIRST),
        (1, {"picture": "#bild2", "input": "#feld2", "submit": "form:has(#bild2) button"}),
    ],
)
def test_of_two_captchas_one_is_chosen(
    index: int, expected: dict[str, str], finder: Finder, serve_page: Callable[[SitePage], str]
) -> None:
    asked = []
    found = finder.form(serve_page(TWO), choose=lambda names: asked.append(names) or index)
    assert asked == [["#bild with #feld", "#bild2 with #feld2"]]
    assert {name: found.selector(name) for name in expected} == expected
    (note,) = found.notes
    assert "2 captchas (1: #bild with #feld; 2: #bild2 with #feld2): --captcha chooses" in note


def test_of_two_frames_one_is_chosen(finder: Finder, serve_page: Callable[[SitePage], str]) -> None:
    frames = "<iframe id=a src=/one></iframe><iframe id=b src=/two></iframe>"
    page = SitePage(frames, others={"one": PLAIN, "two": PLAIN})
    found = finder.form(serve_page(page), choose=lambda names: names.index(names[1]))
    assert found.selector("frame") == "#b"


def test_the_command_asks_which_captcha_is_meant(
    serve_page: Callable[[SitePage], str], tmp_path: Path
) -> None:
    given = ("init", serve_page(TWO), "--no-submit")
    listed = r"2 captchas \(1: #bild with #feld; 2: #bild2 with #feld2\): choose .* --captcha 1"
    for more in ((), ("--yes",), ("--captcha", "3", "--yes")):
        done = run(*given, *more, cwd=tmp_path, status=2)
        assert re.search(listed, error_of(done))
    done = subprocess.run(
        command(*given), input="2\ny\n", capture_output=True, text=True, cwd=tmp_path
    )
    assert (done.returncode, "2: #bild2 with #feld2" in done.stdout) == (5, True)
    config = tmp_path / "config.toml"
    assert Settings.load(config).target.selectors.picture == "#bild2"
    run(*given, "--captcha", "1", "--yes", "--overwrite", cwd=tmp_path, status=5)
    assert Settings.load(config).target.selectors.picture == "#bild"


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
    assert ("target.before" in str(caught.value)) == ("<button" in NO_CAPTCHA[name])


def test_a_protected_page_is_declined_by_name(
    finder: Finder, form_site: Callable[..., str]
) -> None:
    widget = "<iframe src='https://www.google.com/recaptcha/api2/anchor'></iframe>"
    form = f"<form method=post action=/>{CAPTCHA}<input name=code><button>Go</button></form>"
    with pytest.raises(ProtectedPage, match="protected by reCAPTCHA"):
        finder.form(form_site(widget + form, "", ""))
