"""`capslice label` as a process: it reads, serves, saves, and fits better models."""

from __future__ import annotations

import csv
import json
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from capslice.training.pictures import EllipseCaptcha, LettersCaptcha
from tests.commands import error_of, interruptible, run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT to send")


LONGEST = 900.0  # seconds; a fit takes one or two minutes


def has_suggestion(state: dict[str, Any]) -> bool:
    return state["next"][0]["suggestion"] is not None


class Label:
    """A running `capslice label`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.url = re.search("http[^ ]+", process.stdout.readline())[0]
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def state(self) -> dict[str, Any]:
        with self._opener.open(f"{self.url}state", timeout=30) as response:
            return json.load(response)

    def answer(self, **answer: str) -> dict[str, Any]:
        request = urllib.request.Request(
            f"{self.url}answers", json.dumps(answer).encode(), {"Content-Type": "application/json"}
        )
        with self._opener.open(request, timeout=30) as response:
            return json.load(response)

    def wait_for(self, condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first state for which the condition holds."""
        end = time.monotonic() + LONGEST
        while not condition(state := self.state()):
            assert self.process.poll() is None
            assert time.monotonic() < end
        return state

    def interrupt(self) -> str:
        self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=60)
        assert (self.process.returncode, "Traceback" in err) == (0, False), err
        return out


@contextmanager
def label(*options: object) -> Iterator[Label]:
    with interruptible("label", "--port", 0, "--no-browser", *options) as process:
        yield Label(process)


def test_a_model_makes_suggestions_and_labels_are_saved(tmp_path: Path) -> None:
    captcha, rng = EllipseCaptcha(), np.random.default_rng(1)
    texts = [captcha.random_text(rng) for _ in range(3)]
    for number, text in enumerate(texts):
        captcha.draw(text, rng).save(tmp_path / f"{number}.png")
    with label(tmp_path, "--model", "ellipses", "--no-fit") as page:
        item = page.wait_for(has_suggestion)["next"][0]
        assert (item["file"], item["suggestion"]) == ("0.png", texts[0])
        page.answer(file="0.png", decision="label", text=texts[0])
        page.answer(file="1.png", decision="unreadable")
        out = page.interrupt()
    assert "1 of 3 pictures have labels, 1 cannot be read" in out
    assert f"capslice fit --captcha folder --data {tmp_path}" in out
    assert (tmp_path / "labels.csv").read_text() == f"file,text\n0.png,{texts[0]}\n"
    assert (tmp_path / "unreadable.csv").read_text() == "file\n1.png\n"
    with (tmp_path / "readings.csv").open() as opened:
        assert [row["text"] for row in csv.DictReader(opened)] == texts


def test_what_it_cannot_begin_with_is_an_error_of_one_line(tmp_path: Path) -> None:
    done = run("label", tmp_path, status=2)
    assert "has no pictures: collect some with `capslice collect`" in error_of(done)
    Image.new("L", (60, 20)).save(tmp_path / "ab.png")
    done = run("label", tmp_path, "--check", status=2)
    assert "--check needs what a model reads" in error_of(done)
    done = run("label", tmp_path, "--check", "--model", "nowhere.onnx", status=2)
    assert "nowhere.onnx" in error_of(done)


@pytest.mark.slow
def test_after_fifty_labels_a_better_model_makes_the_suggestions(tmp_path: Path) -> None:
    captcha, rng = LettersCaptcha(charset="AB", shortest=4, length=4), np.random.default_rng(1)
    texts = {f"{number:03}.png": captcha.random_text(rng) for number in range(80)}
    for name, text in texts.items():
        captcha.draw(text, rng).save(tmp_path / name)
    with label(tmp_path, "--model", "ellipses") as page:
        page.wait_for(has_suggestion)
        for name in [*texts][:50]:
            page.answer(file=name, decision="label", text=texts[name])
        fitting = "a model is being fitted to 50 labels"
        old = page.wait_for(lambda state: fitting in state["lines"])["next"][0]["suggestion"]
        state = page.wait_for(lambda state: state["next"][0]["suggestion"] != old)
        right = [each["suggestion"] == texts[each["file"]] for each in state["next"]]
        assert sum(right) >= 2  # of four; the first model reads none
        page.interrupt()
    assert [each.name for each in (tmp_path / ".fit").glob("round-*")] == ["round-001"]
