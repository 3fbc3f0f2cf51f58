"""Opens the SQLite file of the journal and the pace: its tables, migrations and errors.

`journal/writing.py` and `rules/pace.py` say what the rows mean.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec

from capslice.errors import JournalError

Kind = TypeVar("Kind")
Moment = Annotated[datetime, msgspec.Meta(tz=True)]

# The settings that name such a file.
JOURNAL = "journal.path"
PACE = "pace.path"

# Seconds to wait while other processes write. Each locks the file for a few milliseconds.
TIMEOUT = 10.0

# "caps" in ASCII: tells our files from another program's.
APPLICATION = 0x63617073
VERSION = 5
USER_VERSION = "PRAGMA user_version"

# Times are UTC in ISO 8601 with a fixed width, so that text order is time order.
SCHEMA = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    started TEXT NOT NULL,
    ended TEXT,
    url TEXT NOT NULL,
    version TEXT NOT NULL,
    pid INTEGER NOT NULL,
    created REAL NOT NULL,  -- when the process started, in seconds since the epoch
    outcome TEXT,
    error TEXT
);
CREATE TABLE IF NOT EXISTS attempts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run INTEGER NOT NULL REFERENCES runs,
    number INTEGER NOT NULL,
    url TEXT NOT NULL,
    started TEXT NOT NULL,
    picture BLOB,
    text TEXT,
    confidence REAL,
    probabilities TEXT,     -- a JSON list, one for each character; `digits` until version 2
    submitted TEXT,
    ended TEXT,
    verdict TEXT,
    error TEXT,
    stages TEXT,            -- a JSON object: the seconds of each stage; since version 2
    blocked TEXT,           -- a JSON list: what the guard kept from other origins; since version 4
    UNIQUE (run, number)
);
CREATE TABLE IF NOT EXISTS paces (
    origin TEXT PRIMARY KEY,
    free REAL NOT NULL,     -- when the next slot is free, in seconds of the machine's clock
    reckoned REAL NOT NULL, -- when that was computed
    sent REAL               -- when the last one was used; since version 5
);
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {VERSION};
COMMIT;
"""

# The statement that migrates each version to the next.
MIGRATIONS = {
    1: "ALTER TABLE attempts ADD COLUMN stages TEXT",
    2: "ALTER TABLE attempts RENAME COLUMN digits TO probabilities",
    3: "ALTER TABLE attempts ADD COLUMN blocked TEXT",
    4: "ALTER TABLE paces ADD COLUMN sent REAL",
}

ADVICE = {
    sqlite3.SQLITE_NOTADB: "it is no journal, set {key} to another file",
    sqlite3.SQLITE_CORRUPT: "move it away, and a new one is started",
    sqlite3.SQLITE_FULL: "make room on its disk",
    sqlite3.SQLITE_IOERR: "make room on its disk, or set {key} to a file on another disk",
    sqlite3.SQLITE_READONLY: "make it writable, or set {key} to another file",
    sqlite3.SQLITE_BUSY: "another process holds it, end that process or try again",
}


@contextmanager
def as_journal_error(path: Path, key: str = JOURNAL) -> Iterator[None]:
    """Turn errors of SQLite and the system into a JournalError of one line.

    `key` is the setting that names the file.
    """
    what = f"{key.partition('.')[0]} {path} cannot be used"
    try:
        yield
    except sqlite3.Error as error:
        advice = ADVICE.get(_code(error), "correct {key}").format(key=key)
        raise JournalError(f"{what} ({error}): {advice}") from None
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL
        reason = getattr(error, "strerror", None) or error
        raise JournalError(f"{what} ({reason}): correct {key}") from None


def connect(path: Path, timeout: float = TIMEOUT, key: str = JOURNAL) -> sqlite3.Connection:
    """Open the file in autocommit mode; create it and its folder if they are missing.

    `timeout` is how many seconds to wait for other processes, here and at each statement.
    Several threads may use the connection, one at a time.

    Raises JournalError if the file cannot be used, belongs to another program, or was
    written by a newer capslice.
    """
    with as_journal_error(path, key):
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.touch(mode=0o600)  # its owner alone can read it
        elif not (path.is_file() or path.is_dir()):
            raise OSError(None, "it is no regular file")
        return _open(path, timeout, key)


