"""Other projects' readers are told what is known, in the fairest way there is."""

from __future__ import annotations

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from benchmarks.readers.masking import Recorder, choose_under, softmax
from benchmarks.readers.peers import opened
from benchmarks.readers.specs import peers
from capslice.models.decoding import Known

CLASSES = ["blank", "A", "B", "8", "b", "漢"]


def columns(*rows: dict[str, float]) -> NDArray[np.float32]:
    """Probabilities of the classes for each column."""
    return np.array([[row.get(each, 0) for each in CLASSES] for row in rows], np.float32)


# In the first column, a character that cannot occur hides the 8.
HIDDEN = columns(
    {"B": 0.6, "8": 0.3, "blank": 0.1},
    {"blank": 0.9, "8": 0.1},
    {"A": 0.2, "8": 0.7, "漢": 0.1},
)


def test_a_character_that_cannot_occur_gives_way_to_the_next_best() -> None:
    choose = choose_under(Known(characters="A8"), CLASSES)
    assert choose(HIDDEN).text == "88"


def test_the_length_that_is_known_is_kept() -> None:
    assert choose_under(Known(1, 1, "A8"), CLASSES)(HIDDEN).text == "8"
    assert choose_under(Known(2, 2, "A8"), CLASSES)(HIDDEN).text == "88"


def test_both_cases_of_a_letter_count_as_one_where_only_one_can_occur() -> None:
    torn = columns({"B": 0.3, "b": 0.3, "8": 0.4})
    for known, text in (
        (Known(1, 1, "B8"), "B"),
        (Known(1, 1, "b8"), "b"),
        (Known(1, 1, "Bb8", "fold"), "b"),
    ):
        guess = choose_under(known, CLASSES)(torn)
        assert guess.text == text
        assert guess.confidence == pytest.approx(0.6)
    assert choose_under(Known(1, 1, "Bb8"), CLASSES)(torn).text == "8"


def test_a_recorder_keeps_what_a_session_gave() -> None:
    class Session:
        name = "the session"

        def run(self, names: None, inputs: dict[str, int]) -> list[int]:
            return [inputs["x"] + 1]

    recorder = Recorder(Session())
    assert recorder.run(None, {"x": 1}) == [2]
    assert recorder.output == 2
    assert recorder.name == "the session"


def test_softmax() -> None:
    shares = softmax(np.log(np.array([[1, 3], [2, 2]], np.float32)))
    assert shares == pytest.approx(np.array([[0.25, 0.75], [0.5, 0.5]]))


def test_transparent_pixels_are_white_for_all() -> None:
    picture = Image.new("RGBA", (2, 1), (0, 0, 0, 0))
    picture.putpixel((1, 0), (60, 60, 60, 255))
    for same in (picture, picture.convert("LA"), picture.quantize(4)):
        content = io.BytesIO()
        same.save(content, "PNG")
        assert np.asarray(opened(content.getvalue()))[0].tolist() == [[255] * 3, [60] * 3]


def test_every_installed_peer_is_listed_with_its_version_and_size() -> None:
    for spec in peers(Known(4, 6, "AB")):
        assert spec.size > 1_000_000
        assert any(each.isdigit() for each in spec.name)
