"""`python -m benchmarks.robustness`: judge the shipped model, and write docs/robustness.md."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import click

from capslice import command_line

try:
    from benchmarks.measure import Comparison, interleave
    from benchmarks.readers.kinds import Kind, Read, peers
    from benchmarks.robustness.by_canvas import open_canvas
    from benchmarks.robustness.faces import faces_of_the_test, held_out_faces
    from benchmarks.robustness.judging import Drawn, Outcome, draw_part, judge, parts_of
    from benchmarks.robustness.report import Peers, write_report
    from capslice import Reader
    from capslice.models.card import SHIPPED
    from capslice.models.intervals import Rate
    from capslice.training.machine import commit, machine
    from capslice.training.pages import plots_folder
except ImportError as error:
    missing = f"judging needs {error.name}, which is missing: pip install 'capslice[judging]'"
    command_line.fail(missing, 2)

PACKAGES = ("capslice", "onnxruntime", "numpy", "pillow", "skia-python", "playwright")
PATH = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.option("--model", type=PATH, default=SHIPPED, show_default="the shipped one")
@click.option("--article", type=PATH, help="A model as the article's author made his, to compare.")
@click.option("--pictures", default=20_000, show_default=True, help="Of each kind of families.")
@click.option("--beside", default=20, show_default=True, help="Of each group, for the others.")
@click.option("--turns", default=100, show_default=True, help="Pictures to time readers on.")
@click.option("--held-out-only", is_flag=True, help="Do not look at the test families.")
@click.option("--seed", default=1, show_default=True)
@click.option("--report", type=PATH, required=True, help="Page to write.")
def main(
    model: Path,
    article: Path | None,
    pictures: int,
    beside: int,
    turns: int,
    held_out_only: bool,
    seed: int,
    report: Path,
) -> None:
    """Judge a model on fonts and drawing libraries that it was not fitted on."""
    plots_folder(report)
    reader = Reader(model)
    charset = reader.card.charset
    families = {"held-out": held_out_faces()}
    if not held_out_only and (test := faces_of_the_test()):
        families["test"] = test
    judged: dict[str, list[Outcome]] = {}
    sample: list[Drawn] = []
    with open_canvas() as canvas:
        for name, faces in families.items():
            judged[name], sample = [], []
            parts = parts_of(faces)
            for part in command_line.follow(parts, len(parts), f"judging on {name} families"):
                of_part = draw_part(part, faces, pictures, charset, canvas, seed)
                judged[name] += judge(reader, of_part)
                # The others read of the last families alone, where there are any test families.
                sample += of_part[:beside]
    kinds = [Kind("capslice", "ours", model)]
    if article:
        kinds.append(Kind("article", "ours", article))
    readers = {kind.name: kind.read_with(1) for kind in (*kinds, *peers(charset))}
    with one_core():
        times = list(timed(readers, [each.png() for each in sample[:turns]]))
    write_report(
        report,
        reader.card,
        model.stat().st_size,
        judged,
        Peers(beside, compared(readers, sample), times),
        foot=(
            f"Written by `python -m benchmarks.robustness {shlex.join(sys.argv[1:])}` with seed "
            f"{seed}, at commit {commit()}, with {machine(PACKAGES)}."
        ),
    )
    click.echo(f"{report} written")


def compared(readers: dict[str, Read], sample: Sequence[Drawn]) -> dict[str, dict[str, Rate]]:
    """How many of the sample each reader reads right, by group."""
    rates: dict[str, dict[str, Rate]] = {}
    for name, read in command_line.follow(readers.items(), len(readers), "comparing"):
        rates[name] = {}
        for group in dict.fromkeys(each.group for each in sample):
            of_group = [each for each in sample if each.group == group]
            right = sum(read(each.png()) == each.scene.text for each in of_group)
            rates[name][group.name] = Rate(right, len(of_group))
    return rates


def timed(readers: dict[str, Read], contents: Sequence[bytes]) -> Iterator[Comparison]:
    """Each reader but ours against ours, picture by picture in turns."""
    (_, ours), *others = readers.items()
    for name, read in others:
        one, other = iter([*contents, *contents]), iter([*contents, *contents])
        yield interleave(
            name,
            (name, partial(lambda read, these: read(next(these)), read, one)),
            ("capslice", partial(lambda these: ours(next(these)), other)),
            len(contents),
        )


@contextmanager
def one_core() -> Iterator[None]:
    """Keep this process, and what it starts, on one core, where the system can."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


if __name__ == "__main__":
    command_line.run(main)
