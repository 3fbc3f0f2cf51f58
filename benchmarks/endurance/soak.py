"""`python -m benchmarks.endurance.soak`: a thousand captchas in one process, on failing pages.

Several mock pages, built in different ways and served by processes of their own, answer
wrongly as often as is asked for; now and then one of them is restarted, and the browser or
its page dies. Every captcha has to end solved, or in an error of its own type; the memory of
agent and browser together must not grow, and nothing may be left running.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import click
import psutil

from capslice import Reader, Settings
from capslice.agent.browser.own_page import OwnPage
from capslice.agent.browser.sync_async import finished
from capslice.agent.journal.writing import Journal
from capslice.agent.retrying import Solver
from capslice.agent.rules.pace import Pace
from capslice.command_line import follow
from capslice.errors import AgentError
from capslice.models.intervals import wilson

# Options of `capslice serve`, and the target that goes with them.
SITES: tuple[tuple[tuple[str, ...], dict[str, Any]], ...] = (
    ((), {}),
    (("--picture", "canvas", "--refresh", "button", "--verdict", "in-place"), {}),
    (("--picture", "background", "--frame", "--field", "boxes"),
     {"selectors": {"frame": "#frame"}}),
    (("--picture", "svg", "--refresh", "script", "--obstacle", "alert"), {}),
    (("--picture", "blob", "--refresh", "reload", "--obstacle", "banner"),
     {"selectors": {"refresh": "", "dismiss": "#cookie-accept"}}),
    (("--picture", "data", "--field", "maxlength", "--obstacle", "tab"), {}),
    (("--verdict", "status"), {"selectors": {"success": "", "failure": ""},
                               "statuses": {"accepted": [200], "rejected": [422]}}),
)  # fmt: skip
RESTARTS, DEATHS = 0.02, 0.01  # share of captchas before which a page is restarted, a browser dies
SLOW, TIMEOUT = 0.5, 2.0  # seconds of a slow answer, and of patience
WARM, EVERY = 100, 10  # captchas before memory is compared, and from one look at it to the next


class Served:
    """A mock page in a process of its own, which can be restarted on its port."""

    def __init__(self, options: tuple[str, ...], faults: float, seed: int) -> None:
        self.options = (*options, "--faults", str(faults), "--seed", str(seed), "--slow", str(SLOW))
        self.url = "http://127.0.0.1:0/"
        self.start()

    def start(self) -> None:
        """Serve, on the port that it had before, if any."""
        port = self.url.rstrip("/").rpartition(":")[2]
        command = [sys.executable, "-m", "training", "serve", "--port", port, *self.options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        self.url = self.process.stdout.readline().split()[3]

    def stop(self) -> None:
        """Be gone at once, with whatever was about to be answered."""
        self.process.terminate()
        self.process.communicate()


@contextmanager
def served(faults: float, seed: int) -> Iterator[list[tuple[Served, dict[str, Any]]]]:
    """All sites, until the end of the block."""
    with ExitStack() as stack:
        sites = []
        for number, (options, target) in enumerate(SITES):
            site = Served(options, faults, seed + number)
            stack.callback(site.stop)
            sites.append((site, target))
        yield sites


def memory(apart_from: set[int]) -> dict[str, float]:
    """MB that this process, Playwright's driver and the browser each have for themselves."""
    own = psutil.Process()
    taken = dict.fromkeys(("agent", "driver", "browser"), 0.0)
    for process in [own, *own.children(recursive=True)]:
        if process.pid not in apart_from:
            with suppress(psutil.Error):
                program = Path(process.exe()).name
                kind = {"node": "driver", Path(own.exe()).name: "agent"}.get(program, "browser")
                taken[kind] += process.memory_full_info().uss / 1e6
    return taken


def family_of(pids: set[int]) -> set[int]:
    """These processes and what they have started."""
    found = set(pids)
    for pid in pids:
        found |= {child.pid for child in psutil.Process(pid).children(recursive=True)}
    return found


def crash(lots: random.Random, apart_from: set[int]) -> None:
    """End the browser, or only the processes of its pages."""
    whole = lots.random() < 0.5
    for process in psutil.Process().children(recursive=True):
        # It may have ended by itself since they were listed.
        with suppress(psutil.Error):
            if process.pid in apart_from or "chrom" not in process.name():
                continue
            kinds = [word for word in process.cmdline() if word.startswith("--type")]
            if not kinds if whole else kinds == ["--type=renderer"]:
                process.kill()


