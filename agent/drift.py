"""Notices that a model that read a page's captcha well does not any more.

The first captchas of a model on a page say how well it reads them. Each later one is worth 1 if its
answer was accepted, 0 if it was rejected, and its confidence if no answer was sent. A CUSUM of bets
against "the mean is as high as at first" grows when that is wrong:

    w = max(1, w) * (x * p1 / p0 + (1 - x) * (1 - p1) / (1 - p0)),  p1 = p0 / 2

p0 is a lower bound of the first mean. Whatever the distribution of x, the expectation of a bet is
at most 1 as long as the mean of x is at least p0. So within n captchas, w exceeds n / a with a
probability of at most a (Shin, Ramdas and Rinaldo, "E-detectors", New England Journal of Statistics
in Data Science 2 (2024)). The CUSUM is Page's ("Continuous inspection schemes", Biometrika 41,
1954).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from capslice.agent.database import reading
from capslice.agent.journal.writing import as_text
from capslice.agent.reading.suitability import chance_of_mean
from capslice.agent.rules.redaction import redacted
from capslice.agent.settings import Settings
from capslice.models.card import model_path

FIRST = 100  # captchas that say how well the model reads
WELL = 0.5  # the least first mean of a model that reads well
# Of 1,000 captchas without a change, so many false alarms at most: one for the first mean, which
# may be better by chance, and one for those that follow.
FALSE_ALARMS = 0.001, 0.01
WITHIN = 1000
ALARM = WITHIN / FALSE_ALARMS[1]
# No more is kept, so that the warning ends after some ten captchas read right in a row.
MOST_BET = 1000 * ALARM
MOST = 2000  # captchas that are looked at

# Only attempts since the model's file was written are its own.
VALUES = """
SELECT verdict, confidence FROM attempts JOIN runs ON runs.id = attempts.run
WHERE runs.url = ? AND attempts.started >= ? AND verdict IS NOT NULL
ORDER BY attempts.id DESC LIMIT ?
"""


@dataclass(frozen=True)
class Drift:
    """How well the model read at first, and since the change: means, and how many captchas."""

    first: float
    since: float
    captchas: int

    def __str__(self) -> str:
        return (
            f"the model no longer reads this captcha as it did: {self.first * 100:.0f} % of the "
            f"first {FIRST}, {self.since * 100:.0f} % of the last {self.captchas}: look at fresh "
            "pictures (`capslice collect`), and learn it anew if it has changed (`capslice learn`)"
        )


def find_drift(values: Sequence[float]) -> Drift | None:
    """The drift at the end of the values, which lie in [0, 1]; None if there is none."""
    first, later = values[:FIRST], values[FIRST:]
    if not later or sum(first) < WELL * FIRST:
        return None
    mean = sum(first) / FIRST
    expected = _lower_bound(mean)
    less = expected / 2
    bet, start = 1.0, 0
    for number, value in enumerate(later):
        if bet <= 1:
            bet, start = 1.0, number
        gain = value * less / expected + (1 - value) * (1 - less) / (1 - expected)
        bet = min(bet * gain, MOST_BET)
    since = later[start:]
    return Drift(mean, sum(since) / len(since), len(since)) if bet >= ALARM else None


def drift_of(settings: Settings, url: str = "") -> Drift | None:
    """The drift of the settings' model, from their journal; None without one.

    `url` is the page's address, by default that of the settings. Raises JournalError.
    """
    journal = settings.journal.path
    if journal is None or not journal.exists():
        return None
    written = model_path(settings.model.path).stat().st_mtime
    since = as_text(datetime.fromtimestamp(written, UTC))
    page = redacted(url or settings.target.url)
    with reading(journal) as connection:
        rows = connection.execute(VALUES, (page, since, MOST)).fetchall()
    return find_drift([value_of(*row) for row in reversed(rows)])


def value_of(verdict: str | None, confidence: float) -> float:
    """What a captcha is worth: 1 if its answer was accepted, 0 if rejected, else its confidence."""
    return {"accepted": 1.0, "rejected": 0.0}.get(verdict or "", confidence)


def _lower_bound(mean: float) -> float:
    """The least true mean for which the mean of FIRST values is not too high to be chance."""
    low, high = 0.0, mean
    for _ in range(30):
        middle = (low + high) / 2
        if chance_of_mean(mean, middle, FIRST) < FALSE_ALARMS[0]:
            low = middle
        else:
            high = middle
    return low
