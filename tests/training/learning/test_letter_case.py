"""Labels of a site that ignores case get the case in which a network reads their letters."""

from __future__ import annotations

import numpy as np

from capslice.training.learning.letter_case import LetterCase, with_texts
from capslice.training.pictures import DataSet, codes_of


def test_labels_have_the_case_in_which_their_letters_are_read() -> None:
    # The site shows capitals, and the network takes some for small letters.
    case = LetterCase([("abs1", "ABs1"), ("sob", "SOB"), ("bso", "BSo"), ("xa", "ya")])
    assert case.of("abs1", "ABs1") == "ABs1"
    assert case.of("sob", "so8") == "SoB"  # an o is read as often in either case
    assert case.of("xa", "ya") == "xA"
    assert case.of("q2ß") == "q2ß"


def test_labels_in_capitals() -> None:
    case = LetterCase([("ABC", "abc")])
    assert case.of("ABC", "abc") == "abc"
    assert case.of("CABD") == "cabD"


def test_the_pictures_stay() -> None:
    data = DataSet(np.zeros((2, 4, 4), np.uint8), codes_of(["ab", "b"], "abAB", 2), "abAB")
    changed = with_texts(data, ["aB", "B"])
    assert changed.texts == ["aB", "B"]
    assert changed.pictures is data.pictures
