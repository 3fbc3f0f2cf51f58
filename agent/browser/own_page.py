"""A page in a browser of one's own, and another one when that browser or that page is gone."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Self

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from capslice.agent.browser.launch import start_browser
from capslice.agent.browser.session import new_session
from capslice.agent.browser.sync_async import first_line
from capslice.agent.browser.traces import Trace
from capslice.agent.settings import Browser as BrowserSettings
from capslice.errors import BrowserError


class OwnPage:
    """Opens pages of `settings` while entered, and traces them for `trace` where that is given.

    Entering raises what `open_browser` raises, and ConfigurationError for a trace in no folder.
    """

    def __init__(self, settings: BrowserSettings, trace: Path | None = None) -> None:
        self.settings = settings
        self.file = trace
        self._browser: Browser | None = None
        self._context: BrowserContext | None = None
        self._trace: Trace | None = None

    def __enter__(self) -> Self:
        self._manager = sync_playwright()
        try:
            self._playwright = self._manager.start()
        except PlaywrightError as error:
            raise BrowserError(
                f"no browser can be started here ({first_line(error)}): in a program with an event "
                "loop, open a page by Playwright's asynchronous API and use `solve_async`"
            ) from None
        return self

    def __exit__(self, *_: object) -> None:
        try:
            # One that crashed is closed already.
            with suppress(PlaywrightError):
                if self._browser:
                    self._browser.close()
        finally:
            self._manager.__exit__()

    def fresh(self) -> Page:
        """A page in a session of its own, in a browser that lives. The one before is closed."""
        with suppress(PlaywrightError):
            if self._context:
                self._context.close()
        if self._browser is None or not self._browser.is_connected():
            self._browser = start_browser(self._playwright, self.settings)
        self._context = new_session(self._browser, self.settings)
        self._trace = Trace(self._context, self.file) if self.file else None
        return self._context.new_page()

    def keep_trace(self) -> Path | None:
        """Write the trace of the last page, and say where; None where there is none."""
        return self.file if self._trace and self._trace.keep() else None
