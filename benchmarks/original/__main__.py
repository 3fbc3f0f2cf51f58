"""`python -m benchmarks.original`: read what the module draws, and write docs/original.md."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

from capslice import command_line

try:
    from benchmarks.original.drawing import Drawing, Group, drawn
    from benchmarks.original.guesses import guesses, write_pictures
    from benchmarks.original.judging import (
        Outcome,
        captchas,
        chosen,
        digits,
        judge,
        judge_peers,
        upright,
    )
    from benchmarks.original.two_fits import two_fits
    from benchmarks.robustness.faces import held_out_faces
    from capslice import Reader
    from capslice.training.machine import commit, machine
    from capslice.training.pages import page_template, plots_folder
    from capslice.training.pictures.securityimage.styles import STYLES
except ImportError as error:
    missing = f"judging needs {error.name}, which is missing: pip install 'capslice[judging]'"
    command_line.fail(missing, 2)

PACKAGES = ("capslice", "onnxruntime", "numpy", "pillow")
PATH = click.Path(dir_okay=False, path_type=Path)
ARTICLES = Group("the article's digits at its columns", "234568", columns=True)
OWN = Group("ten digits, spaced by the font")
OTHERS = [Group(f"style `{style}`", style=style) for style in STYLES if style != OWN.style]
ARTICLE = "the article's"
SHOWN = 4


@click.command()
@click.option(
    "--model", "models", type=PATH, multiple=True, default=(Path("ellipses"), Path("original"))
)
@click.option("--article", type=PATH, help="A model as the article's author made his, to compare.")
@click.option("--pictures", default=5000, show_default=True, help="Of the style `ellipse`, twice.")
@click.option("--styles", default=2000, show_default=True, help="Of each other style.")
@click.option("--beside", default=20, show_default=True, help="A font and group, for the others.")
@click.option("--fitted", default=8000, show_default=True, help="Of ours and of the module's.")
@click.option("--seed", default=1, show_default=True)
@click.option("--report", type=PATH, required=True, help="Page to write.")
def main(
    models: tuple[Path, ...],
    article: Path | None,
    pictures: int,
    styles: int,
    beside: int,
    fitted: int,
    seed: int,
    report: Path,
) -> None:
    """Judge models on what Perl's GD::SecurityImage draws, in fonts that it was not fitted on."""
    plots = plots_folder(report)
    faces = upright(held_out_faces())
    readers = {model.stem: Reader(model) for model in models}
    cards = {name: reader.card for name, reader in readers.items()}
    if article:
        readers[ARTICLE] = Reader(article)
    outcomes: dict[str, list[Outcome]] = {name: [] for name in readers}
    sample: list[Drawing] = []
    shown: list[Drawing] = []
    groups = [
        group
        for group in (ARTICLES, OWN, *OTHERS)
        if any(group.digits_known(reader.card.charset) for reader in readers.values())
    ]
    parts = [(group, face) for group in groups for face in faces]
    following = command_line.follow(parts, len(parts), "drawing and reading")
    for part, (group, face) in enumerate(following):
        total = styles if group in OTHERS else pictures
        drawings = [*drawn(group, face, -(-total // len(faces)), seed * len(parts) + part)]
        sample += drawings[:beside]
        if group is ARTICLES and len(shown) < SHOWN:
            shown.append(drawings[0])
        for name, reader in readers.items():
            if group.digits_known(reader.card.charset):
                outcomes[name] += judge(reader, drawings)
    write_pictures(shown, plots / "pictures.png")
    report.write_text(
        page_template("benchmarks.original", "original.md.jinja").render(
            cards=cards,
            article=ARTICLE if article else None,
            two=two_fits(fitted, styles, seed),
            fitted=fitted,
            outcomes=outcomes,
            chosen=chosen,
            known=lambda some, card: [each for each in some if each.digits_known(card.charset)],
            captchas=captchas,
            digits=digits,
            groups=groups,
            faces=faces,
            guesses=list(guesses(faces)),
            beside=beside,
            peers=judge_peers(sample),
            plots=plots.name,
            foot=(
                f"Written by `python -m benchmarks.original {shlex.join(sys.argv[1:])}` with seed "
                f"{seed}, at commit {commit()}, with {machine(PACKAGES)}."
            ),
        )
    )
    click.echo(f"{report} written")


if __name__ == "__main__":
    command_line.run(main)
