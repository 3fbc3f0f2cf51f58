"""Solving a captcha in a browser, compared with a plain script that knows the answer.

Both act on the mock page in one browser, each time in a new page, which opens and closes outside
the measured time. A rejected answer and the next try count. Every reader has to take the picture;
to show what that costs, the script also runs with Playwright's screenshot of the captcha. The
benchmark's own process serves the page, so the times exclude the network and a distant server.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from inspect import iscoroutinefunction
from pathlib import PurePosixPath
from typing import Any, cast

import numpy as np
from playwright.sync_api import Browser, Page

from benchmarks.measure import Finding, Table, compare, measure_growth
from capslice import Reader, Settings, new_page, open_browser
from capslice.agent.browser.sync_async import run_synchronously
from capslice.agent.page.captcha_page import CaptchaPage
from capslice.agent.retrying import Solver
from capslice.agent.rules.pace import Pace
from capslice.training.mock_page import MockPage, Switches
from capslice.training.pictures import EllipseCaptcha

# The laps of each stage: methods of the agent's page and reader, and parts of the script.
STAGES = {
    "set up": ("set_up", "attach"),
    "open": ("open",),
    "picture": ("picture",),
    "reading": ("read_content",),
    "answer and submit": ("type_answer", "answer", "submit"),
    "verdict": ("verdict",),
    "clean up": ("detach",),
}


def run(quick: bool) -> Iterator[Finding]:
    """Time the agent with default settings, and each stage of its work."""
    reader, pace = Reader(), Pace(None)
    with open_browser(Settings().browser) as browser:
        yield from compare_with_script(browser, reader, pace, 8 if quick else 60)
        if not quick:
            yield cost_of_picture(browser, 60)
            yield growth(browser, reader, pace)


def compare_with_script(
    browser: Browser, reader: Reader, pace: Pace, pairs: int
) -> Iterator[Finding]:
    """Compare the agent with the script on the same page."""
    agent, script = Laps(), Laps()
    with MockPage(EllipseCaptcha()) as mock:

        def solve(page: Page) -> None:
            with agent.lap("set_up"):
                settings = Settings.model_validate({"target": {"url": mock.url}})
                solver = Solver(page, reader, settings, url=mock.url, pace=pace)
                solver.page = cast(CaptchaPage, Timed(solver.page, agent))
                solver.reader = cast(Reader, Timed(reader, agent))
            solution = run_synchronously(solver.solve())
            if not solution.solved:
                raise RuntimeError(str(solution))

        comparison = compare(
            "agent",
            ("the agent", solve),
            ("a script that knows the answer", partial(run_script, mock, script)),
            pairs,
            setup=partial(fresh_page, browser),
        )
    yield comparison
    yield Table(
        ("stage, medians in ms", "agent", "script"),
        [
            (stage, f"{agent.median(names):.1f}", f"{script.median(names):.1f}")
            for stage, names in STAGES.items()
        ],
    )
    agents, scripts = np.median(comparison.seconds, axis=0) * 1000
    yield (
        f"The limit is the browser ({browser.browser_type.name} {browser.version}): the agent "
        f"takes {agents:.0f} ms, and the script takes {scripts:.0f} ms to load the page, type, "
        f"submit and see the verdict. The agent waits for the picture and copies it, which takes "
        f"{agent.median(STAGES['picture']):.0f} ms; the script only waits for it, for "
        f"{script.median(STAGES['picture']):.0f} ms. "
        f"Reading takes {agent.median(STAGES['reading']):.1f} ms."
    )


def run_script(mock: MockPage, laps: Laps, page: Page, *, screenshot: bool = False) -> None:
    """A plain script that knows the answer; its screenshot, if any, is not used."""
    with laps.lap("open"):
        page.goto(mock.url)
    with laps.lap("picture"):
        if screenshot:
            page.locator("#captcha").screenshot()
        source = page.get_attribute("#captcha", "src") or ""
        answer = mock.answer_of(PurePosixPath(source).stem)
    with laps.lap("answer"):
        page.fill("#answer", answer)
    with laps.lap("submit"):
        page.click("#submit")
    with laps.lap("verdict"):
        page.wait_for_selector("#success")


@contextmanager
def fresh_page(browser: Browser) -> Iterator[tuple[Page]]:
    """Open a page as the agent does, and close it at the end."""
    page = new_page(browser)
    try:
        yield (page,)
    finally:
        page.context.close()


def cost_of_picture(browser: Browser, pairs: int) -> Finding:
    """Compare the script with and without Playwright's screenshot of the captcha."""
    with MockPage(EllipseCaptcha()) as mock:
        script = partial(run_script, mock, Laps())
        return compare(
            "picture",
            (
                "that script, taking a screenshot of the captcha",
                partial(script, screenshot=True),
            ),
            ("that script as it is", script),
            pairs,
            setup=partial(fresh_page, browser),
        )


def growth(browser: Browser, reader: Reader, pace: Pace) -> Finding:
    """Time the agent by the number of answers until the page accepts one."""
    attempts = (1, 2, 4, 8)

    def solve(count: int) -> None:
        switches = Switches(reject_first=count - 1)
        with MockPage(EllipseCaptcha(), switches) as mock:
            page = new_page(browser)
            settings = Settings.model_validate(
                {
                    "target": {"url": mock.url},
                    "retries": {"attempts": 20, "first_wait": 0, "longest_wait": 0, "jitter": 0},
                }
            )
            solver = Solver(page, reader, settings, url=mock.url, pace=pace)
            assert run_synchronously(solver.solve()).solved
            page.context.close()

    return measure_growth("the agent, until accepted", "answers", attempts, solve, 5)


class Laps:
    """The seconds of each part of the work, one for each time that it is done."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, list[float]] = defaultdict(list)

    @contextmanager
    def lap(self, name: str) -> Iterator[None]:
        """Time one part."""
        started = time.perf_counter()
        yield
        self.seconds[name].append(time.perf_counter() - started)

    def median(self, names: tuple[str, ...]) -> float:
        """The sum of the parts' medians, in ms; 0 for a part that was never done."""
        return sum(float(np.median(self.seconds[name] or 0)) * 1000 for name in names)


class Timed:
    """A proxy of an object that times each call of a method."""

    def __init__(self, target: object, laps: Laps) -> None:
        self._target, self._laps = target, laps

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._target, name)
        if not iscoroutinefunction(attribute):
            return self._laps.lap(name)(attribute) if callable(attribute) else attribute

        async def timed(*arguments: Any) -> Any:
            with self._laps.lap(name):
                return await attribute(*arguments)

        return timed
