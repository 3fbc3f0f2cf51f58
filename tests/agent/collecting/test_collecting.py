"""`capslice collect`: fresh pictures of a page, without an answer."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from flask import Flask, Response, abort
from PIL import Image
from werkzeug.serving import make_server

from capslice.agent.collecting.collecting import Collector
from capslice.agent.collecting.picture_folder import MANY, PictureFolder
from capslice.errors import OriginNotAllowed, TargetRefused
from capslice.models.labels import labels_of
from capslice.training.mock_page import MockPage
from tests.agent.conftest import served
from tests.commands import error_of, interruptible, run
from tests.conftest import in_a_thread, settings_for

Serve = Callable[..., MockPage]
SELECTORS = {"selectors": {"refresh": ""}}


def picture(seed: int, size: tuple[int, int] = (60, 30)) -> bytes:
    content = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(256, size=size[::-1])
    Image.fromarray(pixels.astype(np.uint8)).save(content, "PNG")
    return content.getvalue()


def serve_in_turn(shown: list[bytes | int]) -> Flask:
    """A page that shows one picture after the other, or answers with a status."""
    app, left, pictures = Flask(__name__), iter(shown), {}

    @app.get("/")
    def page() -> str:
        now = next(left)
        if isinstance(now, int):
            abort(now)
        name = f"{len(pictures)}.png"
        pictures[name] = now
        return f"<img id=captcha src=/{name}><input id=answer>"

    @app.get("/<name>")
    def file(name: str) -> Response:
        return Response(pictures[name], mimetype="image/png")

    return app


@pytest.fixture
def in_turn() -> Iterator[Callable[[list[bytes | int]], str]]:
    with ExitStack() as stack:
        yield lambda shown: stack.enter_context(
            served(make_server("127.0.0.1", 0, serve_in_turn(shown), threaded=True))
        )


def test_each_picture_is_kept_once_and_the_folder_continued(serve: Serve, tmp_path: Path) -> None:
    page, out = serve(weaknesses=frozenset({"few_pictures"})), tmp_path / "out"
    run("collect", page.url, "--count", 4, "--out", out, "--model", "ellipses")
    files = sorted(out.glob("*.png"))
    assert len(files) == 4
    for file in files:
        assert file.stem == hashlib.sha256(file.read_bytes()).hexdigest()[:16]
    with (out / "readings.csv").open() as opened:
        readings = {row["file"]: row for row in csv.DictReader(opened)}
    assert readings.keys() == {file.name for file in files}
    assert all(len(each["text"]) == 6 and 0 < float(each["confidence"]) <= 1
               for each in readings.values())  # fmt: skip
    done = run("collect", page.url, "--count", 30, "--out", out, "--json", status=1)
    found = json.loads(done.stdout)
    assert (found["pictures"], found["new"], found["sizes"]) == (10, 6, {"310x80": 10})
    assert found["exhausted"]
    assert "the same pictures again and again" in done.stderr
    assert labels_of(out) == {}
    assert (page.visits.accepted, page.visits.rejected) == (0, 0)
    assert all("capslice/" in agent for agent in page.visits.user_agents)


def test_what_stands_in_place_of_a_captcha_is_noticed(
    in_turn: Callable[[list[bytes | int]], str], tmp_path: Path
) -> None:
    blank, other = io.BytesIO(), picture(99, (80, 30))
    Image.new("L", (60, 30), 200).save(blank, "PNG")
    usual = [picture(seed) for seed in range(MANY)]
    url = in_turn([*usual, blank.getvalue(), 500, b"", other, usual[0], 403])
    lines: list[str] = []
    settings = settings_for(url, 5.0, target=SELECTORS)
    collector = Collector(settings, PictureFolder(tmp_path), None, lines.append)
    with pytest.raises(TargetRefused):
        in_a_thread(lambda: [*collector.pictures(50)])
    collection = collector.collection
    assert (collection.new, collection.duplicates) == (MANY + 1, 1)
    assert collection.faults.total() == 3
    blank_line, error_line, broken_line, size_line = lines
    assert "shows a blank picture in place of a captcha" in blank_line
    assert "500" in error_line
    assert "cannot be decoded" in broken_line
    assert "is 80x30, not 60x30: is it a captcha?" in size_line
    assert len([*tmp_path.glob("*.png")]) == MANY + 1


def test_only_allowed_origins_are_opened(tmp_path: Path) -> None:
    with pytest.raises(OriginNotAllowed):
        Collector(settings_for("https://a.example"), PictureFolder(tmp_path), None, print)
    done = run("collect", "http://127.0.0.1:8999/", "--out", tmp_path / "out", status=3)
    assert "does not answer" in error_of(done)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT to send")
def test_an_interrupted_folder_keeps_its_pictures(serve: Serve, tmp_path: Path) -> None:
    with interruptible("collect", serve().url, "--count", 50, "--out", tmp_path) as process:
        while "collecting: 5 of 50" not in process.stderr.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert [*filter(None, err.splitlines())][-2:] == [
        f"{tmp_path} keeps its {len([*tmp_path.glob('*.png')])} pictures",
        "error: interrupted",
    ]
