"""`python -m benchmarks.pages`: tries `init` and `solve` on every page of the tests."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click

from benchmarks.pages.catalogue import Case, cases
from benchmarks.pages.measuring import ATTEMPTS, Row, measure
from capslice import Settings, command_line, open_browser
from capslice.training.machine import commit, machine
from capslice.training.pages import page_template

PACKAGES = ("capslice", "playwright")
PARTS = ("picture", "input", "submit", "success", "failure")
RIGHT = ("solved", "not solved")  # outcomes, where the page judges, and where it rejects all
FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option("--times", type=click.IntRange(1), default=5, show_default=True, help="Solves.")
@click.option(
    "--workers", type=click.IntRange(1), default=2, show_default=True, help="Pages at a time."
)
@click.option("--only", default="", metavar="TEXT", help="Only pages with this in their name.")
@click.option("--report", type=FILE, help="Markdown page to write.")
def main(times: int, workers: int, only: str, report: Path | None) -> None:
    """Let `init` find the captcha of each page unaided, and solve it with what it wrote.

    The exit status is 1 if a page is not solved each time, or if `solve` does not say "not solved"
    each time where the same page rejects all answers.
    """
    chosen = [case for case in cases() if only in f"{case.group}: {case.name}"]
    logging.getLogger("werkzeug").setLevel(logging.ERROR)

    def measured(case: Case) -> Row:
        # Playwright's synchronous API belongs to one thread.
        with open_browser(Settings().browser) as browser:
            return measure(case, browser, times)

    rows = []
    with ThreadPoolExecutor(workers) as threads:
        for row in command_line.follow(threads.map(measured, chosen), len(chosen), "pages"):
            click.echo(_line(row))
            rows.append(row)
    if report:
        write(report, rows, times)
        click.echo(f"{report} written", err=True)
    outcomes = [pair for row in rows for pair in zip(row.outcomes, RIGHT, strict=True)]
    if any(found.keys() - {right} for found, right in outcomes):
        raise SystemExit(1)


def write(report: Path, rows: list[Row], times: int) -> None:
    """Write the table, group by group."""
    groups = dict.fromkeys(row.case.group for row in rows)
    command = f"python -m benchmarks.pages --times {times} --report docs/pages.md"

    def cells(row: Row) -> Iterator[str]:
        yield row.case.name
        for part in PARTS:
            selector = row.found.get(part, "").replace("|", "\\|")
            yield f"`{selector}`" if selector else "-"
        for outcomes, right in zip(row.outcomes, RIGHT, strict=True):
            yield f"{outcomes[right]} of {times}" if outcomes else "-"

    page = page_template("benchmarks.pages", "pages.md.jinja", cells=cells).render(
        groups={group: [row for row in rows if row.case.group == group] for group in groups},
        rows=rows,
        times=times,
        attempts=ATTEMPTS,
        foot=f"Written by `{command}`, at commit {commit()}, with {machine(PACKAGES)}.",
    )
    report.write_text(page, "utf-8")


def _line(row: Row) -> str:
    judging, rejecting = (dict(each) for each in row.outcomes)
    return f"{row.case.group}: {row.case.name}: {row.found} {row.said} {judging} {rejecting}"


if __name__ == "__main__":
    command_line.run(main)
