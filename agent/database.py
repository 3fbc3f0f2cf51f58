"""The SQLite file that processes keep what they did in, and agree on when to do it.

How it is opened, what tables it has, and in what words its failures are told. What the
rows mean is said by journal.py and pace.py.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from capslice.errors import JournalError

JOURNAL = "journal.path"  # the settings that name such a file
PACE = "pace.path"

# Seconds that a process waits while others write. Each holds the file for a few milliseconds.
PATIENCE = 10.0

# "caps": tells a journal from another program's database.
APPLICATION = 0x63617073
VERSION = 3

# Times are UTC in ISO 8601, of one width, so that they are ordered as texts.
SCHEMA = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    started TEXT NOT NULL,
    ended TEXT,
    url TEXT NOT NULL,
    version TEXT NOT NULL,
    pid INTEGER NOT NULL,
    created REAL NOT NULL,  -- the process, in seconds since the epoch
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
    probabilities TEXT,     -- a JSON list, one for each character of the text
    submitted TEXT,
    ended TEXT,
    verdict TEXT,
    error TEXT,
    stages TEXT,            -- a JSON object of the seconds that each took; from version 2 on
    UNIQUE (run, number)
);
CREATE TABLE IF NOT EXISTS paces (
    origin TEXT PRIMARY KEY,
    free REAL NOT NULL,     -- when the next slot is, in seconds of the machine's clock
    reckoned REAL NOT NULL  -- when that was decided
);
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {VERSION};
COMMIT;
"""

# What brings the tables of each version to those of the next.
STEPS = {
    1: "ALTER TABLE attempts ADD COLUMN stages TEXT",
    2: "ALTER TABLE attempts RENAME COLUMN digits TO probabilities",
}

ADVICE = {
    sqlite3.SQLITE_NOTADB: "it is no journal, set {key} to another file",
    sqlite3.SQLITE_CORRUPT: "move it away, and a new one is begun",
    sqlite3.SQLITE_FULL: "make room on its disk",
    sqlite3.SQLITE_IOERR: "make room on its disk, or set {key} to a file on another",
    sqlite3.SQLITE_READONLY: "make it writable, or set {key} to another file",
    sqlite3.SQLITE_BUSY: "another process holds it, end that or try again",
}


@contextmanager
def as_journal_error(path: Path, key: str = JOURNAL) -> Iterator[None]:
    """Tell what SQLite or the system raises as a JournalError, in one line.

    `key` is the setting that names the file.
    """
    what = f"{key.partition('.')[0]} {path} cannot be used"
    try:
        yield
    except sqlite3.Error as error:
        advice = ADVICE.get(_code(error), "correct {key}").format(key=key)
        raise JournalError(f"{what} ({error}): {advice}") from None
    except (OSError, ValueError) as error:  # ValueError: no path at all, such as one with a NUL
        reason = getattr(error, "strerror", None) or error
        raise JournalError(f"{what} ({reason}): correct {key}") from None


def connect(path: Path, patience: float = PATIENCE, key: str = JOURNAL) -> sqlite3.Connection:
    """The file, made with its folder where it is missing; every statement commits by itself.

    `patience` are the seconds to wait for other processes, here and at each statement.
    The connection may be used by several threads, one at a time.

    Raises JournalError where the file cannot be used, is not one of these, or was
    written by a newer capslice.
    """
    with as_journal_error(path, key):
        path.parent.mkdir(parents=True, exist_ok=True)
        return _open(path, patience, key)


def connect_in_memory() -> sqlite3.Connection:
    """The same tables for this process alone, to be used by one thread at a time."""
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    connection.executescript(SCHEMA)
    return connection


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """The file, to be read and nothing more, also while others write.

    Raises JournalError as `connect` does, and where there is no file.
    """
    if not path.is_file():
        raise JournalError(f"{path} is not a journal: run `capslice solve`, which writes it")
    with as_journal_error(path):
        address = f"{path.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(address, timeout=PATIENCE, uri=True)) as connection:
            if _is_new(connection, path, JOURNAL):
                raise JournalError(f"{path} is an empty file: set journal.path to another")
            yield connection


def _open(path: Path, patience: float, key: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, timeout=patience, isolation_level=None, check_same_thread=False
    )
    try:
        new = _is_new(connection, path, key)
        _write_ahead(connection, patience)
        # A commit returns when it is on the disk; fullfsync says the same to macOS.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA fullfsync = ON")
        if new:
            connection.executescript(SCHEMA)
        else:
            _bring_up_to_date(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _write_ahead(connection: sqlite3.Connection, patience: float) -> None:
    """Have a file written ahead, for which SQLite itself waits for no other that does the same."""
    import tenacity  # brings asyncio, which who only reads a journal need not wait for

    tenacity.Retrying(
        retry=tenacity.retry_if_exception(lambda error: _code(error) == sqlite3.SQLITE_BUSY),
        stop=tenacity.stop_after_delay(patience),
        wait=tenacity.wait_random(0, 0.02),
        reraise=True,
    )(connection.execute, "PRAGMA journal_mode = WAL")


def _bring_up_to_date(connection: sqlite3.Connection) -> None:
    """Give a file that an older capslice wrote the tables of this one."""
    asked = "PRAGMA user_version"
    if connection.execute(asked).fetchone() == (VERSION,):
        return
    # Asked again, for another process may have done it meanwhile.
    connection.execute("BEGIN IMMEDIATE")
    (version,) = connection.execute(asked).fetchone()
    for step in range(version, VERSION):
        connection.execute(STEPS[step])
    connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")


def _is_new(connection: sqlite3.Connection, path: Path, key: str) -> bool:
    """Whether the file is still empty. Raises JournalError where it is not ours to use."""
    # One transaction, so that no other process makes the tables between the questions.
    (application, version, tables) = connection.execute(
        "SELECT (SELECT application_id FROM pragma_application_id),"
        " (SELECT user_version FROM pragma_user_version),"
        " (SELECT count(*) FROM sqlite_master)"
    ).fetchone()
    if not tables:
        return True
    if application != APPLICATION:
        raise JournalError(f"{path} is a database of another program: set {key} to another file")
    if version > VERSION:
        raise JournalError(
            f"journal {path} has tables of version {version}, and this capslice knows those up to "
            f"{VERSION}: install a newer one, or set {key} to another file"
        )
    return False


def _code(error: BaseException) -> int:
    """SQLite's primary result code; 0 where the module itself raised the error."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
