"""A visitor of the mock page in a real browser, and variants to visit."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import ExitStack

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Dialog, FrameLocator, Page, expect

from capslice.training.mock_page import MockPage, Variant

PICTURES = ("img", "canvas", "background", "data", "blob", "svg")
# Together, these have every value that the plain page does not have.
COMBINED = [
    Variant("canvas", "script", "in_place", "boxes", frame=True, obstacle="banner"),
    Variant("background", "button", "status", "boxes", frame=True, obstacle="alert"),
    Variant("svg", "script", "redirect", "maxlength", frame=True, obstacle="tab"),
    Variant("blob", "button", "in_place", "maxlength", obstacle="tab"),
    Variant("data", "reload", "in_place", "boxes", frame=True, obstacle="alert"),
    Variant("blob", "script", "status", "boxes", obstacle="banner"),
]


class BrowserVisitor:
    """Uses the page like a person: accepts dialogs, closes banners, clicks and types."""

    def __init__(self, browser: Browser, mock: MockPage, variant: Variant) -> None:
        self.mock = mock
        self.variant = variant
        self.framed = variant.frame
        self.dialogs: list[tuple[str, str]] = []
        self.context = browser.new_context()
        self.tab = self.context.new_page()
        self.tab.on("dialog", self.accept_dialog)
        self.tab.goto(mock.url)
        if variant.obstacle == "banner":
            self.tab.click("#cookie-accept")

    def accept_dialog(self, dialog: Dialog) -> None:
        self.dialogs.append((dialog.type, dialog.message))
        dialog.accept()

    @property
    def form(self) -> Page | FrameLocator:
        return self.tab.frame_locator("#frame") if self.framed else self.tab

    def captcha_id(self) -> str:
        return self.form.locator("#captcha").get_attribute("data-captcha") or ""

    def pixels(self) -> np.ndarray:
        """The pixels of the captcha on the screen: uint8 (height, width, channels)."""
        return np.asarray(Image.open(io.BytesIO(self.form.locator("#captcha").screenshot())))

    def type(self, text: str) -> None:
        if self.variant.field == "boxes":
            # Click only the first box: the page moves the focus to the others.
            self.form.locator("#answer input").first.click()
        else:
            self.form.locator("#answer").click()
        self.tab.keyboard.type(text)

    def submit(self) -> int:
        """Submit the answer, and return the status of the response."""
        self.submitted_id = self.captcha_id()
        with ExitStack() as stack:
            response = stack.enter_context(
                self.context.expect_event("response", lambda r: r.request.method == "POST")
            )
            if self.variant.obstacle == "tab" and self.variant.verdict != "in_place":
                opened = stack.enter_context(self.context.expect_page())
            else:
                opened = None
            self.form.locator("#submit").click()
        if opened:
            # The tab shows the form or the welcome page alone, without a frame.
            self.tab, self.framed = opened.value, False
        return int(response.value.status)

    def refresh(self) -> str:
        """Get a new captcha, and return its id."""
        old = self.captcha_id()
        if self.variant.refresh == "reload":
            self.tab.reload()
        else:
            self.form.locator("#refresh").click()
        expect(self.form.locator("#captcha")).not_to_have_attribute("data-captcha", old)
        return self.captcha_id()

    def expect_verdict(self, status: int, *, right: bool) -> None:
        if self.variant.verdict == "status":
            assert status == (200 if right else 422)
            self.form.locator("h1", has_text="Welcome" if right else "Renew").wait_for()
            assert self.form.locator("#success, #failure").count() == 0
        else:
            assert status == (200 if self.variant.verdict == "in_place" else 303)
            self.form.locator("#success" if right else "#failure").wait_for()
            assert self.form.locator("#failure" if right else "#success").count() == 0
        if not right:
            # The message may belong to the last answer, on a page that is about to go away.
            captcha = self.form.locator("#captcha")
            expect(captcha).not_to_have_attribute("data-captcha", self.submitted_id)


VisitInBrowser = Callable[..., BrowserVisitor]


def wait_to_see(visitor: BrowserVisitor, drawn: np.ndarray) -> None:
    """Wait until the visitor sees exactly this picture."""
    # No event says that a picture was painted.
    for _ in range(50):
        # The element starts between two pixels, so its screenshot may be one pixel larger.
        if np.array_equal(visitor.pixels()[:80, :310, :3], drawn):
            return
    raise AssertionError("the page shows another picture than the one drawn")


def name_of(variant: Variant) -> str:
    """A test id: the values that differ from the plain page."""
    different = [
        f"{name}-{value}"
        for name, value in vars(variant).items()
        if value != getattr(Variant(), name)
    ]
    return "+".join(different) or "plain"
