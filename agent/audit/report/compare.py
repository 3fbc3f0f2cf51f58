"""Compare two audits: what differs, and whether that may be chance.

Each difference of two rates has a 95 % interval by Newcombe's method 10, which combines the Wilson
intervals of the two rates. Fisher's exact test decides whether the difference is significant: it is
exact for every size, and fast for thousands of sessions, where Boschloo's test takes minutes.
Durations are compared without a test, because reports hold only their percentiles. The rates of an
audit with too little evidence for a judgement (`assessment.py`) are not compared.
"""

from __future__ import annotations

import math

from pydantic import Field
from scipy.stats import fisher_exact

from capslice.agent.audit.report.assessment import is_judged
from capslice.agent.audit.report.figures import Rate, Share, StrictModel, Times
from capslice.agent.audit.report.learned import ReachedInBoth, reached_in_both
from capslice.agent.audit.report.report import Report, WeaknessResult

SIGNIFICANCE_LEVEL = 0.05
SHOWN = (0.0, 0.5, 0.95)  # thresholds that are printed


class Difference(StrictModel):
    """A rate in both audits.

    The last four fields are null if one audit counted nothing, or has too little evidence.
    """

    a: Rate
    b: Rate
    difference: float | None = Field(description="Rate of B minus rate of A")
    low: float | None = Field(description="Lower end of the 95 % interval, Newcombe's method 10")
    high: float | None = Field(description="Upper end of the 95 % interval")
    p_value: float | None = Field(description="Two-sided p-value of Fisher's exact test")

    @property
    def significant(self) -> bool:
        """Whether chance alone is an unlikely explanation."""
        return self.p_value is not None and self.p_value < SIGNIFICANCE_LEVEL


class DifferenceAtThreshold(StrictModel):
    """The solve rate of a machine that types only readings of at least this confidence."""

    confidence: Share
    captchas: Difference = Field(description="Accepted answers among all pictures")


class Change(StrictModel):
    """A weakness with different results in A and B; null if an audit did not look for it."""

    key: str
    name: str
    a: WeaknessResult | None
    b: WeaknessResult | None


class Comparison(StrictModel):
    """The comparison of two audits, first in sentences, then in figures."""

    summary: tuple[str, ...] = Field(description="The differences in sentences")
    sessions: Difference = Field(description="Sessions that were solved")
    answers: Difference = Field(description="Answers that were accepted")
    thresholds: tuple[DifferenceAtThreshold, ...] = Field(
        description="The solve rate at each threshold that both reports have"
    )
    best_a: float | None = Field(
        description="The confidence in A below which typing does not pay; null if unknown"
    )
    best_b: float | None = Field(description="The same in B")
    seconds_a: Times | None = Field(description="Durations of the solved sessions of A")
    seconds_b: Times | None = Field(description="Durations of the solved sessions of B")
    weaknesses: tuple[Change, ...] = Field(description="Weaknesses with different results")
    learned: tuple[ReachedInBoth, ...] = Field(
        description="What 10, 50 and 90 % took an attacker without labels; empty if a report does "
        "not say"
    )
    setup: tuple[str, ...] = Field(
        description="What else differs between the audits, and may be the cause"
    )

    def __str__(self) -> str:
        """The output of `capslice compare`."""
        lines = [
            *self.summary,
            "",
            _row("sessions solved", self.sessions),
            _row("answers accepted", self.answers),
            f"seconds per solved session: A {_quartiles(self.seconds_a)}, "
            f"B {_quartiles(self.seconds_b)}",
        ]
        lines += [
            _row(f"accepted, typing from {each.confidence:g}", each.captchas)
            for each in self.thresholds
            if each.confidence in SHOWN
        ]
        lines.append(
            f"typing does not pay below a confidence of: A {_best(self.best_a)}, "
            f"B {_best(self.best_b)}"
        )
        lines += map(str, self.learned)
        lines += [
            f"{change.key}: {_in_words(change.a)} in A, {_in_words(change.b)} in B"
            for change in self.weaknesses
        ]
        return "\n".join(lines)


def compare(a: Report, b: Report) -> Comparison:
    """Compare audit B with audit A."""
    unjudged = [
        _not_judged(name, report)
        for name, report in (("A", a), ("B", b))
        if not is_judged(report.solving, report.evidence)
    ]
    compared = not_compared if unjudged else difference
    sessions = compared(a.solving.sessions, b.solving.sessions)
    answers = compared(a.solving.answers, b.solving.answers)
    by_threshold = [
        {row.confidence: row.captchas for row in found.rows} if found else {}
        for found in (a.thresholds, b.thresholds)
    ]
    thresholds = tuple(
        DifferenceAtThreshold(confidence=each, captchas=compared(rate, by_threshold[1][each]))
        for each, rate in by_threshold[0].items()
        if each in by_threshold[1]
    )
    changes = _changes(a, b)
    setup = _setup(a, b)
    summary = unjudged or [
        _sentence(sessions, "sessions", "solved"),
        _sentence(answers, "answers", "accepted"),
    ]
    if a.times and b.times and not unjudged:
        summary.append(
            f"Half of the solved sessions took at most {b.times.p50:.3g} s in B (of "
            f"{b.times.of:,}) and {a.times.p50:.3g} s in A (of {a.times.of:,}). Reports hold only "
            "percentiles, so there is no test whether that is chance."
        )
    summary += [
        f"Found only in B ({_in_words(change.a)} in A): {change.name.removesuffix('.')}."
        for change in changes
        if change.b == "found"
    ]
    summary += [
        f"Found only in A ({_in_words(change.b)} in B): {change.name.removesuffix('.')}."
        for change in changes
        if change.a == "found"
    ]
    if setup:
        summary.append(f"The audits also differ in {', '.join(setup)}, which may be the cause.")
    return Comparison(
        summary=tuple(summary),
        sessions=sessions,
        answers=answers,
        thresholds=thresholds,
        best_a=a.thresholds.best if a.thresholds else None,
        best_b=b.thresholds.best if b.thresholds else None,
        seconds_a=a.times,
        seconds_b=b.times,
        weaknesses=changes,
        learned=reached_in_both(a.learned, b.learned),
        setup=setup,
    )


