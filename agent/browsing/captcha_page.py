"""The page with the captcha, as the five things that one does there.

Open it, take the picture, answer, look for the verdict, ask for a fresh captcha.
Nothing here knows how a picture is read or how often one tries. The page object
also enforces the guard's rules: a navigation to a foreign origin is stopped, and
a target that answers 403 or 429 is left alone, by closing the page at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Frame, Locator, Page, Response, Route
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from agent.browsing.exact_picture import MARK_SEEN, SEEN, first_line, take_picture
from agent.browsing.guard import Guard, protector
from agent.errors import (
    AgentError,
    BrowserError,
    ConfigurationError,
    ElementNotFound,
    NoVerdict,
    PageChanged,
    PictureNotShown,
    ProtectedPage,
    TargetError,
    TargetRefused,
    TargetUnreachable,
)
from agent.settings import Target

REFUSALS = {403: "no (403 Forbidden)", 429: "that it is asked too often (429)"}

ADDRESSES = "() => [...document.querySelectorAll('script[src], iframe[src]')].map(e => e.src)"


class Verdict(StrEnum):
    """What the page said of an answer, or that it was too unsure to be given."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNSURE = "unsure"


class CaptchaPage:
    """Acts on one Playwright page, by the selectors of `target`; `timeout` is in seconds.

    Every method raises OriginNotAllowed, TargetRefused or BrowserError where the
    page had to be, or was, closed.
    """

    def __init__(self, page: Page, target: Target, timeout: float) -> None:
        self.page = page
        self.target = target
        self.timeout = timeout
        self.guard = Guard(target.allowed_origins)
        self._stopped: AgentError | None = None
        page.set_default_timeout(timeout * 1000)
        page.route(self.guard.elsewhere, self._on_request_elsewhere)
        page.on("framenavigated", self._on_navigated)
        page.on("response", self._on_response)

    @property
    def url(self) -> str:
        """The address that the page is at."""
        return self.page.url

    def open(self) -> None:
        """Load the target's page.

        Raises OriginNotAllowed before any request where its origin is not allowed,
        TargetUnreachable where it does not answer or answers with a server error,
        TargetError for any other error status, and ProtectedPage where it is
        guarded by a service that this project leaves alone.
        """
        url = self.target.url
        self.guard.check(url)
        with self._translated():
            try:
                response = self.page.goto(url, wait_until="domcontentloaded")
            except PlaywrightError as error:
                if self._stopped:
                    raise
                reason = first_line(error).removeprefix("Page.goto: ")
                raise TargetUnreachable(
                    f"{url} does not answer ({reason}): is it up, and target.url right?"
                ) from None
            if response is not None and not response.ok:
                kind = TargetUnreachable if response.status >= 500 else TargetError
                raise kind(f"{url} answers {response.status} {response.status_text}")
            service = protector(self.page.evaluate(ADDRESSES))
            if service:
                raise ProtectedPage(
                    f"{url} is protected by {service}, which capslice does not touch"
                )

    def picture(self) -> bytes:
        """The captcha as a PNG, pixel for pixel as it was served.

        Raises ElementNotFound or PictureNotShown.
        """
        selector = self.target.selectors.picture
        with self._translated():
            return take_picture(
                self.page.locator(selector), f"selectors.picture {selector!r}", self.timeout
            )

    def look_for_controls(self) -> None:
        """Wait for input, submit and refresh to be there. Raises ElementNotFound."""
        for name in ("input", "submit", "refresh"):
            if getattr(self.target.selectors, name):
                self._act(name, lambda control: control.wait_for())

    def answer(self, text: str) -> None:
        """Type the text into the input. Raises ElementNotFound."""
        self._act("input", lambda field: field.fill(text))

    def submit(self) -> None:
        """Submit the answer. Raises ElementNotFound."""
        with self._translated():
            # A message that stands there already says nothing of this answer.
            self._failure().evaluate_all(
                f"found => found.forEach(e => ({MARK_SEEN})(e, 'verdict'))"
            )
        self._act("submit", lambda button: button.click())

    def verdict(self) -> Verdict:
        """Wait for the page to say whether the answer was right. Raises NoVerdict."""
        selectors = self.target.selectors
        success = self.page.locator(selectors.success).locator("visible=true")
        with self._translated():
            try:
                success.or_(self._unseen(self._failure())).first.wait_for()
            except PlaywrightTimeout:
                raise NoVerdict(
                    f"neither selectors.success {selectors.success!r} nor selectors.failure "
                    f"{selectors.failure!r} was shown within {self.timeout:g} s at {self.url}"
                ) from None
            return Verdict.ACCEPTED if success.count() else Verdict.REJECTED

    def refresh(self) -> None:
        """Ask for a fresh captcha, and wait until it has come.

        Raises ElementNotFound, and PictureNotShown where the same one stays.
        """
        if not self.target.selectors.refresh:
            self.open()
            return
        self._act("refresh", lambda link: link.click())
        with self._translated():
            try:
                picture = self.page.locator(self.target.selectors.picture)
                self._unseen(picture).first.wait_for(state="attached")
            except PlaywrightTimeout:
                raise PictureNotShown(
                    f"selectors.refresh {self.target.selectors.refresh!r} brought no fresh "
                    f"picture within {self.timeout:g} s"
                ) from None

    def screenshot(self, file: Path | None) -> None:
        """Write what the page looks like now as a PNG, if there is a file to write.

        Raises ConfigurationError where the file cannot be written.
        """
        if file is None:
            return
        with self._translated():
            try:
                self.page.screenshot(path=file, type="png")
            except OSError as error:
                raise ConfigurationError(
                    f"the screenshot {file} cannot be written ({error.strerror})"
                ) from None

    def _failure(self) -> Locator:
        return self.page.locator(self.target.selectors.failure).locator("visible=true")

    def _unseen(self, found: Locator) -> Locator:
        return found.and_(self.page.locator(f":not([{SEEN}])"))

    def _act(self, name: str, action: Callable[[Locator], None]) -> None:
        selector = getattr(self.target.selectors, name)
        with self._translated():
            try:
                action(self.page.locator(selector))
            except PlaywrightTimeout:
                raise ElementNotFound(
                    f"selectors.{name} {selector!r} matches nothing that can be used within "
                    f"{self.timeout:g} s at {self.url}: correct the selector"
                ) from None

    def _on_request_elsewhere(self, route: Route) -> None:
        request = route.request
        if request.is_navigation_request() and request.frame.parent_frame is None:
            self._stop_if_not_allowed(request.url)
            route.abort("blockedbyclient")
        else:
            # What an allowed page loads from elsewhere (a font, a script) is its own affair.
            route.continue_()

    def _on_navigated(self, frame: Frame) -> None:
        # A redirect by the server comes to light only here.
        if frame.parent_frame is None and frame.url.startswith("http"):
            self._stop_if_not_allowed(frame.url)

    def _on_response(self, response: Response) -> None:
        if response.status in REFUSALS and self.guard.allows(response.url):
            said = REFUSALS[response.status]
            self._stop(TargetRefused(f"{response.url} says {said}: the agent stops"))

    def _stop_if_not_allowed(self, url: str) -> None:
        try:
            self.guard.check(url)
        except AgentError as error:
            self._stop(error)

    def _stop(self, error: AgentError) -> None:
        """Closing the page ends whatever is being waited for there."""
        if self._stopped is None:
            self._stopped = error
            self.page.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Say why the page was stopped; else say Playwright's errors in our words."""
        try:
            yield
        except PlaywrightError as error:
            if self._stopped is not None:
                raise self._stopped from None
            reason = first_line(error)
            if "strict mode violation" in reason:
                raise ElementNotFound(
                    f"a selector matches more than one element at {self.url}: {reason}"
                ) from None
            if "parsing" in reason and "selector" in reason:
                raise ConfigurationError(
                    f"one of target.selectors is not a selector: {reason}"
                ) from None
            if self.page.is_closed():
                raise BrowserError(f"the browser or its page was closed: {reason}") from None
            raise PageChanged(f"{self.url} changed while it was being used: {reason}") from None
        if self._stopped is not None:
            raise self._stopped
