"""What the solve rate says about a captcha, in words."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from capslice.agent.audit.report.report import Rate, Solving, Times, Weakness

# Bursztein, Martin and Mitchell (CCS 2011) call a captcha broken at this rate;
# docs/how-to/report.md explains how it is used here.
BROKEN = 0.01


class Level(StrEnum):
    """Where a rate and its interval lie relative to a threshold."""

    ABOVE = "above"  # rate and interval above
    LIKELY_ABOVE = "likely_above"  # rate above, interval reaches below
    UNDECIDED = "undecided"  # rate not above, interval reaches above
    BELOW = "below"  # neither rate nor interval above
    NO_SESSIONS = "no_sessions"


IN_WORDS = {
    Level.ABOVE: "the captcha does not keep machines out",
    Level.LIKELY_ABOVE: "the captcha probably does not keep machines out",
    Level.UNDECIDED: "too few sessions to tell whether the captcha keeps machines out",
    Level.BELOW: "the captcha kept this machine out",
}


class Assessment(NamedTuple):
    """The level, a short label for it, and the reason."""

    level: Level
    label: str
    reason: str


def assess(sessions: Rate, threshold: float = BROKEN) -> Assessment:
    """Compare the rate of solved sessions with a threshold in [0, 1]."""
    limit = f"{threshold * 100:g} %"
    if not sessions.of:
        return Assessment(
            Level.NO_SESSIONS, "No result", "Without a completed session there is no rate."
        )
    if sessions.low > threshold:
        return Assessment(
            Level.ABOVE,
            "Does not keep machines out",
            f"Even the lower end of the interval is above {limit}.",
        )
    if sessions.rate > threshold:
        return Assessment(
            Level.LIKELY_ABOVE,
            "Probably does not keep machines out",
            f"The rate is above {limit}, but so few sessions do not make that certain.",
        )
    if sessions.high > threshold:
        return Assessment(
            Level.UNDECIDED,
            "Undecided",
            f"More sessions are needed to tell whether the true rate is above {limit}.",
        )
    return Assessment(
        Level.BELOW,
        "Kept this machine out",
        f"The whole interval is at or below {limit}. Another machine may do better.",
    )


def headline(solving: Solving, times: Times | None, weaknesses: Sequence[Weakness]) -> str:
    """The main result of an audit, for the top of its report."""
    sessions = solving.sessions
    if not sessions.of:
        return "No session was completed, so this audit says nothing about the captcha."
    text = (
        f"A machine solved {sessions.count:,} of {sessions.of:,} sessions "
        f"({sessions.rate * 100:.1f} %, 95 % interval {sessions.low * 100:.1f} to "
        f"{sessions.high * 100:.1f} %)"
    )
    if times:
        text += f", half of them within {times.p50:.1f} s"
    text += f": {IN_WORDS[assess(sessions).level]}"
    if found := sum(weakness.result == "found" for weakness in weaknesses):
        text += f". The audit also found {found} classic weakness{'es' if found > 1 else ''}"
    return text + "."
