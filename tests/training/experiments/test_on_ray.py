"""Runs as Ray tasks on two real workers, one of which is killed during its work."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from capslice.errors import TrainingError
from capslice.training.experiments.on_ray import run_on_ray
from capslice.training.experiments.runs import Failure, Outcome, RunFolder, run_locally
from tests.training.experiments.test_runs import IMPOSSIBLE, TINY, changed, figures

pytest.importorskip("ray", reason="Ray is not published for this Python")

LONG = changed(TINY, epochs=20).model_copy(update={"name": "long"})


def busy_workers() -> list[int]:
    """The process IDs of the workers that have a task: Ray names the process after the task."""
    return [
        process.pid
        for process in psutil.process_iter(["cmdline"])
        if any("ray::_execute_anywhere" in part for part in process.info["cmdline"] or ())
    ]


@pytest.mark.slow
def test_a_killed_worker_changes_no_result(tmp_path: Path) -> None:
    here = RunFolder(tmp_path / "here", [TINY, LONG])
    expected = figures(run_locally(here))

    there = RunFolder(tmp_path / "there", [TINY, IMPOSSIBLE, LONG])
    outcomes: list[Outcome] = []
    failures: list[Failure] = []
    killed: list[int] = []
    for outcome in run_on_ray(there, workers=2):
        (failures if isinstance(outcome, Failure) else outcomes).append(outcome)  # type: ignore[arg-type]
        if not killed:
            killed = busy_workers()[:1]
            for process in killed:
                os.kill(process, signal.SIGKILL)
    assert killed, "no worker was at work when the first had finished"
    assert figures(outcomes) == expected
    assert [failure.run.experiment.name for failure in failures] == ["impossible", "impossible"]
    assert all("9 blocks cannot be built" in failure.reason for failure in failures)
    for outcome in outcomes:
        names = {path.name for path in (there.folder / outcome.run.name).iterdir()}
        assert names >= {"fit.json", "history.csv", "reader.weights.h5", "outcome.json"}


@pytest.mark.parametrize("address", ["127.0.0.1:1", "ray://127.0.0.1:1", "127.0.0.1:x", "there"])
def test_no_cluster_at_that_address(address: str, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=f"no Ray cluster at {re.escape(address)} "):
        list(run_on_ray(RunFolder(tmp_path, [TINY]), address))


def test_a_worker_can_import_the_task_without_keras() -> None:
    program = "import sys, capslice.training.experiments.on_ray; sys.exit('keras' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)
