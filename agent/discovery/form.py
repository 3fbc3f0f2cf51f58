"""The captcha of a page with all that belongs to it: in a frame perhaps, under a banner perhaps.

The page is opened twice, so that a selector is taken that holds for both: what a site makes up
anew for each page is no name for anything.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import Any

import msgspec
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Frame, Page

from capslice.agent.discovery import scripts as script
from capslice.agent.discovery.finding import (
    Captcha,
    Choice,
    Element,
    Survey,
    find_captcha,
    find_dismiss,
)
from capslice.agent.page.sync_captcha_page import SyncCaptchaPage
from capslice.agent.rules.guard import Guard
from capslice.agent.rules.redaction import redacted
from capslice.agent.settings import Selectors, Settings, Statuses, Target
from capslice.errors import CaptchaNotFound

# Seconds, at the most, that a page may go on asking for things before it is looked at.
IDLE = 5.0
# What messages are usually called, where none was seen.
USUAL = {
    "success": "#success, .success, .alert-success",
    "failure": "#failure, .error, .alert-danger, .invalid-feedback",
}


@dataclass(frozen=True)
class Finding:
    """A selector, and why this one; or no selector, and what becomes of that."""

    selector: str
    why: str
    guessed: bool = False


@dataclass(frozen=True)
class Form:
    """What was found on a page.

    url:      where it is.
    origins:  on which the agent may act.
    found:    a finding for each of target.selectors, by its name.
    statuses: that tell a verdict, where messages do not.
    capacity: the characters that the input takes; 0: any number.
    others:   what has to be filled in besides, by its label.
    notes:    what a user should know, a line each.
    """

    url: str
    origins: tuple[str, ...]
    found: dict[str, Finding]
    statuses: Statuses
    capacity: int = 0
    others: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def selector(self, name: str) -> str:
        """The selector of that name; "" where there is none."""
        return self.found[name].selector

    @property
    def target(self) -> Target:
        """What was found, as settings have it."""
        selectors = {name: finding.selector for name, finding in self.found.items()}
        return Target(
            url=self.url,
            allowed_origins=self.origins,
            selectors=Selectors(**selectors),
            statuses=self.statuses,
        )

    def as_json(self) -> dict[str, Any]:
        """What `capslice init --json` prints."""
        return {
            "url": redacted(self.url),
            "found": {name: asdict(finding) for name, finding in self.found.items()},
            "statuses": self.statuses.model_dump(),
            "notes": self.notes,
        }

    def having(self, **found: Finding) -> Form:
        """The same form with other findings."""
        return replace(self, found=self.found | found)


Show = Callable[[str, Page, Form], None]
"""Called with what is to be seen ("form", say), the page that shows it, and what was found."""


def find_form(fresh: Callable[[], Page], settings: Settings, show: Show) -> Form:
    """Open the target of the settings on pages that are `fresh`, and find its captcha.

    Raises what opening a captcha page raises, and CaptchaNotFound where there is none.
    """
    target, timeout = settings.target, settings.browser.timeout
    first = _look(fresh(), target, timeout)
    page = fresh()
    second = _look(page, target, timeout)

    def named(what: Choice | None, again: Choice | None, none: str = "") -> Finding:
        return Finding(_lasting(what, again), what.why) if what else Finding("", none)

    one, other = first.captcha, second.captcha
    found = {
        "picture": named(one.picture, other.picture),
        "input": named(one.input, other.input),
        "submit": named(one.submit, other.submit, "no button: Enter is pressed"),
        "refresh": named(one.refresh, other.refresh, "nothing to click: the page is opened anew"),
        "success": Finding(USUAL["success"], "a guess: not tried", guessed=True),
        "failure": Finding(USUAL["failure"], "a guess: not tried", guessed=True),
        "frame": named(first.frame, second.frame),
        "dismiss": named(first.dismiss, second.dismiss),
    }
    field = one.input.element
    form = Form(
        target.url, target.allowed_origins, found, Statuses(), field.capacity, field.required
    )
    show("form", page, form)
    return form


@dataclass(frozen=True)
class _Seen:
    captcha: Captcha
    frame: Choice | None
    dismiss: Choice | None


def _look(page: Page, target: Target, timeout: float) -> _Seen:
    steps = SyncCaptchaPage(
        page, Target(url=target.url, allowed_origins=target.allowed_origins), timeout
    )
    steps.begin()
    steps.open()
    be_idle(page, timeout)
    steps.check_protection()
    best: tuple[Captcha, Frame] | None = None
    for frame in _frames(page, Guard(target.allowed_origins)):
        # A frame that is just going elsewhere has nothing to say.
        with suppress(PlaywrightError):
            captcha = find_captcha(msgspec.convert(script.run(frame, "survey()"), Survey))
            if captcha and (best is None or captcha.score > best[0].score):
                best = captcha, frame
    if best is None:
        raise CaptchaNotFound(
            f"{redacted(page.url)} shows no picture captcha that could be found: if there is one, "
            "write its selectors into config.toml"
        )
    captcha, frame = best
    outer = None if frame == page.main_frame else _outer(frame)
    return _Seen(captcha, outer, _banner(page, captcha, outer))


def be_idle(page: Page, timeout: float) -> None:
    """Let scripts of the page get what they show, in `timeout` seconds or IDLE at the most."""
    with suppress(PlaywrightError):
        page.wait_for_load_state("networkidle", timeout=min(IDLE, timeout) * 1000)


def _frames(page: Page, guard: Guard) -> list[Frame]:
    """The page itself and the frames right in it, as far as the agent may act there."""
    inside = [f for f in page.main_frame.child_frames if guard.allows(f.url)]
    return [page.main_frame, *inside]


def _outer(frame: Frame) -> Choice:
    """The <iframe> element that shows a frame."""
    described = "describe(given, 'iframe')"
    element = msgspec.convert(script.run_on(frame.frame_element(), described), Element)
    return Choice(element, "the iframe that all of it is in", 0)


def _banner(page: Page, captcha: Captcha, outer: Choice | None) -> Choice | None:
    parts = (outer,) if outer else (captcha.submit, captcha.input, captcha.picture)
    selectors = [part.element.selectors[0] for part in parts if part]
    within = script.run(page, "covering(given)", selectors)
    return find_dismiss(msgspec.convert(within, list[Element])) if within else None


def _lasting(what: Choice, again: Choice | None) -> str:
    """The best name that holds for both times that the page was opened."""
    names = what.element.selectors
    both = (name for name in names if again and name in again.element.selectors)
    return next(both, names[0])
