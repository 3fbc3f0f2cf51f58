"""`python -m benchmarks.endurance.soak`: solves a thousand captchas in one process.

Several mock pages of different structure, each in a process of its own, fail at a given rate. Now
and then one of them restarts, or the browser or its page dies. Each captcha must end solved or
with an error of the agent. The memory of agent and browser must not grow, and no process may be
left running.
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
from capslice.agent.browser.own_browser import OwnBrowser
from capslice.agent.browser.sync_async import run_synchronously
from capslice.agent.journal.writing import Journal
from capslice.agent.retrying import Solver
from capslice.agent.rules.pace import Pace
from capslice.command_line import NumberRange, follow
from capslice.errors import AgentError
from capslice.models.intervals import wilson

# Options of `capslice serve`, and the settings of the target that match them.
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
RESTARTS, CRASHES = 0.02, 0.01  # share of captchas before which a page restarts, a browser dies
SLOW, TIMEOUT = 0.5, 2.0  # seconds of a slow response, and of the agent's timeout
WARM_UP, EVERY = 100, 10  # captchas before memory is compared, and between measurements


class Site:
    """A mock page in a process of its own, which can restart on its port."""

    def __init__(self, options: tuple[str, ...], faults: float, seed: int) -> None:
        self.options = (*options, "--faults", str(faults), "--seed", str(seed), "--slow", str(SLOW))
        self.url = "http://127.0.0.1:0/"
        self.start()

    def start(self) -> None:
        """Serve on the previous port, or on any free port at first."""
        port = self.url.rstrip("/").rpartition(":")[2]
        command = [sys.executable, "-m", "capslice", "serve", "--port", port, *self.options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        self.url = self.process.stdout.readline().split()[3]

    def stop(self) -> None:
        """End at once, without finishing any response."""
        self.process.terminate()
        self.process.communicate()


@contextmanager
def serve_sites(faults: float, seed: int) -> Iterator[list[tuple[Site, dict[str, Any]]]]:
    """Serve all sites until the end of the block."""
    with ExitStack() as stack:
        sites = []
        for number, (options, target) in enumerate(SITES):
            site = Site(options, faults, seed + number)
            stack.callback(site.stop)
            sites.append((site, target))
        yield sites


def memory(excluded: set[int]) -> dict[str, float]:
    """The private memory of this process, Playwright's driver and the browser, in MB."""
    own = psutil.Process()
    megabytes = dict.fromkeys(("agent", "driver", "browser"), 0.0)
    for process in [own, *own.children(recursive=True)]:
        if process.pid not in excluded:
            with suppress(psutil.Error):
                program = Path(process.exe()).name
                part = {"node": "driver", Path(own.exe()).name: "agent"}.get(program, "browser")
                megabytes[part] += process.memory_full_info().uss / 1e6
    return megabytes


def with_children(pids: set[int]) -> set[int]:
    """Add the processes that these processes have started."""
    family = set(pids)
    for pid in pids:
        family |= {child.pid for child in psutil.Process(pid).children(recursive=True)}
    return family


def crash(rng: random.Random, excluded: set[int]) -> None:
    """Kill the browser, or only the processes of its pages."""
    whole = rng.random() < 0.5
    for process in psutil.Process().children(recursive=True):
        # It may have ended since it was listed.
        with suppress(psutil.Error):
            if process.pid in excluded or "chrom" not in process.name():
                continue
            types = [word for word in process.cmdline() if word.startswith("--type")]
            if not types if whole else types == ["--type=renderer"]:
                process.kill()


