"""What a solve rate says of a captcha, in words."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from capslice.agent.audit.report.report import Rate

# Bursztein, Martin and Mitchell (CCS 2011); docs/how-to/report.md says how it is used here.
BROKEN = 0.01


class Finding(StrEnum):
    """How a rate lies to a threshold."""

    ABOVE = "above"  # and its interval too
    LIKELY_ABOVE = "likely_above"  # its interval reaches below
    UNDECIDED = "undecided"  # its interval reaches above
    BELOW = "below"  # and its interval too
    NOTHING = "nothing"  # nothing was counted


class Verdict(NamedTuple):
    """The finding, itself in words, and what it comes from in one sentence."""

    finding: Finding
    label: str
    reason: str


def verdict(sessions: Rate, threshold: float = BROKEN) -> Verdict:
    """Judge the rate of solved sessions by a threshold in [0, 1]."""
    limit = f"{threshold * 100:g} %"
    counted = f"A machine solved it in {sessions.count:,} of {sessions.of:,} sessions"
    if not sessions.of:
        return Verdict(Finding.NOTHING, "Nothing to judge", "No session came to its end.")
    if sessions.low > threshold:
        return Verdict(
            Finding.ABOVE,
            "Does not keep machines out",
            f"{counted}, and even the low end of the interval is above {limit}.",
        )
    if sessions.rate > threshold:
        return Verdict(
            Finding.LIKELY_ABOVE,
            "Probably does not keep machines out",
            f"{counted}, more than {limit}, though so few sessions do not make that certain.",
        )
    if sessions.high > threshold:
        return Verdict(
            Finding.UNDECIDED,
            "Undecided",
            f"{counted}, too few to tell whether that is at most {limit} in the long run.",
        )
    return Verdict(
        Finding.BELOW,
        "Kept this machine out",
        f"{counted}, at most {limit}; another machine may do better.",
    )
