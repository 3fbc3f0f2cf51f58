"""Does the same runs as Ray tasks, on this machine or on a cluster.

Each task fits in a temporary folder of its worker and sends the files back.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from capslice.training.machine import commit
from capslice.training.ray_cluster import LOCAL, RETRIES, THREADS, ray_cluster
from capslice.training.tensorflow import prepare_tensorflow

if TYPE_CHECKING:
    from capslice.training.experiments.runs import Failure, Outcome, RunFolder


def run_on_ray(
    runs: RunFolder, address: str = LOCAL, *, workers: int | None = None
) -> Iterator[Outcome | Failure]:
    """Do the missing runs as Ray tasks, and yield outcomes and failures as they come in.

    `address` names a running cluster. With `local`, this starts Ray on this machine and stops it
    at the end, with `workers` workers or as many as the cores allow.

    Raises TrainingError if the cluster does not answer, and MissingExtra without Ray.
    """
    with ray_cluster(address, workers=workers) as ray:
        prepare_tensorflow(THREADS)
        from capslice.training.experiments.runs import Failure, Outcome

        task = ray.remote(num_cpus=THREADS, max_retries=RETRIES)(_execute_anywhere)
        code = commit()
        pending = {
            task.remote(run.experiment.model_dump_json(), run.seed, code): run
            for run in runs.missing()
        }
        while pending:
            (finished,), _ = ray.wait(list(pending))
            run = pending.pop(finished)
            try:
                content, files = ray.get(finished)
            except ray.exceptions.RayError as error:
                yield Failure(run, str(getattr(error, "cause", None) or error))
                continue
            outcome = Outcome.model_validate_json(content)
            runs.save(outcome, files)
            yield outcome


def _execute_anywhere(experiment: str, seed: int, code: str) -> tuple[str, dict[str, bytes]]:
    """The task: takes an experiment as JSON, returns its outcome as JSON and the fit's files."""
    prepare_tensorflow(THREADS)
    from capslice.training.experiments.catalogue import Experiment
    from capslice.training.experiments.runs import Run, execute

    run = Run(Experiment.model_validate_json(experiment), seed)
    with tempfile.TemporaryDirectory() as folder:
        outcome = execute(run, Path(folder), code)
        files = {path.name: path.read_bytes() for path in Path(folder).iterdir()}
        return outcome.model_dump_json(), files
