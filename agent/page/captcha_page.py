"""The page with the captcha, as the five things that one does there.

Open it, take the picture, answer, look for the verdict, ask for a fresh captcha.
Nothing here knows how a picture is read or how often one tries. The page object
also enforces the guard's rules: a navigation to a foreign origin is stopped before
a request leaves, and a page that answers 403 or 429 is not asked for more.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Locator, Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from capslice.agent.browser.sync_async import first_line, handler, result
from capslice.agent.page.answering import TYPED, type_into
from capslice.agent.page.elements import Places
from capslice.agent.page.enforcement import Enforcement
from capslice.agent.page.error_translation import acting_on, translated
from capslice.agent.page.events import SERVER_ERRORS, WOKEN, Watch, unreachable
from capslice.agent.page.exact_picture import FRAME, KNOWN, MARK_SEEN, SEEN, take_picture
from capslice.agent.page.verdict import Hearing, Verdict, by_status
from capslice.agent.rules.guard import Guard, declined, protector
from capslice.agent.rules.redaction import redacted
from capslice.agent.settings import Target
from capslice.errors import (
    ConfigurationError,
    InputTooShort,
    PageChanged,
    PictureNotShown,
    PictureReplaced,
    ProtectedPage,
    TargetError,
    TargetUnreachable,
)

ADDRESSES = "() => [...document.querySelectorAll('script[src], iframe[src]')].map(e => e.src)"
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
        self.places = Places(page, target.selectors)
        telling, in_frame = by_status(target.statuses), self.places.frame is not None
        self._watch = Watch(page, self.guard, self.places.root, telling, in_frame)
        self._hearing = Hearing(page, self.places, self._watch, telling, timeout)
        self._enforcement = Enforcement(page, self.guard, self._watch)
        self._look = handler(page, self._hearing.look_in)
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
            for root in self.places.roots if self.places.frame or self._watch.marked else ():
                # A page that is just going elsewhere may not answer.
                await result(root.evaluate(FORGET, timeout=1000))
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
            taken = await take_picture(
                self.places.named("picture"), name, self.timeout, self.places.frame
            )
        self._taken = self._watch.marked = True
        return taken

    async def wait_for_controls(self) -> None:
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
            looked_at = fields.or_(self.places.unseen(self.places.named("picture")))
            typed, replaced = await result(looked_at.evaluate_all(TYPED))
            if self._taken and replaced:
                raise PictureReplaced(f"{self.url} showed another picture than was read")
            # A message that stands there already says nothing of this answer.
            self._watch.marked = True
            if self.target.selectors.failure:
                await result(self.places.visible("failure").evaluate_all(MARK_ALL))
            self._hearing.begin()
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
                at_once = not (self.places.frame or self.target.selectors.dismiss) and await result(
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
        async with self._translated():
            return await self._hearing.verdict()

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
            await result(self.places.named("picture").evaluate_all(MARK_ALL))
            await result(link.click(timeout=self._milliseconds, no_wait_after=True))
        async with self._translated():
            try:
                fresh = self.places.unseen(self.places.named("picture"))
                either = fresh.or_(self.places.woken_root).first
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

    def _translated(self) -> AbstractAsyncContextManager[None]:
        return translated(self.page, self._watch)

    @asynccontextmanager
    async def _acting_on(self, name: str) -> AsyncIterator[Locator]:
        selector = getattr(self.target.selectors, name)
        async with self._translated(), acting_on(name, selector, self.page, self.timeout):
            yield self.places.named(name)


async def _click(banner: Locator) -> None:
    await result(banner.click())
