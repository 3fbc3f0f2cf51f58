"""Whether a site minds case, from answers in the other case."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

from capslice import Reader
from capslice.agent.learning.case import OtherCase, found_case
from capslice.agent.learning.folder import LearningFolder
from capslice.training.pictures import captcha_named
from tests.agent.journal.journals import PAGE, submit


@pytest.mark.parametrize(
    ("accepted", "rejected", "found"),
    [
        (0, 0, None),
        (1, 0, None),
        (2, 0, "fold"),
        (2, 6, "fold"),
        (0, 4, None),
        (0, 5, "keep"),
        (1, 6, None),
        (1, 7, "keep"),
    ],
)
def test_what_the_verdicts_say(
    accepted: int, rejected: int, found: str | None, tmp_path: Path
) -> None:
    folder = LearningFolder(tmp_path)
    assert found_case(folder) is None
    submit(folder.case_journal, PAGE, accepted, rejected)
    assert found_case(folder) == found


def test_the_other_case() -> None:
    reader, other = Reader("general"), OtherCase("general")
    captcha, rng = captcha_named("letters"), np.random.default_rng(5)
    for text in ("KHAB", "3K57", "2345"):
        file = io.BytesIO()
        captcha.draw(text, rng).save(file, "PNG")
        reading, swapped = (each.read_content(file.getvalue(), "it") for each in (reader, other))
        assert swapped.text == swapped.answer == reading.text.swapcase()
        differs = sum(map(str.isalpha, reading.text)) >= 2
        assert swapped.confidence == (reading.confidence if differs else 0)
