"""Reading a report from its file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from capslice.agent.audit.report.report import load_report
from capslice.errors import ReportError
from tests.agent.audit.report.reports import empty, full


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    def write(name: str, text: str) -> Path:
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    return write


def test_round_trip(write: Callable[[str, str], Path]) -> None:
    for report in (full(), empty()):
        assert load_report(write("report.json", report.model_dump_json(indent=2))) == report


def test_errors(write: Callable[[str, str], Path], tmp_path: Path) -> None:
    later = full().model_dump_json().replace('"version":1', '"version":2')
    for file, message in (
        (tmp_path / "none.json", "none.json cannot be read (No such file or directory)"),
        (tmp_path, "cannot be read (Is a directory)"),
        (write("text", "hello"), "is not the report of an audit (whole file: Invalid JSON"),
        (write("list", "[]"), "is not the report of an audit"),
        (write("deep", "[" * 99999), "is not the report of an audit"),
        (write("part", '{"version": 1}'), "(headline: Field required)"),
        (write("later", later), "is a report of version 2, and this capslice reads 1"),
    ):
        with pytest.raises(ReportError) as raised:
            load_report(file)
        assert message in str(raised.value)
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(ReportError, match="it is not a text file"):
        load_report(tmp_path / "binary")
