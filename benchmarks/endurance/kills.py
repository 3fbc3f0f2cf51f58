"""`python -m benchmarks.endurance.kills`: kills the agent again and again, and checks its journal.

Each run solves captcha after captcha on a mock page, until SIGKILL ends it at a random moment.
After that its journal must open, be intact, and contain every answer that the page has received.
Once the next run has started, no browser of the killed run may be left.
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

from capslice.agent.browser.orphans import OWNER_VARIABLE
from capslice.agent.owner import Owner
from capslice.command_line import follow
from capslice.training.mock_page import MockPage, Switches
from capslice.training.pictures import EllipseCaptcha

SOLVE = (sys.executable, "-m", "capslice", "solve")
LONGEST = 5.0  # seconds until a run is killed, at most
# Keeps solving until it is killed: the page rejects every answer.
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
    """Find the browser processes that a process, by its ID, has started."""
    browsers = []
    for process in psutil.process_iter():
        try:
            mark = process.environ().get(OWNER_VARIABLE)
            if mark and Owner.parse(mark).pid == owner and process.status() != "zombie":
                browsers.append(process)
        except psutil.Error:
            continue
    return browsers


def recorded_answers(journal: Path) -> int:
    """Count the answers that the journal says were sent. Raises RuntimeError if it is damaged."""
    if not journal.exists():
        return 0
    with closing(sqlite3.connect(journal)) as connection:
        (state,) = connection.execute("PRAGMA integrity_check").fetchone()
        if state != "ok":
            raise RuntimeError(f"{journal}: {state}")
        query = "SELECT count(*) FROM attempts WHERE submitted IS NOT NULL"
        return int(connection.execute(query).fetchone()[0])


def run_and_kill(folder: Path, after: float) -> int:
    """Start a run in `folder`, kill it after some seconds, and return its process ID."""
    with subprocess.Popen(SOLVE, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        time.sleep(after)
        if run.poll() is not None:
            raise RuntimeError(f"it ended by itself: {run.communicate()}")
        run.kill()
    return run.pid


@click.command()
@click.option("--runs", type=click.IntRange(1), default=50, help="Number of runs to kill.")
@click.option("--seed", default=1, help="Seed of the random moments.")
def main(runs: int, seed: int) -> None:
    """Kill the agent at random moments, and check that it loses no answer and leaves no browser."""
    rng = random.Random(seed)
    left = 0
    with (
        TemporaryDirectory() as name,
        MockPage(EllipseCaptcha(), Switches(reject_all=True)) as rejecting,
        MockPage(EllipseCaptcha()) as accepting,
    ):
        folder = Path(name)
        journal = folder / "journal.sqlite"
        (folder / "config.toml").write_text(SETTINGS.format(url=rejecting.url))
        for _ in follow(range(runs), runs, "killing"):
            killed = run_and_kill(folder, rng.uniform(0, LONGEST))
            sent = rejecting.visits.rejected + accepting.visits.accepted
            if recorded_answers(journal) < sent:
                raise RuntimeError(f"the journal has {recorded_answers(journal)} of {sent} answers")
            # The next run reaches its end.
            subprocess.run([*SOLVE, accepting.url], cwd=folder, check=True, capture_output=True)
            left += len(browsers_of(killed))
        sent = rejecting.visits.rejected + accepting.visits.accepted
        recorded = recorded_answers(journal)
        with closing(sqlite3.connect(journal)) as connection:
            query = "SELECT outcome, count(*) FROM runs GROUP BY outcome"
            outcomes = dict(connection.execute(query).fetchall())
    click.echo(
        f"{runs} runs killed; {sent} answers sent, {recorded} recorded in the journal, which was "
        f"intact each time; {left} browser processes left after the next start; runs by outcome: "
        f"{outcomes}"
    )


if __name__ == "__main__":
    main(prog_name="python -m benchmarks.endurance.kills")
