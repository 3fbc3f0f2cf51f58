"""`init`, `doctor` and `solve` on pages that show what looks like a verdict."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from capslice import Reader, Solution, solve
from capslice.agent.discovery.config_text import config_text
from capslice.errors import ConfigurationError
from tests.agent.discovery.conftest import Finder
from tests.commands import error_of, run
from tests.conftest import settings_for

FORM = """<form method=post action=/><img id=captcha src=/picture width=310 height=80 alt=captcha>
    <input id=answer name=answer><button id=submit>Send</button></form>"""
WRONG, RIGHT = "<p class=note>Wrong code</p>", "<p class=note>Thank you!</p>"

# Elements that are on the form page, too: in each, a usual selector of success is visible.
ALWAYS = {
    "text": "<p class=success>Please type the code</p>",
    "no text": "<div id=success style='width: 9px; height: 9px; background: green'></div>",
    "a counter": "<p class=success>RANDOM solved so far</p>",
    "a long text": f"<div class=alert-success>{'Success is near. ' * 20}</div>",
}
PARAMETERS = [
    "text",
    *(pytest.param(name, marks=pytest.mark.slow) for name in ALWAYS if name != "text"),
]
SELECTORS = {"submit": "#submit", "refresh": "", "success": ".success"}
VISIBLE = r"selectors\.success .* is visible at .* before an answer is submitted"

Start = Callable[..., str]
Solve = Callable[..., Solution]


@pytest.mark.parametrize("name", PARAMETERS)
def test_init_chooses_no_success_that_the_form_shows(
    name: str, finder: Finder, form_site: Start, tmp_path: Path, reader: Reader
) -> None:
    always = ALWAYS[name]
    found = finder.form_and_messages(form_site(always + FORM, WRONG, always + RIGHT))
    assert found.selector("success") == 'p:text-is("Thank you!")'
    assert found.selector("failure") == 'p:text-is("Wrong code")'
    assert finder.solves(found, tmp_path / "config.toml")


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_site_that_rejects_all_gets_a_guess_that_it_does_not_show(
    name: str, finder: Finder, form_site: Start
) -> None:
    # The counter differs on each page, but a counter is no verdict.
    found = finder.form_and_messages(form_site(ALWAYS[name] + FORM, WRONG, WRONG + FORM))
    assert found.findings["success"].guessed
    guessed = found.selector("success").split(", ")
    shown = {"no text": "#success", "a long text": ".alert-success"}.get(name, ".success")
    assert len(guessed) == 2
    assert shown not in guessed


def test_a_guess_is_not_visible_after_a_wrong_answer(finder: Finder, form_site: Start) -> None:
    wrong = "<p class=success>Wrong code</p><p id=success>x</p><p class=alert-success>x</p>"
    found = finder.form_and_messages(form_site(FORM, wrong, wrong + FORM))
    assert (found.selector("success"), found.findings["success"].guessed) == ("", True)
    assert "write the selector of success" in config_text(found, {})


def test_digits_alone_are_no_message(finder: Finder, form_site: Start) -> None:
    counters = "<b class=tries>{}</b><i>{} of 5</i><time>10:4{}</time>"
    wrong, right = counters.format(1, 2, 3) + WRONG, counters.format(4, 5, 6) + RIGHT
    found = finder.form_and_messages(form_site(FORM, wrong, right))
    assert found.selector("failure") == 'p:text-is("Wrong code")'
    assert found.selector("success") == 'p:text-is("Thank you!")'
    found = finder.form_and_messages(
        form_site(FORM, counters.format(1, 2, 3), counters.format(4, 5, 6) + FORM)
    )
    assert found.findings["failure"].guessed
    assert found.findings["success"].guessed


def test_a_site_that_accepts_all_has_no_failure(finder: Finder, form_site: Start) -> None:
    found = finder.form_and_messages(form_site(FORM, RIGHT, RIGHT))
    assert found.findings["failure"].guessed
    assert found.findings["success"].guessed


def test_init_says_guessed_with_status_5(form_site: Start, tmp_path: Path) -> None:
    url = form_site(FORM, WRONG, WRONG + FORM)
    done = run("init", url, "--yes", "--screenshot", "x.png", cwd=tmp_path, status=5)
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("success"))
    assert "guessed" in line
    assert "no answer was accepted: success is a guess" in done.stdout


@pytest.mark.parametrize("name", ["text", "a counter"])
@pytest.mark.parametrize("verdict", ["rejects all", "accepts"])
def test_solve_refuses_a_success_that_the_form_shows(
    name: str, verdict: str, form_site: Start, solve_at: Solve
) -> None:
    right = {"rejects all": WRONG + FORM, "accepts": RIGHT}[verdict]
    url = form_site(ALWAYS[name] + FORM, WRONG, right)
    with pytest.raises(ConfigurationError, match=VISIBLE):
        solve_at(url, target={"selectors": SELECTORS})


def test_solve_refuses_a_success_that_typing_shows(form_site: Start, solve_at: Solve) -> None:
    typing = "<style>.success {display: none} input:valid + .success {display: block}</style>"
    valid = "name=answer required><p class=success>Six digits</p>"
    url = form_site(typing + FORM.replace("name=answer>", valid), WRONG, WRONG)
    with pytest.raises(ConfigurationError, match=VISIBLE):
        solve_at(url, target={"selectors": SELECTORS})


IN_PLACE = """<img id=captcha src=/picture width=310 height=80><input id=answer>
<button id=submit>Send</button><p class=success hidden>Thank you</p><script>
submit.onclick = async () => { await fetch("/", {method: "POST"});
    document.querySelector(".success").hidden = false; };</script>"""


def test_a_success_left_by_an_earlier_solve(
    form_site: Start, finder: Finder, reader: Reader
) -> None:
    page = finder.new_session()
    url = form_site(IN_PLACE, WRONG, RIGHT)
    page.goto(url)
    settings = settings_for(url, target={"selectors": SELECTORS})
    assert solve(page, settings, reader=reader).solved
    with pytest.raises(ConfigurationError, match="if an earlier answer was accepted there"):
        solve(page, settings, reader=reader)
    page.reload()
    assert solve(page, settings, reader=reader).solved


def test_doctor_and_solve_refuse_with_status_2(form_site: Start, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[target.selectors]\nrefresh = ''\nsuccess = '.success'")
    misleading = form_site(ALWAYS["text"] + FORM, WRONG, WRONG + FORM)
    done = run("doctor", misleading, cwd=tmp_path, status=2)
    assert "FAIL selectors: selectors.success '.success' is visible" in done.stdout
    done = run("solve", misleading, cwd=tmp_path, status=2)
    assert "is visible" in error_of(done)
    assert "correct the selector" in error_of(done)
    done = run("doctor", form_site(FORM, WRONG, RIGHT), "--json", cwd=tmp_path)
    assert all(json.loads(line)["passed"] for line in done.stdout.splitlines())
