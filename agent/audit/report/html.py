"""`report.html`: the report of an audit as one page that asks for nothing else.

What is shown is in templates/report.html, how it looks in report.css, how bars are drawn in
bars.html. All texts are escaped there: they come from the audited site, which may be hostile.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import groupby, pairwise
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from capslice.agent.audit.report.report import Rate, Report, Weakness
from capslice.agent.audit.report.statistics import rate
from capslice.agent.audit.report.verdict import verdict

# In the order of the page.
RESULTS = {
    "found": "Found",
    "not_tested": "Not tested",
    "not_found": "Looked for and not found",
}
SEVERITIES = ("high", "medium", "low")
STAGES = {
    "page": "loading the page",
    "picture": "taking the picture",
    "reading": "reading it",
    "typing": "typing the answer",
    "waiting": "waiting, to keep the pace",
    "verdict": "the site's verdict",
}
NONE = "\N{EN DASH}"
# The two stay on one line.
PERCENT = "\N{NO-BREAK SPACE}%"
# Shades of a table's cells; as many as report.css has.
SHADES = 5


def page(report: Report) -> str:
    """The whole of `report.html`."""
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
        verdict=verdict(report.solving.sessions),
        groups=list(by_result(report.weaknesses)),
        stages=STAGES,
        seconds_bins=_bins(report.times),
        confidence_bins=list(_calibration(report)),
        alphabet=list(_alphabet(report)),
        alphabet_positions=[(f"{i + 1}", "n") for i in range(len(report.alphabet.counts))],
        model=list(flat(report.model)),
        settings=list(flat(report.settings)),
    )


def by_result(weaknesses: tuple[Weakness, ...]) -> Iterator[tuple[str, list[Weakness]]]:
    """(heading, weaknesses): found ones first, then not tested, then not found; severe first."""
    order = [*RESULTS]
    ranked = sorted(
        weaknesses, key=lambda each: (order.index(each.result), SEVERITIES.index(each.severity))
    )
    for result, group in groupby(ranked, key=lambda each: each.result):
        yield RESULTS[result], list(group)


def percent(share: float) -> str:
    """`98.2 %`; near the ends with as many digits as tell it from 0 and 100."""
    for digits in range(1, 5):
        text = f"{share * 100:.{digits}f}"
        if 0 < float(text) < 100:
            return f"{text}{PERCENT}"
    return f"{share * 100:.0f}{PERCENT}"


def interval(rate: Rate) -> str:
    """`95.0 to 99.2 %`; nothing is known where nothing was counted."""
    return f"{rate.low * 100:.1f} to {rate.high * 100:.1f}{PERCENT}" if rate.of else NONE


def seconds(value: float) -> str:
    """Three digits of it, with the unit that a reader expects."""
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
    """With a comma for the thousands; three digits where it is no whole number."""
    if isinstance(value, int) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def time(text: str) -> str:
    """ISO 8601 as `2025-11-25 18:30:12 UTC`; anything else as it is."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{moment:%Y-%m-%d %H:%M:%S %Z}".strip()


def flat(values: Mapping[str, Any], within: str = "") -> Iterator[tuple[str, str]]:
    """(`a.b`, text) for each value in nested dictionaries; lists as JSON."""
    for name, value in values.items():
        key = f"{within}{name}"
        if isinstance(value, Mapping) and value:
            yield from flat(value, f"{key}.")
        else:
            yield key, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _bins(binned: Any) -> list[tuple[float, float, int]]:
    """(from, to, count) of a histogram; empty where there is none."""
    if binned is None:
        return []
    return [(*edges, count) for edges, count in zip(pairwise(binned.edges), binned.counts)]  # noqa: B905


def _calibration(report: Report) -> Iterator[dict[str, Any]]:
    """Bins of confidence that hold a captcha, with what the site accepted of them."""
    found = report.confidence
    for (low, high, count), accepted, answered in zip(  # noqa: B905
        _bins(found), found.accepted, found.answered
    ):
        if count:
            right = rate(min(accepted, answered), answered)
            yield {"low": low, "high": high, "count": count, "rate": right}


def _alphabet(report: Report) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    """(character, (count, shade) by position); the shade is its share among its position's."""
    found = report.alphabet
    most = max((count for row in found.counts for count in row), default=0) or 1
    for i, character in enumerate(found.charset):
        counts = [row[i] if i < len(row) else 0 for row in found.counts]
        yield character, [(count, -(-count * SHADES // most)) for count in counts]
