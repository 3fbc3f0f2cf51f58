"""The command that serves the mock page."""

from __future__ import annotations

from typing import Any

import click

from training.commands.defaults import config_option
from training.errors import TrainingError


@click.command()
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
