"""`capslice journal`, run as a user runs it, on real journals."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from capslice.agent.journal.attempts import Filter, attempts
from capslice.agent.journal.writing import Journal
from capslice.agent.reading.evaluation import evaluate
from capslice.agent.reading.reader import Reader
from capslice.errors import JournalError
from capslice.models.labels import labels_of, rows_of
from capslice.training.pictures import EllipseCaptcha, generate, load
from tests.agent.journal.journals import LISTS
from tests.agent.journal.journals import write_attempt as write
from tests.commands import command, error_of, run
from tests.conftest import ROOT

PAGE = "http://127.0.0.1:8000/"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A rejected and an accepted attempt, and one without a verdict, on another page."""
    path = tmp_path / "journal.sqlite"
    with Journal(path) as journal:
        write(journal, "222222", "rejected", b"1")
        write(journal, "333333", "accepted", b"2")
        write(journal, "444444", None, b"3", PAGE + "other")
    return path


@pytest.fixture
def show(path: Path) -> Callable[..., str]:
    def show(*arguments: object) -> str:
        return run("journal", *arguments, CAPSLICE_JOURNAL__PATH=str(path)).stdout

    return show


def test_output_into_a_pipe(show: Callable[..., str]) -> None:
    first, second, third = (line.split("\t") for line in show().splitlines())
    assert [first[0], *first[2:]] == ["1.1", "222222", "0.5000", "rejected", PAGE]
    assert (second[0], second[2], second[4]) == ("2.1", "333333", "accepted")
    assert (third[4], third[5]) == ("error", f"{PAGE}other no answer at {PAGE}other?t=*")
    datetime.strptime(first[1], "%Y-%m-%d %H:%M:%S").astimezone()


def test_json_and_csv_have_the_same_content(show: Callable[..., str]) -> None:
    objects = [json.loads(line) for line in show("--json").splitlines()]
    assert [each["verdict"] for each in objects] == ["rejected", "accepted", None]
    assert objects[0]["probabilities"] == [0.5, 1.0]
    assert objects[0]["submitted"] <= objects[0]["ended"]
    assert "picture" not in objects[0]
    rows = list(csv.DictReader(io.StringIO(show("--csv"))))
    assert [row["text"] for row in rows] == ["222222", "333333", "444444"]
    for row, each in zip(rows, objects, strict=True):
        assert list(row) == list(each)
        said = {name: "" if value is None else str(value) for name, value in each.items()}
        assert row == said


def test_filters(path: Path) -> None:
    def found(**given: Any) -> list[str]:
        return [each["text"] for each in attempts(path, Filter(**given))]

    first, second, third = "222222", "333333", "444444"
    assert found() == [first, second, third]
    assert found(run=2) == [second]
    assert found(verdict="rejected") == [first]
    assert found(verdict="none") == [third]
    assert found(url="other") == [third]
    assert found(url="%") == []
    assert found(limit=2) == [second, third]
    assert found(verdict="accepted", run=1) == []
    middle = datetime.fromisoformat([*attempts(path, Filter())][1]["started"])
    zone = middle.astimezone().tzinfo
    assert found(since=middle.astimezone(zone)) == [second, third]
    assert found(since=datetime.now(UTC) + timedelta(hours=1)) == []


def test_filters_of_the_command(show: Callable[..., str]) -> None:
    assert (
        show("--run", 1, "--verdict", "rejected", "--since", "2020-01-01", "--json").count("\n")
        == 1
    )
    assert show("--limit", 1, "--url", PAGE, "--json").count("\n") == 1
    assert show("--since", "9000-01-01T10:00+02:00") == ""


def test_answered_pictures_are_a_data_set(
    captcha: EllipseCaptcha, reader: Reader, tmp_path: Path, show: Callable[..., str], path: Path
) -> None:
    drawn = list(generate(captcha, tmp_path / "drawn", 4, np.random.default_rng(5)))
    pictures = {file.read_bytes() for file in drawn}
    with Journal(path) as journal:
        journal.write("UPDATE attempts SET verdict = 'rejected'")
        for file in (*drawn, drawn[0]):
            write(journal, file.name[:6], "accepted", file.read_bytes())
        for text in ("222222", "555555"):
            write(journal, text, "rejected", b"1")
    out = tmp_path / "data"
    said = show("--export", out)
    assert said.startswith("4 labelled pictures written")
    assert said.endswith("4 rejected answers added\n")
    kept = {file.name: file.read_bytes() for file in out.iterdir()}
    assert set(kept.values()) > {*pictures, b"1", b"2", b"3"}
    texts = {name: [text for _, text in rows_of(out, out / name)] for name in LISTS}
    assert texts["labels.csv"] == [file.name[:6] for file in drawn], "in the order of time"
    assert texts["rejected.csv"] == ["222222", "333333", "444444", "555555"]
    assert "0 labelled pictures written" in show("--export", out)
    assert {file.name: file.read_bytes() for file in out.iterdir()} == kept
    assert len(load(captcha, labels_of(out), strict=True).data) == 4
    result = evaluate(reader, labels_of(out).items())
    assert (result.captchas_right, result.pictures) == (4, 4)


