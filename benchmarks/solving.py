"""Solving a captcha in a browser, against a plain script that is told the answer.

Both act on the mock page in one browser, each time in a fresh page, which is opened and closed
outside the measured time. A rejected answer, and the next try, count as they come. How much a
picture costs, which whoever reads the captcha has to take, the script itself shows: once more it
is timed as it is, and with Playwright's screenshot of the captcha. The page is served from this
very process: how long a network and a distant server take is no matter here.
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

from benchmarks.measure import Finding, Table, grow, interleave
from capslice import Reader, Settings, new_page, open_browser
from capslice.agent.browser.sync_async import finished
from capslice.agent.page.captcha_page import CaptchaPage
from capslice.agent.retrying import Solving
from capslice.agent.rules.pace import Pace
from capslice.training.mock_page import MockPage, Switches
from capslice.training.pictures import EllipseCaptcha

STAGES = {
    "set up": ("set_up", "begin"),
    "open": ("open",),
    "picture": ("picture",),
    "reading": ("decode", "read"),
    "answer and submit": ("answer", "submit"),
    "verdict": ("verdict",),
    "tidy up": ("end",),
}


def run(quick: bool) -> Iterator[Finding]:
    """The agent with default settings, and where its time goes."""
    reader, pace = Reader(), Pace(None)
    with open_browser(Settings().browser) as browser:
        yield from beside_a_script(browser, reader, pace, 8 if quick else 60)
        if not quick:
            yield the_picture_alone(browser, 60)
            yield growth(browser, reader, pace)


def beside_a_script(
    browser: Browser, reader: Reader, pace: Pace, repetitions: int
) -> Iterator[Finding]:
    """Both on the same page, in turns."""
    agent, script = Laps(), Laps()
    with MockPage(EllipseCaptcha()) as mock:

        def by_agent(page: Page) -> None:
            with agent.lap("set_up"):
                settings = Settings.model_validate({"target": {"url": mock.url}})
                solving = Solving(page, reader, settings, url=mock.url, pace=pace)
                solving.page = cast(CaptchaPage, Watched(solving.page, agent))
                solving.reader = cast(Reader, Watched(reader, agent))
            solution = finished(solving.solve())
            if not solution.solved:
                raise RuntimeError(str(solution))

        comparison = interleave(
            "agent",
            ("the agent", by_agent),
            ("a script that is told the answer", partial(by_script, mock, script)),
            repetitions,
            around=partial(fresh_page, browser),
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
        f"What limits it is the browser ({browser.browser_type.name} {browser.version}): of the "
        f"agent's {agents:.0f} ms the script needs {scripts:.0f} as well, to load the page, to "
        "type, to submit and to see the verdict. The picture takes "
        f"{agent.median(STAGES['picture']):.0f} (Chromium draws the page anew for it), where the "
        f"script, which only waits for it, needs {script.median(STAGES['picture']):.0f}; reading "
        f"it takes {agent.median(STAGES['reading']):.1f}."
    )


def by_script(mock: MockPage, laps: Laps, page: Page, *, photographing: bool = False) -> None:
    """What somebody would write who knows the answer, and with a screenshot that nobody reads."""
    with laps.lap("open"):
        page.goto(mock.url)
    with laps.lap("picture"):
        if photographing:
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
    """As the agent opens one."""
    page = new_page(browser)
    try:
        yield (page,)
    finally:
        page.context.close()


def the_picture_alone(browser: Browser, repetitions: int) -> Finding:
    """What a picture costs whoever takes it, by Playwright's screenshot."""
    with MockPage(EllipseCaptcha()) as mock:
        script = partial(by_script, mock, Laps())
        return interleave(
            "picture",
            (
                "that script, taking a screenshot of the captcha",
                partial(script, photographing=True),
            ),
            ("that script as it is", script),
            repetitions,
            around=partial(fresh_page, browser),
        )


def growth(browser: Browser, reader: Reader, pace: Pace) -> Finding:
    """How it grows with the captchas that have to be answered until one is accepted."""
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
            solving = Solving(page, reader, settings, url=mock.url, pace=pace)
            assert finished(solving.solve()).solved
            page.context.close()

    return grow("the agent, until accepted", "answers", attempts, solve, 5)


class Laps:
    """The seconds that each part of the work took, every time."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, list[float]] = defaultdict(list)

    @contextmanager
    def lap(self, name: str) -> Iterator[None]:
        """Time one part."""
        started = time.perf_counter()
        yield
        self.seconds[name].append(time.perf_counter() - started)

    def median(self, names: tuple[str, ...]) -> float:
        """The sum of the parts' medians, in ms; a part that never was is 0."""
        return sum(float(np.median(self.seconds[name] or 0)) * 1000 for name in names)


class Watched:
    """Stands in for an object, and times each call of a method."""

    def __init__(self, watched: object, laps: Laps) -> None:
        self._watched, self._laps = watched, laps

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._watched, name)
        if not iscoroutinefunction(found):
            return self._laps.lap(name)(found) if callable(found) else found

        async def timed(*given: Any) -> Any:
            with self._laps.lap(name):
                return await found(*given)

        return timed
