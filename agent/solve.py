"""Solves a captcha on the caller's page, or in a browser that capslice opens and closes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

from playwright.sync_api import Page

from capslice.agent.browser.own_browser import OwnBrowser
from capslice.agent.browser.session import signed_user_agent
from capslice.agent.browser.sync_async import is_async, run_synchronously
from capslice.agent.journal.writing import Journal, Run
from capslice.agent.reading.reader import Reader, cached_reader
from capslice.agent.retrying import BeforeSubmit, Solver
from capslice.agent.rules.guard import Guard
from capslice.agent.rules.pace import Pace
from capslice.agent.settings import Settings
from capslice.agent.solution import Solution
from capslice.errors import AgentError
from capslice.files import check_can_write

if TYPE_CHECKING:
    from playwright.async_api import Page as AsyncPage


def solve(
    page: Page,
    settings: Settings | None = None,
    *,
    reader: Reader | None = None,
    before_submit: BeforeSubmit | None = None,
) -> Solution:
    """Solve the captcha on a page of Playwright's synchronous API.

    Works on the page as it is, in its session; a blank page first opens the target of the
    settings. The page stays the caller's. Its routes and user agent are restored at the end.

    settings:      read from config.toml by default.
    reader:        loaded as the settings say by default. The model is loaded once and reused.
    before_submit: called with the reading after the answer is typed and before it is sent.

    A captcha whose answers were all rejected is no error: see `Solution.solved`.

    Raises CapsliceError: the error that ended the solve, such as TargetRefused or ModelError.
    """
    if is_async(page):
        raise AgentError(
            "this page is of Playwright's asynchronous API: use `await solve_async(page)`"
        )
    return run_synchronously(_solve(page, settings, reader, before_submit))


async def solve_async(
    page: AsyncPage,
    settings: Settings | None = None,
    *,
    reader: Reader | None = None,
    before_submit: BeforeSubmit | None = None,
) -> Solution:
    """Like `solve`, on a page of Playwright's asynchronous API; `before_submit` may be async."""
    return await _solve(cast(Page, page), settings, reader, before_submit)


async def _solve(
    page: Page,
    settings: Settings | None,
    reader: Reader | None,
    before_submit: BeforeSubmit | None,
) -> Solution:
    settings = settings or Settings.load()
    reader = reader or cached_reader(settings.model)
    shown = not (page.url == "about:blank" or page.url.startswith("chrome-error:"))
    url = page.url if shown else settings.target.url
    Guard(settings.target.allowed_origins).check(url)
    with journal_run(settings, url) as run:
        async with signed_user_agent(page, settings.browser):
            solver = Solver(
                page,
                reader,
                settings,
                url=url,
                shown=shown,
                pace=Pace(settings.pace.path),
                before_submit=before_submit,
                run=run,
            )
            return await solver.solve()


def solve_target(
    settings: Settings,
    *,
    end_screenshot: Path | None = None,
    typed_screenshot: Path | None = None,
    trace: Path | None = None,
) -> Solution:
    """Solve the captcha of the configured target in a new browser, which is closed at the end.

    end_screenshot:   PNG of the final page, solved or not.
    typed_screenshot: PNG of the form after the answer is typed and before it is sent.
    trace:            Playwright trace (.zip), written only if the captcha is not solved.

    Raises CapsliceError as `solve` and `open_browser` do; the message ends with the path of the
    trace. Checks the target's origin and the paths of the files before it starts the browser.
    """
    url = settings.target.url
    Guard(settings.target.allowed_origins).check(url)
    check_can_write(*filter(None, (end_screenshot, typed_screenshot, trace)))
    reader = cached_reader(settings.model)
    with journal_run(settings, url) as run, OwnBrowser(settings.browser, trace) as own:
        solver = Solver(
            own.new_page(),
            reader,
            settings,
            url=url,
            pace=Pace(settings.pace.path),
            renew=own.new_page,
            before_submit=lambda _: solver.page.screenshot(typed_screenshot),
            run=run,
        )
        try:
            solution = solver.solve_synchronously()
        except AgentError as error:
            if kept := own.save_trace():
                error.args = (f"{error} (trace: {kept})", *error.args[1:])
            raise
        if not solution.solved:
            solution.trace = own.save_trace()
        run_synchronously(solver.page.screenshot(end_screenshot))
    return solution


@contextmanager
def journal_run(settings: Settings, url: str) -> Iterator[Run | None]:
    """Start a run in the journal of the settings, if there is one."""
    if settings.journal.path is None:
        yield None
        return
    with Journal(settings.journal.path) as journal, journal.run(url) as run:
        yield run
