"""The command that serves the mock page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any, TypeVar

import click

from capslice.training.commands.defaults import config_option
from capslice.training.commands.options import captcha_option

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

# By name, so that asking for help does not need what the page is made with.
VARIANTS = {
    "picture": ("img", "canvas", "background", "data", "blob", "svg"),
    "refresh": ("link", "button", "script", "reload"),
    "verdict": ("redirect", "in-place", "status"),
    "field": ("one", "maxlength", "boxes"),
    "over": ("none", "banner", "alert", "tab"),
}
WEAKNESSES = (
    *("answer-in-page", "answer-in-cookie", "answer-in-address", "reused-answer"),
    *("foreign-answer", "missing-field", "empty-answer", "kept-picture", "few-pictures"),
    *("missing-digit", "no-limit"),
)


def variant_option(name: str, explained: str) -> Callable[[Decorated], Decorated]:
    """The option `--NAME` for this part of how the page is built; the first value is honest."""
    values = VARIANTS[name]
    return click.option(f"--{name}", type=click.Choice(values), default=values[0], help=explained)


@click.command()
@config_option
@captcha_option
@click.option("--host", default="127.0.0.1", help="Address of this machine to serve on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, help="0: any free one.")
@click.option("--seed", type=click.IntRange(0), help="Same seed, same captchas, same faults.")
@click.option("--reject-first", type=click.IntRange(0), default=0, help="Answers to reject.")
@click.option("--reject-all", is_flag=True, help="Reject every answer.")
@click.option("--refuse-with", type=click.IntRange(400, 599), help="HTTP status to answers.")
@click.option("--refuse-first", type=click.IntRange(0), help="So many  [default: all].")
@click.option("--retry-after", type=click.IntRange(0), help="Seconds, said with a refusal.")
@click.option("--picture-delay", type=click.FloatRange(0), default=0.0, help="Seconds it takes.")
@click.option("--verdict-delay", type=click.FloatRange(0), default=0.0, help="Seconds it takes.")
@click.option("--broken-pictures", is_flag=True, help="Serve only the head of each picture.")
@click.option("--lifetime", type=click.FloatRange(0), default=120.0, help="Of a captcha, seconds.")
@click.option(
    "--wrong-limit",
    type=click.IntRange(1),
    default=20,
    help="Wrong answers within a minute, after which all are refused.",
)
@click.option(
    "--weakness",
    multiple=True,
    type=click.Choice(WEAKNESSES),
    help="A mistake, for an audit to find; as many as you like.",
)
@variant_option("picture", "What shows the captcha.")
@variant_option("refresh", "What brings another.")
@variant_option("verdict", "How one learns what became of an answer.")
@variant_option("field", "Where it is typed.")
@click.option("--frame", is_flag=True, help="All of that in a frame.")
@variant_option("over", "What comes between.")
@click.option("--faults", type=click.FloatRange(0, 1), default=0.0, help="Share of answers.")
@click.option("--fault", multiple=True, help="Only these, such as reset  [default: all].")
@click.option("--slow", type=click.FloatRange(0), default=3.0, help="Seconds of a slow fault.")
def serve(
    captcha: str,
    host: str,
    port: int,
    seed: int | None,
    faults: float,
    fault: tuple[str, ...],
    slow: float,
    **more: Any,
) -> None:
    """Serve the mock captcha page.

    Ctrl-C stops it, and says what happened there.

    Example: capslice serve --picture canvas --verdict in-place --faults 0.3 --seed 1
    """
    from capslice.training.mock_page import Faults, MockPage, Switches, Variant
    from capslice.training.mock_page.faults import ALL
    from capslice.training.pictures import captcha_named

    more["verdict"] = more["verdict"].replace("-", "_")
    mistakes = {mistake.replace("-", "_") for mistake in more.pop("weakness")}
    if "no_limit" in mistakes:
        more["wrong_limit"] = None
    more["weaknesses"] = frozenset(mistakes - {"no_limit"})
    variant = Variant(**{part.name: more.pop(part.name) for part in fields(Variant)})
    page = MockPage(
        captcha_named(captcha),
        Switches(**more),
        variant=variant,
        faults=Faults(faults, seed, fault or ALL, slow=slow),
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
