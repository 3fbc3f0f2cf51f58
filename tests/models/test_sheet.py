"""Captions of misread pictures mark what is wrong."""

from __future__ import annotations

import pytest

from capslice.models.sheet import Caption, reading_caption


@pytest.mark.parametrize(
    ("label", "text", "caption"),
    [
        ("ab", "bb", [("ab read as ", False), ("b", True), ("b", False)]),
        ("ab", "", [("ab", True), (" read as ", False)]),
        ("abcd", "abd", [("ab", False), ("c", True), ("d read as abd", False)]),
        ("abd", "abcd", [("abd read as ab", False), ("c", True), ("d", False)]),
    ],
)
def test_wrong_characters_are_marked(label: str, text: str, caption: Caption) -> None:
    assert reading_caption(label, text) == caption
