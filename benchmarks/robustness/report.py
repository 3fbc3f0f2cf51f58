"""Writes docs/robustness.md and its plots. The text is in `robustness.md.jinja`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Comparison
from benchmarks.robustness.groups import GROUPS
from benchmarks.robustness.judging import RENDERERS, Outcome
from benchmarks.robustness.plots import plot_groups, plot_reliability
from benchmarks.robustness.results import rates_by, reliability, thresholds
from capslice.models.card import Card
from capslice.models.intervals import Rate
from capslice.training.pages import page_template, plots_folder

TEMPLATE = "robustness.md.jinja"


@dataclass(frozen=True)
class PeerResults:
    """The rates of all readers on some of the pictures, and the times of the others.

    pictures: the number of pictures of each group and renderer.
    rates:    by reader and group.
    """

    pictures: int
    rates: dict[str, dict[str, Rate]]
    times: Sequence[Comparison]


def write_report(
    path: Path,
    card: Card,
    model_bytes: int,
    judged: dict[str, list[Outcome]],
    peers: PeerResults,
    *,
    foot: str,
) -> None:
    """Write the page to `path`, and its plots into a folder of the same name beside it.

    `judged` has the outcomes by set of families, the held-out families first.
    """
    plots = plots_folder(path)
    reliabilities = {name: reliability(outcomes) for name, outcomes in judged.items()}
    groups = {
        name: rates_by(lambda outcome: outcome.group.name, outcomes)
        for name, outcomes in judged.items()
    }
    plot_groups(groups, plots / "groups.svg")
    plot_reliability(reliabilities, plots / "reliability.svg")
    path.write_text(
        page_template("benchmarks.robustness", TEMPLATE).render(
            card=card,
            model_bytes=model_bytes,
            judged=judged,
            groups=groups,
            order=[group.name for group in GROUPS],
            renderers=RENDERERS,
            rates_by=rates_by,
            by_renderer=lambda outcome: outcome.renderer,
            by_family=lambda outcome: outcome.face.family,
            by_weight=lambda outcome: outcome.face.weight,
            reliabilities=reliabilities,
            thresholds=thresholds,
            peers=peers,
            plots=plots.name,
            foot=foot,
        )
    )
