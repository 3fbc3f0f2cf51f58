"""`report.html`: the report of an audit as one page that loads nothing from elsewhere.

templates/report.html has the content, bars.html the bars, report.css the style. The templates
escape all texts, because they come from the audited site, which may be hostile.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import groupby, pairwise
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from capslice.agent.audit.report.assessment import assess
from capslice.agent.audit.report.report import Rate, Report, Weakness
from capslice.agent.audit.report.statistics import rate

# The groups of weaknesses, in the order of the page.
RESULTS = {"found": "Found", "not_tested": "Not tested", "not_found": "Not found"}
SEVERITIES = ("high", "medium", "low")
STAGES = {
    "page": "Load the page",
    "picture": "Capture the picture",
    "reading": "Read the picture",
    "typing": "Type the answer",
    "waiting": "Wait, to keep the pace",
    "verdict": "Get the verdict of the site",
}
NONE = "\N{EN DASH}"
# Keeps number and sign on one line.
PERCENT = "\N{NO-BREAK SPACE}%"
# Shades of the cells of a table, as many as report.css defines.
SHADES = 5


def html_page(report: Report) -> str:
    """The text of `report.html`."""
    environment = Environment(
        loader=PackageLoader("capslice.agent.audit.report", "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=True,
    )
    environment.filters.update(
        percent=percent, interval=interval, seconds=seconds, number=number, time=time
    )
    return environment.get_template("report.html").render(
        report=report,
        assessment=assess(report.solving, report.evidence),
        groups=list(by_result(report.weaknesses)),
        stages=STAGES,
        seconds_bins=_bins(report.times),
        confidence_bins=list(_confidence_bins(report)),
        alphabet=list(_alphabet_rows(report)),
        alphabet_positions=[(f"{i + 1}", "n") for i in range(len(report.alphabet.counts))],
        model=list(flat(report.model)),
        settings=list(flat(report.settings)),
    )


def by_result(weaknesses: tuple[Weakness, ...]) -> Iterator[tuple[str, list[Weakness]]]:
    """(heading, weaknesses) in the order of RESULTS, the most severe weaknesses first."""
    order = [*RESULTS]
    ranked = sorted(
        weaknesses, key=lambda each: (order.index(each.result), SEVERITIES.index(each.severity))
    )
    for result, group in groupby(ranked, key=lambda each: each.result):
        yield RESULTS[result], list(group)


def percent(share: float) -> str:
    """`98.2 %`, with more digits where 0 or 100 % would otherwise be shown for another value."""
    for digits in range(1, 5):
        text = f"{share * 100:.{digits}f}"
        if 0 < float(text) < 100:
            return f"{text}{PERCENT}"
    return f"{share * 100:.0f}{PERCENT}"


def interval(rate: Rate) -> str:
    """`95.0 to 99.2 %`, or a dash if nothing was counted."""
    return f"{rate.low * 100:.1f} to {rate.high * 100:.1f}{PERCENT}" if rate.of else NONE


def seconds(value: float) -> str:
    """A duration with two or three digits, in ms, s, min or h."""
    if value >= 7200:
        return f"{value / 3600:,.1f} h"
    if value >= 120:
        return f"{value / 60:.1f} min"
    if value >= 10:
        return f"{value:.{0 if value >= 100 else 1}f} s"
    return (
        f"{value:.2f} s"
        if value >= 0.1 or not value
        else f"{value * 1000:.{0 if value > 0.01 else 1}f} ms"
    )


def number(value: float) -> str:
    """An integer with commas for thousands; any other number with three digits."""
    if isinstance(value, int) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def time(text: str) -> str:
    """ISO 8601 as `2025-11-25 18:30:12 UTC`; any other text unchanged."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{moment:%Y-%m-%d %H:%M:%S %Z}".strip()


def flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """(`a.b`, text) for each value in nested dictionaries; lists as JSON."""
    for name, value in values.items():
        key = f"{prefix}{name}"
        if isinstance(value, Mapping) and value:
            yield from flat(value, f"{key}.")
        else:
            yield key, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _bins(histogram: Any) -> list[tuple[float, float, int]]:
    """(from, to, count) for each bin; empty without a histogram."""
    if histogram is None:
        return []
    bins = zip(pairwise(histogram.edges), histogram.counts)  # noqa: B905
    return [(*edges, count) for edges, count in bins]


def _confidence_bins(report: Report) -> Iterator[dict[str, Any]]:
    """The bins of confidence that are not empty, with the rate of accepted answers."""
    confidence = report.confidence
    for (low, high, count), accepted, answered in zip(  # noqa: B905
        _bins(confidence), confidence.accepted, confidence.answered
    ):
        if count:
            right = rate(min(accepted, answered), answered)
            yield {"low": low, "high": high, "count": count, "rate": right}


def _alphabet_rows(report: Report) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    """(character, [(count, shade) for each position]); the highest count has the darkest shade."""
    alphabet = report.alphabet
    highest = max((count for row in alphabet.counts for count in row), default=0) or 1
    for i, character in enumerate(alphabet.charset):
        counts = [row[i] if i < len(row) else 0 for row in alphabet.counts]
        yield character, [(count, -(-count * SHADES // highest)) for count in counts]
