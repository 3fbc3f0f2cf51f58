"""`python -m benchmarks.kinds FOLDER...`: measures readers on many kinds of captcha."""

from __future__ import annotations

import json
from pathlib import Path

import click

from benchmarks.kinds.figures import Figures, count
from benchmarks.kinds.kind import Kind
from benchmarks.kinds.measuring import measure
from benchmarks.kinds.report import Page, table
from benchmarks.readers.specs import ReaderSpec, peers
from capslice import Reader, command_line
from capslice.models.card import model_path
from capslice.models.decoding.known import NOTHING_KNOWN
from capslice.training.pages import plots_folder

FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("folders", nargs=-1, required=True, type=FOLDER)
@click.option("--model", type=Path, help="A model of ours, a file or a shipped one's name.")
@click.option("--peers", "with_peers", is_flag=True, help="Measure the installed peers as well.")
@click.option("--keep", type=FILE, help="JSON file that keeps what peers have read.")
@click.option(
    "--limit", type=click.IntRange(1), default=200, show_default=True, help="Pictures of each kind."
)
@click.option(
    "--imitated",
    multiple=True,
    metavar="KIND",
    help="A kind that the model has seen imitations of; the page lists it apart. Can be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@click.option("--report", type=FILE, help="Markdown page to write.")
def main(
    folders: tuple[Path, ...],
    model: Path | None,
    with_peers: bool,
    keep: Path | None,
    limit: int,
    imitated: tuple[str, ...],
    as_json: bool,
    report: Path | None,
) -> None:
    """Measure readers on folders of labelled pictures; each folder is a kind of captcha.

    Each reader reads a picture alone, from the content of its file, on one thread. It reads each
    kind twice: told nothing, and told the lengths and characters of the kind's texts.
    """
    if report and model:
        plots_folder(report)
    elif report:
        raise click.UsageError("--report needs --model")
    kinds = [Kind.of_folder(folder, limit) for folder in folders]
    ours = []
    if model:
        for kind in kinds:
            Reader(model, 1, kind.known)  # to report errors, which the reader's process would not
        path = model_path(model)
        ours.append(ReaderSpec(model.stem, "ours.load", path, path.stat().st_size))
    others = peers(NOTHING_KNOWN) if with_peers else []
    if not (ours or others):
        raise click.UsageError("give --model, --peers or both")
    figures: list[Figures] = []
    reads = []
    for kind in kinds:
        found = measure(ours, kind) + measure(others, kind, keep)
        figures += [count(kind, *pair) for pair in zip(found[::2], found[1::2], strict=True)]
        reads += found
    if as_json:
        click.echo(json.dumps([each.as_json() for each in figures], indent=2))
    else:
        for title, choose in (
            ("exact", lambda each: each.exact),
            ("ignoring case", lambda each: each.ignoring_case),
            ("told", lambda each: each.told),
        ):
            click.echo(table(title, figures, choose, model.stem if model else "") + "\n")
    if report and model:
        # Without the paths of folders, which say nothing to others.
        asked = [kind.name for kind in kinds] + [f"--imitated {name}" for name in imitated]
        asked += ["--model", model.name] + ["--peers"] * with_peers
        command = f"python -m benchmarks.kinds {' '.join(asked)} --limit {limit}"
        Page(kinds, [*ours, *others], figures, reads, set(imitated), command).write(report)
        click.echo(f"{report} written", err=True)


if __name__ == "__main__":
    command_line.run(main)
