"""Runs a browser of the agent's own, and replaces it when it crashes."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Self

from playwright.sync_api import Browser, BrowserContext, Page
from playwright.sync_api import Error as PlaywrightError

from capslice.agent.browser.launch import running_playwright, start_browser
from capslice.agent.browser.session import own_session
from capslice.agent.browser.traces import Trace
from capslice.agent.settings import Browser as BrowserSettings


class OwnBrowser:
    """Opens pages, one at a time, and traces each for the file `trace` if that is given.

    Use it as a context manager. Entering it raises BrowserError if Playwright cannot start.
    """

    def __init__(self, settings: BrowserSettings, trace: Path | None = None) -> None:
        self.settings = settings
        self.trace_file = trace
        self._browser: Browser | None = None
        self._context: BrowserContext | None = None
        self._trace: Trace | None = None

    def __enter__(self) -> Self:
        self._running = running_playwright()
        self._playwright = self._running.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        try:
            # A browser that crashed is closed already.
            with suppress(PlaywrightError):
                # Not the browser alone: one that capslice connected to would live on.
                if self._context:
                    self._context.close()
            with suppress(PlaywrightError):
                if self._browser:
                    self._browser.close()
        finally:
            self._running.__exit__(None, None, None)

    def new_page(self) -> Page:
        """Close the last page, and open one in a new session. Starts a browser if none runs.

        Raises what `open_browser` raises, and ConfigurationError if the trace's folder is missing.
        """
        with suppress(PlaywrightError):
            if self._context:
                self._context.close()
        if self._browser is None or not self._browser.is_connected():
            self._browser = start_browser(self._playwright, self.settings)
        self._context = own_session(self._browser, self.settings)
        self._trace = Trace(self._context, self.trace_file) if self.trace_file else None
        return self._context.new_page()

    def save_trace(self) -> Path | None:
        """Write the trace of the last page; return its file, or None if there is no trace."""
        return self.trace_file if self._trace and self._trace.save() else None
