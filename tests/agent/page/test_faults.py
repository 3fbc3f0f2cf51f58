"""The agent recovers from faults of the page, or gives up with an error that names the fault."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser

from capslice import Reader, Solution, new_page, solve
from capslice.errors import (
    AgentError,
    ElementCovered,
    InputTooShort,
    NothingThere,
    NoVerdict,
    PictureNotShown,
    TargetRefused,
    TargetUnreachable,
)
from capslice.training.mock_page import Faults, Variant
from capslice.training.mock_page.faults import FAULTS
from tests.agent.page.conftest import Mock
from tests.conftest import settings_for

Solve = Callable[..., Solution]


# The agent handles these like error_500, session_expired and picture_truncated.
REDUNDANT = ("error_502", "captcha_expired", "picture_missing", "picture_wrong_type")


@pytest.mark.parametrize(
    "fault",
    [pytest.param(each, marks=[pytest.mark.slow] * (each in REDUNDANT)) for each in FAULTS],
)
def test_the_agent_recovers_from_occasional_faults(fault: str, mock: Mock, solve_at: Solve) -> None:
    page = mock(faults=Faults(0.35, 3, (fault,), slow=0.5), reject_first=3)
    # A busy machine may stall for 3 seconds, and only these faults make the agent wait in vain.
    timeout = 3 if fault in ("verdict_never", "reset_in_body") else 10
    solution = solve_at(page.url, timeout, retries={"attempts": 20})
    assert solution.solved
    assert page.visits.accepted == 1, solution.faults
    assert page.visits.faults[fault], "the fault never occurred"


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
def test_a_permanent_fault_is_an_error_that_names_it(
    fault: str, error: type[AgentError], mock: Mock, solve_at: Solve
) -> None:
    page = mock(faults=Faults(1, 3, (fault,), slow=60))
    with pytest.raises(error):
        # A busy machine needs more than one second to show the page.
        solve_at(page.url, 3, retries={"faults": 1})
    assert page.visits.faults[fault], "the fault never occurred"
    # On a busy machine, an answer may time out before it reaches the server; a page does not.
    assert (page.visits.pages if error is NoVerdict else page.visits.faults[fault]) == 2


@pytest.mark.parametrize("fault", ["session_expired", "captcha_expired"])
def test_a_fault_that_looks_like_a_wrong_answer_ends_with_the_attempts(
    fault: str, mock: Mock, solve_at: Solve
) -> None:
    solution = solve_at(mock(faults=Faults(1, 3, (fault,))).url, retries={"attempts": 2})
    assert not solution.solved
    assert len(solution.attempts) == 2


def test_the_error_names_what_covers_the_form(mock: Mock, solve_at: Solve) -> None:
    page = mock(Variant(obstacle="banner"))
    with pytest.raises(ElementCovered, match=r"'#submit'.* is covered .*selectors\.dismiss"):
        solve_at(page.url, 3)
    assert page.visits.pages == 1, "a retry would not close the banner"


def test_a_field_that_is_too_short(
    solve_at: Solve, mock: Mock, browser: Browser, reader: Reader
) -> None:
    page = mock()
    page_of_caller = new_page(browser)
    page_of_caller.goto(page.url)
    page_of_caller.eval_on_selector("#answer", "field => field.maxLength = 4")
    with pytest.raises(InputTooShort, match="takes 4 of the 6 characters"):
        solve(page_of_caller, settings_for(page.url), reader=reader)
    assert page.visits.rejected == 0
    page_of_caller.context.close()


@pytest.mark.parametrize("seconds", [0.0, 0.5])
def test_the_server_is_restarted_in_the_middle(
    seconds: float, mock: Mock, browser: Browser, reader: Reader
) -> None:
    page = mock()
    page_of_caller = new_page(browser)
    restarts = []

    def restart(_: object) -> None:
        if not restarts:
            restarts.append(threading.Thread(target=page.restart, args=(seconds,)))
            restarts[0].start()
            if seconds == 0:
                restarts[0].join()

    settings = settings_for(page.url, retries={"first_wait": 0.2, "longest_wait": 0.4})
    solution = solve(page_of_caller, settings, reader=reader, before_submit=restart)
    restarts[0].join()
    assert solution.solved
    assert page.visits.accepted == 1
    page_of_caller.context.close()


def test_a_server_that_is_gone_is_an_error(mock: Mock, browser: Browser, reader: Reader) -> None:
    page = mock()
    page_of_caller = new_page(browser)
    with pytest.raises((TargetUnreachable, NothingThere)):
        solve(
            page_of_caller,
            settings_for(page.url, 2, retries={"faults": 2}),
            reader=reader,
            before_submit=lambda _: page.__exit__(None, None, None),
        )
    page_of_caller.context.close()


@pytest.mark.parametrize("status", [403, 429])
def test_the_agent_stops_after_the_configured_number_of_refusals(
    status: int, mock: Mock, solve_at: Solve
) -> None:
    pace = {"refusals": 2, "loopback_interval": 0}
    page = mock(refuse_with=status)
    with pytest.raises(TargetRefused):
        solve_at(page.url, pace=pace)
    assert page.visits.rejected == 2


def test_the_agent_waits_as_retry_after_says(mock: Mock, solve_at: Solve) -> None:
    page = mock(refuse_with=429, refuse_first=1, retry_after=1)
    solution = solve_at(page.url, pace={"refusals": 2})
    assert solution.solved
    assert solution.seconds >= 1
    page = mock(refuse_with=429, refuse_first=1, retry_after=3600)
    with pytest.raises(TargetRefused, match="for 3600 s"):
        solve_at(page.url, pace={"refusals": 2})
    assert page.visits.rejected == 1
