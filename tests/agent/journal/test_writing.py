"""The journal is on the disk at every step, whoever writes at the same time and however it ends."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import islice
from pathlib import Path

import pytest

from capslice.agent.journal.writing import Journal
from capslice.errors import JournalError, TargetUnreachable
from tests.agent.journal.journals import PAGE, attempts, rows, runs, start_python


def test_every_step_is_there_before_the_next(tmp_path: Path) -> None:
    path = tmp_path / "a folder" / "journal.sqlite"
    with Journal(path) as journal, journal.run(PAGE) as run:
        (begun,) = runs(path)
        assert (begun["url"], begun["pid"], begun["ended"]) == (PAGE, os.getpid(), None)
        entry = run.attempt(PAGE)
        (row,) = attempts(path)
        assert (row["run"], row["number"], row["url"]) == (begun["id"], 1, PAGE)
        assert row["started"].endswith("+00:00")
        assert row["text"] is row["submitted"] is row["ended"] is None
        entry.read(b"a picture", "234568", 0.75, [0.9, 0.8])
        (row,) = attempts(path)
        assert (row["picture"], row["text"], row["confidence"]) == (b"a picture", "234568", 0.75)
        assert json.loads(row["probabilities"]) == [0.9, 0.8]
        assert row["submitted"] is None
        entry.submitting()
        assert attempts(path)[0]["submitted"]
        entry.ended("rejected", None, PAGE)
        (row,) = attempts(path)
        assert (row["verdict"], row["error"]) == ("rejected", None)
        assert row["started"] <= row["submitted"] <= row["ended"]
        second = run.attempt(PAGE)
        second.ended("accepted", None, PAGE + "welcome")
        assert runs(path)[0]["outcome"] is None
    assert [(row["number"], row["verdict"]) for row in attempts(path)] == [
        (1, "rejected"),
        (2, "accepted"),
    ]
    assert attempts(path)[1]["url"] == PAGE + "welcome"
    (run_row,) = runs(path)
    assert (run_row["outcome"], run_row["error"]) == ("solved", None)
    assert run_row["started"] <= run_row["ended"]


@pytest.mark.parametrize(
    ("raised", "outcome", "said"),
    [
        (
            TargetUnreachable(f"{PAGE}?t=1 does\nnot answer"),
            "failed",
            f"{PAGE}?t=* does not answer",
        ),
        (ZeroDivisionError("by zero"), "failed", "ZeroDivisionError: by zero"),
        (KeyboardInterrupt(), "interrupted", "KeyboardInterrupt"),
    ],
)
def test_an_error_ends_a_run(
    raised: BaseException, outcome: str, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "journal"
    with Journal(path) as journal, pytest.raises(type(raised)), journal.run(PAGE) as run:
        run.attempt(PAGE)
        raise raised
    (row,) = runs(path)
    assert (row["outcome"], row["error"]) == (outcome, said)
    (row,) = attempts(path)
    assert row["ended"]
    assert (row["verdict"], row["error"]) == (None, said)


def test_unsolved(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    with Journal(path) as journal:
        with journal.run(PAGE):
            pass
        with journal.run(PAGE) as run:
            run.attempt(PAGE).ended("accepted", None, PAGE)
            run.attempt(PAGE).ended("unsure", None, PAGE)
    assert [row["outcome"] for row in runs(path)] == ["unsolved", "unsolved"]


def test_no_secret_is_written(tmp_path: Path) -> None:
    path, url = tmp_path / "journal", "http://ann:S3CR3T@127.0.0.1/?token=S3CR3T#S3CR3T"
    with Journal(path) as journal, journal.run(url) as run:
        run.attempt(url)
        run.attempt(url).ended(None, f"{url} does not answer", url)
        assert [row["url"] for row in attempts(path)] == ["http://127.0.0.1/?token=*#*"] * 2
    assert b"S3CR3T" not in path.read_bytes()
    assert b"token=*" in path.read_bytes()


def test_text_that_utf8_cannot_encode_is_escaped(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    with Journal(path) as journal, journal.run(PAGE + "\udcff"):
        pass
    assert runs(path)[0]["url"] == PAGE + "\\udcff"


WRITER = """
import sys
from pathlib import Path
from capslice.agent.journal.writing import Journal

