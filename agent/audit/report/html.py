"""`report.html`: the report of an audit as one page that loads nothing from elsewhere.

templates/report.html has the content, bars.html the bars, report.css the style. The templates
escape all texts, because they come from the audited site, which may be hostile.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from capslice.agent.audit.report.assessment import assess, looked_for, main_figure
from capslice.agent.audit.report.figures import AtThreshold, Rate
from capslice.agent.audit.report.report import Report, Weakness
from capslice.agent.audit.report.statistics import rate

# What is folded: the results, their heading, and the name of the column that says why.
FOLDED = {
    "not_tested": ("Not tested", "Reason"),
    "not_found": ("Looked for and not found", "Evidence"),
}
SHOWN = (0.0, 0.5, 0.95)  # thresholds that are not folded, besides the best one
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
CONTROLS = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f]")
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
    page = environment.get_template("report.html").render(
        report=report,
        assessment=assess(report.solving, report.evidence),
        main_figure=main_figure(report.solving, report.times).replace(" %", PERCENT),
        looked_for=looked_for(report.weaknesses),
        found=by_severity(report.weaknesses, "found"),
        tested=sum(weakness.result != "not_tested" for weakness in report.weaknesses),
        folded=list(_folded(report.weaknesses)),
        thresholds_shown=list(_thresholds_shown(report)),
        lengths=_lengths(report),
        stages=STAGES,
        seconds_bins=_bins(report.times),
        confidence_bins=list(_confidence_bins(report)),
        alphabet=list(_alphabet_rows(report)),
        alphabet_positions=_alphabet_positions(report),
        model=list(flat(report.model)),
        settings=list(flat(report.settings)),
    )
    # Neither HTML nor a terminal shows these.
    return CONTROLS.sub("\N{REPLACEMENT CHARACTER}", page)


def by_severity(weaknesses: tuple[Weakness, ...], result: str) -> list[Weakness]:
    """The weaknesses with this result, the most severe ones first."""
    chosen = [weakness for weakness in weaknesses if weakness.result == result]
    return sorted(chosen, key=lambda each: SEVERITIES.index(each.severity))


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
            yield key, _as_text(value)


def _as_text(value: Any) -> str:
    if value is None:
        return NONE
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _folded(weaknesses: tuple[Weakness, ...]) -> Iterator[tuple[str, str, list[Weakness]]]:
    """(heading, column, weaknesses) for each group that is folded and not empty."""
    for result, (heading, column) in FOLDED.items():
        if group := by_severity(weaknesses, result):
            yield heading, column, group


def _thresholds_shown(report: Report) -> Iterator[AtThreshold]:
    if thresholds := report.thresholds:
        shown = (*SHOWN, thresholds.best)
        yield from (row for row in thresholds.rows if row.confidence in shown)


def _lengths(report: Report) -> str:
    alphabet = report.alphabet
    if alphabet.shortest is None or alphabet.shortest == alphabet.length:
        return "this length"
    return f"{alphabet.shortest} to {alphabet.length} characters"


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


def _alphabet_positions(report: Report) -> list[tuple[str, str]]:
    """The headings of the columns: positions, or one column for all of them."""
    count = len(report.alphabet.counts)
    return [("Count", "n")] if count == 1 else [(f"{i + 1}", "n") for i in range(count)]


def _alphabet_rows(report: Report) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    """(character, [(count, shade) for each position]); the highest count has the darkest shade."""
    alphabet = report.alphabet
    highest = max((count for row in alphabet.counts for count in row), default=0) or 1
    for i, character in enumerate(alphabet.charset):
        counts = [row[i] if i < len(row) else 0 for row in alphabet.counts]
        yield character, [(count, -(-count * SHADES // highest)) for count in counts]
