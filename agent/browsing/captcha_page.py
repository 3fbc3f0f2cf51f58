"""The page with the captcha, as the five things that one does there.

Open it, take the picture, answer, look for the verdict, ask for a fresh captcha.
Nothing here knows how a picture is read or how often one tries. The page object
also enforces the guard's rules: a navigation to a foreign origin is stopped before
a request leaves, and a page that answers 403 or 429 is not asked for more.
"""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from enum import StrEnum
from pathlib import Path

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Locator, Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from agent.browsing.answering import TYPED, type_into
from agent.browsing.either import handler, result
from agent.browsing.enforcement import Enforcement
from agent.browsing.exact_picture import FRAME, KNOWN, MARK_SEEN, SEEN, first_line, take_picture
from agent.browsing.guard import Guard, declined, protector
from agent.browsing.translation import acting_on, translated
from agent.browsing.watch import SERVER_ERRORS, WOKEN, Watch, unreachable
from agent.errors import (
    ConfigurationError,
    InputTooShort,
    NoVerdict,
    PageChanged,
    PictureNotShown,
    PictureReplaced,
    ProtectedPage,
    TargetError,
    TargetUnreachable,
)
from agent.redaction import redacted
from agent.settings import Target

ADDRESSES = "() => [...document.querySelectorAll('script[src], iframe[src]')].map(e => e.src)"
STATUS = "performance.getEntriesByType('navigation')[0]?.responseStatus"
# Whether a click on the middle of an element would reach it.
IS_CLEAR = """
element => {
    const {left, top, width, height} = element.getBoundingClientRect();
    const hit = element.getRootNode().elementFromPoint(left + width / 2, top + height / 2);
    return !element.disabled && hit !== null && element.contains(hit);
}
"""
MARK_ALL = f"found => found.forEach(element => ({MARK_SEEN})(element, '{KNOWN}'))"
FORGET = f"""
root => [root, ...root.querySelectorAll("[{SEEN}], [{FRAME}]")].forEach(
    element => ["{SEEN}", "{WOKEN}", "{FRAME}"].forEach(name => element.removeAttribute(name))
)
"""


