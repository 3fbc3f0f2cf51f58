"""The page with the captcha, and the five actions there.

Open the page, take the picture, type an answer and submit it, wait for the verdict, get a fresh
captcha. This module neither reads nor retries. It enforces the guard's rules: it blocks a
navigation to a foreign origin before a request leaves, and stops at an answer of 403 or 429.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Locator, Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from capslice.agent.browser.scripts import checked, evaluated, function
from capslice.agent.browser.sync_async import handler, result
from capslice.agent.browser.time_limit import limited
from capslice.agent.page import answering
from capslice.agent.page.elements import Elements
from capslice.agent.page.enforcement import Enforcement
from capslice.agent.page.error_translation import load, translated_errors, translated_timeout
from capslice.agent.page.events import PageEvents
from capslice.agent.page.exact_picture import MARK_ALL_KNOWN, ExactPicture
from capslice.agent.page.verdict import Verdict, VerdictDetector, verdicts_by_status
from capslice.agent.rules.guard import Guard, protected_message, protection_service
from capslice.agent.rules.origins import joined
from capslice.agent.rules.redaction import redacted
from capslice.agent.settings import AUTO, Target
from capslice.errors import (
    BrowserGone,
    ConfigurationError,
    PictureNotShown,
    ProtectedPage,
)

SOURCE_ADDRESSES = function(__package__, "sourceAddresses")
REMOVE_MARKS = function(__package__, "removeMarks")


class CaptchaPage:
    """Acts on one Playwright page of either API, from `attach` to `detach`.

    `target` has the selectors and the rules, `timeout` is in seconds, and `url` is the address to
    open instead of the target's. `events` notes what happens meanwhile. `shown_at` is when the page
    or a fresh captcha was shown, by time.monotonic().

    Every method raises TargetRefused if the target answers 403 or 429, OriginNotAllowed if the
    page tries to leave for another origin, and BrowserGone if the page is gone.
    """

    def __init__(self, page: Page, target: Target, timeout: float, url: str | None = None) -> None:
        self.page = page
        self.target = target
        self.timeout = timeout
        self.start_url = url or target.url
        self.guard = Guard(target.allowed_origins, target.subresources)
        self.elements = Elements(page, target.selectors)
        selectors, by_status = target.selectors, verdicts_by_status(target.statuses)
        self.events = PageEvents(page, self.guard, self.elements.root, selectors, by_status)
        self._detector = VerdictDetector(page, self.elements, self.events, by_status, timeout)
        self._enforcement = Enforcement(page, self.guard, self.events, target.headers)
        self._check_tab = handler(page, self._detector.check_tab)
        self._exact_picture = ExactPicture(page)
        self.shown_at = time.monotonic()
        self._picture_taken = False
        self._taken: set[int] = set()  # numbers of steps
        self._answer: tuple[str, Locator, bool]

    @property
    def _milliseconds(self) -> float:
        return self.timeout * 1000

    async def attach(self) -> None:
        """Start to watch the page and to enforce the guard's rules."""
        async with self._translated_errors():
            self.events.start()
            self._exact_picture.start()
            self.page.on("popup", self._check_tab)
            await self._enforcement.start()
            if self.target.selectors.dismiss:
                banner = self.page.locator(self.target.selectors.dismiss)
                react = handler(self.page, answering.close)
                await result(self.page.add_locator_handler(banner, react, no_wait_after=True))

    async def detach(self) -> None:
        """Leave the page to its owner as it was, except for the typed text. Raises nothing."""
        self.page.remove_listener("popup", self._check_tab)
        self._exact_picture.stop()
        # The page may be gone, navigating, or without end in a script.
        with suppress(PlaywrightError, BrowserGone):
            async with limited(self.page, self.timeout):
                await self.events.stop()
                if self.target.selectors.dismiss:
                    banner = self.page.locator(self.target.selectors.dismiss)
                    await result(self.page.remove_locator_handler(banner))
                # A document that came later has no marks to remove.
                has_marks = self.elements.frames or self.events.has_marks
                for root in self.elements.roots if has_marks else ():
                    await result(root.evaluate(REMOVE_MARKS, timeout=1000))
        await self._enforcement.stop()

    @property
    def url(self) -> str:
        """The address of the page, without secrets."""
        return redacted(self.page.url)

    async def open(self) -> None:
        """Load the page, and take the steps before the captcha.

        Raises OriginNotAllowed before any request if its origin is not allowed, what `load`
        raises, ProtectedPage if a service protects it that this project leaves alone, and
        ElementNotFound and the like if a step is not possible.
        """
        self.guard.check(self.start_url)
        self.events.error = None
        self.events.submission.end()
        async with self._translated_errors():
            await load(self.page, self.start_url, self.events, self._milliseconds)
        await self.check_protection()
        await self._take_steps()
        self.shown_at = time.monotonic()

    async def _take_steps(self) -> None:
        """Take the steps that lead from the page to the captcha."""
        for number, step in enumerate(self.target.before, 1):
            if step.once and number in self._taken:
                continue
            name = f"target.before, step {number}: {step.action}"
            async with self._acting_on(name, step.selector):
                if step.open:
                    url = joined(self.page.url, step.open)
                    self.guard.check(url)
                    await load(self.page, url, self.events, self._milliseconds)
                else:
                    await answering.take(self.page, step, self._milliseconds)
            self._taken.add(number)
        if self.target.before:
            await self.check_protection()

    async def check_protection(self) -> None:
        """Raises ProtectedPage if a service protects the page that this project leaves alone."""
        async with self._translated_errors():
            found = await evaluated(self.page, SOURCE_ADDRESSES)
            service = protection_service(checked(found, list[str]))
        if service:
            raise ProtectedPage(protected_message(self.page.url, service))

    async def picture(self) -> bytes:
        """Take the captcha's picture: a PNG, pixel for pixel, or the file of a moving picture.

        Raises ElementNotFound or PictureNotShown.
        """
        async with self._translated_errors():
            try:
                picture = await self._exact_picture.take(self.elements, self.timeout)
            except PictureNotShown as error:
                raise self.events.refusals.get("image", error) from None
        self._picture_taken = self.events.has_marks = True
        self.events.check_addresses()
        return picture

    async def wait_for_controls(self) -> None:
        """Wait for input, submit and refresh to appear. Raises ElementNotFound."""
        for name in ("input", "submit", "refresh"):
            if getattr(self.target.selectors, name) not in ("", AUTO):
                async with self._using(name) as control:
                    await result(control.first.wait_for(timeout=self._milliseconds))

    async def check_success_is_hidden(self) -> None:
        """Raises ConfigurationError if selectors.success is visible before an answer is sent."""
        async with self._translated_errors():
            await self._detector.check_success_is_hidden()

    async def type_answer(self, text: str) -> None:
        """Type `text` into the input, or one character into each of several inputs.

        If selectors.submit is "auto", leave the last character to `submit`.

        Raises ElementNotFound and ElementDisabled.
        """
        async with self._using("input") as selected:
            await self.events.check_documents()
            await self._enforcement.watch_for(text)
            # The last character may send the form.
            typed = text[:-1] if self.target.selectors.submit == AUTO else text
            fields = await answering.type_into(selected, typed, self._milliseconds)
        self._answer = (text, fields, fields is not selected)

    @property
    def fields(self) -> Locator:
        """The fields that the answer was typed into: one input, or several."""
        return self._answer[1]

    async def submit(self) -> None:
        """Submit the typed answer.

        Raises ElementNotFound, ElementCovered, ElementDisabled, PictureReplaced if the page now
        shows another picture than the one taken, PageChanged if the typed text is gone,
        InputTooShort if the input did not take all of it, and ConfigurationError if
        selectors.success is visible.
        """
        (text, fields, in_boxes), button = self._answer, self.target.selectors.submit
        await self.check_success_is_hidden()
        async with self._translated_errors():
            fresh_picture = self.elements.unseen(self.elements.locator("picture"))
            found = await result(fields.or_(fresh_picture).evaluate_all(answering.TYPED_TEXT))
            typed, is_replaced = checked(found, tuple[str, bool])
            if self._picture_taken and is_replaced:
                raise answering.replaced(self.url)
            self.events.check_addresses()
            # A message that is there already does not belong to this answer.
            self.events.has_marks = True
            if self.target.selectors.failure:
                await result(self.elements.visible("failure").evaluate_all(MARK_ALL_KNOWN))
            self._detector.reset()
            await self.events.reset()
        expected = text[:-1] if button == AUTO else text
        answering.check_typed(typed, expected, self.target.selectors.input, self.url)
        self.events.submission.begin(text, in_boxes=in_boxes)
        async with self._using("input" if button in ("", AUTO) else "submit") as control:
            if button == AUTO:
                await answering.type_last(fields, text, self._milliseconds)
            elif button:
                # IS_CLEAR cannot see what covers a frame from outside.
                may_be_covered = bool(self.elements.frames or self.target.selectors.dismiss)
                await answering.click(
                    control, fields, self._milliseconds, may_be_covered=may_be_covered
                )
            else:
                await answering.press_enter(fields, self._milliseconds)

    async def verdict(self) -> Verdict:
        """Wait for the page's verdict on the answer. Raises NoVerdict."""
        async with self._translated_errors():
            return await self._detector.wait()

    async def submit_again(self) -> None:
        """Open the page, whose request sends an answer. Raises Playwright's errors."""
        self.events.submission.begin_with_document()
        await result(self.page.goto(self.start_url, wait_until="domcontentloaded"))

    async def refresh(self) -> None:
        """Get a fresh captcha: click the refresh control, or open the page again without one.

        Raises ElementNotFound, and PictureNotShown if the same picture stays.
        """
        if not self.target.selectors.refresh:
            await self.open()
            return
        async with self._using("refresh") as link:
            await self.events.reset()
            self.events.blocked.start_anew()
            # A picture that a rejected answer has already brought does not count as fresh.
            self.events.has_marks = True
            await result(self.elements.locator("picture").evaluate_all(MARK_ALL_KNOWN))
            await result(link.click(timeout=self._milliseconds, no_wait_after=True))
        async with self._translated_errors():
            try:
                fresh_picture = self.elements.unseen(self.elements.locator("picture"))
                either = fresh_picture.or_(self.elements.notified_root).first
                await result(either.wait_for(state="attached", timeout=self._milliseconds))
                self.shown_at = time.monotonic()
            except PlaywrightTimeout:
                raise PictureNotShown(
                    f"selectors.refresh {self.target.selectors.refresh!r} brought no fresh "
                    f"picture within {self.timeout:g} s"
                ) from None

    async def screenshot(self, file: Path | None) -> None:
        """Write a PNG of the page to `file`, unless that is None.

        Raises ConfigurationError if the file cannot be written.
        """
        async with self._translated_errors():
            try:
                if file is not None:
                    await result(self.page.screenshot(path=file, type="png", caret="initial"))
            except OSError as error:
                raise ConfigurationError(
                    f"the screenshot {file} cannot be written ({error.strerror})"
                ) from None

    def _translated_errors(self) -> AbstractAsyncContextManager[None]:
        return translated_errors(self.page, self.events, self.timeout)

    @asynccontextmanager
    async def _acting_on(self, name: str, selector: str) -> AsyncIterator[None]:
        timed_out = translated_timeout(name, selector, self.page, self.timeout)
        async with self._translated_errors(), timed_out:
            yield

    @asynccontextmanager
    async def _using(self, name: str) -> AsyncIterator[Locator]:
        async with self._acting_on(f"selectors.{name}", getattr(self.target.selectors, name)):
            yield self.elements.locator(name)
