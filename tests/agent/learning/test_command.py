"""`capslice learn`, run as a user runs it, on real pages with a real browser."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from capslice.models.labels import rows_of
from capslice.training.mock_page import MockPage, Switches
from capslice.training.pictures import captcha_named
from tests.agent.journal.journals import attempts
from tests.commands import check_json, error_of, run

# Says after each answer how many were sent.
SAYS_EACH = """
import capslice.agent.learning.learning
capslice.agent.learning.learning.SHOWN_EVERY = 1
"""
WITHOUT_TENSORFLOW = """
import importlib.util
found = importlib.util.find_spec
importlib.util.find_spec = lambda name: None if name == "tensorflow" else found(name)
"""
MAIN = "from capslice.cli import main; main()"


@contextmanager
def started(program: str, *arguments: object, cwd: Path) -> Iterator[subprocess.Popen[str]]:
    line = [sys.executable, "-c", program + MAIN, *map(str, arguments)]
    with subprocess.Popen(
        line, cwd=cwd, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_killed_and_ended_it_goes_on(serve: Callable[..., MockPage], tmp_path: Path) -> None:
    page, out = serve(), tmp_path / "learned"
    learn = ["learn", page.url, "--model", "ellipses", "--submissions", 12, "--out", out, "--yes"]
    for end, status in ((signal.SIGKILL, -signal.SIGKILL), (signal.SIGTERM, 143)):
        with started(SAYS_EACH, *learn, cwd=tmp_path) as process:
            assert process.stderr is not None
            for line in process.stderr:
                if "answers by this model" in line:
                    process.send_signal(end)
                    break
            message = process.stderr.read()
            assert process.wait(60) == status, message
    assert "the same command goes on" in message
    check_json(("learn", "--json"), (out / "summary.json").read_text())
    done = run(*learn, "--json", status=1, cwd=tmp_path)
    summary = json.loads(done.stdout)
    assert (summary["ended"], summary["submissions"]) == ("submissions", 12)
    sent = [row for row in attempts(out / "journal.sqlite") if row["submitted"]]
    assert len(sent) == 12
    # The process may have been killed between the note in the journal and the answer itself.
    assert page.visits.accepted + page.visits.rejected in (11, 12)
    labels = rows_of(out / "evidence", out / "evidence" / "labels.csv")
    assert [text for _, text in labels] == [
        row["text"] for row in sent if row["verdict"] == "accepted"
    ]
    assert run(*learn, "--json", status=1, cwd=tmp_path).stdout == done.stdout, "nothing is sent"


def test_it_asks_for_labels(serve: Callable[..., MockPage], tmp_path: Path) -> None:
    page = serve(reject_all=True)
    few = "capslice.agent.learning.learning.RHYTHM.__dict__['first'] = 3\n"
    with started(SAYS_EACH + few, "learn", page.url, "--yes", cwd=tmp_path) as process:
        told, _ = process.communicate(timeout=120)
    assert process.returncode == 6
    assert "hardly an answer is accepted (0 of " in told
    assert "capslice label learned/evidence" in told
    assert 3 <= page.visits.rejected <= 7, "a session sends up to five answers"
    evidence = tmp_path / "learned" / "evidence"
    assert len(rows_of(evidence, evidence / "rejected.csv")) == page.visits.rejected
    assert not (evidence / "labels.csv").exists()


def test_it_finds_out_that_a_site_ignores_case(tmp_path: Path) -> None:
    captcha, switches = captcha_named("letters"), Switches(ignore_case=True)
    with MockPage(captcha, switches, seed=1) as page:
        learn = ("learn", page.url, "--model", "general", "--submissions", 40, "--yes")
        done = run(*learn, status=1, cwd=tmp_path)
    assert "the site ignores case: from now on, so does the reading" in done.stderr
    assert json.loads((tmp_path / "learned" / "summary.json").read_text())["case"] == "fold"


def test_it_ends_when_no_reading_is_an_answer(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[model]\nanswer = "sum"\n')
    few = "capslice.agent.learning.learning.MOST_SILENT = 2\n"
    with MockPage(captcha_named("letters"), seed=1) as page:
        learn = ("learn", page.url, "--yes", "--out", "a b")
        with started(SAYS_EACH + few, *learn, cwd=tmp_path) as process:
            _, said = process.communicate(timeout=120)
    assert process.returncode == 2
    assert "error: 2 sessions in a row brought no verdict" in said
    assert "the same command goes on" not in said


def test_it_asks_before_it_sends_answers(serve: Callable[..., MockPage], tmp_path: Path) -> None:
    page = serve()
    done = run("learn", page.url, status=2, cwd=tmp_path, stdin=subprocess.DEVNULL)
    assert f"Send up to 3,000 answers to {page.url[:-1]}, many of which" in done.stdout
    assert "--yes" in error_of(done)
    assert not page.visits.accepted + page.visits.rejected
    done = run("learn", page.url, "--minutes", "nan", status=2, cwd=tmp_path)
    assert "'nan' is not a number" in error_of(done)
    done = run("learn", "http://example.org/", status=2, cwd=tmp_path)
    assert "not an allowed origin" in error_of(done)


def test_wrong_use(serve: Callable[..., MockPage], tmp_path: Path) -> None:
    page, other = serve(), serve()
    learn = ["learn", "--model", "ellipses", "--submissions", "1", "--yes"]
    run(*learn, page.url, status=1, cwd=tmp_path)
    done = run(*learn, other.url, status=2, cwd=tmp_path)
    assert "learned holds what was learned from" in error_of(done)
    with started(WITHOUT_TENSORFLOW, *learn, page.url, cwd=tmp_path) as process:
        _, said = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "tensorflow is not installed: pip install" in said
    (tmp_path / "file").touch()
    done = run(*learn, page.url, "--out", "file", status=2, cwd=tmp_path)
    assert "file cannot be used" in error_of(done)
