"""Runs the fuzzing attempts in a process and counts outcomes. FUZZ=5 makes five times as many."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable

import pytest

from tests.conftest import ROOT
from tests.fuzz.trial import Attempt

TIMES = int(os.environ.get("FUZZ", "1"))
MOST_MEGABYTES = 500

Fuzz = Callable[[Attempt, int], Counter[str]]

LINES = pytest.StashKey[list[str]]()


@pytest.fixture
def fuzz(pytestconfig: pytest.Config) -> Fuzz:
    """Make `count` attempts, times FUZZ, and count their outcomes."""

    def fuzz(attempt: Attempt, count: int) -> Counter[str]:
        module, function = attempt.__module__, attempt.__name__
        command = [sys.executable, "-m", "tests.fuzz.trial", module, function]
        done = subprocess.run(
            [*command, "0", str(count * TIMES)], capture_output=True, text=True, cwd=ROOT
        )
        *attempts, last = done.stdout.splitlines() or [""]
        again = f"\nagain: python -m tests.fuzz.trial {module} {function} {len(attempts)}"
        assert done.returncode == 0, f"{done.stderr[-3000:]}{again} {len(attempts) + 1}"
        assert not done.stderr
        outcomes = Counter(line.split()[1] for line in attempts)
        assert outcomes.total() == count * TIMES
        peak = int(last.removeprefix("peak "))
        said = ", ".join(f"{many:,} {what}" for what, many in sorted(outcomes.items()))
        pytestconfig.stash.setdefault(LINES, []).append(f"{function}: {said}; peak {peak} MB")
        assert peak < MOST_MEGABYTES
        return outcomes

    return fuzz


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    for line in config.stash.get(LINES, []):
        terminalreporter.write_line(line)
