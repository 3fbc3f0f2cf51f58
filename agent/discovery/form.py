"""Finds a page's captcha with its controls, also in a frame or under a banner.

The page is opened twice, in order to choose selectors that match both times: some sites generate
new ids for each page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from playwright.sync_api import Page

from capslice.agent.discovery.scoring import Choice, Required
from capslice.agent.discovery.search import InFrame, most_alike, name_of, search
from capslice.agent.page.elements import is_visible_anywhere
from capslice.agent.rules.redaction import redacted
from capslice.agent.settings import Selectors, Settings, Statuses, Target
from capslice.agent.steps import Step

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
Choose = Callable[[list[str]], int]
"""Called with a description of each captcha, the surest first; returns the index of one."""


def find_form(
    new_page: Callable[[], Page], settings: Settings, show: Show, choose: Choose = lambda _: 0
) -> Form:
    """Find the captcha of the settings' target.

    new_page: opens a page in a session of its own, and keeps the earlier ones open.
    show:     called with "form" when the captcha is on the page.
    choose:   chooses among the names of the captchas that the page has; by default, the surest.

    Raises CaptchaNotFound, and the errors of opening a captcha page.
    """
    target, timeout = settings.target, settings.browser.timeout

    def chosen(found: list[InFrame]) -> InFrame:
        return found[choose([name_of(each) for each in found])]

    first = search(new_page(), target, timeout, chosen)
    if first.opener:
        target = Target(**{**dict(target), "before": (*target.before, Step(click=first.opener))})
    page = new_page()
    second = search(page, target, timeout, lambda found: most_alike(found, first.chosen))

    def finding(one: Choice | None, other: Choice | None, otherwise: str = "") -> Finding:
        return Finding(_stable_selector(one, other), one.why) if one else Finding("", otherwise)

    (one, _), (other, _) = first.chosen, second.chosen
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
    if len(first.names) > 1:
        listed = "; ".join(f"{number}: {name}" for number, name in enumerate(first.names, 1))
        form = form.with_note(
            f"the page has {len(first.names)} captchas ({listed}): --captcha chooses another one"
        )
    show("form", page, form)
    return form


def _stable_selector(one: Choice, other: Choice | None) -> str:
    """Return the best selector that matches both times that the page was opened."""
    selectors = one.element.selectors
    both = (each for each in selectors if other and each in other.element.selectors)
    return next(both, selectors[0])