with Journal(Path(sys.argv[1])) as journal:
    for number in range(int(sys.argv[2])):
        with journal.run("http://127.0.0.1/") as run:
            entry = run.attempt("http://127.0.0.1/")
            entry.read(bytes(9000), str(number), 1.0, [1.0])
            entry.submitting()
            print(entry.id, flush=True)
            entry.ended("accepted", None, "http://127.0.0.1/")
"""


def test_a_killed_process_loses_no_submitted_answer(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    chance = random.Random(2026)
    submitted: set[int] = set()
    for _ in range(20):
        with start_python(WRITER, path, 1_000_000) as writer:
            assert writer.stdout is not None
            said = list(islice(writer.stdout, chance.randrange(1, 12)))
            # The writer works on meanwhile, so it dies at a random step.
            sum(range(chance.randrange(200_000)))
            writer.kill()
            said += writer.stdout
            assert writer.wait() == -signal.SIGKILL
            submitted |= {int(line) for line in said if line.endswith("\n")}
        with Journal(path):
            kept = {row["id"] for row in attempts(path) if row["submitted"] and row["picture"]}
            assert submitted <= kept
            assert rows(path, "PRAGMA integrity_check") == [{"integrity_check": "ok"}]
            assert all(row["ended"] for row in runs(path)), "killed runs are ended"
    assert len(submitted) > 40
    assert {row["outcome"] for row in runs(path)} <= {"solved", "killed"}
    assert "killed" in {row["outcome"] for row in runs(path)}


def test_several_processes_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    writers = [start_python(WRITER, path, 10) for _ in range(4)]
    with Journal(path) as journal:
        threads = [threading.Thread(target=solve_some, args=(journal, 10)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        reported: list[int] = []
        for writer in writers:
            said, _ = writer.communicate()
            assert writer.returncode == 0
            reported += map(int, said.split())
    assert len(set(reported)) == 40
    kept = attempts(path)
    assert len(kept) == 70
    assert set(reported) <= {row["id"] for row in kept}
    assert all(row["verdict"] == "accepted" for row in kept)
    assert len({row["run"] for row in kept}) == 70
    assert {row["outcome"] for row in runs(path)} == {"solved"}


def test_many_threads_open_a_new_file_at_once(tmp_path: Path) -> None:
    together = threading.Barrier(8)
    opened: list[Path] = []

    def open_all(_: int) -> None:
        for number in range(10):
            together.wait()
            try:
                with Journal(tmp_path / str(number)) as journal:
                    opened.append(journal.path)
            except BaseException:
                together.abort()  # the other threads must not wait for this one
                raise

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(open_all, range(8)))
    assert len(opened) == 80


def test_it_waits_while_another_process_creates_the_file(tmp_path: Path) -> None:
    path, timeout = tmp_path / "journal", 0.2
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        with pytest.raises(JournalError, match="locked"), Journal(path, timeout=timeout):
            pass
        assert time.monotonic() - began >= timeout
        other.execute("COMMIT")
        with Journal(path, timeout=timeout) as journal:
            assert journal.path == path


def solve_some(journal: Journal, count: int) -> None:
    for _ in range(count):
        with journal.run(PAGE) as run:
            run.attempt(PAGE).ended("accepted", None, PAGE)


def test_only_runs_of_dead_processes_are_killed(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    with Journal(path) as journal, journal.run(PAGE):
        with Journal(path):
            assert runs(path)[0]["outcome"] is None, "its process still runs"
        # The same process id with another creation time: the system has reused the id.
        journal.write("UPDATE runs SET created = created - 100")
        with Journal(path):
            assert runs(path)[0]["outcome"] == "killed"
            assert runs(path)[0]["ended"]
