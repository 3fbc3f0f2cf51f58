"""`python -m benchmarks.original`: tests models on the pictures of GD::SecurityImage."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

from capslice import command_line
from capslice.extras import missing

try:
    from benchmarks.original.drawing import Drawing, Group, draw_pictures
    from benchmarks.original.guesses import guesses, write_pictures
    from benchmarks.original.judging import (
        Outcome,
        captcha_rate,
        digit_rate,
        judge,
        judge_peers,
        select,
        upright,
    )
    from benchmarks.original.transfer import compare_training_data
    from benchmarks.robustness.faces import held_out_faces
    from capslice import Reader
    from capslice.training.machine import commit, machine
    from capslice.training.pages import page_template, plots_folder
    from capslice.training.pictures.securityimage.styles import STYLES
except ImportError as error:
    command_line.fail(str(missing(f"this benchmark needs {error.name}", "dev")), 2)

PACKAGES = ("capslice", "onnxruntime", "numpy", "pillow")
PATH = click.Path(dir_okay=False, path_type=Path)
ARTICLE_COLUMNS = Group("the article's digits at its columns", "234568", columns=True)
TEN_DIGITS = Group("ten digits, spaced by the font")
OTHER_STYLES = [
    Group(f"style `{style}`", style=style) for style in STYLES if style != TEN_DIGITS.style
]
ARTICLE = "the article's"
SHOWN = 4


@click.command()
@click.option(
    "--model",
    "models",
    type=PATH,
    multiple=True,
    default=(Path("ellipses"), Path("original")),
    help="Model to test; the option can be repeated.",
)
@click.option("--article", type=PATH, help="The article's network as a model, to compare with.")
@click.option(
    "--pictures", default=5000, show_default=True, help="Pictures per group of style `ellipse`."
)
@click.option(
    "--style-pictures", default=2000, show_default=True, help="Pictures of each other style."
)
@click.option(
    "--peer-pictures",
    default=20,
    show_default=True,
    help="Pictures that the other readers read, of each group and font.",
)
@click.option(
    "--training-pictures",
    default=8000,
    show_default=True,
    help="Pictures to fit on, to compare ours with the module's.",
)
@click.option("--seed", default=1, show_default=True, help="Seed of the pictures.")
@click.option("--report", type=PATH, required=True, help="Markdown page to write.")
def main(
    models: tuple[Path, ...],
    article: Path | None,
    pictures: int,
    style_pictures: int,
    peer_pictures: int,
    training_pictures: int,
    seed: int,
    report: Path,
) -> None:
    """Test models on pictures of Perl's GD::SecurityImage, in fonts that none was fitted on."""
    plots = plots_folder(report)
    faces = upright(held_out_faces())
    readers = {model.stem: Reader(model) for model in models}
    cards = {name: reader.card for name, reader in readers.items()}
    if article:
        readers[ARTICLE] = Reader(article)
    outcomes: dict[str, list[Outcome]] = {name: [] for name in readers}
    for_peers: list[Drawing] = []
    shown: list[Drawing] = []
    groups = [
        group
        for group in (ARTICLE_COLUMNS, TEN_DIGITS, *OTHER_STYLES)
        if any(group.is_readable(reader.card.charset) for reader in readers.values())
    ]
    parts = [(group, face) for group in groups for face in faces]
    progress = command_line.follow(parts, len(parts), "drawing and reading")
    for part, (group, face) in enumerate(progress):
        total = style_pictures if group in OTHER_STYLES else pictures
        count = -(-total // len(faces))
        drawings = [*draw_pictures(group, face, count, seed * len(parts) + part)]
        for_peers += drawings[:peer_pictures]
        if group is ARTICLE_COLUMNS and len(shown) < SHOWN:
            shown.append(drawings[0])
        for name, reader in readers.items():
            if group.is_readable(reader.card.charset):
                outcomes[name] += judge(reader, drawings)
    write_pictures(shown, plots / "pictures.png")
    report.write_text(
        page_template("benchmarks.original", "original.md.jinja").render(
            cards=cards,
            article=ARTICLE if article else None,
            transfer=compare_training_data(training_pictures, style_pictures, seed),
            training_pictures=training_pictures,
            outcomes=outcomes,
            select=select,
            readable=lambda some, card: [each for each in some if each.is_readable(card.charset)],
            captcha_rate=captcha_rate,
            digit_rate=digit_rate,
            groups=groups,
            faces=faces,
            guesses=list(guesses(faces)),
            peer_pictures=peer_pictures,
            peers=judge_peers(for_peers),
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
