"""The agent replaces its own browser if it crashes; a crash of the caller's is an error."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress

import numpy as np
import psutil
import pytest
from PIL import Image
from playwright.sync_api import Browser

from capslice import Reader, new_page, open_browser, solve, solve_target
from capslice.agent.settings import Settings
from capslice.errors import (
    BrowserGone,
)
from capslice.training.mock_page import MockPage
from capslice.training.pictures import EllipseCaptcha
from tests.agent.page.conftest import Mock
from tests.conftest import in_a_thread, settings_for


class CallFirst(EllipseCaptcha):
    """Calls `action` before it draws its first picture."""

    def __init__(self, action: Callable[[], None]) -> None:
        super().__init__()
        object.__setattr__(self, "actions", [action])

    def draw(self, text: str, rng: np.random.Generator) -> Image.Image:
        if self.actions:
            self.actions.pop()()
        return super().draw(text, rng)


def browsers() -> list[psutil.Process]:
    """The browsers that this process has started, without their child processes."""
    return [
        process
        for process in psutil.Process().children(recursive=True)
        if "chrom" in process.name() and not any("--type" in word for word in process.cmdline())
    ]


def crash_pages(parents: Iterable[psutil.Process]) -> None:
    """Kill the processes of their pages, as the system does when it runs out of memory."""
    # A browser may be the child of a shell; then its children are descendants of both.
    for process in {child for parent in parents for child in parent.children(recursive=True)}:
        with suppress(psutil.NoSuchProcess):  # it has already ended
            if "--type=renderer" in " ".join(process.cmdline()):
                process.kill()


def test_a_crash_of_the_callers_page_is_an_error(
    mock: Mock, browser: Browser, reader: Reader
) -> None:
    page_of_caller = new_page(browser)
    with pytest.raises(BrowserGone, match="crashed"):
        solve(
            page_of_caller,
            settings_for(mock().url, 3),
            reader=reader,
            before_submit=lambda _: crash_pages(browsers()),
        )
    page_of_caller.context.close()


@pytest.mark.parametrize("whole_browser", [True, False])
def test_the_agent_replaces_a_browser_that_dies(whole_browser: bool) -> None:
    before = set(browsers())

    def kill() -> None:
        new = set(browsers()) - before
        if whole_browser:
            for process in new:
                process.kill()
        else:
            crash_pages(new)

    with MockPage(CallFirst(kill)) as page:
        solution = in_a_thread(solve_target, settings_for(page.url, 3))
    assert solution.solved
    assert solution.faults
    assert set(browsers()) == before, "a browser is left over"


def test_a_crash_of_the_callers_browser_is_an_error() -> None:
    before = set(browsers())

    def kill() -> None:
        for process in set(browsers()) - before:
            process.kill()

    def solve_in_callers_browser(url: str) -> None:
        with open_browser(Settings().browser) as browser:
            solve(new_page(browser), settings_for(url, 3))

    with MockPage(CallFirst(kill)) as page, pytest.raises(BrowserGone, match="is gone"):
        in_a_thread(solve_in_callers_browser, page.url)
