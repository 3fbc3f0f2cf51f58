"""The pace: one queue of time slots for threads and processes, and Retry-After headers.

The tests use clocks that stand still while processes run.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from itertools import count, pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capslice.agent.database import connect
from capslice.agent.journal.writing import Journal
from capslice.agent.rules.pace import LONGEST, Pace, retry_after
from capslice.agent.settings import Pace as PaceSettings
from capslice.errors import JournalError
from tests.conftest import ROOT

NOW = datetime(2025, 11, 25, 12, 0, tzinfo=UTC)
HERE = "http://127.0.0.1:8000"

# Slots without a file live as long as the process, so each test has an origin of its own.
origins = map("http://127.0.0.1:{}".format, count(1))


class Clock:
    """Stands still until it is set."""

    def __init__(self) -> None:
        self.time = 1_000_000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture(params=["in this process", "in a file"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path | None:
    return tmp_path / "journal" if request.param == "in a file" else None


def test_each_call_reserves_its_own_slot(path: Path | None) -> None:
    clock, origin, other = Clock(), next(origins), next(origins)
    assert [Pace(path, clock=clock).reserve(origin, 2.0) for _ in range(4)] == [0, 2, 4, 6]
    assert Pace(path, clock=clock).reserve(other, 2.0) == 0
    clock.time += 7
    assert [Pace(path, clock=clock).reserve(origin, 2.0) for _ in range(2)] == [1, 3]
    clock.time += 100
    assert Pace(path, clock=clock).reserve(origin, 2.0) == 0


def test_without_an_interval_nobody_waits(path: Path | None) -> None:
    clock, origin = Clock(), next(origins)
    assert [Pace(path, clock=clock).reserve(origin, 0) for _ in range(3)] == [0, 0, 0]


def test_after_postponing_there_is_no_slot_for_anybody(path: Path | None) -> None:
    clock, origin, other = Clock(), next(origins), next(origins)
    pace = Pace(path, clock=clock)
    pace.reserve(origin, 2.0)
    pace.postpone(origin, 30.0)
    clock.time += 10
    # A shorter delay does not shorten the wait.
    Pace(path, clock=clock).postpone(origin, 1.0)
    assert [Pace(path, clock=clock).reserve(origin, 2.0) for _ in range(2)] == [20, 22]
    assert pace.reserve(other, 2.0) == 0


def test_nobody_waits_longer_after_a_reboot(path: Path | None) -> None:
    clock, origin = Clock(), next(origins)
    pace = Pace(path, clock=clock)
    pace.reserve(origin, 2.0)
    clock.time -= 3600
    assert pace.reserve(origin, 2.0) == 2
    clock.time += 2
    assert pace.reserve(origin, 2.0) == 2


@given(st.lists(st.integers(0, 10), max_size=12))
def test_a_single_user_waits_no_longer_than_the_interval(pauses: list[int]) -> None:
    clock, origin = Clock(), next(origins)
    pace, interval, before = Pace(None, clock=clock), 4, 0.0
    for seconds in pauses:
        clock.time += seconds
        wait = pace.reserve(origin, interval)
        assert wait == max(0, interval - (clock.time - before))
        clock.time += wait
        before = clock.time


@given(st.lists(st.integers(0, 9), min_size=1), st.integers(-5000, 5000))
def test_a_jump_of_the_clock_does_not_lengthen_the_queue(asked: list[int], jump: int) -> None:
    clock, origin = Clock(), next(origins)
    pace = Pace(None, clock=clock)
    for seconds in asked:
        clock.time += seconds
        longest = pace.reserve(origin, 4) + 4
    clock.time += jump
    assert 0 <= pace.reserve(origin, 4) <= longest


PROGRAM = """
import sys
from pathlib import Path
from capslice.agent.rules.pace import Pace

pace = Pace(Path(sys.argv[1]), clock=lambda: 1_000_000.0)
for _ in range(10):
    print(pace.reserve("http://127.0.0.1:8000", 2.0))
