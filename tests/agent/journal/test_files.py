"""Journal files that cannot be used, are full or locked, or come from another version."""

from __future__ import annotations

import json
import resource
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from capslice.agent.database import APPLICATION, VERSION
from capslice.agent.journal.attempts import Filter
from capslice.agent.journal.attempts import attempts as read_attempts
from capslice.agent.journal.writing import Journal
from capslice.errors import JournalError, TargetUnreachable
from tests.agent.journal.journals import PAGE, attempts, rows, runs, start_python


def assert_one_line_error(path: Path, *parts: str) -> None:
    with pytest.raises(JournalError) as caught, Journal(path, timeout=0.01) as journal:
        journal.run(PAGE).__enter__()
    message = str(caught.value)
    assert str(path).replace("\0", "\\x00") in message
    assert "\n" not in message
    for part in parts:
        assert part in message
    assert caught.value.exit_status == 2


def test_files_that_cannot_be_used(tmp_path: Path) -> None:
    assert_one_line_error(tmp_path, "unable to open", "correct journal.path")
    (tmp_path / "text").write_text("no database " * 1000)
    assert_one_line_error(tmp_path / "text", "not a database", "set journal.path to another file")
    assert_one_line_error(tmp_path / "text" / "x", "exists", "journal.path")
    assert_one_line_error(tmp_path / "n\0l" / "x", "null", "journal.path")


def test_a_database_of_another_program_is_left_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "other"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("CREATE TABLE birds (name); PRAGMA user_version = 1")
    before = path.read_bytes()
    assert_one_line_error(path, "another program")
    assert path.read_bytes() == before


def test_a_file_of_a_newer_version(tmp_path: Path) -> None:
    path = tmp_path / "newer"
    with Journal(path):
        pass
    assert rows(path, "PRAGMA user_version") == [{"user_version": VERSION}]
    assert rows(path, "PRAGMA application_id") == [{"application_id": APPLICATION}]
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    assert_one_line_error(path, f"version {VERSION + 1}", "newer")


def make_older(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "ALTER TABLE attempts DROP COLUMN stages; ALTER TABLE attempts DROP COLUMN blocked;"
            "ALTER TABLE paces DROP COLUMN sent;"
            "ALTER TABLE attempts RENAME COLUMN probabilities TO digits;"
            "PRAGMA user_version = 1"
        )


def test_an_older_file_is_migrated_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "older"
    with Journal(path) as journal, journal.run(PAGE) as run:
        run.attempt(PAGE).read(b"a picture", "23", 0.72, [0.9, 0.8])
    make_older(path)
    (attempt,) = read_attempts(path, Filter())
    assert attempt["probabilities"] == [0.9, 0.8]


def test_an_older_file_is_migrated_once(tmp_path: Path) -> None:
    path = tmp_path / "older"
    with Journal(path) as journal, journal.run(PAGE) as run:
        entry = run.attempt(PAGE)
        entry.read(b"a picture", "23", 0.72, [0.9, 0.8])
        entry.ended("accepted", None, PAGE, {"page": 0.5})
    assert json.loads(attempts(path)[0]["stages"]) == {"page": 0.5}
    make_older(path)
    opening = (
        "import sys, pathlib\nfrom capslice.agent.journal.writing import Journal\n"
        "with Journal(pathlib.Path(sys.argv[1])): 0"
    )
    programs = [start_python(opening, path) for _ in range(4)]
    for program in programs:
        program.communicate()
    assert [program.returncode for program in programs] == [0] * 4
    (row,) = attempts(path)
    assert (row["verdict"], row["stages"]) == ("accepted", None)
    assert json.loads(row["probabilities"]) == [0.9, 0.8]
    assert rows(path, "PRAGMA user_version") == [{"user_version": VERSION}]


def test_a_read_only_file(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    with Journal(path):
        pass
    # An unknown write version makes SQLite open the file read-only, even for root.
    content = bytearray(path.read_bytes())
    content[18] = 3
    path.write_bytes(content)
    assert_one_line_error(path, "readonly", "make it writable")


def test_a_file_that_stays_locked(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    with Journal(path), closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert_one_line_error(path, "locked", "another process holds it")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        assert_one_line_error(path, "locked", "another process holds it")


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
    with start_python(
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


def test_a_full_database(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    with Journal(path) as journal:
        journal.write("PRAGMA max_page_count = 20")
        with (
            pytest.raises(JournalError, match=r"is full.*make room on its disk"),
            journal.run(PAGE) as run,
        ):
            run.attempt(PAGE).read(bytes(200_000), "2", 1.0, [1.0])
    assert runs(path)[0]["outcome"] == "failed"


def test_the_journals_error_does_not_hide_the_first_one(tmp_path: Path) -> None:
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
