"""`capslice journal`: shows the recorded attempts, or exports their pictures."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from capslice import command_line
from capslice.agent.commands.options import config_option
from capslice.errors import harmless, in_line

if TYPE_CHECKING:
    from rich.table import Table

    from capslice.agent.journal.attempts import Filter

AT_ONCE = 100  # rows of the table that are laid out together

Row = dict[str, Any]


def _as_time(_: click.Context, __: click.Parameter, value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        raise click.BadParameter(
            f"{value!r} is not a time such as 2025-11-25 or 2025-11-25T18:30"
        ) from None


@click.command()
@config_option
@click.option("--run", type=click.IntRange(1), help="Show only the attempts of this run.")
@click.option(
    "--verdict",
    type=click.Choice(["accepted", "rejected", "unsure", "none"]),
    help="Show only attempts with this verdict; none: without a verdict.",
)
@click.option(
    "--since",
    callback=_as_time,
    metavar="TIME",
    help="Show only attempts since this local time: 2025-11-25 or 2025-11-25T18:30.",
)
@click.option("--url", help="Show only attempts whose address contains this.")
@click.option(
    "--limit", type=click.IntRange(1), metavar="N", help="Show only the newest N attempts."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@click.option(
    "--export",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write the answered pictures into this folder, with labels.csv (accepted answers) and "
    "rejected.csv.",
)
def journal(
    config: Path | None,
    run: int | None,
    verdict: str | None,
    since: datetime | None,
    url: str | None,
    limit: int | None,
    as_json: bool,
    as_csv: bool,
    folder: Path | None,
) -> None:
    """Show the recorded attempts.

    Reads the file that journal.path in config.toml names. Every solve writes to it
    once that key is set.

    Example: capslice journal --verdict rejected --since 2025-11-25
    """
    from capslice.agent.journal.attempts import Filter, attempts
    from capslice.agent.settings import Settings
    from capslice.errors import ConfigurationError

    if as_json + as_csv + (folder is not None) > 1:
        raise click.UsageError("--json, --csv and --export exclude one another: give one of them")
    if folder is not None and verdict not in (None, "accepted", "rejected"):
        raise click.UsageError("--export writes answered pictures only: leave out --verdict")
    path = Settings.load(config).journal.path
    if path is None:
        raise ConfigurationError("there is no journal: set journal.path to a file")
    which = Filter(run, verdict, since, url, limit)
    if folder is not None:
        _export(path, which, folder)
        return
    rows = attempts(path, which)
    if as_json:
        for row in rows:
            command_line.say(json.dumps(row))
    elif as_csv:
        _print_csv(rows)
    else:
        _print_table(rows)


def _export(path: Path, which: Filter, folder: Path) -> None:
    from capslice.agent.journal.export import export

    result = export(path, which, folder)
    command_line.say(
        f"{result.written} labelled pictures written into {folder}, {result.present} were already "
        f"there; {result.rejected} rejected answers added"
    )
    if result.unusable:
        command_line.say(
            f"{result.unusable} answers were left out: they have no picture or no usable text",
            err=True,
        )


def _print_csv(rows: Iterable[Row]) -> None:
    from capslice.agent.journal.attempts import COLUMNS

    writer = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        probabilities = row["probabilities"] and json.dumps(row["probabilities"])
        blocked = json.dumps(row["blocked"])
        cells = {**row, "probabilities": probabilities, "blocked": blocked}
        texts = {name: harmless(each) for name, each in cells.items() if isinstance(each, str)}
        writer.writerow(cells | texts)


def _print_table(rows: Iterator[Row]) -> None:
    """Print a table on a terminal, and lines with tabs into a pipe."""
    from rich.console import Console

    console = Console()
    if not console.is_terminal:
        for row in rows:
            command_line.say("\t".join(map(in_line, _cells(row))))
        return
    # A journal may be long, so the table is printed in parts with fixed widths.
    header = True
    while part := list(islice(rows, AT_ONCE)):
        console.print(_table(part, header))
        header = False


def _table(rows: Iterable[Row], header: bool) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, show_header=header, expand=True)
    widths = {"run": 7, "started": 19, "text": 8, "conf.": 6, "result": 11}
    for name, width in widths.items():
        table.add_column(name, width=width, no_wrap=True)
    table.add_column("page, error", ratio=1, overflow="fold")
    for row in rows:
        table.add_row(*(Text(in_line(cell)) for cell in _cells(row)))
    return table


def _cells(row: Row) -> tuple[str, ...]:
    """Run and attempt, local time, text, confidence, result, and the page and error."""
    confidence = row["confidence"]
    result = row["verdict"] or ("error" if row["error"] else row["state"] or "open")
    return (
        f"{row['run']}.{row['number']}",
        f"{datetime.fromisoformat(row['started']).astimezone():%Y-%m-%d %H:%M:%S}",
        row["text"] or "-",
        "-" if confidence is None else f"{confidence:.4f}",
        result,
        " ".join(filter(None, (row["url"], row["error"]))),
    )
