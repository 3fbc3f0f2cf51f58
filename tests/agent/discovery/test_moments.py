"""`init` finds verdicts that are shown for a moment, and believes no page that it cannot read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request
from werkzeug.serving import make_server

from capslice import Reader
from tests.agent.conftest import served
from tests.agent.discovery.conftest import ANSWER, Finder
from tests.agent.discovery.pages.moments import FORM, MOMENTS
from tests.agent.discovery.pages.site import SitePage
from tests.commands import run

Start = Callable[..., str]


@pytest.fixture
def moment_site(png: bytes) -> Iterator[Start]:
    """Start a site; `check` makes the response to the number of the answer, and if it is right."""
    with ExitStack() as stack:

        def start(form: str, check: Callable[[int, bool], Any]) -> str:
            app = Flask(__name__)
            answers: list[str] = []
            app.add_url_rule("/picture", "picture", lambda: (png, {"Content-Type": "image/png"}))
            app.add_url_rule("/", "form", lambda: f"<!doctype html><h1>Form</h1>{form}")

            @app.post("/check")
            def judge() -> Any:
                answers.append(request.form["answer"])
                return check(len(answers), answers[-1] == ANSWER)

            return stack.enter_context(served(make_server("127.0.0.1", 0, app, threaded=True)))

        yield start


@pytest.mark.parametrize("way", MOMENTS)
def test_init_names_what_the_page_shows_for_a_moment(
    way: str,
    finder: Finder,
    serve_page: Callable[[SitePage], str],
    tmp_path: Path,
    reader: Reader,
) -> None:
    page, ends = MOMENTS[way]
    found = finder.form_and_messages(serve_page(page))
    assert all(found.selector(name).endswith(end) for name, end in ends.items()), found.findings
    assert not found.findings["success"].guessed
    assert finder.solves(found, tmp_path / "config.toml")


def test_init_names_a_cookie_that_only_a_right_answer_sets(
    finder: Finder, moment_site: Start
) -> None:
    def check(_: int, is_right: bool) -> Any:
        return (FORM, 200, {"Set-Cookie": "passed=1"}) if is_right else f"<p>Wrong code</p>{FORM}"

    found = finder.form_and_messages(moment_site(FORM, check))
    assert found.selector("success") == "cookie=passed="
    assert not found.findings["success"].guessed


LOCKED = "<!doctype html><p>Xyzzy frobnicated.</p>"
WRONG = f"<!doctype html><p>Wrong code</p>{FORM}"


@pytest.mark.parametrize("status", [200, 422])
def test_a_page_without_known_words_that_also_follows_a_wrong_answer(
    status: int, finder: Finder, moment_site: Start
) -> None:
    url = moment_site(FORM, lambda number, _: LOCKED if number > 1 else (WRONG, status))
    found = finder.form_and_messages(url)
    assert found.findings["success"].guessed
    assert found.statuses.accepted == ()
    assert any("nobody can say" in note and "Xyzzy" in note for note in found.notes)


def test_a_page_without_known_words_that_only_a_right_answer_brings(
    finder: Finder, moment_site: Start
) -> None:
    found = finder.form_and_messages(moment_site(FORM, lambda _, right: LOCKED if right else WRONG))
    assert found.selector("success") == 'p:text-is("Xyzzy frobnicated.")'
    assert not found.findings["success"].guessed


def test_success_and_failure_at_once_are_no_success(moment_site: Start, tmp_path: Path) -> None:
    both = "<p class=note>Thank you!</p><p class=other>Invalid code, please try again</p>" + FORM
    url = moment_site(FORM, lambda _, is_right: both if is_right else WRONG)
    done = run("init", url, "--yes", "--screenshot", "x.png", cwd=tmp_path, status=5)
    assert "nobody can say if the page accepted the model's answer" in done.stdout
