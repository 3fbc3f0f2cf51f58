"""`captcha-training`: draw pictures, fit a reader to them, export it, serve the mock page.

Only the command line: each command gathers its options, calls the one function
that does the work, and prints what came of it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from models import command_line
from training.defaults import config_option
from training.errors import TrainingError

PATH = click.Path(path_type=Path)
FOLDER = click.Path(path_type=Path, file_okay=False)


@click.group(context_settings={"auto_envvar_prefix": "CAPSLICE_TRAINING", "show_default": True})
@click.version_option(package_name="capslice")
def cli() -> None:
    """Make networks that read a simple captcha, from pictures drawn here.

    From nothing to a model of your own: generate, fit, export.
    """


# By name, so that asking for help does not load what draws them.
captcha_option = click.option(
    "--captcha",
    type=click.Choice(["ellipses", "varied"]),
    default="ellipses",
    help="The article's own, or its kind in many fonts and noises.",
)


@cli.command()
@config_option
@captcha_option
@click.option("--count", type=click.IntRange(1), default=2000, help="How many pictures.")
@click.option("--out", type=FOLDER, default=Path("data"), help="Folder to add them to.")
@click.option("--seed", type=click.IntRange(0), default=1, help="Same seed, same pictures.")
def generate(captcha: str, count: int, out: Path, seed: int) -> None:
    """Draw labelled captchas into a folder.

    Files are named <digits>-<random>.png, and none is ever overwritten.

    Example: captcha-training generate --count 2000 --out data --seed 1
    """
    import numpy as np

    from training.pictures import CAPTCHAS
    from training.pictures import generate as generate_files

    paths = generate_files(CAPTCHAS[captcha](), out, count, np.random.default_rng(seed))
    for _ in command_line.follow(paths, count, "drawing"):
        pass
    click.echo(f"{count} captchas drawn into {out}")


@cli.command()
@config_option
@captcha_option
@click.option("--count", type=click.IntRange(1), default=48, help="How many pictures.")
@click.option("--out", type=PATH, default=Path("samples.png"), help="The sheet.")
@click.option("--seed", type=click.IntRange(0), default=1, help="Same seed, same pictures.")
def samples(captcha: str, count: int, out: Path, seed: int) -> None:
    """Draw captchas side by side on one sheet, to be looked at.

    Example: captcha-training samples --captcha varied --out samples.png
    """
    import numpy as np

    from models.sheet import write_sheet
    from training.pictures import CAPTCHAS, draw_set

    drawn = draw_set(CAPTCHAS[captcha](), count, np.random.default_rng(seed))
    texts = ("".join(drawn.charset[code] for code in row) for row in drawn.codes)
    tiles = [
        (picture, [(text, False)]) for picture, text in zip(drawn.pictures, texts, strict=True)
    ]
    write_sheet(tiles, out)
    click.echo(f"{count} captchas drawn on {out}")


@cli.command()
@config_option
@captcha_option
@click.option("--data", type=FOLDER, help="Labelled folder [default: draw --count pictures].")
@click.option("--strict", is_flag=True, help="A file that cannot be used is an error.")
@click.option("--count", type=click.IntRange(3), default=12_500, help="Pictures without --data.")
@click.option(
    "--stream/--fixed",
    default=True,
    help="Draw the training part afresh in each epoch; --data never does.",
)
@click.option("--shares", default="8:1:1", help="Training, validation and test parts.")
@click.option("--out", type=FOLDER, default=Path("fitted"), help="Folder for the fit.")
@click.option("--overwrite", is_flag=True, help="Replace the fit that is in the folder.")
@click.option("--resume", is_flag=True, help="Go on with an interrupted fit in the folder.")
@click.option(
    "--slices",
    type=click.Choice(["equal", "even", "seed"]),
    default="equal",
    help="Windows about the digits, even parts, or the article's cuts.",
)
@click.option(
    "--networks",
    type=click.Choice(["shared", "each"]),
    default="shared",
    help="One network for all slices, or one each.",
)
@click.option("--blocks", type=click.IntRange(1), default=4, help="Convolution and pooling.")
@click.option("--filters", default="12,16,32,32", help="Of the blocks, one after the other.")
@click.option(
    "--strided", type=click.IntRange(0), default=2, help="First blocks that stride, not pool."
)
@click.option(
    "--normalised/--plain", default=True, help="Batch normalisation behind each convolution."
)
@click.option("--dense", type=click.IntRange(1), default=64, help="Units of the dense layer.")
@click.option(
    "--dropout",
    type=click.FloatRange(0, 1, max_open=True),
    default=0.0,
    help="Share of dense units left out in training.",
)
@click.option("--epochs", type=click.IntRange(1), default=20, help="Rounds through the pictures.")
@click.option("--batch", type=click.IntRange(1), default=32, help="Captchas a step.")
@click.option(
    "--learning-rate",
    type=click.FloatRange(0, min_open=True),
    default=2e-3,
    help="At first; it falls to 0 (Adam, cosine).",
)
@click.option("--seed", type=click.IntRange(0), default=1, help="Same seed, same weights.")
@click.option("--tensorboard", type=FOLDER, help="Folder to write logs for TensorBoard to.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def fit(
    captcha: str,
    data: Path | None,
    strict: bool,
    count: int,
    stream: bool,
    shares: str,
    out: Path,
    overwrite: bool,
    resume: bool,
    slices: str,
    networks: Any,
    blocks: int,
    filters: str,
    strided: int,
    normalised: bool,
    dense: int,
    dropout: float,
    epochs: int,
    batch: int,
    learning_rate: float,
    seed: int,
    tensorboard: Path | None,
    as_json: bool,
) -> int | None:
    """Fit a reader to captchas that are drawn as it learns, or to a labelled folder.

    Ctrl-C ends it early and keeps the best so far; --resume goes on from there.

    Example: captcha-training fit --data data --out fitted
    """
    import numpy as np

    from training.learning.fit import Parts, Recipe
    from training.learning.fit import fit as fit_reader
    from training.learning.networks import NetworkShape
    from training.learning.progress import FitProgress, tensorboard_log
    from training.pictures import CAPTCHAS, Stream, divide, draw_set, load

    kind = CAPTCHAS[captcha]()
    rng = np.random.default_rng(seed)
    parted = positive_integers(shares, ":", 3)
    if data:
        report = load(
            kind,
            data,
            strict=strict,
            watch=lambda paths: command_line.follow(paths, len(paths), "loading"),
        )
        for line in report.skipped:
            click.echo(f"skipped {line}", err=True)
        click.echo(f"{len(report.data)} pictures, {len(report.skipped)} files skipped", err=True)
        parts = Parts(*report.data.split(rng, parted))
    elif stream:
        learned, *judged = divide(count, parted)
        parts = Parts(Stream(kind, seed, learned), *(draw_set(kind, part, rng) for part in judged))
    else:
        parts = Parts(*draw_set(kind, count, rng).split(rng, parted))
    recipe = Recipe(
        slices=slices,
        networks=networks,
        shape=NetworkShape(
            blocks=blocks,
            dense=dense,
            dropout=dropout,
            filters=positive_integers(filters, ","),
            strided=strided,
            normalised=normalised,
        ),
        epochs=epochs,
        batch=batch,
        learning_rate=learning_rate,
        seed=seed,
    )
    progress = FitProgress()
    callbacks = [progress, *([tensorboard_log(tensorboard)] if tensorboard else [])]
    try:
        result = fit_reader(
            kind, parts, recipe, out, overwrite=overwrite, resume=resume, callbacks=callbacks
        )
    finally:
        progress.close()
    if as_json:
        click.echo(result.model_dump_json(indent=2))
    else:
        click.echo(
            f"{'interrupted' if result.interrupted else 'fitted'} after {result.epochs} epochs on "
            f"{result.fitted_on} captchas; of {result.tested_on} others "
            f"{result.captcha_accuracy:.4f} right, {result.digit_accuracy:.4f} a digit; "
            f"kept in {out}"
        )
    return command_line.INTERRUPTED if result.interrupted else None


def positive_integers(text: str, separator: str, count: int | None = None) -> tuple[int, ...]:
    """The numbers of an option such as 2:1:1. Raises TrainingError where it is none."""
    parts = text.split(separator)
    if not all(part.isdecimal() and int(part) for part in parts) or len(parts) != (
        count or len(parts)
    ):
        raise TrainingError(
            f"{text!r} is not {count or 'a list of'} positive integers separated by {separator!r}"
        )
    return tuple(map(int, parts))


@cli.command()
@config_option
@click.argument("fitted", type=FOLDER, default=Path("fitted"))
@click.option("--out", type=PATH, default=Path("mine.onnx"), help="The model file.")
@click.option("--test-pictures", type=click.IntRange(1), default=2000, help="To measure it on.")
@click.option("--test-seed", type=click.IntRange(0), default=3000, help="That draws them.")
@click.option("--json", "as_json", is_flag=True, help="Print the card as JSON.")
def export(fitted: Path, out: Path, test_pictures: int, test_seed: int, as_json: bool) -> None:
    """Export a fit to one ONNX file.

    The file carries a card, and appears only if it computes what Keras computes.

    Example: captcha-training export fitted --out mine.onnx
    """
    from training.learning.export import export as export_model
    from training.learning.fit import Fit
    from training.pictures import CAPTCHAS

    captcha = CAPTCHAS[Fit.load(fitted).captcha]()
    card = export_model(captcha, fitted, out, test_pictures=test_pictures, test_seed=test_seed)
    if as_json:
        click.echo(card.model_dump_json(indent=2))
    else:
        click.echo(
            f"{out}: {out.stat().st_size / 1000:.0f} kB, {card.parameters:,} parameters; read "
            f"{card.accuracy.captchas_right} of {card.accuracy.pictures} fresh captchas right"
        )


@cli.command()
@config_option
@click.argument("font", type=PATH)
@click.option("--charset", default="234568", help="Characters to render.")
@click.option("--out", type=PATH, default=Path("digits.png"), help="The strip of glyphs.")
def glyphs(font: Path, charset: str, out: Path) -> None:
    """Render a font's digits to draw captchas from.

    The strip that is committed was made from FreeSans.

    Example: captcha-training glyphs FreeSans.ttf --out training/pictures/digits.png
    """
    from training.pictures import Glyphs

    rendered = Glyphs.render(font, charset)
    rendered.save(out)
    click.echo(f"{out}: {charset} in {rendered.font}")


@cli.command()
@config_option
@click.option("--host", default="127.0.0.1", help="Address of this machine to serve on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, help="0: any free one.")
@click.option("--seed", type=click.IntRange(0), help="Same seed, same captchas in turn.")
@click.option("--reject-first", type=click.IntRange(0), default=0, help="Answers to reject.")
@click.option("--reject-all", is_flag=True, help="Reject every answer.")
@click.option("--refuse-with", type=click.IntRange(400, 599), help="HTTP status to all answers.")
@click.option("--picture-delay", type=click.FloatRange(0), default=0.0, help="Seconds.")
@click.option("--verdict-delay", type=click.FloatRange(0), default=0.0, help="Seconds.")
@click.option("--broken-pictures", is_flag=True, help="Serve only the head of each picture.")
@click.option("--lifetime", type=click.FloatRange(0), default=120.0, help="Of a captcha, seconds.")
def serve(host: str, port: int, seed: int | None, **switches: Any) -> None:
    """Serve the mock captcha page.

    Ctrl-C stops it, and says what happened there.

    Example: captcha-training serve --port 8000 --reject-first 2
    """
    try:
        from training.mock_page import MockPage, Switches
    except ImportError as error:
        raise TrainingError(
            f"the mock page needs {error.name}, which is missing: pip install 'capslice[mock]'"
        ) from None
    from training.pictures import EllipseCaptcha

    page = MockPage(EllipseCaptcha(), Switches(**switches), host=host, port=port, seed=seed)
    click.echo(f"mock page at {page.url} (Ctrl-C stops it)")
    page.serve_forever()
    visits = page.visits
    click.echo(
        f"{visits.pages} pages, {visits.pictures} pictures, {visits.accepted} answers accepted, "
        f"{visits.rejected} rejected"
    )


@cli.command()
@config_option
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--list", "listing", is_flag=True, help="Name the rows, with their parameters.")
@click.option("--quick", is_flag=True, help="All in miniature, to see that it runs.")
@click.option("--fresh", is_flag=True, help="Run again what was finished and kept.")
@click.option("--out", type=FOLDER, default=Path("experiments"), help="Where outcomes are kept.")
@click.option("--report", type=PATH, help="Write the page and its plots from all rows.")
@click.option(
    "--ray",
    metavar="[ADDRESS]",
    is_flag=False,
    flag_value="local",
    help="Run as Ray tasks, on a cluster, or without an address on one of this machine.",
)
def experiments(
    names: tuple[str, ...],
    listing: bool,
    quick: bool,
    fresh: bool,
    out: Path,
    report: Path | None,
    ray: str | None,
) -> None:
    """Measure the article again, and what it left open.

    What is finished is kept: interrupted, the command goes on where it was.

    Example: captcha-training experiments first dense-128
    """
    from training.experiments import ROWS, Experiments, Failure, on_ray, one_by_one, write_report
    from training.pictures import EllipseCaptcha

    if unknown := [name for name in names if name not in ROWS]:
        raise TrainingError(f"there is no experiment {unknown[0]!r}; there are {', '.join(ROWS)}")
    if listing:
        captcha = EllipseCaptcha()
        for name in names or ROWS:
            click.echo(f"{name:16}{ROWS[name].parameters(captcha):>10,}")
        return
    rows = {name: row.miniature() if quick else row for name, row in ROWS.items()}
    out = out / "quick" if quick else out
    kept = Experiments(out, [rows[name] for name in names or rows])
    if fresh:
        kept.forget()
    failures = []
    done = on_ray(kept, ray) if ray else one_by_one(kept)
    for outcome in command_line.follow(done, len(kept.missing()), "experiments"):
        if isinstance(outcome, Failure):
            failures.append(outcome)
            click.echo(f"{outcome.run.name} failed: {outcome.reason}", err=True)
        else:
            click.echo(
                f"{outcome.run.name}: {outcome.fit.digit_accuracy:.4f} a digit, "
                f"{outcome.fit.captcha_accuracy:.4f} a captcha, in {outcome.fit.seconds:.0f} s"
            )
    if failures:
        raise TrainingError(
            f"{len(failures)} of {len(kept.runs)} runs failed, {failures[0].run.name} the first; "
            f"what came of the others is kept in {out}"
        )
    if report:
        write_report(Experiments(out, rows.values()), report, command_line.as_typed())
        click.echo(f"{report} written")


def main() -> None:
    """Entry point of `captcha-training`."""
    command_line.run(cli)


if __name__ == "__main__":
    main()
