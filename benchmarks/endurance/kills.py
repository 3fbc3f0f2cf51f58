"""`python -m benchmarks.endurance.kills`: the agent is killed again and again, and nothing is lost.

Each run solves captcha after captcha on a mock page, and is killed with SIGKILL at a random
moment. Then its journal has to open, to be whole, and to have every answer that the page was
sent; and once the next run has started, no browser of the killed one may be left.
"""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import psutil

from capslice.agent.browser.orphans import MARK
from capslice.agent.owner import Owner
from capslice.command_line import follow
from capslice.training.mock_page import MockPage, Switches
from capslice.training.pictures import EllipseCaptcha

SOLVE = (sys.executable, "-m", "agent", "solve")
LONGEST = 5.0  # seconds after which the last run is killed
# Solves until it is killed. The page rejects whatever it is told, so that there is no end.
SETTINGS = """
[target]
url = "{url}"
[retries]
attempts = 10000
faults = 0
total = 3600
first_wait = 0
longest_wait = 0
jitter = 0
[journal]
path = "journal.sqlite"
"""


def browsers_of(owner: int) -> list[psutil.Process]:
    """Those that were started by the process of this id."""
    found = []
    for process in psutil.process_iter():
        try:
            mark = process.environ().get(MARK)
            if mark and Owner.parse(mark).pid == owner and process.status() != "zombie":
                found.append(process)
        except psutil.Error:
            continue
    return found


def answers_on_record(journal: Path) -> int:
    """How many answers were sent, as the journal has it. Raises RuntimeError if it is broken."""
    if not journal.exists():
        return 0
    with closing(sqlite3.connect(journal)) as connection:
        (said,) = connection.execute("PRAGMA integrity_check").fetchone()
        if said != "ok":
            raise RuntimeError(f"{journal}: {said}")
        query = "SELECT count(*) FROM attempts WHERE submitted IS NOT NULL"
        return int(connection.execute(query).fetchone()[0])


def kill_one(folder: Path, after: float) -> int:
    """Start a run in `folder` and kill it after so many seconds; the id that it had."""
    with subprocess.Popen(SOLVE, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        time.sleep(after)
        if run.poll() is not None:
            raise RuntimeError(f"it ended by itself: {run.communicate()}")
        run.kill()
    return run.pid


@click.command()
@click.option("--runs", type=click.IntRange(1), default=50, help="That are killed.")
@click.option("--seed", default=1, help="Of the moments.")
def main(runs: int, seed: int) -> None:
    """Kill the agent at random moments, and see what is left of what it did."""
    lots = random.Random(seed)
    left = 0
    with (
        TemporaryDirectory() as name,
        MockPage(EllipseCaptcha(), Switches(reject_all=True)) as endless,
        MockPage(EllipseCaptcha()) as honest,
    ):
        folder = Path(name)
        journal = folder / "journal.sqlite"
        (folder / "config.toml").write_text(SETTINGS.format(url=endless.url))
        for _ in follow(range(runs), runs, "killing"):
            killed = kill_one(folder, lots.uniform(0, LONGEST))
            sent = endless.visits.rejected + honest.visits.accepted
            if answers_on_record(journal) < sent:
                raise RuntimeError(f"of {sent} answers {answers_on_record(journal)} are on record")
            # The next run goes on, to its end.
            subprocess.run([*SOLVE, honest.url], cwd=folder, check=True, capture_output=True)
            left += len(browsers_of(killed))
        sent = endless.visits.rejected + honest.visits.accepted
        recorded = answers_on_record(journal)
        with closing(sqlite3.connect(journal)) as connection:
            query = "SELECT outcome, count(*) FROM runs GROUP BY outcome"
            outcomes = dict(connection.execute(query).fetchall())
    click.echo(
        f"{runs} runs killed; {sent} answers sent, {recorded} on record in a journal that is "
        f"whole each time; {left} browser processes left after the next start; the runs: {outcomes}"
    )


if __name__ == "__main__":
    main(prog_name="python -m benchmarks.endurance.kills")
