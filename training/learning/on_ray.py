"""Does a round of learning on a Ray cluster: sends the evidence, and brings the round back."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from capslice.errors import CapsliceError, FitError, TrainingError
from capslice.training.learning.round_folder import round_folder
from capslice.training.learning.settings import GENERAL, Settings
from capslice.training.ray_cluster import RETRIES, THREADS, ray_cluster
from capslice.training.tensorflow import prepare_tensorflow

if TYPE_CHECKING:
    from capslice.json_output import RoundJson

Files = dict[str, bytes]
START = "start"  # folder of the weights on the worker


def run_round_on_ray(evidence: Path, settings: Settings, out: Path, address: str) -> RoundJson:
    """Do one round as a task of the cluster at `address`; see `run_round`.

    Raises the same errors, TrainingError if the cluster does not answer or the task fails, and
    MissingExtra without Ray.
    """
    start: Files = {}
    if settings.start != GENERAL:
        folder = Path(settings.start)
        start = _contents([*folder.glob("*.json"), *folder.glob("*.h5")])
        if not start:
            raise FitError(f"{folder} holds no fit: name the folder of an earlier round or fit")
    with round_folder(out) as unfinished, ray_cluster(address) as ray:
        task = ray.remote(num_cpus=THREADS, max_retries=RETRIES)(_round_anywhere)
        sent = _contents(evidence.iterdir())
        result: RoundJson
        try:
            result, files = ray.get(task.remote(sent, start, settings))
        except ray.exceptions.RayError as error:
            cause = getattr(error, "cause", None)
            if isinstance(cause, CapsliceError):
                raise cause from None
            raise TrainingError(f"the round failed on {address} ({cause or error})") from None
        for name, content in files.items():
            (unfinished / name).write_bytes(content)
    return {**result, "model": str(out / result["model"])}


def _round_anywhere(evidence: Files, start: Files, settings: Settings) -> tuple[RoundJson, Files]:
    """The task: takes the files of the evidence and of the start, returns those of the round."""
    prepare_tensorflow(THREADS)
    from capslice.training.learning.learning_round import fit_round

    with tempfile.TemporaryDirectory() as folder:
        pictures, weights, out = (Path(folder, name) for name in ("evidence", START, "round"))
        for path, files in ((pictures, evidence), (weights, start)):
            path.mkdir()
            for name, content in files.items():
                (path / name).write_bytes(content)
        if start:
            settings = settings._replace(start=str(weights))
        return fit_round(pictures, settings, out), _contents(out.iterdir())


def _contents(paths: Iterable[Path]) -> Files:
    return {path.name: path.read_bytes() for path in paths if path.is_file()}
