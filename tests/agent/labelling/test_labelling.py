"""The order of the pictures, what the labels say about suggestions, and the files."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capslice.agent.labelling.label_files import LabelFiles
from capslice.agent.labelling.labelling import Labelling
from capslice.agent.reading.readings_file import FileReading, readings_of, write_readings
from capslice.errors import LabelsError
from capslice.models.labels import labels_of
from tests.agent.labelling.conftest import NAMES


def order(labelling: Labelling) -> str:
    return "".join(item["file"][0] for item in labelling.state()["next"])


def test_the_most_doubtful_pictures_can_come_first(
    folder: Path, readings: dict[Path, FileReading]
) -> None:
    assert order(Labelling(LabelFiles(folder), readings)) == "abcd"
    labelling = Labelling(LabelFiles(folder), readings, by="doubt")
    assert order(labelling) == "fabc"  # nothing was read in f.png
    labelling.label("f.png", "x")
    labelling.skip("a.png")
    assert order(labelling) == "bcde"
    surer = {path: FileReading("y", 1 - each.confidence) for path, each in readings.items()}
    labelling.suggest(surer)
    assert order(labelling) == "edcb"


def test_files_continue_what_is_there(folder: Path) -> None:
    files = LabelFiles(folder)
    assert (len(files.pictures), files.texts, files.unreadable) == (6, {}, set())
    files.label(folder / "a.png", "1")
    files.mark_unreadable(folder / "b.png")
    files.label(folder / "c.png", "2, 3")
    with (folder / "labels.csv").open("a") as learned:  # `learn` adds one meanwhile
        learned.write("d.png,4\n")
    files.label(folder / "a.png", "5")
    files.mark_unreadable(folder / "c.png")
    files.label(folder / "b.png", "6")
    again = LabelFiles(folder)
    assert {path.stem: text for path, text in again.texts.items()} == {"a": "5", "d": "4", "b": "6"}
    assert again.unreadable == {folder / "c.png"}
    # Of what has no label here, `fit` takes the names, but not of what cannot be read.
    assert {path.stem for path in labels_of(folder)} == {*NAMES} - {"c"}
    for name in "abd":
        files.mark_unreadable(folder / f"{name}.png")
    assert {path.stem for path in labels_of(folder)} == {"e", "f"}


@settings(max_examples=30)
@given(st.lists(st.tuples(st.sampled_from(NAMES), st.text(st.characters().filter(str.isprintable),
       min_size=1, max_size=100))))  # fmt: skip
def test_the_last_text_of_each_file_is_kept(
    tmp_path_factory: pytest.TempPathFactory, answers: list[tuple[str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("data")
    for name in NAMES:
        (folder / f"{name}.png").touch()
    files = LabelFiles(folder)
    for name, text in answers:
        files.label(folder / f"{name}.png", text)
    assert files.texts == LabelFiles(folder).texts
    assert files.texts == {folder / f"{name}.png": text for name, text in answers}


def test_a_folder_without_pictures_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LabelsError, match="has no pictures: collect some"):
        LabelFiles(tmp_path)


def test_how_many_labels_are_worth_it_is_estimated_from_the_suggestions(tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / f"{number:03}.png").touch()
    files = LabelFiles(tmp_path)
    labelling = Labelling(files, {})
    # Half of the errors remain with twice the labels.
    for start, end, labels, rate in ((0, 100, 100, 0.6), (100, 200, 200, 0.8)):
        labelling.change_model(labels)
        labelling.suggest({path: FileReading("x", 0.5) for path in files.pictures})
        for number in range(start, end):
            right = (number - start) < rate * (end - start)
            labelling.label(f"{number:03}.png", "x" if right else "y")
    lately, needed = labelling.state()["lines"]
    assert lately == "30 of the last 50 suggestions were right"
    assert needed.startswith("about 4")
    assert needed.endswith("make 90 % of the suggestions right")


def test_readings_survive_their_file(folder: Path, readings: dict[Path, FileReading]) -> None:
    readings[folder / "a.png"] = FileReading('a,"b', 0.1)
    write_readings(folder, readings)
    assert readings_of(folder) == readings
    (folder / "readings.csv").write_text("file,text\na.png,x\n")
    with pytest.raises(LabelsError, match=r"readings.csv cannot be read"):
        readings_of(folder)
