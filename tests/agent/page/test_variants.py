"""The agent solves the captcha whatever way the page is built."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from capslice import Solution
from capslice.training.mock_page import Variant
from tests.agent.page.conftest import Mock

Solve = Callable[..., Solution]


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
def test_every_variant_is_solved(
    variant: dict[str, Any], target: dict[str, Any], mock: Mock, solve_at: Solve
) -> None:
    page = mock(Variant(**variant), reject_first=1)
    solution = solve_at(page.url, target=target)
    assert solution.solved
    # A rejected answer and a refresh both bring a picture; the agent may catch the first one.
    assert solution.faults == [] or variant.get("verdict") == "in_place"
    assert len({attempt.text for attempt in solution.attempts}) == 2, "not a fresh captcha"
    assert (page.visits.accepted, page.visits.rejected) == (1, 1)


@pytest.mark.parametrize("kind", ["blob", "canvas"])
def test_the_agent_waits_for_a_picture_that_a_script_fills_later(
    kind: Any, mock: Mock, solve_at: Solve
) -> None:
    solution = solve_at(mock(Variant(picture=kind), picture_delay=0.5).url)
    assert solution.solved
    assert solution.faults == []
    assert len(solution.attempts) == 1
