"""The one sentence at the top of a report."""

from __future__ import annotations

from collections.abc import Sequence

from capslice.agent.audit.report.report import Solving, Times, Weakness
from capslice.agent.audit.report.verdict import Finding, verdict

IN_WORDS = {
    Finding.ABOVE: "it does not keep machines out",
    Finding.LIKELY_ABOVE: "it probably does not keep machines out",
    Finding.UNDECIDED: "too few sessions to tell whether it keeps machines out",
    Finding.BELOW: "it kept this machine out",
}


def headline(solving: Solving, times: Times | None, weaknesses: Sequence[Weakness]) -> str:
    """What a site's owner has to know."""
    solved = solving.sessions
    if not solved.of:
        return "No session came to its end, so nothing can be said of this captcha."
    said = (
        f"A machine solved this captcha in {solved.count:,} of {solved.of:,} sessions "
        f"({solved.rate * 100:.1f} %, 95 % interval {solved.low * 100:.1f} to "
        f"{solved.high * 100:.1f} %)"
    )
    if times:
        said += f", half of them within {times.p50:.1f} s"
    said += f": {IN_WORDS[verdict(solved).finding]}"
    if found := sum(weakness.result == "found" for weakness in weaknesses):
        mistakes = "classic mistake was" if found == 1 else "classic mistakes were"
        said += f"; {found} {mistakes} found besides"
    return said + "."
