"""Looks for captchas on a page: in its frames, as long as it changes, and behind its buttons."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import msgspec
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Frame, Page

from capslice.agent.browser.scripts import checked, function
from capslice.agent.browser.time_limit import limited_synchronously
from capslice.agent.discovery.scoring import (
    Captcha,
    Choice,
    Element,
    Survey,
    find_captchas,
    find_dismiss,
)
from capslice.agent.page.elements import NESTED
from capslice.agent.page.error_translation import translated_synchronously
from capslice.agent.page.sync_captcha_page import SyncCaptchaPage
from capslice.agent.rules.guard import Guard
from capslice.agent.rules.redaction import redacted
from capslice.agent.settings import Selectors, Statuses, Target
from capslice.errors import CaptchaNotFound

# The most seconds to wait until a page stops loading.
IDLE = 5.0
MOST_OPENERS = 3  # buttons that are clicked in search of a dialog
LOOK = 0.5  # seconds between two looks at a page
ALIKE = 0.7  # the lowest score of another captcha on the page, as a share of the best one's
STILL = 6  # equal looks in a row after which a page shows nothing more by itself

InFrame = tuple[Captcha, Frame]


def name_of(found: InFrame) -> str:
    """Return a captcha's name, to choose it by."""
    captcha, frame = found
    where = f" in the frame {redacted(frame.url)}" if frame.parent_frame else ""
    return (
        f"{captcha.picture.element.selectors[0]} with {captcha.input.element.selectors[0]}{where}"
    )


def most_alike(found: list[InFrame], wanted: InFrame) -> InFrame:
    """Return the captcha that has most selectors of the wanted one; the first of equals."""

    def signs(of: InFrame) -> set[str]:
        captcha, frame = of
        parts = (captcha.picture.element, captcha.input.element)
        return {frame.url, *(selector for part in parts for selector in part.selectors)}

    return max(found, key=lambda each: len(signs(each) & signs(wanted)))


@dataclass(frozen=True)
class Found:
    """The captcha that is meant, and what belongs to it.

    names: of all captchas on the page.
    """

    chosen: InFrame
    names: list[str]
    frame: Choice | None
    dismiss: Choice | None
    opener: str  # the button that opens the dialog with the captcha, or ""


def search(
    page: Page, target: Target, timeout: float, choose: Callable[[list[InFrame]], InFrame]
) -> Found:
    """Open the target on `page`, and find its captcha; `choose` returns one of several.

    Raises CaptchaNotFound, and the errors of opening a captcha page.
    """
    # The selectors that someone wrote may be those of another page.
    bare_target = Target(**{**dict(target), "selectors": Selectors(), "statuses": Statuses()})
    captcha_page = SyncCaptchaPage(page, bare_target, timeout)
    captcha_page.attach()
    captcha_page.open()
    wait_until_idle(page, timeout)
    captcha_page.check_protection()
    found, opener = _look(page, target, timeout), ""
    if not found:
        found, opener = _look_behind_buttons(page, target, timeout)
    if not found:
        raise CaptchaNotFound(
            f"no picture captcha was found at {redacted(page.url)}: if there is one, write its "
            f"selectors into config.toml{_way_to_it(page, timeout)}"
        )
    captcha, frame = chosen = choose(found)
    names = [name_of(each) for each in found]
    with translated_synchronously(page, timeout):
        iframe = _iframes(page, frame)
        return Found(chosen, names, iframe, _dismiss(page, captcha, iframe), opener)


def _look(page: Page, target: Target, timeout: float) -> list[InFrame]:
    """The captchas of the page and its frames, the best first, looked for until it is still."""
    surveys: dict[Frame, Survey] = {}
    end, still = time.monotonic() + timeout, 0
    while True:
        before, surveys = surveys, {}
        found: list[InFrame] = []
        for frame in _frames(page, Guard(target.allowed_origins)):
            # A frame cannot be evaluated while it navigates.
            with suppress(PlaywrightError), limited_synchronously(page):
                survey = frame.evaluate(function(__package__, "survey"))
                surveys[frame] = checked(survey, Survey)
                found += ((captcha, frame) for captcha in find_captchas(surveys[frame]))
        found.sort(key=lambda each: each[0].score, reverse=True)
        found = [each for each in found if each[0].score >= ALIKE * found[0][0].score]
        still = still + 1 if surveys == before else 0
        is_known = found and not found[0][0].guessed
        if is_known or still >= STILL or time.monotonic() > end:
            return found
        page.wait_for_timeout(1000 * LOOK)


def _look_behind_buttons(page: Page, target: Target, timeout: float) -> tuple[list[InFrame], str]:
    """The same in a dialog, and the selector of the button that opens it."""
    with translated_synchronously(page, timeout):
        openers = checked(page.evaluate(function(__package__, "openers")), list[str])
    for opener in openers[:MOST_OPENERS]:
        with suppress(PlaywrightError):
            page.locator(opener).click(timeout=1000 * min(IDLE, timeout))
        if found := _look(page, target, timeout):
            return found, opener
    return [], ""


def _way_to_it(page: Page, timeout: float) -> str:
    """How to tell `init` which steps lead to the captcha, if the page has something to click."""
    with translated_synchronously(page, timeout):
        clickable = checked(page.evaluate(function(__package__, "mayOpen")), list[str])
    if not clickable:
        return ""
    return (
        "; if it appears only after a click or another step, write each step as [[target.before]], "
        f"such as click = {json.dumps(clickable[0], ensure_ascii=False)}, and let init look again "
        "with --overwrite (docs/how-to/selectors.md)"
    )


def wait_until_idle(page: Page, timeout: float) -> None:
    """Wait until the page's scripts have loaded what they show, at most `timeout` or IDLE."""
    with suppress(PlaywrightError):
        page.wait_for_load_state("networkidle", timeout=min(IDLE, timeout) * 1000)


def _frames(page: Page, guard: Guard) -> list[Frame]:
    """Return the page's main frame and all frames in it that the agent may act on."""
    return [frame for frame in page.frames if frame == page.main_frame or guard.allows(frame.url)]


def _iframes(page: Page, frame: Frame) -> Choice | None:
    """Return the <iframe> that shows a frame, with the selectors of those around it in front."""
    if frame == page.main_frame or frame.parent_frame is None:
        return None
    description = frame.frame_element().evaluate(function(__package__, "describe"), "iframe")
    element = checked(description, Element)
    outer = _iframes(page, frame.parent_frame)
    if outer is None:
        return Choice(element, "the iframe around the captcha", 0)
    selectors = tuple(
        f"{around}{NESTED}{inner}"
        for inner, around in itertools.product(element.selectors, outer.element.selectors)
    )
    return Choice(msgspec.structs.replace(element, selectors=selectors), "nested iframes", 0)


def _dismiss(page: Page, captcha: Captcha, iframe: Choice | None) -> Choice | None:
    """Return the button that closes what covers the captcha, if anything does."""
    if iframe and NESTED in iframe.element.selectors[0]:
        return None
    parts = (iframe,) if iframe else (captcha.submit, captcha.input, captcha.picture)
    selectors = [part.element.selectors[0] for part in parts if part]
    buttons = page.evaluate(function(__package__, "buttonsOfCover"), selectors)
    return find_dismiss(checked(buttons, list[Element]))
