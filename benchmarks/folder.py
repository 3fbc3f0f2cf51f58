"""`python -m benchmarks.folder DIR`: compares our model with other readers on a labelled folder.

Each reader gets the content of each file unchanged, and runs in its own process on one core. The
other readers are told which lengths and characters can occur.
"""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np

from benchmarks.measure import percentiles
from benchmarks.readers.process import ReaderProcess
from benchmarks.readers.specs import ReaderSpec, peers
from benchmarks.reading import Outcome
from capslice import Reader, command_line
from capslice.models.decoding import Known
from capslice.models.labels import labels_of

PATH = click.Path(path_type=Path)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--labels", type=PATH, help="CSV file with columns file and text  [default: the files' names]."
)
@click.option("--fold-case", is_flag=True, help="Ignore the case of letters.")
@click.option("--alike", default="", help="Count these characters as the same, such as 0O.")
@click.option("--model", type=PATH, help="A model of ours.")
@click.option("--limit", type=click.IntRange(1), help="Read only this many files.")
def main(
    folder: Path,
    labels: Path | None,
    fold_case: bool,
    alike: str,
    model: Path | None,
    limit: int | None,
) -> None:
    """Count how many captchas of a folder each reader reads right."""
    known = dict([*labels_of(folder, labels, fold_case=fold_case).items()][:limit])
    lengths = [len(text) for text in known.values()]
    charset = "".join(sorted(set("".join(known.values()))))
    told = Known(min(lengths), max(lengths), charset, "fold" if fold_case else "keep")
    if model:
        Reader(model)  # to report a bad model, which the reader's own process would not
    ours = [ReaderSpec(model.name, "ours.load", model)] if model else []
    same = str.maketrans(alike, alike[:1] * len(alike))

    def normalised(text: str) -> str:
        return (text.casefold() if fold_case else text).translate(same)

    click.echo("| reader | captchas right | of | ms, p50 / p95 / p99 |\n|---|--:|--:|--:|")
    for spec in (*ours, *peers(told)):
        outcome = Outcome()
        with ReaderProcess(spec, 1) as process:
            for path, label in command_line.follow(known.items(), len(known), spec.name):
                answer = process.read(path.read_bytes())
                outcome.seconds.append(answer.seconds)
                outcome.right.append(normalised(answer.text) == normalised(label))
        times = percentiles(np.array(outcome.seconds))
        click.echo(f"| {spec.name} | {outcome.rate} | {outcome.rate.of:,} | {times} |")


if __name__ == "__main__":
    command_line.run(main)
