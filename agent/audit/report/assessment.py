"""What an audit says about a captcha, in words.

A captcha kept this machine out only if the 95 % intervals of the solved sessions and of the
accepted answers both end at or below 1 %, and the machine was made for this captcha. There is
nothing to judge if the rate of solved sessions is not above 1 %, and one of these is true:

- The answers are fewer than half of the sessions or of the pictures, and their interval contains
  1 %: the rate of solved sessions is 0 as well if no answer was ever sent.
- The model is not made for this captcha, as `agent/reading/suitability.py` tells.
- The site rejected more answers than the model's confidence lets expect, which chance would do in
  fewer than one of 1,000 audits. Then the model is made for another captcha that looks alike, or
  the audit mistakes accepted answers for rejected ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from capslice.agent.reading.suitability import FALSE_ALARMS, WHAT_TO_DO, chance_of_mean
from capslice.errors import one_line

if TYPE_CHECKING:
    from capslice.agent.audit.report.figures import Evidence, Rate, Solving, Times
    from capslice.agent.audit.report.report import Weakness

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
    """The level, a short label for it, the reason in a sentence or two, and what else to know."""

    level: Level
    label: str
    main_reason: str
    details: str = ""

    @property
    def reason(self) -> str:
        """The whole reason, with the details."""
        return f"{self.main_reason} {self.details}".strip()


def assess(
    solving: Solving, evidence: Evidence | None = None, threshold: float = BROKEN
) -> Assessment:
    """Compare the rate of solved sessions with a threshold in [0, 1]."""
    sessions, answers = solving.sessions, solving.answers
    limit = f"{threshold * 100:g} %"
    above = sessions.of > 0 and sessions.rate > threshold
    if above and sessions.low > threshold:
        return Assessment(
            Level.ABOVE,
            "Does not keep machines out",
            f"Even the lower end of the interval is above {limit}.{_too_many(solving, evidence)}",
        )
    if above:
        return Assessment(
            Level.LIKELY_ABOVE,
            "Probably does not keep machines out",
            f"The rate is above {limit}, but so few sessions do not make that certain."
            f"{_too_many(solving, evidence)}",
        )
    if not is_judged(solving, evidence):
        first, *others = _reasons(solving, evidence)
        return Assessment(Level.NOTHING_TO_JUDGE, "Not enough evidence", first, " ".join(others))
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


def is_judged(solving: Solving, evidence: Evidence | None = None) -> bool:
    """Whether the audit has the evidence for a judgement, as the module's docstring says.

    This is a property of the audit, so it does not depend on the threshold of `--fail-above`.
    """
    sessions, answers = solving.sessions, solving.answers
    if not sessions.of:
        return False
    if sessions.rate > BROKEN:
        return True
    clear = not answers.low <= BROKEN < answers.high
    half_answered = 2 * answers.of >= max(sessions.of, solving.captchas.of)
    return (clear or half_answered) and not _mismatch(solving, evidence)


def headline(
    solving: Solving,
    times: Times | None,
    weaknesses: Sequence[Weakness],
    evidence: Evidence | None = None,
) -> str:
    """The main result of an audit in one sentence or two, for a terminal."""
    level = assess(solving, evidence).level
    text = main_figure(solving, times)
    if solving.sessions.of:
        if level is Level.NOTHING_TO_JUDGE:
            text = f"Not enough evidence to judge the captcha: {text[0].lower()}{text[1:]}"
        else:
            text = f"{text}: {IN_WORDS[level]}"
    if found := sum(weakness.result == "found" for weakness in weaknesses):
        text += f". The audit also found {found} classic weakness{'es' if found > 1 else ''}"
    return text + "."


def looked_for(weaknesses: Sequence[Weakness]) -> str:
    """Whether weaknesses were found, and if not, how many the audit looked for; no full stop."""
    tested = sum(weakness.result != "not_tested" for weakness in weaknesses)
    if any(weakness.result == "found" for weakness in weaknesses):
        return "Weaknesses found"
    if not tested:
        return "No weakness was looked for"
    of = f" of {len(weaknesses)}" if tested < len(weaknesses) else ""
    return f"No weakness was found among the {tested}{of} that were looked for"


def main_figure(solving: Solving, times: Times | None) -> str:
    """How many sessions were solved, as a clause without a full stop."""
    sessions, answers = solving.sessions, solving.answers
    if not sessions.of:
        return "No session was completed, so this audit says nothing about the captcha"
    if not sessions.count:
        read = f"A machine read {_count(solving.captchas.of, 'picture')} in "
        read += _count(sessions.of, "session")
        if not answers.of:
            return f"{read} and {'sent no answer' if _sent_none(solving) else 'got no verdict'}"
        return f"{read}, and the site accepted {answers.count:,} of {_count(answers.of, 'answer')}"
    text = (
        f"A machine solved {sessions.count:,} of {sessions.of:,} sessions "
        f"({sessions.rate * 100:.1f} %, 95 % interval {_interval(sessions)})"
    )
    return f"{text}, half of them within {times.p50:.1f} s" if times else text


def _mismatch(solving: Solving, evidence: Evidence | None) -> list[str]:
    """Why the model and this site do not belong together, in sentences; none if they may."""
    if evidence is None:
        return []
    if evidence.doubts:
        return [f"The model is not made for this captcha: {', and '.join(evidence.doubts)}."]
    answers = solving.answers
    if answers.of and evidence.expected is not None:
        expected = min(1.0, evidence.expected / answers.of)
        low = answers.rate < expected
        if low and chance_of_mean(answers.rate, expected, answers.of) < FALSE_ALARMS:
            return [
                f"The site accepted {answers.count:,} of {_count(answers.of, 'answer')}, and the "
                f"model was sure of about {evidence.expected:,.0f}.",
                "Either it is made for another captcha that looks alike, or the site rejects "
                "right answers, or the settings mistake accepted answers for rejected ones. Look "
                "at the rejected answers in the report.",
            ]
    return []


def _too_many(solving: Solving, evidence: Evidence | None) -> str:
    """A warning if the site accepted at least twice as many answers as can be right; else ""."""
    answers = solving.answers
    if not answers.of or evidence is None or not evidence.expected:
        return ""
    if answers.count < 2 * evidence.expected:
        return ""
    if chance_of_mean(answers.rate, evidence.expected / answers.of, answers.of) >= FALSE_ALARMS:
        return ""
    return (
        f" But the model was sure of only about {evidence.expected:,.0f} of "
        f"{_count(answers.of, 'answer')}, and {answers.count:,} were accepted: the site accepts "
        "wrong answers too, or selectors.success or statuses.accepted does not tell."
    )


def _reasons(solving: Solving, evidence: Evidence | None) -> list[str]:
    """Why there is nothing to judge, and what to do next, in sentences."""
    sessions, answers = solving.sessions, solving.answers
    if not sessions.of:
        return ["Without a completed session there is no rate."]
    sentences = _mismatch(solving, evidence)
    if answers.of < ANSWERS_NEEDED:
        sent = "It"
        if not answers.of:
            none = "No answer was sent" if _sent_none(solving) else "The site gave no verdict"
            sent = f"{none}; it"
        sentences.append(
            f"{sent} takes {ANSWERS_NEEDED} answers, all rejected, to show that a site accepts "
            f"at most {BROKEN * 100:g} %."
        )
    if evidence and evidence.pictures:
        sentences += _about_the_model(evidence)
    if solving.failed * 2 > sessions.of:
        sentences.append(
            f"{solving.failed:,} of {_count(sessions.of, 'session')} ended with an error: correct "
            "its cause first."
        )
    else:
        sentences.append(f"{WHAT_TO_DO[0].upper()}{WHAT_TO_DO[1:]}.")
    return sentences


def _sent_none(solving: Solving) -> bool:
    """Whether all pictures were read so unsurely that no answer was sent."""
    return solving.unsure == solving.captchas.of


def _about_the_model(evidence: Evidence) -> list[str]:
    """What the model is made for, and what the site shows instead."""
    sizes = [
        f"{size} ({count:,})" if len(evidence.sizes) > 1 else size
        for size, count in evidence.sizes.items()
    ]
    more = len(sizes) - MOST_SIZES
    shown = ", ".join(sizes[:MOST_SIZES]) + (f" and {more} more sizes" if more > 0 else "")
    length = f"{evidence.length} characters"
    if evidence.shortest is not None:
        length = f"{evidence.shortest} to {length}"
    sentences = [
        f"Of {_count(evidence.pictures, 'picture')}, the model read {evidence.sure:,} with a "
        f"confidence of at least {evidence.min_confidence:g}.",
        f"It is made for the captcha '{one_line(evidence.captcha)}': {length} of "
        f"{one_line(evidence.charset, MOST_CHARSET)} in pictures of {evidence.size} pixels.",
    ]
    if shown:
        sentences.append(f"The pictures of this site have {shown} pixels.")
    return sentences


def _count(number: int, thing: str) -> str:
    return f"{f'{number:,}' if number else 'no'} {thing}s" if number != 1 else f"1 {thing}"


def _interval(rate: Rate) -> str:
    return f"{rate.low * 100:.1f} to {rate.high * 100:.1f} %"
