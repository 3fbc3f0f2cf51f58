"""The journal: on the disk at every step, whoever writes beside it and however that one ends."""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capslice.agent.database import APPLICATION, VERSION
from capslice.agent.journal.writing import Journal
from capslice.agent.rules.redaction import redacted, redacted_text
from capslice.errors import JournalError, TargetUnreachable
from tests.conftest import ROOT

PAGE = "http://127.0.0.1:8000/"


def rows(path: Path, statement: str) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(statement)]


def runs(path: Path) -> list[dict[str, Any]]:
    return rows(path, "SELECT * FROM runs ORDER BY id")


def attempts(path: Path) -> list[dict[str, Any]]:
    return rows(path, "SELECT * FROM attempts ORDER BY id")


def python(program: str, *arguments: object, **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        **options,
    )


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
def test_a_run_that_an_error_ends(
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


def test_what_utf8_cannot_say_is_written_all_the_same(tmp_path: Path) -> None:
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


def test_killed_at_any_moment_it_has_all_that_was_submitted(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    chance = random.Random(2026)
    submitted: set[int] = set()
    for _ in range(20):
        with python(WRITER, path, 1_000_000) as writer:
            assert writer.stdout is not None
            said = list(islice(writer.stdout, chance.randrange(1, 12)))
            # The writer goes on meanwhile: it dies somewhere in its steps.
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


def test_several_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    writers = [python(WRITER, path, 10) for _ in range(4)]
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


def test_many_open_a_new_file_at_once(tmp_path: Path) -> None:
    together = threading.Barrier(8)
    opened: list[Path] = []

    def open_all(_: int) -> None:
        for number in range(10):
            together.wait()
            try:
                with Journal(tmp_path / str(number)) as journal:
                    opened.append(journal.path)
            except BaseException:
                together.abort()  # nobody waits for one that failed
                raise

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(open_all, range(8)))
    assert len(opened) == 80


def test_it_waits_for_one_that_is_just_making_the_file(tmp_path: Path) -> None:
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


def test_only_runs_of_the_dead_are_killed(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    with Journal(path) as journal, journal.run(PAGE):
        with Journal(path):
            assert runs(path)[0]["outcome"] is None, "its process still runs"
        # Our process id, of a process that began at another time: it was given away twice.
        journal.write("UPDATE runs SET created = created - 100")
        with Journal(path):
            assert runs(path)[0]["outcome"] == "killed"
            assert runs(path)[0]["ended"]


def in_one_line(path: Path, *said: str) -> None:
    with pytest.raises(JournalError) as caught, Journal(path, timeout=0.01) as journal:
        journal.run(PAGE).__enter__()
    message = str(caught.value)
    assert str(path).replace("\0", "\\x00") in message
    assert "\n" not in message
    for words in said:
        assert words in message
    assert caught.value.exit_status == 2


def test_files_that_cannot_be_used(tmp_path: Path) -> None:
    in_one_line(tmp_path, "unable to open", "correct journal.path")
    (tmp_path / "text").write_text("no database " * 1000)
    in_one_line(tmp_path / "text", "not a database", "set journal.path to another file")
    in_one_line(tmp_path / "text" / "x", "exists", "journal.path")
    in_one_line(tmp_path / "n\0l" / "x", "null", "journal.path")


def test_a_database_of_another_program_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "other"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("CREATE TABLE birds (name); PRAGMA user_version = 1")
    before = path.read_bytes()
    in_one_line(path, "another program")
    assert path.read_bytes() == before


def test_a_newer_schema(tmp_path: Path) -> None:
    path = tmp_path / "newer"
    with Journal(path):
        pass
    assert rows(path, "PRAGMA user_version") == [{"user_version": VERSION}]
    assert rows(path, "PRAGMA application_id") == [{"application_id": APPLICATION}]
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    in_one_line(path, f"version {VERSION + 1}", "newer")


def test_an_older_file_is_brought_up_to_date_once(tmp_path: Path) -> None:
    path = tmp_path / "older"
    with Journal(path) as journal, journal.run(PAGE) as run:
        entry = run.attempt(PAGE)
        entry.read(b"a picture", "23", 0.72, [0.9, 0.8])
        entry.ended("accepted", None, PAGE, {"page": 0.5})
    assert json.loads(attempts(path)[0]["stages"]) == {"page": 0.5}
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "ALTER TABLE attempts DROP COLUMN stages;"
            "ALTER TABLE attempts RENAME COLUMN probabilities TO digits;"
            "PRAGMA user_version = 1"
        )
    opening = (
        "import sys, pathlib\nfrom capslice.agent.journal.writing import Journal\n"
        "with Journal(pathlib.Path(sys.argv[1])): 0"
    )
    programs = [python(opening, path) for _ in range(4)]
    for program in programs:
        program.communicate()
    assert [program.returncode for program in programs] == [0] * 4
    (row,) = attempts(path)
    assert (row["verdict"], row["stages"]) == ("accepted", None)
    assert json.loads(row["probabilities"]) == [0.9, 0.8]
    assert rows(path, "PRAGMA user_version") == [{"user_version": VERSION}]


def test_a_file_that_may_only_be_read(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    with Journal(path):
        pass
    # A write version that SQLite does not know: it then reads and never writes, root's files too.
    content = bytearray(path.read_bytes())
    content[18] = 3
    path.write_bytes(content)
    in_one_line(path, "readonly", "make it writable")


def test_a_file_that_is_held_too_long(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    with Journal(path), closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        in_one_line(path, "locked", "another process holds it")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        in_one_line(path, "locked", "another process holds it")


FILLER = """
import sys
from pathlib import Path
from capslice.errors import JournalError
from capslice.agent.journal.writing import Journal

try:
    with Journal(Path(sys.argv[1])) as journal, journal.run("http://127.0.0.1/") as run:
        while True:
            entry = run.attempt("http://127.0.0.1/")
            entry.read(bytes(50_000), "2", 1.0, [1.0])
            entry.submitting()
            print(entry.id, flush=True)
except JournalError as error:
    print(error, file=sys.stderr)
"""


def test_a_full_disk(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    limit = (600_000, 600_000)
    with python(
        FILLER,
        path,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit),
    ) as filler:
        said, error = filler.communicate()
    assert error.count("\n") == 1, error
    assert error.startswith(f"journal {path} cannot be used (")
    assert "make room on its disk" in error
    submitted = {int(line) for line in said.split()}
    assert submitted
    with Journal(path):
        assert submitted <= {row["id"] for row in attempts(path) if row["submitted"]}
        assert rows(path, "PRAGMA integrity_check") == [{"integrity_check": "ok"}]


def test_a_database_that_may_not_grow(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    with Journal(path) as journal:
        journal.write("PRAGMA max_page_count = 20")
        with (
            pytest.raises(JournalError, match=r"is full.*make room on its disk"),
            journal.run(PAGE) as run,
        ):
            run.attempt(PAGE).read(bytes(200_000), "2", 1.0, [1.0])
    assert runs(path)[0]["outcome"] == "failed"


def test_an_error_on_its_way_is_not_hidden_by_the_journals(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    with (
        Journal(path, timeout=0.01) as journal,
        closing(sqlite3.connect(path, isolation_level=None)) as other,
    ):
        with pytest.raises(TargetUnreachable, match="gone"), journal.run(PAGE):
            other.execute("BEGIN IMMEDIATE")
            raise TargetUnreachable("gone")
        other.execute("ROLLBACK")
        with pytest.raises(JournalError, match="locked"), journal.run(PAGE):
            other.execute("BEGIN IMMEDIATE")


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000/"),
        ("https://ann:pw@a.example/in?token=1&x#y", "https://a.example/in?token=*&*#*"),
        ("https://a.example?code#access_token=1&state=2", "https://a.example?*#access_token=*&state=*"),
        ("http://a.example/in;jsessionid=1/x;v=2?", "http://a.example/in;jsessionid=*/x;v=*?"),
        ("http://a@b@c.example/@path", "http://c.example/@path"),
        ("http://[::1", "http://[::1"),
        ("ann:pw@a.example", "a.example"),
        ("data:text/html,secret", "data:*"),
        ("about:blank", "about:blank"),
        ("", ""),
    ],
)  # fmt: skip
def test_what_is_kept_of_an_address(url: str, kept: str) -> None:
    assert redacted(url) == kept


def test_addresses_in_a_sentence() -> None:
    assert redacted_text(
        "http://a:b@h/?t=1 does not answer ('https://h/#x'), nor does DATA:text/html,x: is it up?"
    ) == ("http://h/?t=* does not answer ('https://h/#*'), nor does DATA:*: is it up?")


names = st.text("abcxyz_", min_size=1)
SECRET = "S3CR3T"
secrets = st.text(st.characters(exclude_characters="&#/?@ ", exclude_categories=["C", "Z"])).map(
    lambda text: SECRET + text
)


@given(st.lists(st.tuples(names, secrets)), st.lists(st.tuples(names, secrets)), secrets)
def test_no_secret_is_kept(
    query: Sequence[tuple[str, str]], fragment: Sequence[tuple[str, str]], password: str
) -> None:
    def pairs(given: Sequence[tuple[str, str]]) -> str:
        return "&".join(f"{name}={value}" for name, value in given)

    url = f"https://ann:{password}@a.example/in?{pairs(query)}#{pairs(fragment)}"
    kept = redacted(url)
    assert SECRET not in kept
    assert kept.startswith("https://a.example/in?")
    assert all(name in kept for name, _ in (*query, *fragment))
    assert SECRET not in redacted_text(f"at '{url}', {url}")


@given(st.text())
def test_what_is_redacted_stays_as_it_is(text: str) -> None:
    redacted(text)
    url = "http://" + text
    assert redacted(redacted(url)) == redacted(url)
    assert redacted_text(redacted_text(url)) == redacted_text(url)
