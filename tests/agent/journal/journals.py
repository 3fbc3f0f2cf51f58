"""Reads journals with SQLite alone, writes them, and starts programs that do."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from capslice.agent.journal.writing import Journal
from tests.conftest import ROOT

PAGE = "http://127.0.0.1:8000/"
LISTS = ("labels.csv", "rejected.csv")


def rows(path: Path, statement: str) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(statement)]


def runs(path: Path) -> list[dict[str, Any]]:
    return rows(path, "SELECT * FROM runs ORDER BY id")


def attempts(path: Path) -> list[dict[str, Any]]:
    return rows(path, "SELECT * FROM attempts ORDER BY id")


def write_attempt(
    journal: Journal, text: str, verdict: str | None, picture: bytes, page: str = PAGE
) -> int:
    with journal.run(page) as run:
        entry = run.attempt(page)
        entry.read(picture, text, 0.5, [0.5, 1.0])
        entry.submitting()
        entry.ended(verdict, None if verdict else f"no answer at {page}?t=1", page)
    return run.id


def submit(path: Path, url: str, accepted: int = 150, rejected: int = 12) -> None:
    """Write accepted answers, and rejected ones after them."""
    with Journal(path) as journal, journal.run(url) as run:
        journal.write("BEGIN")
        for verdict in ["accepted"] * accepted + ["rejected"] * rejected:
            entry = run.attempt(url)
            entry.read(b"picture", "abc", 0.9, [])
            entry.submitting()
            entry.ended(verdict, None, url)
        journal.write("COMMIT")


def start_python(program: str, *arguments: object, **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        **options,
    )
