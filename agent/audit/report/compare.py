"""Two audits side by side: what differs, and what of that may be chance.

A difference of rates stands with Newcombe's interval (1998, his method 10, the hybrid of two
Wilson scores), and is told apart from chance by Fisher's exact test: it is exact at any size, and
quick at all of them, where Boschloo's stronger one takes minutes for some thousand sessions. Of
the seconds a report has percentiles alone; so of them no more than these is said.
"""

from __future__ import annotations

import math
from typing import Literal

from pydantic import Field
from scipy.stats import fisher_exact

from capslice.agent.audit.report.report import Part, Rate, Report, Times

# A p below this is told apart from chance.
LEVEL = 0.05

Result = Literal["found", "not_found", "not_tested"]


class Difference(Part):
    """A rate in A and in B. The last four are null where one of the two counted nothing."""

    a: Rate
    b: Rate
    difference: float | None = Field(description="of the rates, B's less A's")
    low: float | None = Field(description="of its 95 % interval, Newcombe's method 10")
    high: float | None
    p: float | None = Field(description="of Fisher's exact test, two-sided")

    @property
    def significant(self) -> bool:
        """Whether the two can be told apart from chance."""
        return self.p is not None and self.p < LEVEL


class Change(Part):
    """A weakness with another result in B than in A; null where it was not looked for."""

    key: str
    name: str
    a: Result | None
    b: Result | None


class Comparison(Part):
    """All of it, in words first."""

    words: tuple[str, ...]
    sessions: Difference
    answers: Difference
    seconds_a: Times | None
    seconds_b: Times | None
    weaknesses: tuple[Change, ...]
    setup: tuple[str, ...] = Field(
        description="in what else the audits differ, so that it may be the cause"
    )

    def __str__(self) -> str:
        """What `capslice compare` prints."""
        lines = [
            *self.words,
            "",
            _row("sessions solved", self.sessions),
            _row("answers accepted", self.answers),
            f"seconds a solved session: A {_spread(self.seconds_a)}, B {_spread(self.seconds_b)}",
        ]
        lines += [
            f"{change.key}: {_said(change.a)} in A, {_said(change.b)} in B"
            for change in self.weaknesses
        ]
        return "\n".join(lines)


def compare(a: Report, b: Report) -> Comparison:
    """B beside A."""
    sessions = difference(a.solving.sessions, b.solving.sessions)
    answers = difference(a.solving.answers, b.solving.answers)
    changes = _changes(a, b)
    setup = _setup(a, b)
    words = [
        _sentence(sessions, "B is solved", "solved", "sessions"),
        _sentence(answers, "B accepts answers", "accepted", "answers"),
    ]
    if a.times and b.times:
        words.append(
            f"Half of the solved sessions took at most {b.times.p50:.3g} s in B (of "
            f"{b.times.of:,}), {a.times.p50:.3g} s in A (of {a.times.of:,}); the reports hold "
            "percentiles, so whether that is chance cannot be told."
        )
    words += [
        f"Found in B and not in A ({_said(change.a)} there): {change.name.removesuffix('.')}."
        for change in changes
        if change.b == "found"
    ]
    words += [
        f"Found in A and not in B ({_said(change.b)} there): {change.name.removesuffix('.')}."
        for change in changes
        if change.a == "found"
    ]
    if setup:
        words.append(f"The audits differ in {', '.join(setup)} too, which may be the cause.")
    return Comparison(
        words=tuple(words),
        sessions=sessions,
        answers=answers,
        seconds_a=a.times,
        seconds_b=b.times,
        weaknesses=changes,
        setup=setup,
    )


def difference(a: Rate, b: Rate) -> Difference:
    """B's rate less A's."""
    if not (a.of and b.of):
        return Difference(a=a, b=b, difference=None, low=None, high=None, p=None)
    below = math.hypot(b.rate - b.low, a.high - a.rate)
    above = math.hypot(b.high - b.rate, a.rate - a.low)
    table = [[a.count, a.of - a.count], [b.count, b.of - b.count]]
    return Difference(
        a=a,
        b=b,
        difference=b.rate - a.rate,
        low=b.rate - a.rate - below,
        high=b.rate - a.rate + above,
        p=float(fisher_exact(table).pvalue),
    )


def _sentence(found: Difference, happens: str, kind: str, things: str) -> str:
    """Such as `B is solved less often`, or that no difference in `solved` `sessions` is certain."""
    a, b = found.a, found.b
    if found.difference is None or found.low is None or found.high is None or found.p is None:
        return f"The {things} cannot be compared: {a.of:,} in A, {b.of:,} in B."
    if not found.significant:
        return (
            f"No difference in {kind} {things} can be told apart from chance: "
            f"{b.count:,} of {b.of:,} in B, {a.count:,} of {a.of:,} in A, "
            f"a difference of {found.difference * 100:+.1f} percentage points "
            f"({found.low * 100:+.1f} to {found.high * 100:+.1f}; Fisher's exact test, "
            f"{_p(found.p)})."
        )
    more = found.difference > 0
    low, high = (found.low, found.high) if more else (-found.high, -found.low)
    return (
        f"{happens} {'more' if more else 'less'} often: {b.count:,} of {b.of:,} {things} instead "
        f"of {a.count:,} of {a.of:,}, a difference of {abs(found.difference) * 100:.1f} "
        f"percentage points ({low * 100:.1f} to {high * 100:.1f}; Fisher's exact test, "
        f"{_p(found.p)})."
    )


def _changes(a: Report, b: Report) -> tuple[Change, ...]:
    of_a, of_b = ({each.key: each for each in report.weaknesses} for report in (a, b))
    changes = []
    for key, any_of in {**of_b, **of_a}.items():
        before, after = (of.get(key) for of in (of_a, of_b))
        change = Change(
            key=key,
            name=any_of.name,
            a=before.result if before else None,
            b=after.result if after else None,
        )
        if change.a != change.b:
            changes.append(change)
    return tuple(changes)


def _setup(a: Report, b: Report) -> tuple[str, ...]:
    pairs = {
        "page": (a.url, b.url),
        "model": (a.model, b.model),
        "settings": (a.settings, b.settings),
        "versions": (a.versions, b.versions),
        "machine": (a.machine, b.machine),
        "workers": (a.cost.workers, b.cost.workers),
    }
    return tuple(name for name, (of_a, of_b) in pairs.items() if of_a != of_b)


def _row(name: str, found: Difference) -> str:
    line = f"{name}: A {_rate(found.a)}, B {_rate(found.b)}"
    if found.difference is None or found.low is None or found.high is None or found.p is None:
        return line
    return (
        f"{line}, difference {found.difference:+.4f} ({found.low:+.4f} to {found.high:+.4f}), "
        f"{_p(found.p)}"
    )


def _rate(rate: Rate) -> str:
    if not rate.of:
        return "0 of 0"
    return f"{rate.count} of {rate.of}, {rate.rate:.4f} ({rate.low:.4f} to {rate.high:.4f})"


def _spread(times: Times | None) -> str:
    if times is None:
        return "none"
    return f"{times.p50:.3g} (half of {times.of} between {times.p25:.3g} and {times.p75:.3g})"


def _said(result: Result | None) -> str:
    return "not looked for" if result is None else result.replace("_", " ")


def _p(p: float) -> str:
    return "p < 0.001" if p < 0.001 else f"p = {p:.2g}"
