"""Control characters of a page or a file do not reach the terminal, and the ends are one line."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from capslice.agent.audit.report.html import html_page
from capslice.agent.journal.writing import Journal
from capslice.errors import harmless
from tests.agent.audit.report.reports import full
from tests.commands import command, error_of, run_here

EVIL = "a\x1b]0;owned\x07\x1b[31m\x9b31m\x00\u202eb"
DEVICE = Path("/dev/full")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with Journal(tmp_path / "journal.sqlite") as journal, journal.run("http://a.example/") as run:
        entry = run.attempt("http://a.example/")
        entry.read(b"", EVIL, 0.5, (0.5,))
        entry.ended("rejected", EVIL, "http://a.example/")
    (tmp_path / "config.toml").write_text("[journal]\npath = 'journal.sqlite'\n")
    return tmp_path


@pytest.mark.parametrize("option", [(), ("--csv",), ("--json",)])
def test_the_journal_is_shown_without_control_characters(
    option: tuple[str, ...], folder: Path
) -> None:
    shown = run_here("journal", *option, cwd=folder).stdout
    assert "owned" in shown
    assert set(shown) & set("\x1b\x07\x9b\0\u202e") == set()


def test_a_text_cannot_forge_a_line(tmp_path: Path, png: bytes) -> None:
    with Journal(tmp_path / "journal.sqlite") as journal, journal.run("http://a.example/") as run:
        run.attempt("http://a.example/").read(b"", "a\nerror: b", 0.5, (0.5,))
    (tmp_path / "config.toml").write_text("[journal]\npath = 'journal.sqlite'\n")
    (tmp_path / "a\nerror: b.png").write_bytes(png)
    for arguments in (["journal"], ["read", "a\nerror: b.png"]):
        shown = run_here(*arguments, cwd=tmp_path).stdout
        assert "error: b" in shown
        assert len(shown.splitlines()) == 1


def test_harmless_text_stays_as_it_is() -> None:
    text = "Grüße,\tΩ\n中文 “1” 🙂"
    assert harmless(text) == text
    assert harmless("a\x1b[0m\r\0") == r"a\x1b[0m\r\x00"


def test_a_report_has_no_control_characters() -> None:
    page = html_page(full(headline=EVIL, machine=EVIL))
    assert "owned" in page
    assert set(page) & set("\x1b\x07\x9b\0") == set()


WRONG = [
    "UPDATE attempts SET confidence = 'high'",
    "UPDATE attempts SET probabilities = 'none'",
    "UPDATE attempts SET probabilities = '{}'",
    "UPDATE attempts SET blocked = '[1]'",
    "UPDATE attempts SET started = 'yesterday'",
    "UPDATE attempts SET url = x'00'",
    "UPDATE runs SET pid = 'one', outcome = NULL",
    "PRAGMA user_version = 0",
    "PRAGMA user_version = -7",
    "PRAGMA user_version = 99",
]


@pytest.mark.parametrize("statement", WRONG)
def test_a_journal_with_wrong_values_is_one_line(statement: str, folder: Path) -> None:
    with closing(sqlite3.connect(folder / "journal.sqlite")) as connection, connection:
        connection.execute(statement)
    done = run_here("journal", status=2, cwd=folder)
    assert "journal" in error_of(done)


@pytest.mark.skipif(not DEVICE.exists(), reason="only Linux has this device")
def test_a_full_or_closed_output_is_one_line(folder: Path) -> None:
    line = command("journal")
    with DEVICE.open("w") as full_device:
        done = subprocess.run(
            line, stdout=full_device, stderr=subprocess.PIPE, text=True, cwd=folder, timeout=120
        )
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        line, stdout=writing, stderr=subprocess.PIPE, text=True, cwd=folder, timeout=120
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, "")  # as for a reader such as `head`