@click.command()
@click.option("--solves", type=click.IntRange(1), default=1000, help="Number of captchas.")
@click.option("--faults", type=NumberRange(0, 1), default=0.3, help="Share of responses that fail.")
@click.option("--seed", default=1, help="Seed of everything random.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def main(solves: int, faults: float, seed: int, as_json: bool) -> None:
    """Solve captchas on failing pages for a long time, and print the outcomes."""
    rng = random.Random(seed)
    outcomes: Counter[str] = Counter()
    survived = 0
    megabytes: list[dict[str, float]] = []
    started = time.monotonic()
    with TemporaryDirectory() as folder, serve_sites(faults, seed) as sites:
        servers = {site.process.pid for site, _ in sites}
        reader, pace = Reader(), Pace(None)
        browser = Settings.model_validate({"browser": {"timeout": TIMEOUT}}).browser
        with Journal(Path(folder) / "journal.sqlite") as journal, OwnBrowser(browser) as own:
            for number in follow(range(solves), solves, "solving"):
                site, target = rng.choice(sites)
                if rng.random() < RESTARTS:
                    site.stop()
                    site.start()
                    servers = {site.process.pid for site, _ in sites}
                settings = Settings.model_validate(
                    {
                        "target": {"url": site.url, **target},
                        "browser": {"timeout": TIMEOUT},
                        "retries": {"first_wait": 0.05, "longest_wait": 0.5, "jitter": 0.05,
                                    "attempts": 10},
                    }
                )  # fmt: skip
                crashes = rng.random() < CRASHES
                disturb = partial(crash, rng, with_children(servers)) if crashes else None
                outcome, faults_met = solve_one(own, reader, settings, pace, journal, disturb)
                outcomes[outcome] += 1
                survived += faults_met
                due = number + 1 >= WARM_UP and (number + 1) % EVERY == 0
                if due or number + 1 == solves:
                    megabytes.append(memory(with_children(servers)))
        left = [
            process.name()
            for process in psutil.Process().children(recursive=True)
            if process.pid not in with_children(servers)
            and process.status() != psutil.STATUS_ZOMBIE
        ]
    report(outcomes, survived, megabytes, left, time.monotonic() - started, as_json)


def solve_one(
    own: OwnBrowser,
    reader: Reader,
    settings: Settings,
    pace: Pace,
    journal: Journal,
    disturb: Callable[[], None] | None,
) -> tuple[str, int]:
    """Solve one captcha; return its outcome, and the number of faults that it survived."""
    with journal.run(settings.target.url) as run:
        once = [disturb] if disturb else []
        solver = Solver(
            own.new_page(),
            reader,
            settings,
            url=settings.target.url,
            pace=pace,
            renew=own.new_page,
            before_submit=lambda _: once.pop()() if once else None,
            run=run,
        )
        try:
            solution = run_synchronously(solver.solve())
        except AgentError as error:
            return type(error).__name__, len(solver.solution.faults)
        return ("solved" if solution.solved else "unsolved"), len(solution.faults)


def report(
    outcomes: Counter[str],
    survived: int,
    megabytes: list[dict[str, float]],
    left: list[str],
    seconds: float,
    as_json: bool,
) -> None:
    """Print the outcomes, the memory after the warm-up and at the end, and the processes left."""
    total = outcomes.total()
    low, high = wilson(outcomes["solved"], total)
    tenth = max(1, len(megabytes) // 10)
    first, last = medians(megabytes[:tenth]), medians(megabytes[-tenth:])
    if as_json:
        figures = {
            "outcomes": dict(outcomes),
            "solved": outcomes["solved"] / total,
            "interval": [low, high],
            "faults_survived": survived,
            "megabytes_after_warm_up": first,
            "megabytes_at_the_end": last,
            "megabytes": megabytes,
            "processes_left": left,
            "seconds": round(seconds),
        }
        click.echo(json.dumps(figures))
        return
    click.echo(f"{outcomes['solved']} of {total} solved (95 % interval {low:.4f} to {high:.4f})")
    for outcome, times in outcomes.most_common():
        click.echo(f"{times} x {outcome}")
    click.echo(
        f"{survived} faults survived in {seconds:.0f} s; left running: "
        f"{', '.join(left) or 'nothing'}"
    )
    for when, used in ((f"from captcha {min(WARM_UP, total)} on", first), ("at the end", last)):
        parts = ", ".join(f"{part} {used[part]:.0f}" for part in used if part != "all")
        click.echo(f"{used['all']:.0f} MB {when} ({parts}; medians of a tenth)")


def medians(megabytes: list[dict[str, float]]) -> dict[str, float]:
    """The median of each part, and of all together."""
    sums = [parts | {"all": sum(parts.values())} for parts in megabytes]
    return {part: round(median(parts[part] for parts in sums), 1) for part in sums[0]}


if __name__ == "__main__":
    main(prog_name="python -m benchmarks.endurance.soak")
