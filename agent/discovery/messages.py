"""Finds the messages of success and failure by submitting answers.

The message of failure is visible after a wrong answer and at no other time; the message of
success is visible only after an accepted one. Each selector is tried before it is chosen: on a
fresh page, after a wrong answer, and after an accepted one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Literal

from playwright.sync_api import Page

from capslice.agent.discovery.form import Finding, Form, Show, guess
from capslice.agent.discovery.snapshots import (
    Message,
    Snapshot,
    is_too_fast,
    is_waiting,
    texts,
    without_digits,
)
from capslice.agent.discovery.trial import Trial
from capslice.agent.discovery.words import CLEAR, score, split_words
from capslice.agent.page.moments import ADDRESS, ALERT, COOKIE, DOWNLOAD
from capslice.agent.reading.reader import Reader
from capslice.agent.settings import Settings, Statuses
from capslice.errors import TargetError, quoted


def find_messages(
    new_page: Callable[[], Page],
    form: Form,
    settings: Settings,
    reader: Reader,
    show: Show,
) -> Form:
    """Return the form with its messages of success and failure, or the statuses instead.

    Submits one wrong answer, and then up to MOST_RIGHT answers that `reader` reads, if they are
    more likely right than wrong; a second wrong one if the page after those has no known words.
    `show` is called with "failure" and "success" when these are visible. A message that was not
    found stays a guess, and a note says why. Raises the errors that end a run.
    """
    if form.required:
        labels = ", ".join(dict.fromkeys(field.label for field in form.required))
        return form.with_note(
            f"the form also requires {labels}, which init never fills in by itself: it submitted "
            "nothing, so that it could not find the messages; write the values into the steps of "
            "target.before, and let it look again with --overwrite"
        )
    trial = Trial(new_page, form, settings, reader)
    try:
        trial.submit_wrong_answer()
        form = trial.form = _with_verdicts(trial)
        show("failure", trial.tab, form)
        trial.submit_right_answers()
        form = _with_verdicts(trial)
        if trial.right:
            show("success", trial.tab, form)
    except TargetError as error:
        form = trial.form.with_note(f"not all messages could be found: {error}")
    if trial.wrong is None:
        return form
    return _with_notes(form, trial, trial.wrong, settings)


def _with_notes(form: Form, trial: Trial, wrong: Snapshot, settings: Settings) -> Form:
    """Return the form with the reason for each guess, and what else its user should know."""
    least, timeout = settings.model.min_confidence, settings.browser.timeout
    mild = not trial.right and _looks_accepted(trial, wrong)
    if form.findings["failure"].guessed:
        why = "a wrong answer brought no message of its own"
        shared = [] if trial.right else _brought_surely(trial, wrong)
        if wrong.is_waiting:
            shown = _said(filter(is_waiting, wrong.messages))
            why = f"after a wrong answer the page still showed {shown} when {timeout:g} s were over"
        elif shared:
            why = f"a wrong answer and the model's answers all brought {_said(shared)}"
        if mild:
            shown = _said(_brought(trial, wrong))
            why = f"after a wrong answer the page showed {shown}, as if it had accepted it"
        form = form.with_note(f"{why}: failure is a guess, so check selectors.failure")
    if form.findings["success"].guessed:
        why = _count(trial)
        if trial.right:
            why = "an accepted answer brought no message of its own"
        elif trial.unclear:
            shown = _said(trial.unclear.messages)
            why = f"nobody can say if the page accepted the model's answer (it showed {shown})"
        elif mild and trial.sent:
            why = "the model's answers brought nothing else, so the site may accept all answers"
        form = form.with_note(f"{why}: success is a guess, so check selectors.success")
    unsure = [each for each in trial.sent if each < least]
    if unsure:
        form = form.with_note(
            f"init also sent answers of confidence {_range(unsure)}, below model.min_confidence "
            f"({least:g}): `solve` sends none of these unless that is lower"
        )
    hasty = [] if trial.right else [each for each in _brought(trial, wrong) if is_too_fast(each)]
    if hasty:
        form = form.with_note(
            f"answers brought {_said(hasty)}: write think = 3 or more under [pace], the time in "
            "seconds that a person takes, and let init look again with --overwrite"
        )
    others = [] if trial.right else _brought_otherwise(trial, wrong)
    if others:
        form = form.with_note(
            f"after the model's answers the page showed {_said(others)}, and not after the wrong "
            "one: these answers may be right, and the form may want something else"
        )
    return form


def _count(trial: Trial) -> str:
    """Say how many answers of the model were sent, if none was accepted."""
    if trial.sent:
        answers = "1 answer" if len(trial.sent) == 1 else f"{len(trial.sent)} answers"
        return f"init sent {answers} of the model, and no answer was accepted"
    if trial.surest is None:
        return "no right answer was sent"
    return (
        "no right answer was sent, because the model was not sure enough of any (best "
        f"{trial.surest:.2f})"
    )


def _range(confidences: list[float]) -> str:
    least, most = f"{min(confidences):.2f}", f"{max(confidences):.2f}"
    return least if least == most else f"{least} to {most}"


def _said(messages: Iterable[Message]) -> str:
    unseen = (ADDRESS, COOKIE, DOWNLOAD)
    shown = dict.fromkeys(
        each.text
        for each in messages
        if not any(selector.startswith(unseen) for selector in each.selectors)
    )
    return quoted(" ".join(shown)) if shown else "nothing new"


def _brought(trial: Trial, snapshot: Snapshot) -> list[Message]:
    """What the page did not show before any answer."""
    return [each for each in snapshot.everything if trial.unjudged.isdisjoint(each.selectors)]


def _brought_surely(trial: Trial, wrong: Snapshot) -> list[Message]:
    """What the page showed after the wrong answer, and after answers that the model was sure of."""
    surely = {text for snapshot in trial.surely for text in texts(snapshot)}
    return [
        each
        for each in _brought(trial, wrong)
        if each.has_words and without_digits(each.text) in surely
    ]


def _brought_otherwise(trial: Trial, wrong: Snapshot) -> list[Message]:
    """What the page showed after most answers of the model that it rejected, and not after `wrong`.

    A text that differs each time, such as a tip, says nothing about the answers.
    """
    times = Counter(text for snapshot in trial.rejected for text in texts(snapshot))
    known = texts(wrong)
    return [
        each
        for snapshot in trial.rejected
        for each in _brought(trial, snapshot)
        if each.has_words and not each.is_state and without_digits(each.text) not in known
        if 2 * times[without_digits(each.text)] > len(trial.rejected)
    ]


def _ambiguous(trial: Trial, wrong: Snapshot) -> set[str]:
    """The selectors that also match another text after an answer of the model."""
    shown = {
        (selector, without_digits(each.text))
        for each in wrong.everything
        for selector in each.selectors
    }
    return {
        selector
        for snapshot in (*trial.rejected, *filter(None, [trial.unclear]))
        for each in snapshot.everything
        for selector in each.selectors
        if (selector, without_digits(each.text)) not in shown
    }


def _looks_accepted(trial: Trial, wrong: Snapshot) -> bool:
    """Whether the page after a wrong answer looks as other pages do after an accepted one."""
    new = (f"{each.attributes} {each.text}" for each in _brought(trial, wrong))
    text = split_words(" ".join(new))
    success, failure = score(text, "success")[0], score(text, "failure")[0]
    is_left = not wrong.has_form and failure < CLEAR and (wrong.status or 0) < 400
    return success > failure or is_left


def _with_verdicts(trial: Trial) -> Form:
    """Return the form with the messages or statuses that tell a wrong answer from a right one."""
    form, wrong, right = trial.form, trial.wrong, trial.right
    if wrong is None:
        return form
    failure = None
    if right or not _looks_accepted(trial, wrong):
        not_failure = trial.unjudged | (right.selectors if right else _ambiguous(trial, wrong))
        failure = _best_message(trial, wrong, not_failure, "failure", "success")
    guesses = {
        name: guess(name, form.selector("frame"), trial.pages_without(name))
        for name in ("failure", "success")
    }
    form = form.with_findings(**guesses)
    if failure:
        form = form.with_findings(failure=failure)
    elif right and right.status != wrong.status and None not in (right.status, wrong.status):
        # If a status tells one verdict, it can tell the other as well.
        return replace(
            form.with_findings(
                failure=Finding("", f"no message, but HTTP status {wrong.status}"),
                success=Finding("", f"HTTP status {right.status}"),
            ),
            statuses=Statuses(accepted=(right.status or 0,), rejected=(wrong.status or 0,)),
        )
    elif wrong.status is not None and wrong.status >= 400:
        form = replace(
            form.with_findings(failure=Finding("", f"no message, but HTTP status {wrong.status}")),
            statuses=Statuses(rejected=(wrong.status,)),
        )
    if right:
        not_success = trial.unjudged | wrong.selectors
        success = _best_message(trial, right, not_success, "success", "failure")
        if success:
            form = form.with_findings(success=success)
        elif right.status is not None and right.status != wrong.status:
            form = replace(
                form.with_findings(success=Finding("", f"HTTP status {right.status}")),
                statuses=Statuses(accepted=(right.status,), rejected=form.statuses.rejected),
            )
    return form


def _best_message(
    trial: Trial,
    snapshot: Snapshot,
    known: set[str],
    subject: Literal["success", "failure"],
    opposite: Literal["success", "failure"],
) -> Finding | None:
    """Return the message that fits `subject` best, by its best selector that tells it.

    A selector in `known` does not. As long as no accepted answer was seen, neither does one that
    would also match another message in the same place, nor a text that says nothing of a failure
    and that answers brought of which the model was sure. A text of waiting is no message.
    """
    best: tuple[float, Finding] | None = None
    shared = [] if trial.right else _brought_surely(trial, snapshot)
    for message in snapshot.everything:
        text = split_words(f"{message.attributes} {message.text}")
        for_it, against_it = score(text, subject)[0], score(text, opposite)[0]
        # A counter is no message, and neither is praise after a wrong answer.
        if against_it > for_it or not (message.has_words or for_it):
            continue
        if for_it <= CLEAR and (message in shared or is_waiting(message)):
            continue
        new = [
            selector
            for selector in message.selectors
            if selector not in known
            and (trial.right or message.is_state or _is_its_own(selector, subject))
            and trial.tells(subject, selector)
        ]
        if not new:
            continue
        points = for_it - against_it / 2
        # A selector by text matches this message only, others match the next one, too.
        points += 3 * (not _is_by_text(new[0])) - 3 * message.clickable - len(message.text) / 100
        # What stays is easier to see than what passes, and a text says more than anything else.
        points -= 3 * (message in snapshot.passing) + 3 * message.is_state
        points -= 3 * new[0].startswith((ADDRESS, COOKIE, DOWNLOAD))
        if best is None or points > best[0]:
            best = points, Finding(new[0], f"“{message.text}”")
    return best[1] if best else None


def _is_its_own(selector: str, subject: Literal["success", "failure"]) -> bool:
    """Whether a selector says by itself what its message is about, as `.error` does."""
    return _is_by_text(selector) or score(split_words(selector), subject)[0] >= CLEAR


def _is_by_text(selector: str) -> bool:
    return selector.startswith(ALERT) or ":text-is(" in selector or ":has-text(" in selector