def checked_row(row: object, kind: type[Kind], path: Path) -> Kind:
    """A row of the file at `path` with the types that its columns should have.

    Raises JournalError if it has others, because SQLite keeps any value in any column.
    """
    with _wrong_values(path):
        return msgspec.convert(row, kind)


def checked_json(text: str, kind: type[Kind], path: Path) -> Kind:
    """The value that a column has as JSON, with the type that it should have. Raises likewise."""
    with _wrong_values(path):
        return msgspec.json.decode(text, type=kind)


@contextmanager
def _wrong_values(path: Path) -> Iterator[None]:
    try:
        yield
    except (msgspec.MsgspecError, RecursionError, UnicodeEncodeError) as error:
        raise JournalError(
            f"{path} has a wrong value ({error}): move it away, and a new one is started"
        ) from None


def connect_in_memory() -> sqlite3.Connection:
    """Make the same tables in memory, for this process alone and one thread at a time."""
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    connection.executescript(SCHEMA)
    return connection


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the file read-only, after migrating an older one; others may write to it meanwhile.

    Raises JournalError as `connect` does, and if there is no file.
    """
    if not path.is_file():
        raise JournalError(f"{path} is not a journal: run `capslice solve`, which writes one")
    with as_journal_error(path):
        # A connection that could not write would leave the files -wal and -shm behind.
        address = f"{path.absolute().as_uri()}?mode=rw"
        with closing(sqlite3.connect(address, timeout=TIMEOUT, uri=True)) as connection:
            connection.execute("PRAGMA query_only = ON")
            if _is_new(connection, path, JOURNAL):
                raise JournalError(f"{path} is an empty file: set journal.path to another")
            if connection.execute(USER_VERSION).fetchone() != (VERSION,):
                connect(path).close()
            yield connection


def _open(path: Path, timeout: float, key: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, timeout=timeout, isolation_level=None, check_same_thread=False
    )
    try:
        new = _is_new(connection, path, key)
        _write_ahead(connection, timeout)
        # A commit returns once it is on the disk; macOS needs fullfsync for that.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA fullfsync = ON")
        if new:
            connection.executescript(SCHEMA)
        else:
            _migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _write_ahead(connection: sqlite3.Connection, timeout: float) -> None:
    """Turn on write-ahead logging, and retry, because SQLite does not wait for a lock here."""
    import tenacity  # here, because it loads asyncio, which reading a journal does not need

    tenacity.Retrying(
        retry=tenacity.retry_if_exception(lambda error: _code(error) == sqlite3.SQLITE_BUSY),
        stop=tenacity.stop_after_delay(timeout),
        wait=tenacity.wait_random(0, 0.02),
        reraise=True,
    )(connection.execute, "PRAGMA journal_mode = WAL")


def _migrate(connection: sqlite3.Connection) -> None:
    """Migrate the tables of an older capslice to the current version."""
    if connection.execute(USER_VERSION).fetchone() == (VERSION,):
        return
    # Ask again inside the transaction: another process may have migrated meanwhile.
    connection.execute("BEGIN IMMEDIATE")
    (version,) = connection.execute(USER_VERSION).fetchone()
    for step in range(version, VERSION):
        connection.execute(MIGRATIONS[step])
    connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")


def _is_new(connection: sqlite3.Connection, path: Path, key: str) -> bool:
    """Whether the file is still empty. Raises JournalError if it is not ours to use."""
    # One statement, so that no other process can create the tables between the queries.
    (application, version, tables) = connection.execute(
        "SELECT (SELECT application_id FROM pragma_application_id),"
        " (SELECT user_version FROM pragma_user_version),"
        " (SELECT count(*) FROM sqlite_master)"
    ).fetchone()
    if not tables:
        return True
    if application != APPLICATION:
        raise JournalError(f"{path} is a database of another program: set {key} to another file")
    if version not in (*MIGRATIONS, VERSION):
        raise JournalError(
            f"journal {path} has tables of version {version}, and this capslice knows versions 1 "
            f"to {VERSION}: install a newer capslice, or set {key} to another file"
        )
    return False


def _code(error: BaseException) -> int:
    """SQLite's primary result code, or 0 if the error is not from SQLite."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
