"""Writes docs/experiments.md and its plots from the outcomes of all experiments.

The text is in `report.md.jinja`. The code computes every verdict in it, so other outcomes give
other statements.
"""

from __future__ import annotations

from pathlib import Path

from jinja2 import Template

from capslice.errors import TrainingError
from capslice.training.experiments.catalogue import Group
from capslice.training.experiments.claims import CLAIMS
from capslice.training.experiments.plots import plot_pictures, plot_sizes
from capslice.training.experiments.reading_times import TURNS, reading_times
from capslice.training.experiments.results import Result, collect
from capslice.training.experiments.runs import RunFolder
from capslice.training.fitting.plots import plot_history
from capslice.training.pages import page_template, plots_folder
from capslice.training.pictures import EllipseCaptcha

TEMPLATE = "report.md.jinja"

# The article on its accuracies, and on the seconds that an epoch takes.
AUTHORS = {
    "first": ("0.9980", "9 s"),
    "dense-128": ("“virtually the same”", "8 s"),
    "three-blocks": ("“quite okay”", "8 s"),
    "dropout": ("“does not really improve”", ""),
    "two-blocks": ("“the wrong direction”", ""),
    "pooling-5": ("“horrible”", "5 s"),
    "100-pictures": ("“very poor”", "“much faster”"),
    "100-dropout": ("no cure", ""),
}


def write_report(runs: RunFolder, path: Path, command: str) -> None:
    """Write the page to `path`, and its plots into a folder of the same name beside it.

    `command` is the command line that the page names as its source.

    Raises TrainingError if a run is missing or the page cannot be written.
    """
    if missing := runs.missing():
        raise TrainingError(
            f"{path} was not written: {len(missing)} of {len(runs.runs)} runs are missing, "
            f"{missing[0].name} the first: run `capslice experiments` to its end"
        )
    plots = plots_folder(path)
    captcha = EllipseCaptcha()
    outcomes = runs.outcomes()
    results = collect(runs.experiments, outcomes)

    def group(name: Group) -> list[Result]:
        return [result for result in results.values() if result.experiment.group == name]

    work = {name: result.experiment.multiply_adds(captcha) for name, result in results.items()}
    sizes = sorted([results["streamed"], *group("size")], key=lambda size: work[size.name])
    folders = {size.name: runs.folder / size.outcomes[0].run.name for size in sizes}
    page = _template().render(
        results=results,
        group=group,
        claims={
            name: [(claim, claim.check(results)) for claim in CLAIMS if claim.experiment == name]
            for name in results
        },
        sizes=sizes,
        work=work,
        reading_times=reading_times(folders, "streamed"),
        turns=TURNS,
        authors=AUTHORS,
        plots=plots.name,
        command=command,
        minutes=sum(outcome.fit.seconds for outcome in outcomes) / 60,
        commits=sorted({outcome.commit for outcome in outcomes}),
        machines=sorted({outcome.machine for outcome in outcomes}),
    )
    try:
        for result in results.values():
            if result.experiment.group in ("article", "slices", "default"):
                history = result.outcomes[0].history
                plot_history(history, len(captcha.charset), plots / f"{result.name}.svg")
        plot_pictures(group("pictures"), plots / "pictures.svg")
        plot_sizes(sizes, work, plots / "sizes.svg")
        path.write_text(page)
    except OSError as error:
        raise TrainingError(f"{path} cannot be written: {error.strerror or error}") from None


def _template() -> Template:
    return page_template(
        "capslice.training.experiments",
        TEMPLATE,
        ratio=lambda number: f"{number:.2f}",
        spread=lambda result: "{:.4f} to {:.4f}".format(*result.spread),
        names=lambda results: ", ".join(f"`{result.name}`" for result in results),
    )
