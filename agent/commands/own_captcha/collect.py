"""`capslice collect`: collects fresh pictures of a page's captcha."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import click

from capslice import command_line
from capslice.agent.commands.options import (
    PATH,
    config_option,
    headed_option,
    json_option,
    load_reader,
    load_settings,
)

TOO_FEW = 1  # exit status


@click.command()
@click.argument("url", required=False)
@config_option
@click.option(
    "--count",
    type=click.IntRange(1),
    default=1000,
    help="Number of pictures that the folder shall have.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("collected"),
    help="Folder to write the pictures to.",
)
@click.option(
    "--model",
    type=PATH,
    help="Model file, or a shipped model, whose readings to write into readings.csv.",
)
@headed_option
@json_option
def collect(
    url: str | None,
    config: Path | None,
    count: int,
    out: Path,
    model: Path | None,
    headed: bool,
    as_json: bool,
) -> int:
    """Collect fresh pictures of a page's captcha; submit nothing.

    URL is by default the target of config.toml. Each picture is written once, and named by the
    hash of its content. After Ctrl-C the folder keeps what it has, and the same command
    goes on.

    The exit status is 1 if the page shows no more different pictures than fewer than --count.

    Example: capslice collect http://127.0.0.1:8000/ --count 500
    """
    from capslice.agent.collecting.collecting import Collector
    from capslice.agent.collecting.picture_folder import PictureFolder

    settings = load_settings(config, url=url, headed=headed, model=model)
    folder = PictureFolder(out)
    collector = Collector(
        settings,
        folder,
        load_reader(settings) if model else None,
        notify=lambda line: click.echo(line, err=True),
    )
    missing = max(0, count - len(folder.paths))
    try:
        # After Ctrl-C, `closing` ends the browser.
        with command_line.interrupted_by_signals(), closing(collector.pictures(count)) as pictures:
            for _ in command_line.follow(pictures, missing, "collecting"):
                pass
    except BaseException:
        if folder.paths:
            click.echo(f"{out} keeps its {len(folder.paths)} pictures", err=True)
        raise
    collection = collector.collection
    click.echo(json.dumps(collection.as_json()) if as_json else str(collection))
    return TOO_FEW if collection.exhausted else 0