def not_compared(a: Rate, b: Rate) -> Difference:
    """The two rates, without a comparison."""
    return Difference(a=a, b=b, difference=None, low=None, high=None, p_value=None)


def difference(a: Rate, b: Rate) -> Difference:
    """The rate of B minus the rate of A, with its 95 % interval and Fisher's exact test.

    The interval is method 10 of Newcombe, "Interval estimation for the difference between
    independent proportions", Statistics in Medicine 17 (1998), 873-890.
    """
    if not (a.of and b.of):
        return not_compared(a, b)
    change = b.rate - a.rate
    table = [[a.count, a.of - a.count], [b.count, b.of - b.count]]
    return Difference(
        a=a,
        b=b,
        difference=change,
        low=change - math.hypot(b.rate - b.low, a.high - a.rate),
        high=change + math.hypot(b.high - b.rate, a.rate - a.low),
        p_value=float(fisher_exact(table).pvalue),
    )


def _not_judged(name: str, report: Report) -> str:
    solving = report.solving
    doubts = report.evidence.doubts if report.evidence else ()
    return (
        f"No comparison is possible: {name} has not enough evidence. In {solving.sessions.of:,} "
        f"sessions, the machine read {solving.captchas.of:,} pictures and sent "
        f"{solving.answers.of:,} answers."
        + (f" Its model is not made for the captcha: {', and '.join(doubts)}." if doubts else "")
    )


def _sentence(found: Difference, things: str, done: str) -> str:
    """Says whether `things` (sessions, answers) were `done` (solved, accepted) more often in B."""
    a, b = found.a, found.b
    if found.difference is None or found.low is None or found.high is None:
        return f"The {things} cannot be compared: there are {a.of:,} in A and {b.of:,} in B."
    points = f"{found.difference * 100:+.1f} percentage points"
    test = (
        f"95 % interval {found.low * 100:+.1f} to {found.high * 100:+.1f}; "
        f"Fisher's exact test, {_p_value(found.p_value)}"
    )
    counts = f"{b.count:,} of {b.of:,} in B, {a.count:,} of {a.of:,} in A"
    if not found.significant:
        return f"No significant difference in {done} {things}: {counts}, {points} ({test})."
    more = "more" if found.difference > 0 else "less"
    return f"{things.capitalize()} were {done} {more} often in B: {counts}, {points} ({test})."


def _changes(a: Report, b: Report) -> tuple[Change, ...]:
    of_a, of_b = ({each.key: each for each in report.weaknesses} for report in (a, b))
    changes = []
    for key, weakness in {**of_b, **of_a}.items():
        before, after = (of.get(key) for of in (of_a, of_b))
        change = Change(
            key=key,
            name=weakness.name,
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
        "the confidence from which readings were typed": (_typed_from(a), _typed_from(b)),
    }
    return tuple(name for name, (of_a, of_b) in pairs.items() if of_a != of_b)


def _typed_from(report: Report) -> float:
    """Audits of earlier releases typed no reading below `model.min_confidence`."""
    if report.thresholds or not report.evidence:
        return 0.0
    return report.evidence.min_confidence


def _row(name: str, found: Difference) -> str:
    line = f"{name}: A {_rate(found.a)}, B {_rate(found.b)}"
    if found.difference is None:
        return line
    return (
        f"{line}, difference {found.difference:+.4f} ({found.low:+.4f} to {found.high:+.4f}), "
        f"{_p_value(found.p_value)}"
    )


def _rate(rate: Rate) -> str:
    if not rate.of:
        return "0 of 0"
    return f"{rate.count} of {rate.of}, {rate.rate:.4f} ({rate.low:.4f} to {rate.high:.4f})"


def _quartiles(times: Times | None) -> str:
    if times is None:
        return "none"
    return f"{times.p50:.3g} (half of {times.of} between {times.p25:.3g} and {times.p75:.3g})"


def _best(threshold: float | None) -> str:
    return "unknown" if threshold is None else f"{threshold:g}"


def _in_words(result: WeaknessResult | None) -> str:
    return "not looked for" if result is None else result.replace("_", " ")


def _p_value(p: float | None) -> str:
    return "p < 0.001" if p is not None and p < 0.001 else f"p = {p:.2g}"
