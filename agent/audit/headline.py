"""The one sentence at the top of a report."""

from __future__ import annotations

from collections.abc import Sequence

from agent.audit.report import Rate, Solving, Times, Weakness

# A scheme counts as broken where a machine gets past it once in a hundred times: Bursztein, Martin
# and Mitchell, "Text-based CAPTCHA Strengths and Weaknesses", CCS 2011.
BROKEN = 0.01


def headline(solving: Solving, times: Times | None, weaknesses: Sequence[Weakness]) -> str:
    """What a site's owner has to know."""
    solved = solving.sessions
    if not solved.of:
        return "No session came to its end, so nothing can be said of this captcha."
    often = f"A machine solved {solved.count} of {solved.of} sessions ({interval(solved)})"
    if times:
        often += f", half of them within {times.p50:.1f} s"
    found = sum(weakness.result == "found" for weakness in weaknesses)
    more = (
        f"; the page makes {found} of the classic mistake{'s' * (len(weaknesses) > 1)} besides"
        if found
        else ""
    )
    return f"{often}: {verdict(solved)}{more}."


def verdict(solved: Rate) -> str:
    """What that rate means, by BROKEN."""
    if solved.low > BROKEN:
        return "this captcha does not keep machines out"
    if solved.high < BROKEN:
        return "this machine is kept out"
    return "too few sessions to tell whether it keeps machines out"


def interval(rate: Rate) -> str:
    """A rate in per cent, with its interval."""
    return f"{rate.rate:.1%}, 95 % interval {rate.low:.1%} to {rate.high:.1%}"
