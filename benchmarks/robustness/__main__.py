"""`python -m benchmarks.robustness`: tests the shipped model and writes docs/robustness.md."""

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
from capslice.extras import missing

try:
    from benchmarks.measure import Comparison, compare
    from benchmarks.readers.specs import Read, ReaderSpec, peers
    from benchmarks.robustness.canvas_renderer import open_canvas
    from benchmarks.robustness.faces import final_test_faces, held_out_faces
    from benchmarks.robustness.judging import Outcome, Sample, draw_part, judge, parts_of
    from benchmarks.robustness.report import PeerResults, write_report
    from capslice import Reader
    from capslice.models.card import SHIPPED
    from capslice.models.decoding import Known
    from capslice.models.intervals import Rate
    from capslice.training.machine import commit, machine
    from capslice.training.pages import plots_folder
except ImportError as error:
    command_line.fail(str(missing(f"this benchmark needs {error.name}", "dev")), 2)

PACKAGES = ("capslice", "onnxruntime", "numpy", "pillow", "skia-python", "playwright")
PATH = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.option(
    "--model", type=PATH, default=SHIPPED, show_default="the shipped one", help="Model to test."
)
@click.option("--article", type=PATH, help="The article's network as a model, to compare with.")
@click.option(
    "--pictures", default=20_000, show_default=True, help="Pictures of each set of families."
)
@click.option(
    "--peer-pictures",
    default=20,
    show_default=True,
    help="Pictures that the other readers read, of each group and renderer.",
)
@click.option(
    "--timed-pictures", default=100, show_default=True, help="Pictures to time the readers on."
)
@click.option("--held-out-only", is_flag=True, help="Leave out the test families.")
@click.option("--seed", default=1, show_default=True, help="Seed of the pictures.")
@click.option("--report", type=PATH, required=True, help="Markdown page to write.")
def main(
    model: Path,
    article: Path | None,
    pictures: int,
    peer_pictures: int,
    timed_pictures: int,
    held_out_only: bool,
    seed: int,
    report: Path,
) -> None:
    """Test a model on fonts and drawing libraries that it was not fitted on."""
    plots_folder(report)
    reader = Reader(model)
    charset = reader.card.charset
    families = {"held-out": held_out_faces()}
    if not held_out_only and (test := final_test_faces()):
        families["test"] = test
    judged: dict[str, list[Outcome]] = {}
    for_peers: list[Sample] = []
    with open_canvas() as canvas:
        for name, faces in families.items():
            # The other readers read the last families only: the test families, if there are any.
            judged[name], for_peers = [], []
            parts = parts_of(faces)
            for part in command_line.follow(parts, len(parts), f"testing on {name} families"):
                samples = draw_part(part, faces, pictures, charset, canvas, seed)
                judged[name] += judge(reader, samples)
                for_peers += samples[:peer_pictures]
    specs = [ReaderSpec("capslice", "ours.load", model)]
    if article:
        specs.append(ReaderSpec("article", "ours.load", article))
    known = Known(reader.card.length, reader.card.length, charset)
    readers = {spec.name: spec.load(1) for spec in (*specs, *peers(known))}
    with one_core():
        times = list(time_readers(readers, [each.png() for each in for_peers[:timed_pictures]]))
    write_report(
        report,
        reader.card,
        model.stat().st_size,
        judged,
        PeerResults(peer_pictures, rates_of(readers, for_peers), times),
        foot=(
            f"Written by `python -m benchmarks.robustness {shlex.join(sys.argv[1:])}` with seed "
            f"{seed}, at commit {commit()}, with {machine(PACKAGES)}."
        ),
    )
    click.echo(f"{report} written")


def rates_of(readers: dict[str, Read], samples: Sequence[Sample]) -> dict[str, dict[str, Rate]]:
    """Let each reader read the samples; return its rate by group."""
    rates: dict[str, dict[str, Rate]] = {}
    for name, read in command_line.follow(readers.items(), len(readers), "comparing"):
        rates[name] = {}
        for group in dict.fromkeys(each.group for each in samples):
            of_group = [each for each in samples if each.group == group]
            right = sum(read(each.png()).text == each.scene.text for each in of_group)
            rates[name][group.name] = Rate(right, len(of_group))
    return rates


def time_readers(readers: dict[str, Read], contents: Sequence[bytes]) -> Iterator[Comparison]:
    """Time each other reader against ours, picture by picture in turns."""
    (_, ours), *others = readers.items()
    for name, read in others:
        one, other = iter([*contents, *contents]), iter([*contents, *contents])
        yield compare(
            name,
            (name, partial(lambda read, files: read(next(files)), read, one)),
            ("capslice", partial(lambda files: ours(next(files)), other)),
            len(contents),
        )


@contextmanager
def one_core() -> Iterator[None]:
    """Keep this process and its children on one core, if the system can."""
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