"""


def test_processes_and_threads_share_one_queue(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, path], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    waits: list[float] = []

    def reserve() -> None:
        for _ in range(10):
            waits.append(Pace(path, clock=Clock()).reserve(HERE, 2.0))

    threads = [threading.Thread(target=reserve) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for process in processes:
        output, _ = process.communicate()
        assert process.returncode == 0
        own = [float(line) for line in output.split()]
        assert own == sorted(own)
        waits += own
    assert sorted(waits) == [2.0 * place for place in range(80)]


def test_threads_share_one_queue_without_a_file() -> None:
    origin, waits = next(origins), []

    def reserve() -> None:
        pace = Pace(None, clock=Clock())
        waits.extend(pace.reserve(origin, 2.0) for _ in range(100))

    threads = [threading.Thread(target=reserve) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(waits) == [2.0 * place for place in range(400)]


def test_a_journal_can_hold_the_pace(tmp_path: Path) -> None:
    path, clock = tmp_path / "journal", Clock()
    with Journal(path) as journal, journal.run(HERE) as run:
        assert Pace(path, clock=clock).reserve(HERE, 2.0) == 0
        run.attempt(HERE).submitting()
        assert Pace(path, clock=clock).reserve(HERE, 2.0) == 2


def test_the_clock_is_monotonic(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    program = PROGRAM.replace(", clock=lambda: 1_000_000.0", "").replace("range(10)", "range(1)")
    before = time.monotonic()
    subprocess.run([sys.executable, "-c", program, path], cwd=ROOT, check=True)
    with closing(sqlite3.connect(path)) as connection:
        (free, reckoned) = connection.execute("SELECT free, reckoned FROM paces").fetchone()
    assert before <= reckoned <= time.monotonic()
    assert free == reckoned + 2


def test_an_unusable_file_is_an_error(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other")) as connection:
        connection.execute("CREATE TABLE birds (name)")
    with pytest.raises(JournalError, match="another program"):
        Pace(tmp_path / "other").reserve(HERE, 1.0)
    with pytest.raises(JournalError, match=r"correct pace\.path"):
        Pace(tmp_path).postpone(HERE, 1.0)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("120", 120),
        (" 0 ", 0),
        ("9" * 5000, LONGEST),
        ("999999999", LONGEST),
        ("-1", None),
        ("1.5", None),
        ("²", None),
        ("soon", None),
        ("Tue, 25 Nov 2025 12:01:30 GMT", 90),
        ("Tuesday, 25-Nov-25 12:01:30 GMT", 90),
        ("Tue Nov 25 12:01:30 2025", 90),
        ("Tue, 25 Nov 2025 11:00:00 GMT", 0),
        ("Tue, 99 Nov 2025 11:00:00 GMT", None),
    ],
)
def test_retry_after(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, NOW) == seconds
    assert retry_after(header, NOW.astimezone(timezone(timedelta(hours=5)))) == seconds


@given(st.integers(0, 10**9))
def test_seconds_and_dates_agree(seconds: int) -> None:
    assert retry_after(str(seconds), NOW) == min(seconds, LONGEST)
    when = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)
    assert retry_after(when, NOW) == min(seconds, LONGEST)


words = st.sampled_from(["Tue,", "25", "Nov", "2025", "12:01", "99:99:99", "-0000", "+9999", "GMT"])


@given(st.text() | st.lists(words | st.text(max_size=3)).map(" ".join))
def test_any_header_gives_seconds_or_none(header: str) -> None:
    seconds = retry_after(header, NOW)
    assert seconds is None or 0 <= seconds <= LONGEST


def test_an_endless_wait_is_not_stored(path: Path | None) -> None:
    pace = Pace(path, clock=lambda: 0.0)
    pace.postpone("https://endless.example", float("inf"))
    assert pace.reserve("https://endless.example", 1) == LONGEST


@pytest.mark.parametrize(("free", "seconds"), [("9e999", 0), ("999999999", LONGEST)])
def test_a_wait_of_an_earlier_release_is_a_day_at_most(
    free: str, seconds: float, tmp_path: Path
) -> None:
    pace = Pace(tmp_path / "pace.sqlite", clock=lambda: 1.0)
    pace.reserve("https://a.example", 1)
    with closing(connect(tmp_path / "pace.sqlite")) as connection:
        connection.execute(f"UPDATE paces SET free = {free}")
    assert pace.reserve("https://a.example", 1) == seconds


@pytest.mark.parametrize("column", ["free", "sent"])
def test_a_text_for_a_time_is_an_error(column: str, tmp_path: Path) -> None:
    pace = Pace(tmp_path / "pace.sqlite")
    pace.reserve(HERE, 1)
    with closing(connect(tmp_path / "pace.sqlite")) as connection:
        connection.execute(f"UPDATE paces SET {column} = 'x'")
    with pytest.raises(JournalError, match="wrong value"):
        list(pace.waits(HERE, PaceSettings(loopback_interval=1)))


@given(st.lists(st.floats(0, 3), min_size=2, max_size=20))
def test_the_interval_holds_for_senders_that_wake_up_late(lateness: list[float]) -> None:
    """The senders reserve their slots at the same time, and each wakes up late by some seconds."""
    now = 0.0
    pace = Pace(None, clock=lambda: now)
    settings = PaceSettings(loopback_interval=1.5)
    url = next(origins) + "/"
    waiting = [(0.0, number, pace.waits(url, settings)) for number in range(len(lateness))]
    sent = []
    while waiting:
        waiting.sort(key=lambda each: each[:2])
        now, number, waits = waiting.pop(0)
        seconds = next(waits, None)
        if seconds is None:
            sent.append(now)
        else:
            late = lateness[number] if seconds > 0 else 0
            waiting.append((now + seconds + late, number, waits))
            lateness[number] = 0
    gaps = [later - earlier for earlier, later in pairwise(sent)]
    assert len(sent) == len(lateness)
    assert min(gaps) >= 1.5 - 2e-3


def test_a_long_wait_says_so(caplog: pytest.LogCaptureFixture) -> None:
    pace = Pace(None, clock=lambda: 0.0)
    pace.postpone("https://slow.example", 999_999_999)
    assert next(pace.waits("https://slow.example/x", PaceSettings(interval=1))) == LONGEST
    assert "https://slow.example has to wait for 86400 s" in caplog.text


def test_an_answer_waits_until_a_person_would_have_thought() -> None:
    settings, pace = PaceSettings(think=1000), Pace(None)
    waits = pace.waits("http://127.0.0.1/", settings, time.monotonic())
    assert 0 < next(waits) <= 1000
    assert list(waits) == [], "there is no interval on this machine"
    assert list(pace.waits("http://127.0.0.1/", settings, time.monotonic() - 1001)) == []
