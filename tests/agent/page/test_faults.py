"""Pages as they are built elsewhere, and all that goes wrong there: solved, or given up by name."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from typing import Any

import numpy as np
import psutil
import pytest
from PIL import Image
from playwright.sync_api import Browser

from capslice import Reader, Solution, new_page, open_browser, solve, solve_target
from capslice.agent.settings import Settings
from capslice.errors import (
    AgentError,
    BrowserGone,
    ElementCovered,
    InputTooShort,
    NothingThere,
    NoVerdict,
    PictureNotShown,
    TargetRefused,
    TargetUnreachable,
)
from capslice.training.mock_page import Faults, MockPage, Switches, Variant
from capslice.training.mock_page.faults import FAULTS
from capslice.training.pictures import EllipseCaptcha
from tests.conftest import in_a_thread, settings_for

Mock = Callable[..., MockPage]
Solve = Callable[..., Solution]


@pytest.fixture
def mock(captcha: EllipseCaptcha) -> Iterator[Mock]:
    """Serve a mock page that is built and goes wrong as given, until the test ends."""
    with ExitStack() as stack:

        def mock(
            variant: Variant | None = None,
            faults: Faults | None = None,
            **switches: Any,
        ) -> MockPage:
            page = MockPage(
                captcha, Switches(**switches), variant=variant or Variant(), faults=faults, seed=1
            )
            return stack.enter_context(page)

        yield mock


# From a 500, from a session that has expired, and from half a picture.
TOLD_APART_NOWHERE = ("error_502", "captcha_expired", "picture_missing", "picture_wrong_type")

STATUSES: dict[str, Any] = {
    "selectors": {"success": "", "failure": ""},
    "statuses": {"accepted": [200], "rejected": [422]},
}


@pytest.mark.parametrize(
    ("variant", "target"),
    [
        *[({"picture": kind}, {}) for kind in ("canvas", "background", "data", "blob", "svg")],
        *[({"refresh": kind}, {}) for kind in ("button", "script")],
        ({"picture": "canvas", "refresh": "script"}, {}),
        ({"refresh": "reload"}, {"selectors": {"refresh": ""}}),
        ({"verdict": "in_place"}, {}),
        ({"verdict": "status"}, STATUSES),
        ({"field": "maxlength"}, {}),
        ({"field": "boxes"}, {}),
        ({"frame": True}, {"selectors": {"frame": "#frame"}}),
        ({"obstacle": "banner"}, {"selectors": {"dismiss": "#cookie-accept"}}),
        ({"obstacle": "alert"}, {}),
        ({"obstacle": "tab"}, {}),
        ({"obstacle": "tab", "verdict": "status"}, STATUSES),
        (
            {"frame": True, "verdict": "status"},
            {**STATUSES, "selectors": {**STATUSES["selectors"], "frame": "#frame"}},
        ),
        (
            {"frame": True, "picture": "background", "refresh": "script", "field": "boxes",
             "verdict": "in_place", "obstacle": "alert"},
            {"selectors": {"frame": "#frame"}},
        ),
    ],
    ids=lambda given: "-".join(map(str, given.values())) if isinstance(given, dict) else None,
)  # fmt: skip
def test_however_the_page_is_built(
    variant: dict[str, Any], target: dict[str, Any], mock: Mock, solve_at: Solve
) -> None:
    page = mock(Variant(**variant), reject_first=1)
    solution = solve_at(page.url, target=target)
    assert solution.solved
    # Where a rejected answer and a refresh each bring a picture, one may be seen as it goes.
    assert solution.faults == [] or variant.get("verdict") == "in_place"
    assert len({attempt.text for attempt in solution.attempts}) == 2, "not a fresh captcha"
    assert (page.visits.accepted, page.visits.rejected) == (1, 1)


@pytest.mark.parametrize("kind", ["blob", "canvas"])
def test_a_picture_that_a_script_fills_later_is_waited_for(
    kind: Any, mock: Mock, solve_at: Solve
) -> None:
    solution = solve_at(mock(Variant(picture=kind), picture_delay=0.5).url)
    assert solution.solved
    assert solution.faults == []
    assert len(solution.attempts) == 1


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(each, marks=[pytest.mark.slow] * (each in TOLD_APART_NOWHERE))
        for each in FAULTS
    ],
)
def test_a_fault_now_and_then_is_got_over(fault: str, mock: Mock, solve_at: Solve) -> None:
    page = mock(faults=Faults(0.35, 3, (fault,), slow=0.5), reject_first=3)
    assert solve_at(page.url, 3, retries={"attempts": 20}).solved
    assert page.visits.accepted == 1
    assert page.visits.faults[fault], "it never came"


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("picture_slow", PictureNotShown),
        ("picture_missing", PictureNotShown),
        ("picture_truncated", PictureNotShown),
        ("picture_wrong_type", PictureNotShown),
        ("verdict_slow", NoVerdict),
        ("verdict_never", NoVerdict),
        ("error_500", TargetUnreachable),
        ("error_502", TargetUnreachable),
        ("reset_in_body", TargetUnreachable),
    ],
)
def test_a_fault_that_stays_is_given_up_by_name(
    fault: str, error: type[AgentError], mock: Mock, solve_at: Solve
) -> None:
    page = mock(faults=Faults(1, 3, (fault,), slow=60))
    with pytest.raises(error):
        # A busy machine needs longer than one second to show what is there.
        solve_at(page.url, 3, retries={"faults": 1})
    assert page.visits.faults[fault], "it never came"
    # And it may give an answer up before the server has seen it, but not its page.
    assert (page.visits.pages if error is NoVerdict else page.visits.faults[fault]) == 2


@pytest.mark.parametrize("fault", ["session_expired", "captcha_expired"])
def test_a_fault_that_looks_like_a_wrong_answer_ends_with_the_attempts(
    fault: str, mock: Mock, solve_at: Solve
) -> None:
    solution = solve_at(mock(faults=Faults(1, 3, (fault,))).url, retries={"attempts": 2})
    assert not solution.solved
    assert len(solution.attempts) == 2


def test_what_lies_over_the_form_is_named(mock: Mock, solve_at: Solve) -> None:
    page = mock(Variant(obstacle="banner"))
    with pytest.raises(ElementCovered, match=r"'#submit'.* is covered .*selectors\.dismiss"):
        solve_at(page.url, 3)
    assert page.visits.pages == 1, "a banner does not go away by itself"


def test_a_field_that_is_too_short(
    solve_at: Solve, mock: Mock, browser: Browser, reader: Reader
) -> None:
    page = mock()
    ours = new_page(browser)
    ours.goto(page.url)
    ours.eval_on_selector("#answer", "field => field.maxLength = 4")
    with pytest.raises(InputTooShort, match="takes 4 of the 6 characters"):
        solve(ours, settings_for(page.url), reader=reader)
    assert page.visits.rejected == 0
    ours.context.close()


@pytest.mark.parametrize("away", [0.0, 0.5])
def test_the_server_is_restarted_in_the_middle(
    away: float, mock: Mock, browser: Browser, reader: Reader
) -> None:
    page = mock()
    ours = new_page(browser)
    restarts = []

    def restart(_: object) -> None:
        if not restarts:
            restarts.append(threading.Thread(target=page.restart, args=(away,)))
            restarts[0].start()
            if away == 0:
                restarts[0].join()

    settings = settings_for(page.url, 3, retries={"first_wait": 0.2, "longest_wait": 0.4})
    solution = solve(ours, settings, reader=reader, before_submit=restart)
    restarts[0].join()
    assert solution.solved
    assert page.visits.accepted == 1
    ours.context.close()


def test_a_server_that_is_gone_is_given_up(mock: Mock, browser: Browser, reader: Reader) -> None:
    page = mock()
    ours = new_page(browser)
    with pytest.raises((TargetUnreachable, NothingThere)):
        solve(
            ours,
            settings_for(page.url, 2, retries={"faults": 2}),
            reader=reader,
            before_submit=lambda _: page.__exit__(None, None, None),
        )
    ours.context.close()


@pytest.mark.parametrize("status", [403, 429])
def test_as_many_refusals_as_are_configured(status: int, mock: Mock, solve_at: Solve) -> None:
    pace = {"refusals": 2, "loopback_interval": 0}
    page = mock(refuse_with=status)
    with pytest.raises(TargetRefused):
        solve_at(page.url, pace=pace)
    assert page.visits.rejected == 2


def test_what_retry_after_says_is_done(mock: Mock, solve_at: Solve) -> None:
    page = mock(refuse_with=429, refuse_first=1, retry_after=1)
    solution = solve_at(page.url, pace={"refusals": 2})
    assert solution.solved
    assert solution.seconds >= 1
    page = mock(refuse_with=429, refuse_first=1, retry_after=3600)
    with pytest.raises(TargetRefused, match="for 3600 s"):
        solve_at(page.url, pace={"refusals": 2})
    assert page.visits.rejected == 1


class FirstThis(EllipseCaptcha):
    """Does something before it draws its first picture."""

    def __init__(self, this: Callable[[], None]) -> None:
        super().__init__()
        object.__setattr__(self, "todo", [this])

    def draw(self, text: str, rng: np.random.Generator) -> Image.Image:
        if self.todo:
            self.todo.pop()()
        return super().draw(text, rng)


def browsers() -> list[psutil.Process]:
    """The browsers that this process has started, without their own processes."""
    return [
        process
        for process in psutil.Process().children(recursive=True)
        if "chrom" in process.name() and not any("--type" in word for word in process.cmdline())
    ]


def crash_pages(of: Iterable[psutil.Process]) -> None:
    """Their pages' processes end as they would for want of memory."""
    # A browser may be a shell's child, and so is both's who is its own.
    for process in {child for each in of for child in each.children(recursive=True)}:
        with suppress(psutil.NoSuchProcess):  # it has ended by itself
            if "--type=renderer" in " ".join(process.cmdline()):
                process.kill()


