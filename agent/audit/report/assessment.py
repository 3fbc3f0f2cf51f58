"""What an audit says about a captcha, in words.

A captcha kept this machine out only if the 95 % intervals of the solved sessions and of the
accepted answers both end at or below 1 %. If the interval of the accepted answers contains 1 %, and
answers are fewer than half of the sessions or of the pictures, there is nothing to judge.

The rate of solved sessions alone is no evidence, because it is 0 if no answer was ever sent. The
agent types the readings that it is surest of. So an attacker who types every reading has no larger
a share accepted, and the interval of the accepted answers limits that one too.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from capslice.errors import one_line

if TYPE_CHECKING:
    from capslice.agent.audit.report.report import Evidence, Rate, Solving, Times, Weakness

# Bursztein, Martin and Mitchell (CCS 2011) call a captcha broken at this rate;
# docs/how-to/report.md explains how it is used here.
BROKEN = 0.01
# The interval of 0 in n ends at z² / (n + z²), with z = 1.96.
ANSWERS_NEEDED = 381
MOST_CHARSET = 80  # characters of a charset that are shown
MOST_SIZES = 3


class Level(StrEnum):
    """What an audit says about its captcha: the solve rate compared with a threshold."""

    ABOVE = "above"  # rate and interval above
    LIKELY_ABOVE = "likely_above"  # rate above, interval reaches below
    UNDECIDED = "undecided"  # rate not above, interval reaches above
    BELOW = "below"  # neither rate nor interval above
    NOTHING_TO_JUDGE = "nothing_to_judge"  # rate not above, but too few answers were sent


IN_WORDS = {
    Level.ABOVE: "the captcha does not keep machines out",
    Level.LIKELY_ABOVE: "the captcha probably does not keep machines out",
    Level.UNDECIDED: "this does not tell whether the captcha keeps machines out",
    Level.BELOW: "the captcha kept this machine out",
}


class Assessment(NamedTuple):
    """The level, a short label for it, and the reason."""

    level: Level
    label: str
    reason: str


def assess(
    solving: Solving, evidence: Evidence | None = None, threshold: float = BROKEN
) -> Assessment:
    """Compare the rate of solved sessions with a threshold in [0, 1].

    `evidence` only adds to the reason if there is nothing to judge.
    """
    sessions, answers = solving.sessions, solving.answers
    limit = f"{threshold * 100:g} %"
    above = sessions.of > 0 and sessions.rate > threshold
    if above and sessions.low > threshold:
        return Assessment(
            Level.ABOVE,
            "Does not keep machines out",
            f"Even the lower end of the interval is above {limit}.",
        )
    if above:
        return Assessment(
            Level.LIKELY_ABOVE,
            "Probably does not keep machines out",
            f"The rate is above {limit}, but so few sessions do not make that certain.",
        )
    if not is_judged(solving):
        reason = " ".join(_reasons(solving, evidence))
        return Assessment(Level.NOTHING_TO_JUDGE, "Not enough evidence", reason)
    if sessions.high > threshold:
        return Assessment(
            Level.UNDECIDED,
            "Undecided",
            f"More sessions are needed to tell whether the true rate is above {limit}.",
        )
    if answers.high > threshold and threshold <= BROKEN:
        return Assessment(
            Level.UNDECIDED,
            "Undecided",
            f"At most {limit} of the sessions are solved, but the site accepted {answers.count:,} "
            f"of the {answers.of:,} answers sent (95 % interval {_interval(answers)}): a machine "
            "that sends more answers may get in.",
        )
    return Assessment(
        Level.BELOW,
        "Kept this machine out",
        f"The whole interval is at or below {limit}; the site accepted {answers.count:,} of "
        f"{_count(answers.of, 'answer')}. Another machine may do better.",
    )


def is_judged(solving: Solving) -> bool:
    """Whether the audit has the evidence for a judgement, as the module's docstring says.

    This is a property of the audit, so it does not depend on the threshold of `--fail-above`.
    """
    sessions, answers = solving.sessions, solving.answers
    if not sessions.of:
        return False
    above = sessions.rate > BROKEN
    clear = not answers.low <= BROKEN < answers.high
    half_answered = 2 * answers.of >= max(sessions.of, solving.captchas.of)
    return above or clear or half_answered


def headline(solving: Solving, times: Times | None, weaknesses: Sequence[Weakness]) -> str:
    """The main result of an audit, for the top of its report."""
    sessions, answers = solving.sessions, solving.answers
    level = assess(solving).level
    if not sessions.of:
        return "No session was completed, so this audit says nothing about the captcha."
    if level is Level.NOTHING_TO_JUDGE:
        text = (
            "Not enough evidence to judge the captcha: in "
            f"{_count(sessions.of, 'session')}, a machine read "
            f"{_count(solving.captchas.of, 'picture')} and sent {_count(answers.of, 'answer')}"
        )
    else:
        text = (
            f"A machine solved {sessions.count:,} of {sessions.of:,} sessions "
            f"({sessions.rate * 100:.1f} %, 95 % interval {_interval(sessions)})"
        )
        if times:
            text += f", half of them within {times.p50:.1f} s"
        text += f": {IN_WORDS[level]}"
    if found := sum(weakness.result == "found" for weakness in weaknesses):
        text += f". The audit also found {found} classic weakness{'es' if found > 1 else ''}"
    return text + "."


def _reasons(solving: Solving, evidence: Evidence | None) -> list[str]:
    """Why there is nothing to judge, and what to do next, in sentences."""
    sessions, answers = solving.sessions, solving.answers
    if not sessions.of:
        return ["Without a completed session there is no rate."]
    sent = (
        f"The site accepted {answers.count:,} of {_count(answers.of, 'answer')}"
        if answers.of
        else "No answer was sent"
    )
    sentences = [
        f"{sent}; it takes {ANSWERS_NEEDED} answers, all rejected, to show that a site accepts "
        f"at most {BROKEN * 100:g} %."
    ]
    if evidence and evidence.pictures:
        sentences += _about_the_model(evidence)
    if solving.failed * 2 > sessions.of:
        sentences.append(
            f"{solving.failed:,} of {_count(sessions.of, 'session')} ended with an error: correct "
            "its cause first."
        )
    else:
        sentences.append(
            "Use a model for this captcha (--model, model.path), fit one with `capslice fit`, or "
            "lower model.min_confidence, so that the machine also types what it is unsure of."
        )
    return sentences


def _about_the_model(evidence: Evidence) -> list[str]:
    """What the model read surely, what it is made for, and what the site shows instead."""
    sizes = [
        f"{size} ({count:,})" if len(evidence.sizes) > 1 else size
        for size, count in evidence.sizes.items()
    ]
    more = len(sizes) - MOST_SIZES
    shown = ", ".join(sizes[:MOST_SIZES]) + (f" and {more} more sizes" if more > 0 else "")
    sentences = [
        f"Of {_count(evidence.pictures, 'picture')}, the model read {evidence.sure:,} with a "
        f"confidence of at least {evidence.min_confidence:g}.",
        f"It is made for the captcha '{one_line(evidence.captcha)}': {evidence.length} characters "
        f"of {one_line(evidence.charset, MOST_CHARSET)} in pictures of {evidence.size} pixels.",
    ]
    if shown:
        sentences.append(f"The pictures of this site have {shown} pixels.")
    return sentences


def _count(number: int, thing: str) -> str:
    return f"{number or 'no'} {thing}s" if number != 1 else f"1 {thing}"


def _interval(rate: Rate) -> str:
    return f"{rate.low * 100:.1f} to {rate.high * 100:.1f} %"
