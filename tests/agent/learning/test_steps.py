"""The next step of `learn`, by the answers that were sent and the rounds that were finished."""

from __future__ import annotations

import math
from itertools import accumulate

import pytest

from capslice.agent.learning.answers import Answer
from capslice.agent.learning.case import sure_enough
from capslice.agent.learning.folder import Round, taken
from capslice.agent.learning.steps import Goals, Progress, Rhythm, next_step

GOALS = Goals(until=0.95, submissions=3000, seconds=math.inf)
RHYTHM = Rhythm()
PAGE = "http://127.0.0.1:8000/"


def answers(right: int, of: int) -> list[Answer]:
    """Answers of a second each, the accepted ones first."""
    return [Answer(i < right, "2B4D", 0.5, 1.0, PAGE) for i in range(of)]


def progress(*segments: tuple[int, int], labels: int = 0, taken: bool = True) -> Progress:
    """A fit of a minute stands between two segments, which are (accepted, answers)."""
    ends = [*accumulate(of for _, of in segments)]
    sent = [answer for right, of in segments for answer in answers(right, of)]
    rounds = [
        Round(after=end, labels=labels, right=9, of=10, seconds=60, taken=taken)
        for end in ends[:-1]
    ]
    return Progress(sent, [], rounds, labels)


def step(*segments: tuple[int, int], goals: Goals = GOALS, **given: int) -> str:
    return next_step(progress(*segments, **given), goals, RHYTHM)


def test_it_answers_and_fits_in_turn() -> None:
    assert step((0, 0)) == "answer"
    assert step((20, 199)) == "answer"
    assert step((20, 200)) == "fit"
    assert step((20, 200), (0, 0)) == "answer"
    assert step((20, 200), (100, 299)) == "answer"
    assert step((20, 200), (100, 300)) == "fit"
    assert step((20, 200), (100, 300), (300, 499)) == "answer"
    assert step((20, 200), (100, 300), (300, 500)) == "fit"


def test_a_fit_waits_for_enough_labels() -> None:
    assert step((9, 200)) == "answer"
    assert step((9, 230)) == "answer"
    assert step((10, 231)) == "fit"


def test_it_ends_at_its_goals() -> None:
    assert step((20, 200), (190, 199)) == "answer", "too few answers of this model"
    assert step((20, 200), (190, 200)) == "target"
    assert step((20, 200), (189, 200)) == "answer"
    assert step((20, 200), goals=Goals(0.95, 200, math.inf)) == "submissions"
    assert step((20, 200), (9, 60), goals=Goals(0.95, 3000, 319)) == "minutes"
    assert step((20, 200), (9, 60), goals=Goals(0.95, 3000, 321)) == "answer"


def test_answers_about_case_count_as_sent() -> None:
    sent = Progress(answers(20, 190), answers(5, 10), [], 0)
    assert next_step(sent, Goals(0.95, 200, math.inf), RHYTHM) == "submissions"


def test_it_asks_for_labels_when_hardly_an_answer_is_accepted() -> None:
    assert step((2, 99)) == "answer"
    assert step((2, 100)) == "labels"
    assert step((3, 100)) == "answer"
    enough = Progress(answers(2, 100), [], [], 20)
    assert next_step(enough, GOALS, RHYTHM) == "fit"
    assert next_step(Progress(answers(2, 100), [], [], 19), GOALS, RHYTHM) == "labels"
    assert step((2, 100), (50, 100), labels=20) == "answer", "they were fitted to"
    assert step((2, 100), (2, 100), labels=20) == "labels"


def test_labels_come_before_the_first_answer() -> None:
    assert next_step(Progress([], [], [], 50), GOALS, RHYTHM) == "fit"


def test_it_gives_up_when_two_models_did_no_better() -> None:
    assert step((20, 200), (100, 300), (160, 500)) == "fit", "one may be chance"
    assert step((20, 200), (100, 300), (160, 500), (150, 500)) == "no_better"
    assert step((20, 200), (100, 300), (160, 500), (170, 500)) == "fit"


def test_an_earlier_model_is_best_only_if_that_is_certain() -> None:
    assert progress((100, 200), (140, 200)).best == 1
    assert progress((140, 200), (120, 200)).best == 1, "that may be chance"
    assert progress((140, 200), (100, 200)).best == 0
    assert progress((140, 200), (0, 0)).best == 1, "nothing is known against it"


def test_a_model_that_is_surely_worse_ends_its_round() -> None:
    assert step((100, 200), (5, 30)) == "fit"
    assert step((100, 200), (13, 30)) == "answer", "that may be chance"
    assert step((100, 200), (0, 100)) == "fit", "and needs no labels"
    assert step((100, 200), (5, 30), (6, 30)) == "no_better"


def test_a_model_that_was_not_taken_answers_nothing() -> None:
    refused = progress((100, 200), (110, 200), taken=False)
    assert taken(refused.rounds) == 0
    assert [each.model for each in refused.segments] == [0, 0]
    assert len(refused.of_model) == 400


@pytest.mark.parametrize(
    ("confidences", "accepted", "least"),
    [
        ([0.9] * 20, 20, 0.9),
        ([0.9] * 19, 19, None),
        ([0.9] * 20 + [0.5] * 20, 20, 0.9),
        ([0.9] * 20 + [0.5] * 20, 40, 0.5),
        ([0.9] * 40, 10, None),
    ],
)
def test_how_sure_is_sure_enough(
    confidences: list[float], accepted: int, least: float | None
) -> None:
    sent = [Answer(i < accepted, "2B4D", each, 1.0, PAGE) for i, each in enumerate(confidences)]
    assert sure_enough(sent) == least


def test_digits_tell_nothing_about_case() -> None:
    assert sure_enough([Answer(True, "2B47", 0.9, 1.0, PAGE)] * 40) is None