def test_a_page_of_the_caller_that_crashes(mock: Mock, browser: Browser, reader: Reader) -> None:
    ours = new_page(browser)
    with pytest.raises(BrowserGone, match="crashed"):
        solve(
            ours,
            settings_for(mock().url, 3),
            reader=reader,
            before_submit=lambda _: crash_pages(browsers()),
        )
    ours.context.close()


@pytest.mark.parametrize("whole", [True, False])
def test_a_browser_that_dies_is_replaced(whole: bool) -> None:
    before = set(browsers())

    def kill() -> None:
        mine = set(browsers()) - before
        if whole:
            for process in mine:
                process.kill()
        else:
            crash_pages(mine)

    with MockPage(FirstThis(kill)) as page:
        solution = in_a_thread(solve_target, settings_for(page.url, 3))
    assert solution.solved
    assert solution.faults
    assert set(browsers()) == before, "one is left"


def test_without_a_browser_to_go_on_with_it_is_an_error() -> None:
    before = set(browsers())

    def kill() -> None:
        for mine in set(browsers()) - before:
            mine.kill()

    def solve_in_a_browser_of_the_callers(url: str) -> None:
        with open_browser(Settings().browser) as browser:
            solve(new_page(browser), settings_for(url, 3))

    with MockPage(FirstThis(kill)) as page, pytest.raises(BrowserGone, match="is gone"):
        in_a_thread(solve_in_a_browser_of_the_callers, page.url)