class Verdict(StrEnum):
    """What the page said of an answer, or that it was too unsure to be given."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNSURE = "unsure"


class CaptchaPage:
    """Acts on one Playwright page of either API, from `begin` to `end`.

    By the selectors of `target`, at `url` (by default the target's); `timeout` is in seconds.

    Every method raises TargetRefused where the target said no, OriginNotAllowed where the
    page was about to leave for another origin, and BrowserGone where the page is gone.
    """

    def __init__(self, page: Page, target: Target, timeout: float, url: str | None = None) -> None:
        self.page = page
        self.target = target
        self.timeout = timeout
        self.start = url or target.url
        self.guard = Guard(target.allowed_origins)
        selectors, statuses = target.selectors, target.statuses
        self._frame = page.locator(selectors.frame) if selectors.frame else None
        self._inside = page.frame_locator(selectors.frame) if selectors.frame else page
        self._verdicts = {
            **dict.fromkeys(statuses.rejected, Verdict.REJECTED),
            **dict.fromkeys(statuses.accepted, Verdict.ACCEPTED),
        }
        root = self._inside.locator(":root")
        self._watch = Watch(page, self.guard, root, self._verdicts, self._frame is not None)
        self._enforcement = Enforcement(page, self.guard, self._watch)
        self._look = handler(page, self._look_in_tab)
        self._in_tabs: Verdict | None = None
        self._taken = False
        self._answer: tuple[str, Locator]

    @property
    def _milliseconds(self) -> float:
        return self.timeout * 1000

    async def begin(self) -> None:
        """Keep the guard's rules, and watch, from here on."""
        async with self._translated():
            self._watch.begin()
            self.page.on("popup", self._look)
            await self._enforcement.begin()
            if self.target.selectors.dismiss:
                banner = self.page.locator(self.target.selectors.dismiss)
                click = handler(self.page, _click)
                await result(self.page.add_locator_handler(banner, click, no_wait_after=True))

    async def end(self) -> None:
        """Leave the page to its owner as it was, but for what was typed. Raises nothing."""
        self.page.remove_listener("popup", self._look)
        try:
            await self._watch.end()
            if self.target.selectors.dismiss:
                banner = self.page.locator(self.target.selectors.dismiss)
                await result(self.page.remove_locator_handler(banner))
            # Nothing is to be forgotten by a document that came after.
            places = {self.page, self._inside} if self._frame or self._watch.marked else ()
            for place in places:
                # A page that is just going elsewhere may not answer.
                await result(place.locator(":root").evaluate(FORGET, timeout=1000))
        except PlaywrightError:
            pass  # a page that is gone has nothing to be put in order
        finally:
            await self._enforcement.end()

    @property
    def url(self) -> str:
        """The address that the page is at, without what may be secret in it."""
        return redacted(self.page.url)

    async def open(self) -> None:
        """Load the page.

        Raises OriginNotAllowed before any request where its origin is not allowed,
        TargetUnreachable where it does not answer or answers with a server error,
        TargetError for any other error status, and ProtectedPage where it is
        guarded by a service that this project leaves alone.
        """
        self.guard.check(self.start)
        url = redacted(self.start)
        self._watch.trouble = None
        async with self._translated():
            try:
                response = await result(
                    self.page.goto(
                        self.start, wait_until="domcontentloaded", timeout=self._milliseconds
                    )
                )
            except PlaywrightError as error:
                if self._watch.trouble or self.page.is_closed():
                    raise
                reason = first_line(error).removeprefix("Page.goto: ")
                raise unreachable(
                    f"{url} does not answer ({reason}): is it up, and target.url right?"
                ) from None
            if response is not None and not response.ok:
                kind = TargetUnreachable if response.status >= SERVER_ERRORS else TargetError
                raise kind(f"{url} answers {response.status} {response.status_text}")
        await self.check_protection()

    async def check_protection(self) -> None:
        """Raises ProtectedPage where the page is guarded by a service that is left alone."""
        async with self._translated():
            service = protector(await result(self.page.evaluate(ADDRESSES)))
        if service:
            raise ProtectedPage(declined(self.page.url, service))

    async def picture(self) -> bytes:
        """The captcha as a PNG, pixel for pixel as it was served.

        Raises ElementNotFound or PictureNotShown.
        """
        selector = self.target.selectors.picture
        name = f"selectors.picture {selector!r}"
        async with self._translated():
            taken = await take_picture(self.locate("picture"), name, self.timeout, self._frame)
        self._taken = self._watch.marked = True
        return taken

    async def look_for_controls(self) -> None:
        """Wait for input, submit and refresh to be there. Raises ElementNotFound."""
        for name in ("input", "submit", "refresh"):
            if getattr(self.target.selectors, name):
                async with self._acting_on(name) as control:
                    await result(control.first.wait_for(timeout=self._milliseconds))

    async def answer(self, text: str) -> None:
        """Type the text into the input, or a character each into a row of inputs.

        Raises ElementNotFound.
        """
        async with self._acting_on("input") as selected:
            fields = await type_into(selected, text, self._milliseconds)
        self._answer = (text, fields)

    @property
    def fields(self) -> Locator:
        """What was typed into: the input, or a row of them."""
        return self._answer[1]

    async def submit(self) -> None:
        """Submit what was typed.

        Raises ElementNotFound, ElementCovered, PictureReplaced where it was typed for another
        picture, PageChanged where it is not there any more, and InputTooShort where not all
        of it went in.
        """
        text, fields = self._answer
        async with self._translated():
            looked_at = fields.or_(self._unseen(self.locate("picture")))
            typed, replaced = await result(looked_at.evaluate_all(TYPED))
            if self._taken and replaced:
                raise PictureReplaced(f"{self.url} showed another picture than was read")
            # A message that stands there already says nothing of this answer.
            self._watch.marked = True
            if self.target.selectors.failure:
                await result(self._visible("failure").evaluate_all(MARK_ALL))
            self._in_tabs = None
            await self._watch.sleep()
        if typed != text:
            if not typed or not text.startswith(typed):
                raise PageChanged(f"{self.url} lost what was typed before it was submitted")
            raise InputTooShort(
                f"selectors.input {self.target.selectors.input!r} takes {len(typed)} of the "
                f"{len(text)} characters that were read at {self.url}: correct the selector, or "
                "give the model that belongs to this page"
            )
        if self.target.selectors.submit:
            async with self._acting_on("submit") as button:
                # Playwright watches a button for two frames, to see whether it moves or is
                # covered. What lies in a frame may be covered from outside.
                at_once = not (self._frame or self.target.selectors.dismiss) and await result(
                    button.evaluate(IS_CLEAR, timeout=self._milliseconds)
                )
                # Whatever that leads to is for `verdict` to wait for, however slow it is.
                await result(
                    button.click(timeout=self._milliseconds, no_wait_after=True, force=at_once)
                )
        else:
            async with self._acting_on("input"):
                last = fields.last
                await result(last.press("Enter", timeout=self._milliseconds, no_wait_after=True))

    async def verdict(self) -> Verdict:
        """Wait for the page to say whether the answer was right. Raises NoVerdict."""
        selectors = self.target.selectors
        async with self._translated():
            told = self._inside.locator(f":root[{WOKEN}]")
            if selectors.failure:
                told = told.or_(self._unseen(self._visible("failure")))
            success = self._visible("success") if selectors.success else None
            waited = told.or_(success) if success else told
            try:
                await result(waited.first.wait_for(state="attached", timeout=self._milliseconds))
            except PlaywrightTimeout:
                raise NoVerdict(self._nothing_said()) from None
            if self._watch.trouble:
                raise self._watch.trouble
            if self._watch.told:
                return self._verdicts[self._watch.told]
            if self._in_tabs:
                return self._in_tabs
            shown = await result(success.count()) if success else 0
            return Verdict.ACCEPTED if shown else Verdict.REJECTED

    async def refresh(self) -> None:
        """Ask for a fresh captcha, and wait until it has come.

        Raises ElementNotFound, and PictureNotShown where the same one stays.
        """
        if not self.target.selectors.refresh:
            await self.open()
            return
        async with self._acting_on("refresh") as link:
            await self._watch.sleep()
            # A rejected answer may have brought another picture already: not that one is meant.
            self._watch.marked = True
            await result(self.locate("picture").evaluate_all(MARK_ALL))
            await result(link.click(timeout=self._milliseconds, no_wait_after=True))
        async with self._translated():
            try:
                fresh = self._unseen(self.locate("picture"))
                woken = self._inside.locator(f":root[{WOKEN}]")
                either = fresh.or_(woken).first
                await result(either.wait_for(state="attached", timeout=self._milliseconds))
            except PlaywrightTimeout:
                raise PictureNotShown(
                    f"selectors.refresh {self.target.selectors.refresh!r} brought no fresh "
                    f"picture within {self.timeout:g} s"
                ) from None

    async def screenshot(self, file: Path | None) -> None:
        """Write what the page looks like now as a PNG, if there is a file to write.

        Raises ConfigurationError where the file cannot be written.
        """
        if file is None:
            return
        async with self._translated():
            try:
                await result(self.page.screenshot(path=file, type="png"))
            except OSError as error:
                raise ConfigurationError(
                    f"the screenshot {file} cannot be written ({error.strerror})"
                ) from None

    def locate(self, name: str) -> Locator:
        """What a selector of the target means on this page."""
        return self._inside.locator(getattr(self.target.selectors, name))

    def _visible(self, name: str) -> Locator:
        return self.locate(name).locator("visible=true")

    def _unseen(self, found: Locator) -> Locator:
        return found.and_(self._inside.locator(f":not([{SEEN}])"))

    def _translated(self) -> AbstractAsyncContextManager[None]:
        return translated(self.page, self._watch)

    @asynccontextmanager
    async def _acting_on(self, name: str) -> AsyncIterator[Locator]:
        selector = getattr(self.target.selectors, name)
        async with self._translated(), acting_on(name, selector, self.page, self.timeout):
            yield self.locate(name)

    def _nothing_said(self) -> str:
        selectors = self.target.selectors
        stopped = self._watch.stopped
        elsewhere = f"; stopped meanwhile: {', '.join(stopped)}" if stopped else ""
        messages = [
            f"selectors.{name} {getattr(selectors, name)!r}"
            for name in ("success", "failure")
            if getattr(selectors, name)
        ]
        if self._verdicts:
            messages.append(f"a status of {', '.join(map(str, self._verdicts))}")
        return (
            f"within {self.timeout:g} s nothing at {self.url} said whether the answer was right "
            f"(looked for: {'; '.join(messages)}): correct target.selectors{elsewhere}"
        )

    async def _look_in_tab(self, tab: Page) -> None:
        """Some pages say what they think of an answer in a tab of its own."""
        selectors = self.target.selectors
        shown = {
            verdict: tab.locator(selector).locator("visible=true")
            for verdict, selector in (
                (Verdict.ACCEPTED, selectors.success),
                (Verdict.REJECTED, selectors.failure),
            )
            if selector
        }
        if self._verdicts:
            await result(tab.wait_for_load_state("domcontentloaded"))
            self._in_tabs = self._verdicts.get(await result(tab.evaluate(STATUS)))
        if shown and not self._in_tabs:
            for_any = functools.reduce(lambda one, other: one.or_(other), shown.values())
            await result(for_any.first.wait_for(timeout=self._milliseconds))
            for verdict, found in shown.items():
                if await result(found.count()):
                    self._in_tabs = verdict
                    break
        if self._in_tabs:
            await self._watch.wake()


async def _click(banner: Locator) -> None:
    await result(banner.click())
