"""The command that serves the mock page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from capslice.command_line import NumberRange
from capslice.training.commands.defaults import config_option
from capslice.training.commands.options import FOLDER, LengthRange, captcha_option

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

# Copied from the mock page, so that the help does not have to import it.
VARIANTS = {
    "picture": ("img", "canvas", "background", "data", "blob", "svg"),
    "refresh": ("link", "button", "script", "reload"),
    "verdict": ("redirect", "in-place", "status"),
    "field": ("one", "maxlength", "boxes"),
    "obstacle": ("none", "banner", "alert", "tab"),
}
WEAKNESSES = (
    *("answer-in-page", "answer-in-cookie", "answer-in-address", "checksum-in-page"),
    *("same-outlines", "answer-sent-away", "redrawn-answer", "reused-answer"),
    *("foreign-answer", "missing-field", "empty-answer", "kept-picture", "few-pictures"),
    *("missing-digit", "no-limit"),
)
COUNT = click.IntRange(0)
SECONDS = NumberRange(0)


def variant_option(name: str, explained: str) -> Callable[[Decorated], Decorated]:
    """Return the option for one part of the page; its first value is the default."""
    values = VARIANTS[name]
    return click.option(f"--{name}", type=click.Choice(values), default=values[0], help=explained)


@click.command()
@config_option
@captcha_option
@click.option(
    "--data", type=FOLDER, help="Folder of labelled pictures to show in place of --captcha."
)
@click.option(
    "--length",
    type=LengthRange(),
    help="Number of characters, such as 4-6, of `letters` unless --captcha says otherwise.",
)
@click.option(
    "--sum",
    is_flag=True,
    help="Ask for the values of sums: of `sums` unless --captcha or --data says otherwise.",
)
@click.option("--ignore-case", is_flag=True, help="Accept answers in small or capital letters.")
@click.option("--gif", is_flag=True, help="Serve moving pictures; no frame shows everything.")
@click.option("--host", default="127.0.0.1", help="Address of this machine to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, help="Port; 0 takes any free one."
)
@click.option("--seed", type=COUNT, help="Seed of the captchas and the faults.")
@click.option("--reject-first", type=COUNT, default=0, help="Reject this many answers first.")
@click.option("--reject-all", is_flag=True, help="Reject every answer.")
@click.option(
    "--refuse-with", type=click.IntRange(400, 599), help="Refuse answers with this HTTP status."
)
@click.option("--refuse-first", type=COUNT, help="Refuse only this many answers  [default: all].")
@click.option("--retry-after", type=COUNT, help="Retry-After header of a refusal, in seconds.")
@click.option("--picture-delay", type=SECONDS, default=0.0, help="Delay each picture, in seconds.")
@click.option("--verdict-delay", type=SECONDS, default=0.0, help="Delay each verdict, in seconds.")
@click.option("--broken-pictures", is_flag=True, help="Serve only the first bytes of each picture.")
@click.option("--lifetime", type=SECONDS, default=120.0, help="Lifetime of a captcha, in seconds.")
@click.option(
    "--wrong-limit",
    type=click.IntRange(1),
    default=20,
    help="Wrong answers in a minute before the page refuses all answers.",
)
@click.option(
    "--weakness",
    multiple=True,
    type=click.Choice(WEAKNESSES),
    help="Weakness for an audit to find; repeat it for several.",
)
@variant_option("picture", "Element that shows the captcha.")
@variant_option("refresh", "Control that brings another captcha.")
@variant_option("verdict", "Way in which the page shows the verdict.")
@variant_option("field", "Kind of field for the answer.")
@click.option("--frame", is_flag=True, help="Show the form in an iframe.")
@variant_option("obstacle", "Banner, alert or new tab that gets in the way.")
@click.option(
    "--faults", type=NumberRange(0, 1), default=0.0, help="Share of responses with a fault."
)
@click.option(
    "--fault",
    multiple=True,
    help="Fault to use, such as reset; repeat it. A wrong name lists them all  [default: all].",
)
@click.option("--slow", type=SECONDS, default=3.0, help="Length of a slow fault, in seconds.")
@click.pass_context
def serve(
    ctx: click.Context,
    /,
    captcha: str,
    data: Path | None,
    length: tuple[int, int] | None,
    host: str,
    port: int,
    seed: int | None,
    faults: float,
    fault: tuple[str, ...],
    slow: float,
    **more: Any,
) -> None:
    """Serve a mock captcha page on this machine.

    Press Ctrl-C to stop it. It then prints what happened on the page.

    Example: capslice serve --picture canvas --verdict in-place --faults 0.3 --seed 1
    """
    import numpy as np

    from capslice.models.labels import labels_of
    from capslice.training.mock_page import Faults, MockPage, Switches, Variant
    from capslice.training.mock_page.faults import FAULTS
    from capslice.training.pictures import captcha_named
    from capslice.training.pictures.folder import ShownFolder

    more["verdict"] = more["verdict"].replace("-", "_")
    weaknesses = {weakness.replace("-", "_") for weakness in more.pop("weakness")}
    if "no_limit" in weaknesses:
        more["wrong_limit"] = None
    more["weaknesses"] = frozenset(weaknesses - {"no_limit"})
    variant = Variant(**{part.name: more.pop(part.name) for part in fields(Variant)})
    captcha_given = ctx.get_parameter_source("captcha") is ParameterSource.COMMANDLINE
    for name, given in (("--captcha", captcha_given), ("--length", length)):
        if data and given:
            raise click.UsageError(f"{name} and --data exclude each other: give one of them")
    if captcha == "ellipses" and (length or more["sum"]) and not captcha_given:
        captcha = "sums" if more["sum"] else "letters"
    kind = ShownFolder(labels_of(data)) if data else captcha_named(captcha)
    if length:
        kind = kind.of_length(*length)
    # A captcha that cannot be drawn ends the command now, and not the first request.
    rng = np.random.default_rng(seed)
    kind.draw(kind.random_text(rng), rng)
    page = MockPage(
        kind,
        Switches(**more),
        variant=variant,
        faults=Faults(faults, seed, fault or FAULTS, slow=slow),
        host=host,
        port=port,
        seed=seed,
    )
    click.echo(f"mock page at {page.url} (Ctrl-C stops it)")
    page.serve_forever()
    visits = page.visits
    click.echo(
        f"{visits.pages} pages, {visits.pictures} pictures, {visits.accepted} answers accepted, "
        f"{visits.rejected} rejected"
    )
    for name, times in visits.faults.most_common():
        click.echo(f"{times} x {name}")
