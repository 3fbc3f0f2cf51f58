"""The benchmarks compute and report figures correctly; no test depends on how fast anything is."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import onnx
import pytest

from benchmarks.__main__ import NAMES, THRESHOLDS, too_slow
from benchmarks.measure import Comparison, Growth, Table, compare, measure_growth
from benchmarks.page import Section, markdown, write_page
from benchmarks.readers.process import ReaderProcess
from benchmarks.readers.specs import ReaderSpec
from benchmarks.reading import labelled, multiply_adds
from capslice import Reader
from capslice.models.card import SHIPPED
from capslice.training.pictures import EllipseCaptcha
from tests.commands import run


def test_two_sides_take_turns_and_the_first_pair_only_warms_up() -> None:
    turns: list[str] = []
    found = compare(
        "k", ("a", lambda: turns.append("a")), ("b", lambda: turns.append("b")), 3, pieces=2
    )
    assert "".join(turns) == "baabbaab"
    assert found.seconds.shape == (3, 2)


def test_a_ratio_is_the_median_of_pairs() -> None:
    seconds = np.array([[1.0, 2.0], [30.0, 10.0], [1.0, 4.0]])
    found = Comparison("k", "a", "b", seconds)
    assert found.ratio == 0.5
    name, baseline, ratio, late, ours, theirs, pairs = found.cells()
    assert (name, baseline, pairs) == ("a", "b", "3")
    assert ratio == "**0.5** (0.375 to 1.75)"
    assert float(late) == pytest.approx(2.75)
    assert ours.startswith("1e+03 / ")
    assert theirs.startswith("4e+03 / ")


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
def test_growth(power: float) -> None:
    sizes = (10, 100, 1000)
    seconds = np.array([[0.9, 1.0, 1.1]]) * np.array(sizes)[:, np.newaxis] ** power
    growth = Growth("work", "pieces", sizes, seconds)
    slope, low, high = growth.slope()
    assert slope == pytest.approx(power)
    assert low < power < high
    assert f"to the power of {power:.2f}" in markdown(growth)


def test_all_sizes_take_turns() -> None:
    sizes: list[int] = []
    found = measure_growth("work", "pieces", (1, 2), sizes.append, 3)
    assert sizes == [1, 2] * 4
    assert found.seconds.shape == (2, 3)


def test_ratios_above_their_thresholds() -> None:
    found = Comparison("one", "a", "b", np.array([[3.0, 1.0]]))
    sections = [Section("drawing", "", ["words", found])]
    assert too_slow(sections, {"drawing": {"one": 3}}) == []
    (line,) = too_slow(sections, {"drawing": {"one": 2.9}})
    assert line == "drawing.one: a takes 3 of b, more than the 2.9 of thresholds.toml"


def test_each_benchmark_has_a_table_of_thresholds() -> None:
    assert set(tomllib.loads(THRESHOLDS.read_text())) == set(NAMES)


def test_the_page(tmp_path: Path) -> None:
    comparison = Comparison("one", "ours", "theirs", np.array([[1.0, 2.0]] * 3))
    growth = Growth("ours", "pieces", (1, 2, 4), np.array([[1.0, 1.1], [2.0, 2.1], [4.0, 4.1]]))
    findings = [comparison, comparison, Table(("a", "b"), [("1", "2")]), growth, "A sentence."]
    text = "Reading something.\n\nHow it\nworks.\n"
    write_page(tmp_path / "page.md", [Section("reading", text, findings)], "The foot.")
    page = (tmp_path / "page.md").read_text()
    assert "## Reading something\n\nHow it\nworks.\n" in page
    assert page.count("| ours | theirs | **0.5**") == 2
    assert page.count("| what |") == 1
    assert "| a | b |\n| --- | --- |\n| 1 | 2 |" in page
    assert page.endswith("The foot.\n")
    for plot in ("ratios", "growth"):
        assert (tmp_path / "page" / f"{plot}.svg").read_text().startswith("<?xml")


def test_a_reader_in_its_own_process(reader: Reader) -> None:
    ((text, content),) = labelled(EllipseCaptcha(), 1)
    with ReaderProcess(ReaderSpec("ours", "ours.load", SHIPPED), 1) as process:
        answer = process.read(content)
        assert answer.text == reader.read(reader.decode(content, "it")).text == text
        assert 0 < answer.seconds < (process.startup_seconds or 0)
        assert process.peak_megabytes() > 20


def test_multiply_adds_of_a_known_network() -> None:
    # By hand, for each layer of models/README.md: positions x filters x kernel x channels.
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
def test_all_installed_readers_read_a_labelled_folder(tmp_path: Path) -> None:
    for text, content in labelled(EllipseCaptcha(), 3):
        (tmp_path / f"{text}-1.png").write_bytes(content)
    done = run(tmp_path, "--model", "ellipses", "--limit", 2, module="benchmarks.folder")
    assert "| ellipses | 1.0000 (0.3424 to 1.0000) | 2 |" in done.stdout


def test_characters_that_look_alike_can_count_as_the_same(tmp_path: Path) -> None:
    picture = EllipseCaptcha().draw("444666", np.random.default_rng(1))
    picture.save(tmp_path / "444888-1.png")
    arguments = (tmp_path, "--model", "ellipses")
    assert "| ellipses | 0.0000 " in run(*arguments, module="benchmarks.folder").stdout
    alike = run(*arguments, "--alike", "86", module="benchmarks.folder")
    assert "| ellipses | 1.0000 " in alike.stdout
