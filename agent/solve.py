"""Solving from the outside: on a page that the caller owns, or in a browser of one's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

from playwright.sync_api import Page

from capslice.agent.browser.own_page import OwnPage
from capslice.agent.browser.session import signed
from capslice.agent.browser.sync_async import run_synchronously
from capslice.agent.journal.writing import Journal, Run
from capslice.agent.reading.reader import Reader
from capslice.agent.retrying import BeforeSubmit, Solving
from capslice.agent.rules.guard import Guard
from capslice.agent.rules.pace import Pace
from capslice.agent.settings import Settings
from capslice.agent.solution import Solution
from capslice.errors import AgentError, ConfigurationError

if TYPE_CHECKING:
    from playwright.async_api import Page as AsyncPage


def solve(
    page: Page,
    settings: Settings | None = None,
    *,
    reader: Reader | None = None,
    before_submit: BeforeSubmit | None = None,
) -> Solution:
    """Solve the captcha on a page of Playwright's synchronous API, which stays the caller's.

    On the page as it stands, with whatever session it has; where it is blank, the target of
    the settings is opened. Afterwards it is as it was, but for what was typed and what the
    site did about it. `settings` are those of config.toml unless given, `reader` that of the
    settings (give one to load the model once). `before_submit` is called with the reading
    once it is typed in.

    Raises the AgentError that ended the run, unless that was a rejected answer.
    """
    return run_synchronously(_solve(page, settings, reader, before_submit))


async def solve_async(
    page: AsyncPage,
    settings: Settings | None = None,
    *,
    reader: Reader | None = None,
    before_submit: BeforeSubmit | None = None,
) -> Solution:
    """`solve` on a page of Playwright's asynchronous API; `before_submit` may be asynchronous."""
    return await _solve(cast(Page, page), settings, reader, before_submit)


async def _solve(
    page: Page,
    settings: Settings | None,
    reader: Reader | None,
    before_submit: BeforeSubmit | None,
) -> Solution:
    settings = settings or Settings.load()
    reader = reader or Reader(settings.model.path, settings.model.threads)
    shown = page.url.startswith("http")
    url = page.url if shown else settings.target.url
    # Before anything is asked of the page.
    Guard(settings.target.allowed_origins).check(url)
    with on_record(settings, url) as run:
        async with signed(page, settings.browser.contact):
            solving = Solving(
                page,
                reader,
                settings,
                url=url,
                shown=shown,
                pace=Pace(settings.pace.path),
                before_submit=before_submit,
                run=run,
            )
            return await solving.solve()


def solve_target(
    settings: Settings,
    *,
    end_screenshot: Path | None = None,
    typed_screenshot: Path | None = None,
    trace: Path | None = None,
) -> Solution:
    """Solve the captcha of the configured target in a browser of its own.

    The screenshots are of the page when all is over, solved or not, and of the
    form when the answer is typed in and not yet submitted. `trace` is the file for a
    Playwright trace, which is written only where it was not solved.

    Raises what `solve` and `open_browser` raise, with the trace's path in the message; before
    a browser is started, OriginNotAllowed, and ConfigurationError for a file in no folder.
    """
    url = settings.target.url
    Guard(settings.target.allowed_origins).check(url)
    for file in filter(None, (end_screenshot, typed_screenshot, trace)):
        # Better said now than when the captcha is solved.
        if not file.parent.is_dir():
            raise ConfigurationError(f"{file} cannot be written: {file.parent} is not a folder")
    reader = Reader(settings.model.path, settings.model.threads)
    with on_record(settings, url) as run, OwnPage(settings.browser, trace) as own:
        solving = Solving(
            own.fresh(),
            reader,
            settings,
            url=url,
            pace=Pace(settings.pace.path),
            renew=own.fresh,
            before_submit=lambda _: solving.page.screenshot(typed_screenshot),
            run=run,
        )
        try:
            solution = solving.solve_synchronously()
        except AgentError as error:
            if kept := own.keep_trace():
                error.args = (f"{error} (trace: {kept})", *error.args[1:])
            raise
        if not solution.solved:
            solution.trace = own.keep_trace()
        run_synchronously(solving.page.screenshot(end_screenshot))
    return solution


@contextmanager
def on_record(settings: Settings, url: str) -> Iterator[Run | None]:
    """A run in the journal of the settings, if they have one."""
    if settings.journal.path is None:
        yield None
        return
    with Journal(settings.journal.path) as journal, journal.run(url) as run:
        yield run
