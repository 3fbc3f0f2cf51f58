"""`python -m benchmarks.folder DIR`: what others read of a labelled folder, beside a model of ours.

The others are told which characters can come, and are given each file's content as it is.
"""

from __future__ import annotations

from pathlib import Path

import click

from benchmarks.readers.kinds import Kind, peers
from models import command_line
from models.intervals import Rate
from models.labels import labels_of

PATH = click.Path(path_type=Path)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--labels", type=PATH, help="CSV file: file, text [default: the files' names].")
@click.option("--fold-case", is_flag=True, help="Take capitals for small letters.")
@click.option("--model", type=PATH, help="A model of ours.")
@click.option("--most", type=click.IntRange(1), help="Read so many of them  [default: all].")
def main(
    folder: Path, labels: Path | None, fold_case: bool, model: Path | None, most: int | None
) -> None:
    """Say how many captchas of a folder each of them reads right."""
    known = dict([*labels_of(folder, labels, fold_case=fold_case).items()][:most])
    charset = "".join(sorted(set("".join(known.values()))))
    # Those that read capitals are told of them as well.
    given = "".join(sorted(set(charset + charset.upper()))) if fold_case else charset
    ours = [Kind(model.name, "ours", model)] if model else []
    readers = {kind.name: kind.read_with(1) for kind in (*ours, *peers(given))}
    click.echo("| reader | captchas right | of |\n|---|--:|--:|")
    for name, read in readers.items():
        texts = (read(path.read_bytes()) for path in command_line.follow(known, len(known), name))
        read_as = [text.casefold() if fold_case else text for text in texts]
        right = Rate(sum(map(str.__eq__, read_as, known.values())), len(known))
        click.echo(f"| {name} | {right} | {right.of:,} |")


if __name__ == "__main__":
    command_line.run(main)
