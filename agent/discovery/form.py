"""Finds a page's captcha with its controls, also in a frame or under a banner.

The page is opened twice, in order to choose selectors that match both times: some sites generate
new ids for each page.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import Any

import msgspec
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Frame, Page

from capslice.agent.browser.scripts import checked, function
from capslice.agent.browser.time_limit import limited_synchronously
from capslice.agent.discovery.scoring import (
    Captcha,
    Choice,
    Element,
    Required,
    Survey,
    find_captcha,
    find_dismiss,
)
from capslice.agent.discovery.visibility import is_visible_anywhere
from capslice.agent.page.elements import NESTED
from capslice.agent.page.error_translation import translated_synchronously
from capslice.agent.page.sync_captcha_page import SyncCaptchaPage
from capslice.agent.rules.guard import Guard
from capslice.agent.rules.redaction import redacted
from capslice.agent.settings import Selectors, Settings, Statuses, Target
from capslice.agent.steps import Step
from capslice.errors import CaptchaNotFound

# The most seconds to wait until a page stops loading.
IDLE = 5.0
MOST_OPENERS = 3  # buttons that are clicked in search of a dialog
LOOK = 0.5  # seconds between two looks at a page
STILL = 6  # equal looks in a row after which a page shows nothing more by itself
# Usual selectors of messages, for a guess.
USUAL = {
    "success": ("#success", ".success", ".alert-success"),
    "failure": ("#failure", ".error", ".alert-danger", ".invalid-feedback"),
}


@dataclass(frozen=True)
class Finding:
    """A selector and the reason for it. Without a selector, `why` says what the agent does."""

    selector: str
    why: str
    guessed: bool = False


@dataclass(frozen=True)
class Form:
    """The captcha of a page.

    url:      the address of the page.
    origins:  the origins that the agent may act on.
    findings: a finding for each name in target.selectors.
    statuses: the HTTP statuses that tell the verdict if messages do not.
    base:     the settings that it was found with, for all that is not found.
    capacity: the number of characters that the input takes; 0: any number.
    required: other fields that the form requires.
    notes:    what the user should know, a line each.
    """

    url: str
    origins: tuple[str, ...]
    findings: dict[str, Finding]
    statuses: Statuses
    base: Target
    capacity: int = 0
    required: tuple[Required, ...] = ()
    notes: tuple[str, ...] = ()

    def selector(self, name: str) -> str:
        """Return the selector with this name; "" if there is none."""
        return self.findings[name].selector

    @property
    def target(self) -> Target:
        """The settings of this captcha."""
        selectors = {name: finding.selector for name, finding in self.findings.items()}
        found = {"selectors": Selectors(**selectors), "statuses": self.statuses}
        return Target(**{**dict(self.base), "url": self.url, **found})

    def as_json(self) -> dict[str, Any]:
        """Return what `capslice init --json` prints."""
        return {
            "url": redacted(self.url),
            "found": {name: asdict(finding) for name, finding in self.findings.items()},
            "statuses": self.statuses.model_dump(),
            "notes": self.notes,
        }

    def with_findings(self, **findings: Finding) -> Form:
        """Return this form with some findings replaced."""
        return replace(self, findings=self.findings | findings)

    def with_note(self, note: str) -> Form:
        """Return this form with another note."""
        return replace(self, notes=(*self.notes, note))


def guess(name: str, frame: str, others: Sequence[Page]) -> Finding:
    """Guess the selector of a message from the usual ones that are not visible on `others`."""
    hidden = [each for each in USUAL[name] if not is_visible_anywhere(others, frame, each)]
    why = "guessed, not tested" if hidden else "guessed: the usual selectors are always visible"
    return Finding(", ".join(hidden), why, guessed=True)


Show = Callable[[str, Page, Form], None]
"""Called with "form", "failure" or "success", the page that shows it, and the form so far."""


def find_form(new_page: Callable[[], Page], settings: Settings, show: Show) -> Form:
    """Find the captcha of the settings' target.

    new_page: opens a page in a session of its own, and keeps the earlier ones open.
    show:     called with "form" when the captcha is on the page.

    Raises CaptchaNotFound, and the errors of opening a captcha page.
    """
    target, timeout = settings.target, settings.browser.timeout
    first = _search(new_page(), target, timeout)
    if first.opener:
        target = Target(**{**dict(target), "before": (*target.before, Step(click=first.opener))})
    page = new_page()
    second = _search(page, target, timeout)

    def finding(one: Choice | None, other: Choice | None, otherwise: str = "") -> Finding:
        return Finding(_stable_selector(one, other), one.why) if one else Finding("", otherwise)

    one, other = first.captcha, second.captcha
    frame = finding(first.frame, second.frame)
    findings = {
        "picture": finding(one.picture, other.picture),
        "input": finding(one.input, other.input),
        "submit": finding(one.submit, other.submit, "no button: the agent presses Enter"),
        "refresh": finding(one.refresh, other.refresh, "no control: the agent reloads the page"),
        "success": guess("success", frame.selector, [page]),
        "failure": guess("failure", frame.selector, [page]),
        "frame": frame,
        "dismiss": finding(first.dismiss, second.dismiss),
    }
    form = Form(
        url=target.url,
        origins=target.allowed_origins,
        findings=findings,
        statuses=Statuses(),
        capacity=one.input.element.capacity,
        base=target,
        required=one.input.element.required,
    )
    if first.opener:
        form = form.with_note(f"{first.opener} opens the captcha: it is a step of target.before")
    if one.guessed:
        form = form.with_note(
            "no word says that this is a captcha: picture and input are the only ones of their form"
        )
    if one.others:
        form = form.with_note(
            f"there are {one.others + 1} captchas on the page: if another one is meant, write its "
            "selectors instead"
        )
    show("form", page, form)
    return form


@dataclass(frozen=True)
class _Found:
    captcha: Captcha
    frame: Choice | None
    dismiss: Choice | None
    opener: str  # the button that opens the dialog with the captcha, or ""


def _search(page: Page, target: Target, timeout: float) -> _Found:
    # The selectors that someone wrote may be those of another page.
    bare_target = Target(**{**dict(target), "selectors": Selectors(), "statuses": Statuses()})
    captcha_page = SyncCaptchaPage(page, bare_target, timeout)
    captcha_page.attach()
    captcha_page.open()
    wait_until_idle(page, timeout)
    captcha_page.check_protection()
    best, opener = _look(page, target, timeout), ""
    if best is None:
        best, opener = _look_behind_buttons(page, target, timeout)
    if best is None:
        raise CaptchaNotFound(
            f"no picture captcha was found at {redacted(page.url)}: if there is one, write its "
            "selectors into config.toml"
        )
    captcha, frame = best
    with translated_synchronously(page, timeout):
        iframe = _iframes(page, frame)
        return _Found(captcha, iframe, _dismiss(page, captcha, iframe), opener)


def _look(page: Page, target: Target, timeout: float) -> tuple[Captcha, Frame] | None:
    """The best captcha of the page and its frames, looked for until the page is still."""
    surveys: dict[Frame, Survey] = {}
    end, still = time.monotonic() + timeout, 0
    while True:
        before, surveys = surveys, {}
        best: tuple[Captcha, Frame] | None = None
        for frame in _frames(page, Guard(target.allowed_origins)):
            # A frame cannot be evaluated while it navigates.
            with suppress(PlaywrightError), limited_synchronously(page):
                survey = frame.evaluate(function(__package__, "survey"))
                surveys[frame] = checked(survey, Survey)
                captcha = find_captcha(surveys[frame])
                if captcha and (best is None or captcha.score > best[0].score):
                    best = captcha, frame
        still = still + 1 if surveys == before else 0
        if (best and not best[0].guessed) or still >= STILL or time.monotonic() > end:
            return best
        page.wait_for_timeout(1000 * LOOK)


def _look_behind_buttons(
    page: Page, target: Target, timeout: float
) -> tuple[tuple[Captcha, Frame] | None, str]:
    """The same in a dialog, and the selector of the button that opens it."""
    with translated_synchronously(page, timeout):
        openers = checked(page.evaluate(function(__package__, "openers")), list[str])
    for opener in openers[:MOST_OPENERS]:
        with suppress(PlaywrightError):
            page.locator(opener).click(timeout=1000 * min(IDLE, timeout))
        if best := _look(page, target, timeout):
            return best, opener
    return None, ""


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


def _stable_selector(one: Choice, other: Choice | None) -> str:
    """Return the best selector that matches both times that the page was opened."""
    selectors = one.element.selectors
    both = (each for each in selectors if other and each in other.element.selectors)
    return next(both, selectors[0])
