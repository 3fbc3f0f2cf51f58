"""Addresses, headers, journals and reports of every kind give a result or one error."""

from __future__ import annotations

import json
import random
import re
import sqlite3
import tempfile
from contextlib import closing, suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from ada_url import URL
from playwright.sync_api import Browser

from capslice.agent.audit.report.compare import compare
from capslice.agent.audit.report.html import html_page
from capslice.agent.audit.report.junit import junit_xml
from capslice.agent.audit.report.report import load_report
from capslice.agent.audit.sessions import read_sessions
from capslice.agent.journal.attempts import Filter, attempts
from capslice.agent.journal.writing import Journal
from capslice.agent.rules.guard import Guard
from capslice.agent.rules.origins import Origin, joined
from capslice.agent.rules.pace import LONGEST, Pace, retry_after
from capslice.agent.rules.redaction import redacted, redacted_text
from capslice.agent.settings import Pace as PaceSettings
from tests.agent.audit.report.reports import full
from tests.fuzz.conftest import TIMES, Fuzz
from tests.fuzz.mutations import mutated

HERE = "http://127.0.0.1:8000"
ADDRESSES = tuple(
    address.encode()
    for address in (
        *(f"{HERE}/", "https://a.example:443/b?c=d#e", "http://ann:pw@127.0.0.1:8000@b.example/"),
        *("http://b.example\\@127.0.0.1:8000/", "http://127.1:8000/", "http://0x7f.1:8000/"),
        *("http://[::1]:8000/", "http://müller.example/", "http://127.0.0.1:8000.b.example/"),
        *("//b.example/", "/\\b.example/", "http:/\t/b.example", "javascript:alert(1)"),
    )
)
HEADERS = (b"120", b"9" * 400, b"Wed, 21 Oct 2026 07:28:00 GMT", b"-1", b"1e9", b"\xc2\xb2", b"")
# Values of every type that SQLite and JSON know.
CELLS = (None, 0, -1, 2**62, 0.5, 1e308, "", "x", "[]", "[1]", "{}", "[" * 900, b"\0", b"x" * 99)
NODES = (None, True, 0, -1, 2**70, 1e308, "", "x\x1b", [], {}, [[]], {"a": 1}, ["x"] * 3)
COLUMNS = {
    "runs": ("started", "ended", "url", "version", "pid", "created", "outcome", "error"),
    "attempts": (
        *("number", "url", "started", "picture", "text", "confidence", "probabilities"),
        *("submitted", "ended", "verdict", "error", "stages", "blocked"),
    ),
    "paces": ("free", "reckoned", "sent"),
}


def address(rng: random.Random) -> str:
    """What the guard allows has the origin that a browser would go to, by another parser."""
    text = mutated(rng, ADDRESSES).decode(errors="surrogateescape")
    redacted(text)
    redacted_text(text)
    try:
        absolute = joined(f"{HERE}/a/b", text)
    except ValueError:
        return "invalid"
    if not Guard((HERE,)).allows(absolute):
        return "refused"
    assert URL(absolute).origin == str(Origin.of(absolute)) == HERE
    return "allowed"


def header(rng: random.Random) -> str:
    """A Retry-After is a number of seconds up to a day, or nothing."""
    text = mutated(rng, HEADERS).decode("latin-1")
    seconds = retry_after(text, datetime.now(UTC))
    assert seconds is None or 0 <= seconds <= LONGEST
    return "nothing" if seconds is None else "seconds"


def journal(rng: random.Random) -> str:
    """A journal with a value of any type in any column."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.sqlite"
        with Journal(path) as written, written.run(HERE) as run:
            entry = run.attempt(HERE)
            entry.read(b"", "text", 0.5, (0.5,))
            entry.ended("accepted", None, HERE, {"page": 0.1}, ["x"])
        pace = Pace(path, clock=count().__next__)
        pace.reserve(HERE, 1)
        with closing(sqlite3.connect(path)) as connection:
            for _ in range(rng.choice((1, 1, 2))):
                table = rng.choice(sorted(COLUMNS))
                column, value = rng.choice(COLUMNS[table]), rng.choice(CELLS)
                with connection:
                    connection.execute(f"UPDATE OR IGNORE {table} SET {column} = ?", (value,))
            if rng.random() < 0.1:
                connection.execute(f"PRAGMA user_version = {rng.randint(-3, 9)}")
        list(attempts(path, Filter()))
        read_sessions(path)
        assert all(wait <= LONGEST for wait in pace.waits(HERE, PaceSettings(loopback_interval=1)))
    return "read"


def report(rng: random.Random) -> str:
    """A report with a value of any type in any place."""
    content = full().model_dump(mode="json")
    for _ in range(rng.choice((1, 1, 2))):
        place, key = content, rng.choice(sorted(content))
        while isinstance(place[key], dict | list) and place[key] and rng.random() < 0.8:
            place = place[key]
            key = rng.choice(sorted(place) if isinstance(place, dict) else range(len(place)))
        place[key] = rng.choice(NODES)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "report.json"
        file.write_text(json.dumps(content), "utf-8")
        loaded = load_report(file)
    html_page(loaded)
    junit_xml(loaded)
    str(compare(full(), loaded))
    return "read"


def test_addresses(fuzz: Fuzz) -> None:
    assert {"allowed", "refused"} <= set(fuzz(address, 2000)) <= {"allowed", "refused", "invalid"}


# What a browser makes of each address: its origin, its host, and its origin from a page at HERE.
READ = f"""texts => {{
    const read = (text, base) => {{ try {{ return new URL(text, base) }} catch {{ return {{}} }} }}
    return texts.map(text =>
        [read(text).origin, read(text).hostname, read(text, "{HERE}/a/b").origin])
}}"""
LOOPBACK_HOST = re.compile(r"127\.\d+\.\d+\.\d+|\[::1\]|\[::ffff:7f.*\]|(.+\.)?localhost")


def test_what_is_allowed_is_so_to_a_browser(browser: Browser) -> None:
    rng, allowed = random.Random(1), 0
    texts = [mutated(rng, ADDRESSES).decode(errors="replace") for _ in range(2000 * TIMES)]
    with browser.new_context() as context:
        known = context.new_page().evaluate(READ, texts)
    for text, (origin, host, joined_origin) in zip(texts, known, strict=True):
        if Guard((HERE,)).allows(text):
            assert origin == HERE, text
        if Guard(("loopback",)).allows(text):
            assert LOOPBACK_HOST.fullmatch(host), text
        with suppress(ValueError):
            if Guard((HERE,)).allows(joined(f"{HERE}/a/b", text)):
                assert joined_origin == HERE, text
                allowed += 1
    assert allowed > 100


def test_headers(fuzz: Fuzz) -> None:
    assert set(fuzz(header, 2000)) == {"seconds", "nothing"}


def test_journals(fuzz: Fuzz) -> None:
    assert set(fuzz(journal, 100)) <= {"read", "JournalError"}


def test_reports(fuzz: Fuzz) -> None:
    assert set(fuzz(report, 40)) <= {"read", "ReportError"}
