"""What measurements come to, and what is said of them; how fast anything is, is not tested."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import onnx
import pytest

from benchmarks.__main__ import NAMES, THRESHOLDS, too_slow
from benchmarks.measure import Comparison, Growth, Table, grow, interleave
from benchmarks.page import Section, markdown, write_page
from benchmarks.readers.kinds import Kind
from benchmarks.readers.process import ReaderProcess
from benchmarks.reading import labelled, multiply_adds
from capslice import Reader
from capslice.models.card import SHIPPED
from capslice.training.pictures import EllipseCaptcha
from tests.commands import run


def test_two_sides_take_turns_and_the_first_pair_only_warms_up() -> None:
    turns: list[str] = []
    found = interleave(
        "k", ("a", lambda: turns.append("a")), ("b", lambda: turns.append("b")), 3, pieces=2
    )
    assert "".join(turns) == "baabbaab"
    assert found.seconds.shape == (3, 2)


def test_a_ratio_is_the_median_of_pairs() -> None:
    seconds = np.array([[1.0, 2.0], [30.0, 10.0], [1.0, 4.0]])
    found = Comparison("k", "a", "b", seconds)
    assert found.ratio == 0.5
    what, against, ratio, late, ours, theirs, times = found.cells()
    assert (what, against, times) == ("a", "b", "3")
    assert ratio == "**0.5** (0.375 to 1.75)"
    assert float(late) == pytest.approx(2.75)
    assert ours.startswith("1e+03 / ")
    assert theirs.startswith("4e+03 / ")


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
def test_how_it_grows(power: float) -> None:
    sizes = (10, 100, 1000)
    seconds = np.array([[0.9, 1.0, 1.1]]) * np.array(sizes)[:, np.newaxis] ** power
    slope, low, high = Growth("what", "pieces", sizes, seconds).slope()
    assert slope == pytest.approx(power)
    assert low < power < high
    assert f"to the power of {power:.2f}" in markdown(Growth("what", "pieces", sizes, seconds))


def test_all_sizes_take_turns() -> None:
    done: list[int] = []
    found = grow("what", "pieces", (1, 2), done.append, 3)
    assert done == [1, 2] * 4
    assert found.seconds.shape == (2, 3)


def test_what_has_slipped() -> None:
    found = Comparison("one", "a", "b", np.array([[3.0, 1.0]]))
    sections = [Section("drawing", "", ["words", found])]
    assert too_slow(sections, {"drawing": {"one": 3}}) == []
    (line,) = too_slow(sections, {"drawing": {"one": 2.9}})
    assert line == "drawing.one: a takes 3 of b, more than the 2.9 of thresholds.toml"


def test_there_is_a_table_of_thresholds_for_each_benchmark() -> None:
    assert set(tomllib.loads(THRESHOLDS.read_text())) == set(NAMES)


def test_the_page(tmp_path: Path) -> None:
    comparison = Comparison("one", "ours", "theirs", np.array([[1.0, 2.0]] * 3))
    growth = Growth("ours", "pieces", (1, 2, 4), np.array([[1.0, 1.1], [2.0, 2.1], [4.0, 4.1]]))
    findings = [comparison, comparison, Table(("a", "b"), [("1", "2")]), growth, "In words."]
    text = "Reading something.\n\nHow it\nis done.\n"
    write_page(tmp_path / "page.md", [Section("reading", text, findings)], "The foot.")
    page = (tmp_path / "page.md").read_text()
    assert "## Reading something\n\nHow it\nis done.\n" in page
    assert page.count("| ours | theirs | **0.5**") == 2
    assert page.count("| what |") == 1
    assert "| a | b |\n| --- | --- |\n| 1 | 2 |" in page
    assert page.endswith("The foot.\n")
    for plot in ("ratios", "growth"):
        assert (tmp_path / "page" / f"{plot}.svg").read_text().startswith("<?xml")


def test_a_reader_in_a_process_of_its_own(reader: Reader) -> None:
    ((text, content),) = labelled(EllipseCaptcha(), 1)
    with ReaderProcess(Kind("ours", "ours", SHIPPED), 1) as process:
        answer = process.read(content)
        assert answer.text == reader.read(reader.decode(content, "it")).text == text
        assert 0 < answer.seconds < (process.started or 0)
        assert process.megabytes() > 20


def test_products_of_a_known_network() -> None:
    # The layers of models/README.md, by hand: places x filters x kernel x channels.
    expected = sum(
        [
            40 * 155 * 16 * 25 * 1,
            20 * 78 * 32 * 9 * 16,
            20 * 78 * 32 * 9 * 32,
            10 * 39 * 64 * 9 * 32,
            5 * 39 * 64 * 9 * 64,
            5 * 39 * 64 * 9 * 64,
            39 * 128 * 5 * 64,
        ]
    )
    assert multiply_adds(onnx.load(SHIPPED)) == expected


@pytest.mark.slow
def test_a_labelled_folder_is_read_by_all_that_are_there(tmp_path: Path) -> None:
    for text, content in labelled(EllipseCaptcha(), 3):
        (tmp_path / f"{text}-1.png").write_bytes(content)
    done = run("benchmarks.folder", tmp_path, "--model", "ellipses", "--most", 2)
    assert "| ellipses | 1.0000 (0.3424 to 1.0000) | 2 |" in done.stdout


def test_what_looks_alike_may_count_as_one(tmp_path: Path) -> None:
    picture = EllipseCaptcha().draw("444666", np.random.default_rng(1))
    picture.save(tmp_path / "444888-1.png")
    command = ("benchmarks.folder", tmp_path, "--model", "ellipses")
    assert "| ellipses | 0.0000 " in run(*command).stdout
    assert "| ellipses | 1.0000 " in run(*command, "--alike", "86").stdout
