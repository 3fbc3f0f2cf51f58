"""Finds a page's captcha with its controls, also in a frame or under a banner.

The page is opened twice, in order to choose selectors that match both times: some sites generate
new ids for each page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import Any

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
from capslice.agent.page.error_translation import translated_synchronously
from capslice.agent.page.sync_captcha_page import SyncCaptchaPage
from capslice.agent.rules.guard import Guard
from capslice.agent.rules.redaction import redacted
from capslice.agent.settings import Selectors, Settings, Statuses, Target
from capslice.agent.steps import Step
from capslice.errors import CaptchaNotFound

# The most seconds to wait until a page stops loading.
IDLE = 5.0
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
    capacity: the number of characters that the input takes; 0: any number.
    before:   the steps that lead to it.
    required: other fields that the form requires.
    notes:    what the user should know, a line each.
    """

    url: str
    origins: tuple[str, ...]
    findings: dict[str, Finding]
    statuses: Statuses
    capacity: int = 0
    before: tuple[Step, ...] = ()
    required: tuple[Required, ...] = ()
    notes: tuple[str, ...] = ()

    def selector(self, name: str) -> str:
        """Return the selector with this name; "" if there is none."""
        return self.findings[name].selector

    @property
    def target(self) -> Target:
        """The settings of this captcha."""
        selectors = {name: finding.selector for name, finding in self.findings.items()}
        return Target(
            url=self.url,
            allowed_origins=self.origins,
            selectors=Selectors(**selectors),
            statuses=self.statuses,
            before=self.before,
        )

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
        before=target.before,
        required=one.input.element.required,
    )
    show("form", page, form)
    return form


@dataclass(frozen=True)
class _Found:
    captcha: Captcha
    frame: Choice | None
    dismiss: Choice | None


def _search(page: Page, target: Target, timeout: float) -> _Found:
    bare_target = Target(
        url=target.url, allowed_origins=target.allowed_origins, before=target.before
    )
    captcha_page = SyncCaptchaPage(page, bare_target, timeout)
    captcha_page.attach()
    captcha_page.open()
    wait_until_idle(page, timeout)
    captcha_page.check_protection()
    best: tuple[Captcha, Frame] | None = None
    for frame in _frames(page, Guard(target.allowed_origins)):
        # A frame cannot be evaluated while it navigates.
        with suppress(PlaywrightError), limited_synchronously(page):
            survey = frame.evaluate(function(__package__, "survey"))
            captcha = find_captcha(checked(survey, Survey))
            if captcha and (best is None or captcha.score > best[0].score):
                best = captcha, frame
    if best is None:
        raise CaptchaNotFound(
            f"no picture captcha was found at {redacted(page.url)}: if there is one, write its "
            "selectors into config.toml"
        )
    captcha, frame = best
    with translated_synchronously(page, timeout):
        iframe = None if frame == page.main_frame else _iframe(frame)
        return _Found(captcha, iframe, _dismiss(page, captcha, iframe))


def wait_until_idle(page: Page, timeout: float) -> None:
    """Wait until the page's scripts have loaded what they show, at most `timeout` or IDLE."""
    with suppress(PlaywrightError):
        page.wait_for_load_state("networkidle", timeout=min(IDLE, timeout) * 1000)


def _frames(page: Page, guard: Guard) -> list[Frame]:
    """Return the page's main frame and those of its child frames that the agent may act on."""
    allowed = [frame for frame in page.main_frame.child_frames if guard.allows(frame.url)]
    return [page.main_frame, *allowed]


def _iframe(frame: Frame) -> Choice:
    """Return the <iframe> element that shows a frame."""
    description = frame.frame_element().evaluate(function(__package__, "describe"), "iframe")
    return Choice(checked(description, Element), "the iframe around the captcha", 0)


def _dismiss(page: Page, captcha: Captcha, iframe: Choice | None) -> Choice | None:
    """Return the button that closes what covers the captcha, if anything does."""
    parts = (iframe,) if iframe else (captcha.submit, captcha.input, captcha.picture)
    selectors = [part.element.selectors[0] for part in parts if part]
    buttons = page.evaluate(function(__package__, "buttonsOfCover"), selectors)
    return find_dismiss(checked(buttons, list[Element]))


def _stable_selector(one: Choice, other: Choice | None) -> str:
    """Return the best selector that matches both times that the page was opened."""
    selectors = one.element.selectors
    both = (each for each in selectors if other and each in other.element.selectors)
    return next(both, selectors[0])