@click.command()
@click.option("--solves", type=click.IntRange(1), default=1000, help="Captchas.")
@click.option("--faults", type=click.FloatRange(0, 1), default=0.3, help="Share of answers.")
@click.option("--seed", default=1, help="Of all that is left to chance.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def main(solves: int, faults: float, seed: int, as_json: bool) -> None:
    """Solve captchas on failing pages for a long time, and say what came of it."""
    lots = random.Random(seed)
    outcomes: Counter[str] = Counter()
    got_over = 0
    megabytes: list[dict[str, float]] = []
    started = time.monotonic()
    with TemporaryDirectory() as folder, served(faults, seed) as sites:
        pages = {site.process.pid for site, _ in sites}
        reader, pace = Reader(), Pace(None)
        browser = Settings.model_validate({"browser": {"timeout": TIMEOUT}}).browser
        with Journal(Path(folder) / "journal.sqlite") as journal, OwnPage(browser) as own:
            for number in follow(range(solves), solves, "solving"):
                site, target = lots.choice(sites)
                if lots.random() < RESTARTS:
                    site.stop()
                    site.start()
                    pages = {site.process.pid for site, _ in sites}
                settings = Settings.model_validate(
                    {
                        "target": {"url": site.url, **target},
                        "browser": {"timeout": TIMEOUT},
                        "retries": {"first_wait": 0.05, "longest_wait": 0.5, "jitter": 0.05,
                                    "attempts": 10},
                    }
                )  # fmt: skip
                disturb = partial(crash, lots, family_of(pages)) if lots.random() < DEATHS else None
                outcome, faults_met = solve_one(own, reader, settings, pace, journal, disturb)
                outcomes[outcome] += 1
                got_over += faults_met
                warm = number + 1 >= WARM and (number + 1) % EVERY == 0
                if warm or number + 1 == solves:
                    megabytes.append(memory(family_of(pages)))
        left = [
            process.name()
            for process in psutil.Process().children(recursive=True)
            if process.pid not in family_of(pages) and process.status() != psutil.STATUS_ZOMBIE
        ]
    report(outcomes, got_over, megabytes, left, time.monotonic() - started, as_json)


def solve_one(
    own: OwnPage,
    reader: Reader,
    settings: Settings,
    pace: Pace,
    journal: Journal,
    disturb: Callable[[], None] | None,
) -> tuple[str, int]:
    """What one captcha ended as, and how many faults were got over before that."""
    with journal.run(settings.target.url) as run:
        once = [disturb] if disturb else []
        solving = Solver(
            own.fresh(),
            reader,
            settings,
            url=settings.target.url,
            pace=pace,
            renew=own.fresh,
            before_submit=lambda _: once.pop()() if once else None,
            run=run,
        )
        try:
            solution = finished(solving.solve())
        except AgentError as error:
            return type(error).__name__, len(solving.solution.faults)
        return ("solved" if solution.solved else "unsolved"), len(solution.faults)


def report(
    outcomes: Counter[str],
    got_over: int,
    megabytes: list[dict[str, float]],
    left: list[str],
    seconds: float,
    as_json: bool,
) -> None:
    """Print it."""
    total = outcomes.total()
    low, high = wilson(outcomes["solved"], total)
    tenth = max(1, len(megabytes) // 10)
    first, last = middle_of(megabytes[:tenth]), middle_of(megabytes[-tenth:])
    found = {
        "outcomes": dict(outcomes),
        "solved": outcomes["solved"] / total,
        "interval": [low, high],
        "faults_got_over": got_over,
        "megabytes_after_warm_up": first,
        "megabytes_at_the_end": last,
        "megabytes": megabytes,
        "processes_left": left,
        "seconds": round(seconds),
    }
    if as_json:
        click.echo(json.dumps(found))
        return
    click.echo(f"{outcomes['solved']} of {total} solved (95 % interval {low:.4f} to {high:.4f})")
    for outcome, times in outcomes.most_common():
        click.echo(f"{times} x {outcome}")
    click.echo(
        f"{got_over} faults got over in {seconds:.0f} s; left running: "
        f"{', '.join(left) or 'nothing'}"
    )
    for when, taken in ((f"from captcha {min(WARM, total)} on", first), ("at the end", last)):
        kinds = ", ".join(f"{kind} {taken[kind]:.0f}" for kind in taken if kind != "all")
        click.echo(f"{taken['all']:.0f} MB {when} ({kinds}; medians of a tenth)")


def middle_of(megabytes: list[dict[str, float]]) -> dict[str, float]:
    """The median of each kind, and of all together."""
    sums = [taken | {"all": sum(taken.values())} for taken in megabytes]
    return {kind: round(median(taken[kind] for taken in sums), 1) for kind in sums[0]}


if __name__ == "__main__":
    main(prog_name="python -m benchmarks.endurance.soak")
