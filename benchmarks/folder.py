"""`python -m benchmarks.folder DIR`: what others read of a labelled folder, beside a model of ours.

The others are told which characters can come, and are given each file's content as it is. Each
reads in a process of its own, on one core.
"""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np

from benchmarks.measure import percentiles
from benchmarks.readers.kinds import Kind, peers
from benchmarks.readers.process import ReaderProcess
from benchmarks.reading import Outcome
from capslice import Reader, command_line
from capslice.models.labels import labels_of

PATH = click.Path(path_type=Path)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--labels", type=PATH, help="CSV file: file, text [default: the files' names].")
@click.option("--fold-case", is_flag=True, help="Take capitals for small letters.")
@click.option("--alike", default="", help="Take these characters for the first of them.")
@click.option("--model", type=PATH, help="A model of ours.")
@click.option("--most", type=click.IntRange(1), help="Read so many of them  [default: all].")
def main(
    folder: Path,
    labels: Path | None,
    fold_case: bool,
    alike: str,
    model: Path | None,
    most: int | None,
) -> None:
    """Say how many captchas of a folder each of them reads right."""
    known = dict([*labels_of(folder, labels, fold_case=fold_case).items()][:most])
    charset = "".join(sorted(set("".join(known.values()))))
    # Those that read capitals are told of them as well.
    given = "".join(sorted(set(charset + charset.upper()))) if fold_case else charset
    if model:
        Reader(model)  # says what is wrong with it, which a process of its own would not
    ours = [Kind(model.name, "ours", model)] if model else []
    same = str.maketrans(alike, alike[:1] * len(alike))

    def meant(text: str) -> str:
        return (text.casefold() if fold_case else text).translate(same)

    click.echo("| reader | captchas right | of | ms, p50 / p95 / p99 |\n|---|--:|--:|--:|")
    for kind in (*ours, *peers(given)):
        outcome = Outcome()
        with ReaderProcess(kind, 1) as process:
            for path, label in command_line.follow(known.items(), len(known), kind.name):
                answer = process.read(path.read_bytes())
                outcome.seconds.append(answer.seconds)
                outcome.right.append(meant(answer.text) == meant(label))
        times = percentiles(np.array(outcome.seconds))
        click.echo(f"| {kind.name} | {outcome.rate} | {outcome.rate.of:,} | {times} |")


if __name__ == "__main__":
    command_line.run(main)
