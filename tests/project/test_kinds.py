"""The benchmark of kinds samples, counts and reports correctly."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.kinds.figures import count, mean_of
from benchmarks.kinds.kind import Kind
from benchmarks.kinds.measuring import Reads, measure
from benchmarks.kinds.report import table
from benchmarks.readers.specs import ReaderSpec
from capslice.models.card import SHIPPED
from capslice.models.decoding import Known
from capslice.models.intervals import Rate
from capslice.training.pictures import EllipseCaptcha
from tests.commands import run

OURS = ReaderSpec("ellipses", "ours.load", SHIPPED, SHIPPED.stat().st_size)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six captchas that the shipped model reads."""
    folder = tmp_path / "kind"
    folder.mkdir()
    captcha, rng = EllipseCaptcha(), np.random.default_rng(1)
    for number in range(6):
        text = captcha.random_text(rng)
        captcha.draw(text, rng).save(folder / f"{text}-{number}.png")
    return folder


def empty_pictures(folder: Path, *names: str) -> Path:
    folder.mkdir()
    for name in names:
        Image.new("L", (9, 9)).save(folder / name)
    return folder


def test_a_sample_is_always_the_same_and_what_is_known_comes_from_all_labels(
    tmp_path: Path,
) -> None:
    names = [f"{'AB3'[: 1 + number % 3]}-{number}.png" for number in range(50)]
    folder = empty_pictures(tmp_path / "capitals", *names)
    kind = Kind.of_folder(folder, 5)
    assert kind == Kind.of_folder(folder, 5)
    assert kind.name == "capitals"
    assert len(kind.files) == len(set(kind.files)) == 5
    assert kind.known == Known(1, 3, "3AB", "keep")
    assert len(Kind.of_folder(folder, 1000).files) == 50


def test_case_is_ignored_where_labels_have_small_letters(tmp_path: Path) -> None:
    kind = Kind.of_folder(empty_pictures(tmp_path / "small", "ab-1.png", "B-1.png"), 9)
    assert kind.known == Known(1, 2, "Bab", "fold")


def test_labels_can_come_from_a_table(tmp_path: Path) -> None:
    folder = empty_pictures(tmp_path / "sums", "x.png")
    (folder / "labels.csv").write_text("file,text\nx.png,1+2=\n")
    assert Kind.of_folder(folder, 9).labels == ("1+2=",)


def test_a_kept_reading_is_not_read_again(folder: Path, tmp_path: Path) -> None:
    kind, kept = Kind.of_folder(folder, 3), tmp_path / "kept.json"
    first = measure([OURS], kind, kept)
    assert [one.told for one in first] == [False, True]
    assert first[0].texts == first[1].texts == list(kind.labels)
    assert all(0.9 < each <= 1 for each in first[0].confidences)
    # A reader that cannot be loaded shows that none is.
    assert measure([OURS._replace(loader="nothing.load")], kind, kept) == first
    assert len(measure([OURS], Kind.of_folder(folder, 4), kept)[0].texts) == 4


def reads(*texts: str, told: bool = False) -> Reads:
    return Reads("reader", "kind", told, [], [*texts], [0.5] * len(texts), [0.002] * len(texts))


def test_what_is_counted() -> None:
    kind = Kind("kind", (Path("1"), Path("2"), Path("3")), ("aB", "cd", "e"), Known())
    figures = count(kind, reads("aB", "CD", "x"), reads("AB", "cd", "E", told=True))
    assert (figures.exact, figures.ignoring_case, figures.told) == (
        Rate(1, 3),
        Rate(2, 3),
        Rate(3, 3),
    )
    assert (figures.confidence, figures.milliseconds) == (0.5, 2)


def test_the_interval_of_a_mean_narrows_with_the_kinds() -> None:
    one, four = mean_of([Rate(50, 100)]), mean_of([Rate(50, 100)] * 4)
    assert one.value == four.value == 0.5
    assert (one.high - one.low) / (four.high - four.low) == pytest.approx(2)
    assert mean_of([Rate(0, 100)]).high > 0.01


def test_a_table_shows_the_best_of_the_others() -> None:
    kind = Kind("kind", (Path("1"),), ("a",), Known())
    right, wrong = reads("a"), reads("b")
    figures = [
        count(kind, Reads(name, "kind", False, [], one.texts, [], [0.1]), one)
        for name, one in (("ours", wrong), ("x", wrong), ("y", right))
    ]
    head, _, row, mean = table("exact", figures, lambda each: each.exact, "ours").splitlines()
    assert head == "| exact | ours | x | y | best of the others | n |"
    assert [cell.split(" ")[1] for cell in row.split("|")[2:6]] == ["0.00", "0.00", "1.00", "1.00"]
    assert mean.startswith("| mean of 1 | 0.00")


def test_the_page_is_written(folder: Path, tmp_path: Path) -> None:
    page = tmp_path / "general.md"
    seen = empty_pictures(tmp_path / "seen", "222222-1.png", "333333-1.png")
    given = (folder, seen, "--imitated", "seen", "--model", "ellipses", "--limit", 2, "--json")
    done = run(*given, "--report", page, module="benchmarks.kinds")
    first, second = json.loads(done.stdout)
    assert (first["kind"], first["pictures"], first["exact"][0]) == ("kind", 2, 1.0)
    assert second["exact"][0] == 0
    text = page.read_text()
    assert text.index("## Kinds that the model has not seen") < text.index("| kind | 1.00 (")
    assert text.index("## Kinds that the model has seen imitations of") < text.index(
        "| seen | 0.00 ("
    )
    with Image.open(tmp_path / "general" / "misread.png") as sheet:
        assert sheet.height > 80


def test_a_model_that_cannot_read_a_kind(tmp_path: Path) -> None:
    folder = empty_pictures(tmp_path / "letters", "abc-1.png")
    done = run(folder, "--model", "ellipses", module="benchmarks.kinds", status=2)
    assert "knows none of the characters abc" in done.stderr


def test_no_reader_is_named(folder: Path) -> None:
    done = run(folder, module="benchmarks.kinds", status=2)
    assert "give --model, --peers or both" in done.stderr
