"""What an attacker gains by typing only readings of some confidence or more.

The audit types every reading, so each picture has a verdict, and one audit tells the rates for
every threshold. An attacker who types only sure readings needs more pictures, and one who types
everything wastes time on wrong answers. Typing a reading pays if its chance to be right is above
the accepted answers a second, times the seconds of an answer. A threshold counts only if the
readings below it do not pay, by the upper end of the interval of their share of accepted answers.
The time that the pace takes does not count, because an attacker
does not wait.
"""

from __future__ import annotations

from collections.abc import Sequence

from capslice.agent.audit.report.figures import AtThreshold, Thresholds
from capslice.agent.audit.report.statistics import rate
from capslice.agent.audit.sessions import ReadCaptcha
from capslice.models.sums import value

THRESHOLDS = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99)
PER_PICTURE = ("page", "picture", "reading")
PER_ANSWER = ("typing", "verdict")
MINUTE = 60.0


def count_thresholds(captchas: Sequence[ReadCaptcha], *, is_sum: bool = False) -> Thresholds | None:
    """The rates for each threshold; None if no answer has a verdict, or no threshold is left.

    Pictures that ended with an error are left out. A threshold is left out if it is below the
    confidence of a picture that was not typed, because nobody knows whether that reading was right.
    With `is_sum`, an answer is the value of a sum. A reading that is no sum is never typed, so it
    leaves out no threshold.
    """
    answered = [each for each in captchas if each.is_answered]
    unsure = [each for each in captchas if each.verdict == "unsure"]
    if not answered:
        return None
    pictures = len(answered) + len(unsure)
    seconds_per_picture = _seconds([*answered, *unsure], PER_PICTURE)
    seconds_per_answer = _seconds(answered, PER_ANSWER)
    typable = [each for each in unsure if not is_sum or value(each.text) is not None]
    known_from = max((each.confidence for each in typable), default=0.0)
    rows = []
    for threshold in THRESHOLDS:
        if threshold < known_from:
            continue
        typed = [each for each in answered if each.confidence >= threshold]
        accepted = sum(each.verdict == "accepted" for each in typed)
        seconds = pictures * seconds_per_picture + len(typed) * seconds_per_answer
        rows.append(
            AtThreshold(
                confidence=threshold,
                typed=rate(len(typed), pictures),
                answers=rate(accepted, len(typed)),
                captchas=rate(accepted, pictures),
                per_minute=MINUTE * accepted / seconds if seconds else None,
            )
        )
    if not rows:
        return None
    best = _best(rows, seconds_per_answer)
    return Thresholds(
        seconds_per_picture=seconds_per_picture,
        seconds_per_answer=seconds_per_answer,
        best=best,
        rows=tuple(rows),
    )


def _best(rows: Sequence[AtThreshold], seconds_per_answer: float) -> float | None:
    """The threshold with the most accepted answers a minute; None if no answer was accepted."""
    if not rows[0].per_minute:
        return None
    every = rows[0]
    paying = [every]
    for row in rows[1:]:
        below = rate(every.answers.count - row.answers.count, every.answers.of - row.answers.of)
        if below.of and below.high < (row.per_minute or 0.0) / MINUTE * seconds_per_answer:
            paying.append(row)
    return max(paying, key=lambda row: row.per_minute or 0.0).confidence


def _seconds(captchas: Sequence[ReadCaptcha], stages: Sequence[str]) -> float:
    """The mean seconds that these stages take together."""
    return sum(each.stages.get(name, 0.0) for each in captchas for name in stages) / len(captchas)
