"""The commands as a user meets them: whole processes, real pages, exit statuses."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import pytest

from capslice.training.mock_page import MockPage
from capslice.training.pictures import EllipseCaptcha, generate
from tests.agent.conftest import Answer, Site
from tests.commands import command, error_of, run, run_here
from tests.conftest import ROOT

Serve = Callable[..., MockPage]


def test_demo(tmp_path: Path) -> None:
    done = run("demo", "--screenshot", tmp_path / "end", "--typed-screenshot", tmp_path / "t")
    assert re.fullmatch(
        r"solved [234568]{6} on attempt 1 in \d+\.\d s \(confidence [01]\.\d{4}\)\n", done.stdout
    )
    for name in ("end", "t"):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")


def test_solve_as_json(serve: Serve) -> None:
    page = serve(reject_first=2)
    found = json.loads(run("solve", page.url, "--json").stdout)
    assert found["solved"] is True
    assert found["attempts"] == 3
    assert re.fullmatch("[234568]{6}", found["text"])
    assert 0 < found["confidence"] <= 1
    assert found["url"] == page.url + "welcome"
    assert found["seconds"] > 0


def test_all_rejected_is_status_1(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[retries]\nattempts = 2\nfirst_wait = 0")
    page = serve(reject_all=True)
    done = run("solve", page.url, "--json", status=1, cwd=tmp_path)
    assert json.loads(done.stdout)["attempts"] == 2
    assert page.visits.rejected == 2


def test_an_origin_that_is_not_allowed_is_status_2(
    site: Callable[..., Site], tmp_path: Path
) -> None:
    there = site({"/": Answer(b"hello")})
    (tmp_path / "config.toml").write_text("[target]\nallowed_origins = ['https://a.example']")
    done = run("solve", there.url, status=2, cwd=tmp_path)
    assert "is not an allowed origin (https://a.example)" in error_of(done)
    assert there.log == []


def test_read(tmp_path: Path, captcha: EllipseCaptcha) -> None:
    files = list(generate(captcha, tmp_path, 3, np.random.default_rng(4)))
    (tmp_path / "x.png").write_bytes(b"no picture")
    done = run("read", files[0], tmp_path / "x.png", *files[1:], "--json", status=2)
    assert "x.png is not a picture" in error_of(done)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["file"] for line in lines] == list(map(str, files))
    for line, file in zip(lines, files, strict=True):
        assert line["text"] == file.name[:6]
        assert len(line["probabilities"]) == 6
        assert 0 < line["confidence"] <= min(line["probabilities"]) <= 1


def test_doctor_reports_a_wrong_selector(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        "[browser]\ntimeout = 1\n[target.selectors]\nsubmit = '#send'"
    )
    done = run("doctor", serve().url, status=3, cwd=tmp_path)
    assert "FAIL selectors: selectors.submit '#send' matches nothing" in done.stdout


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    """The files that the commands refer to, in a folder where they can do no harm."""
    for name in ("README.md", "docs", "config.toml"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("solve", "--model", "nowhere.onnx"), "cannot be read"),
        (("solve", "--nothing"), "No such option"),
        (("demo", "--screenshot", "README.md/x.png"), "cannot be written"),
        (("solve", "--screenshot", "."), "it is a folder"),
        (("audit", "--junit", "nowhere/x.xml"), "nowhere is not a folder"),
        (("init", "http://127.0.0.1:8000/", "--out", "x", "--screenshot", "x"), "end it with .png"),
        (("new", "os"), "'os' is a module of Python's"),
        (("evaluate", "nowhere"), "does not exist"),
        (("generate", "--out", "README.md"), "README.md"),
        (("generate", "--count", "0"), "--count"),
        (("fit", "--split", "1:x"), "'1:x' is not 3 positive"),
    ],
)
def test_wrong_use_is_one_line(arguments: tuple[str, ...], said: str, documents: Path) -> None:
    done = run(*arguments, status=2, cwd=documents)
    assert said in error_of(done)


def test_a_fit_that_cannot_be_kept(documents: Path) -> None:
    given = ("fit", "--count", "20", "--out", "README.md/x")
    done = run_here(*given, status=2, cwd=documents)
    assert "cannot be written to" in error_of(done)


def test_a_port_that_is_taken(serve: Serve) -> None:
    port = serve().url.rstrip("/").rpartition(":")[2]
    done = run("serve", "--port", port, status=2)
    assert f"127.0.0.1:{port}" in error_of(done)


def test_defaults_from_config_toml(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("[training.generate]\ncount = 3\n")
    run("generate", cwd=tmp_path)
    assert len(list((tmp_path / "data").iterdir())) == 3
    run("generate", "--count", "2", cwd=tmp_path)
    assert len(list((tmp_path / "data").iterdir())) == 5
    for text, said in (
        ("[training.generate]\ncuont = 3", "no key 'cuont'"),
        ("[training.generat]\ncount = 3", "no section [training.generat]"),
        ("[trainig.generate]\ncount = 3", "no section [trainig], did you mean [training]?"),
        ("[training.generate]\ncount = 'many'", "'many' is not a valid integer"),
        ("[training]\ngenerate = 3", "generate = 3 is a value where a section belongs"),
        ("[training", "cannot be read"),
    ):
        config.write_text(text)
        assert said in error_of(run("generate", status=2, cwd=tmp_path))


@pytest.mark.slow
def test_the_way_to_your_own_model(tmp_path: Path) -> None:
    run("generate", "--count", "2000", "--out", "data", "--seed", "1", cwd=tmp_path)
    (tmp_path / "data" / "notes.txt").write_text("")
    fit = ("fit", "--data", "data", "--out", "fitted")
    done = run(*fit, cwd=tmp_path)
    assert (
        "2000 pictures of 6 characters of 234568 in 310x80 pixels, 1 files skipped" in done.stderr
    )
    assert "fitted after 20 epochs on 1600 captchas;" in done.stdout
    run(*fit, status=2, cwd=tmp_path)
    done = run("export", "fitted", "--out", "mine.onnx", cwd=tmp_path)
    assert done.stdout.startswith("mine.onnx: ")
    serving = command("serve", "--port", "0")
    with subprocess.Popen(
        serving, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as page:
        assert page.stdout is not None
        (url,) = re.findall(r"http://\S+/", page.stdout.readline())
        (tmp_path / "config.toml").write_text(
            "[model]\npath = 'mine.onnx'\n[retries]\nattempts = 20"
        )
        found = json.loads(run("solve", url, "--json", cwd=tmp_path).stdout)
        assert found["solved"] is True
        page.send_signal(signal.SIGINT)
        stdout, stderr = page.communicate(timeout=30)
    assert page.returncode == 0
    assert stderr == ""
    assert "1 answers accepted" in stdout


@pytest.mark.parametrize(
    ("switches", "reached"),
    [
        ({"picture_delay": 60}, "pages"),
        ({"verdict_delay": 60}, "accepted"),
        ({"reject_all": True}, "rejected"),
    ],
    ids=["while the picture loads", "before the verdict", "between two attempts"],
)
def test_ctrl_c_ends_a_solve_in_one_line(
    switches: dict[str, float], reached: str, serve: Serve, tmp_path: Path
) -> None:
    page = serve(**switches)
    (tmp_path / "config.toml").write_text(
        "[retries]\nfirst_wait = 60\nlongest_wait = 60\ntotal = 3600\n"
        "[browser]\ntimeout = 60\n[journal]\npath = 'journal.sqlite'"
    )
    with subprocess.Popen(
        command("solve", page.url), cwd=tmp_path,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    ) as solving:  # fmt: skip
        # A terminal signals the whole process group, including the browser and its driver.
        while not getattr(page.visits, reached):
            assert solving.poll() is None
        started = psutil.Process(solving.pid).children(recursive=True)
        os.killpg(solving.pid, signal.SIGINT)
        stdout, stderr = solving.communicate(timeout=30)
    assert solving.returncode == 130
    # As root there is a note that Chromium has no sandbox.
    said = [line for line in stderr.splitlines() if not line.startswith("note: ")]
    assert (stdout, [line for line in said if line]) == ("", ["error: interrupted"])
    # The driver and the browser must have ended; zombies have.
    _, left = psutil.wait_procs(started, timeout=30)
    assert started
    assert [each for each in left if each.status() != psutil.STATUS_ZOMBIE] == []
    done = run("journal", "--json", cwd=tmp_path)
    (attempt,) = map(json.loads, done.stdout.splitlines())
    assert attempt["ended"]