def test_wrong_use(path: Path, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no database " * 100)
    journal = str(path)
    for arguments, file, said in (
        ((), "", "journal.path"),
        ((), str(tmp_path / "text"), "set journal.path to another file"),
        (("--since", "soon"), journal, "'soon' is not a time such as"),
        (("--json", "--csv"), journal, "exclude one another"),
        (("--export", "x", "--verdict", "none"), journal, "leave out --verdict"),
        (("--verdict", "wrong"), journal, "'accepted', 'rejected', 'unsure', 'none'"),
        (("--export", tmp_path / "text" / "x"), journal, "cannot be written to"),
    ):
        done = run("journal", *arguments, status=2, CAPSLICE_JOURNAL__PATH=file)
        assert said in error_of(done)
        assert done.stdout == ""


WRITER = """
import sys
from pathlib import Path
from capslice.agent.journal.writing import Journal

with Journal(Path(sys.argv[1])) as journal, journal.run("http://127.0.0.1/") as run:
    while True:
        run.attempt("http://127.0.0.1/").ended("unsure", None, "http://127.0.0.1/")
        print(flush=True)
"""


@pytest.fixture
def writer(path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that writes attempts forever, and prints a line for each."""
    with ExitStack() as stack:
        writer = stack.enter_context(
            subprocess.Popen(
                [sys.executable, "-c", WRITER, path], cwd=ROOT, stdout=subprocess.PIPE, text=True
            )
        )
        stack.callback(writer.kill)
        yield writer


def test_read_while_it_is_written(
    path: Path, writer: subprocess.Popen[str], show: Callable[..., str]
) -> None:
    assert writer.stdout is not None
    for _ in range(5):
        writer.stdout.readline()
    assert show("--url", "http://127.0.0.1/", "--verdict", "unsure").count("\n") >= 5
    rows = attempts(path, Filter())
    seen = [next(rows)["id"]]
    for _ in range(5):
        assert writer.stdout.readline(), "it keeps writing while we read"
    seen += [row["id"] for row in rows]
    assert seen == sorted(set(seen))
    (last,) = attempts(path, Filter(limit=1))
    assert last["state"] is None
    writer.kill()
    writer.wait()
    (last,) = attempts(path, Filter(limit=1))
    assert last["state"] == "killed", "even before the journal is opened for writing"


def test_a_missing_journal(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="is not a journal"):
        next(attempts(tmp_path / "x", Filter()))
    assert not (tmp_path / "x").exists()
    (tmp_path / "x").touch()
    with pytest.raises(JournalError, match="empty file"):
        next(attempts(tmp_path / "x", Filter()))
    assert (tmp_path / "x").read_bytes() == b""


def test_a_long_journal_is_not_held_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    with Journal(path) as journal:
        run_id = write(journal, "2", "accepted", b"x" * 200_000)
        journal.write("BEGIN")
        for number in range(2, 202):
            journal.write(
                "INSERT INTO attempts (run, number, url, started, picture, text, verdict)"
                " SELECT ?, ?, url, started, CAST(picture || ? AS BLOB), text, verdict"
                " FROM attempts LIMIT 1",
                *(run_id, number, number),
            )
        journal.write("COMMIT")
    for arguments in (["--json"], ["--export", str(tmp_path / "out")]):
        program = (
            "import resource, sys; from capslice.cli import cli;"
            "cli.main(sys.argv[1:], standalone_mode=False);"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)"
        )
        peaks = []
        for limit in ("1", "200"):
            done = subprocess.run(
                [sys.executable, "-c", program, "journal", "--limit", limit, *arguments],
                **{"cwd": ROOT, "capture_output": True, "text": True, "check": True},
                env={"CAPSLICE_JOURNAL__PATH": str(path), "PATH": ""},
            )
            peaks.append(int(done.stderr) * (1 if sys.platform == "darwin" else 1024))
        # The pictures alone are 40 MB.
        assert peaks[1] - peaks[0] < 15_000_000


def test_a_pipe_that_is_closed_early(path: Path) -> None:
    with Journal(path) as journal, journal.run(PAGE) as run:
        journal.write("BEGIN")
        for _ in range(2000):
            run.attempt(PAGE)
        journal.write("COMMIT")
    with subprocess.Popen(
        command("journal", "--json"),
        **{"cwd": ROOT, "text": True, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE},
        env={"CAPSLICE_JOURNAL__PATH": str(path), "PATH": ""},
    ) as reading:
        assert reading.stdout is not None
        assert reading.stderr is not None
        reading.stdout.readline()
        reading.stdout.close()
        assert reading.stderr.read() == ""
