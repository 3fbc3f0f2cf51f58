"""Retrying on the mock page and on other pages, in a real browser."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser

from capslice import Reader, Solution, Verdict, new_page, solve
from capslice.agent.page.sync_captcha_page import SyncCaptchaPage
from capslice.errors import (
    ElementNotFound,
    NoVerdict,
    OriginNotAllowed,
    PictureNotShown,
    TargetError,
    TargetRefused,
    TargetUnreachable,
)
from capslice.training.mock_page import MockPage
from capslice.training.pictures import EllipseCaptcha
from capslice.training.pictures.article.ellipses import GREY
from tests.agent.conftest import Answer, Site
from tests.conftest import settings_for

Serve = Callable[..., MockPage]
Solve = Callable[..., Solution]
Visit = Callable[..., SyncCaptchaPage]
Start = Callable[..., Site]


def test_solved_on_the_first_attempt(serve: Serve, solve_at: Solve) -> None:
    page = serve()
    solution = solve_at(page.url)
    assert solution.solved
    assert solution.url == page.url + "welcome"
    (attempt,) = solution.attempts
    assert attempt.verdict is Verdict.ACCEPTED
    assert (page.visits.pages, page.visits.accepted, page.visits.rejected) == (1, 1, 0)


def test_two_rejections_two_fresh_captchas(serve: Serve, solve_at: Solve) -> None:
    page = serve(reject_first=2)
    solution = solve_at(page.url)
    verdicts = [attempt.verdict for attempt in solution.attempts]
    assert verdicts == [Verdict.REJECTED, Verdict.REJECTED, Verdict.ACCEPTED]
    assert len({attempt.text for attempt in solution.attempts}) == 3, "not a fresh captcha"
    # One form at first; after each rejection, the form with the message and the refreshed form.
    assert page.visits.pages == 1 + 2 + 2
    assert (page.visits.accepted, page.visits.rejected) == (1, 2)


def test_an_empty_refresh_selector_reloads_the_page(serve: Serve, solve_at: Solve) -> None:
    page = serve(reject_first=1)
    solution = solve_at(page.url, target={"selectors": {"refresh": ""}})
    assert solution.solved
    assert len(solution.attempts) == 2


def test_it_stops_after_the_configured_attempts(serve: Serve, solve_at: Solve) -> None:
    page = serve(reject_all=True)
    solution = solve_at(page.url, retries={"attempts": 3})
    assert not solution.solved
    assert page.visits.rejected == len(solution.attempts) == 3
    assert solution.as_json()["solved"] is False


def test_it_stops_when_the_time_is_used_up(serve: Serve, solve_at: Solve) -> None:
    page = serve(reject_all=True)
    retries = {"attempts": 1000, "total": 0.001}
    assert len(solve_at(page.url, retries=retries).attempts) == 1


def test_a_reading_that_is_too_unsure_is_not_typed(serve: Serve, solve_at: Solve) -> None:
    page = serve()
    solution = solve_at(page.url, model={"min_confidence": 0.9999999999})
    assert not solution.solved
    assert {attempt.verdict for attempt in solution.attempts} == {Verdict.UNSURE}
    assert len(solution.attempts) == 5
    assert (page.visits.accepted, page.visits.rejected) == (0, 0)
    assert page.visits.pictures == 5
    assert "0 answers rejected, 5 captchas too unsure to answer" in str(solution)


class BlankFirst(EllipseCaptcha):
    """Draws a blank picture first, and then captchas."""

    def __init__(self) -> None:
        super().__init__()
        object.__setattr__(self, "blanks", iter([Image.new("L", self.size, GREY)]))

    def draw(self, text: str, rng: np.random.Generator) -> Image.Image:
        return next(self.blanks, None) or super().draw(text, rng)


def test_a_fresh_captcha_replaces_an_unsure_one(solve_at: Solve) -> None:
    with MockPage(BlankFirst()) as page:
        solution = solve_at(page.url)
    assert solution.solved
    verdicts = [attempt.verdict for attempt in solution.attempts]
    assert verdicts == [Verdict.UNSURE, Verdict.ACCEPTED]
    assert (page.visits.pictures, page.visits.rejected) == (2, 0)


@pytest.mark.parametrize("switches", [{"picture_delay": 0.7}, {"verdict_delay": 0.7}])
def test_a_slow_page(switches: dict[str, float], serve: Serve, solve_at: Solve) -> None:
    assert solve_at(serve(**switches).url).solved


def test_it_identifies_itself(serve: Serve, browser: Browser, reader: Reader) -> None:
    page = serve()
    ours = new_page(browser)
    solve(ours, settings_for(page.url), reader=reader)
    (user_agent,) = page.visits.user_agents
    assert user_agent.count("capslice/") == 1
    assert ours.evaluate("navigator.webdriver") is True, "automation is not hidden"
    ours.context.close()


@pytest.mark.parametrize("status", [403, 429])
def test_it_stops_when_refused(status: int, serve: Serve, solve_at: Solve) -> None:
    page = serve(refuse_with=status)
    with pytest.raises(TargetRefused, match=str(status)):
        solve_at(page.url)
    assert page.visits.pages == 1
    assert page.visits.rejected == 1, "it submitted again"


def test_broken_pictures_are_retried_then_reported(serve: Serve, solve_at: Solve) -> None:
    page = serve(broken_pictures=True)
    with pytest.raises(PictureNotShown, match="cannot be decoded"):
        solve_at(page.url, retries={"faults": 3})
    assert page.visits.pages == 3 + 1
    assert page.visits.rejected == page.visits.accepted == 0


def test_a_missing_verdict_is_an_error(serve: Serve, solve_at: Solve) -> None:
    page = serve()
    selectors = {"success": "#nothing", "failure": "#nothing"}
    with pytest.raises(NoVerdict, match=r"selectors\.success '#nothing'; sel"):
        solve_at(page.url, 1, target={"selectors": selectors}, retries={"faults": 0})


@pytest.mark.parametrize("name", ["input", "submit", "refresh"])
def test_a_wrong_selector_is_named(name: str, serve: Serve, solve_at: Solve) -> None:
    page = serve(reject_first=1)
    with pytest.raises(ElementNotFound, match=rf"selectors\.{name} '#nothing'"):
        solve_at(page.url, 2, target={"selectors": {name: "#nothing"}})


def test_a_target_that_is_down(solve_at: Solve, captcha: EllipseCaptcha) -> None:
    with MockPage(captcha) as page:
        url = page.url
    with pytest.raises(TargetUnreachable, match="does not answer"):
        solve_at(url, retries={"total": 3600, "first_wait": 3600, "longest_wait": 3600})


@pytest.mark.parametrize(("status", "kind"), [(500, TargetUnreachable), (404, TargetError)])
def test_an_error_page(status: int, kind: type[TargetError], solve_at: Solve, site: Start) -> None:
    there = site({"/": Answer(b"sorry", status)})
    with pytest.raises(kind, match=str(status)):
        solve_at(there.url)


def test_an_origin_that_is_not_allowed_gets_no_request(solve_at: Solve, site: Start) -> None:
    there = site({"/": Answer(b"hello")})
    with pytest.raises(OriginNotAllowed, match=r"target\.allowed_origins"):
        solve_at(there.url, target={"allowed_origins": ["https://staging.example.org"]})
    assert there.log == []


@pytest.mark.slow
def test_100_in_a_row(serve: Serve, browser: Browser, reader: Reader) -> None:
    page = serve()
    ours = new_page(browser)
    for _ in range(100):
        ours.goto(page.url)
        assert solve(ours, settings_for(page.url), reader=reader).solved
    assert page.visits.accepted == 100
    ours.context.close()
