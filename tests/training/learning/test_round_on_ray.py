"""A round of learning as a Ray task: the evidence goes there, the whole round comes back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from capslice import Reader
from capslice.errors import FitError, TrainingError
from capslice.training.learning.on_ray import run_round_on_ray
from capslice.training.learning.settings import Settings
from capslice.training.ray_cluster import LOCAL
from tests.training.learning.test_learning_round import collect, start, write

pytest.importorskip("ray", reason="Ray is not published for this Python")

__all__ = ["start"]  # a fixture


@pytest.mark.slow
def test_a_round_comes_back_whole(start: Path, tmp_path: Path) -> None:
    evidence = tmp_path / "evidence"
    write(evidence / "labels.csv", collect(evidence, 40, 8))
    result = run_round_on_ray(evidence, Settings(str(start), steps=2), tmp_path / "1", LOCAL)
    assert result["model"] == str(tmp_path / "1" / "model.onnx")
    assert Reader(result["model"]).card.charset == "abc"
    names = {path.name for path in (tmp_path / "1").iterdir()}
    assert names >= {"fit.json", "reader.weights.h5", "round.json"}
    # The error of a task is that of a round here.
    (evidence / "labels.csv").write_text("file,text\nmissing.png,ab\n")
    with pytest.raises((FitError, TrainingError), match="no picture that can be used"):
        run_round_on_ray(evidence, Settings(str(start)), tmp_path / "2", LOCAL)
    assert not (tmp_path / "2").exists()


def test_without_a_cluster_or_a_start(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"no Ray cluster at 127.0.0.1:1 "):
        run_round_on_ray(tmp_path, Settings(), tmp_path / "out", "127.0.0.1:1")
    with pytest.raises(FitError, match="holds no fit"):
        run_round_on_ray(tmp_path, Settings(str(tmp_path)), tmp_path / "out", LOCAL)
    assert not (tmp_path / "out").exists()


def test_a_worker_can_import_the_task_without_keras() -> None:
    program = "import sys, capslice.training.learning.on_ray; sys.exit('keras' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
