"""The rates by threshold: counted from the verdicts, and the best one by what things cost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capslice.agent.audit.sessions import ReadCaptcha
from capslice.agent.audit.thresholds import THRESHOLDS, count_thresholds

VERDICTS = ("accepted", "rejected", "unsure", None)


def read(
    confidence: float, verdict: str | None, answer: float = 0.1, text: str = "234568"
) -> ReadCaptcha:
    """A captcha that took 0.3 s to read, and `answer` seconds to answer."""
    stages = {"page": 0.2, "picture": 0.09, "reading": 0.01}
    if verdict != "unsure":
        stages |= {"typing": answer / 2, "waiting": 7.0, "verdict": answer / 2}
    return ReadCaptcha(text, confidence, verdict, "", stages)


@given(st.lists(st.tuples(st.floats(0, 1), st.sampled_from(VERDICTS)), max_size=40))
def test_counts(captchas: list[tuple[float, str | None]]) -> None:
    found = count_thresholds([read(*each) for each in captchas])
    known = [each for each in captchas if each[1]]
    answered = [each for each in known if each[1] != "unsure"]
    unknown_below = max((c for c, verdict in known if verdict == "unsure"), default=0)
    left = [t for t in THRESHOLDS if t >= unknown_below]
    assert (found is None) == (not answered or not left)
    if not found:
        return
    assert [row.confidence for row in found.rows] == left
    for row in found.rows:
        typed = [verdict for c, verdict in answered if c >= row.confidence]
        assert (row.typed.count, row.typed.of) == (len(typed), len(known))
        assert (row.answers.count, row.answers.of) == (typed.count("accepted"), len(typed))
        assert (row.captchas.count, row.captchas.of) == (typed.count("accepted"), len(known))


def test_a_reading_that_is_no_sum_is_never_typed() -> None:
    sums = [read(0.9, "accepted", text="3+4=?")] * 3
    found = count_thresholds([*sums, read(0.997, "unsure", text="74")], is_sum=True)
    assert found
    assert [row.confidence for row in found.rows] == [*THRESHOLDS]
    assert (found.rows[0].typed.count, found.rows[0].typed.of) == (3, 4)
    assert count_thresholds([*sums, read(0.997, "unsure", text="7+4")], is_sum=True) is None
    assert count_thresholds([*sums, read(0.997, "unsure", text="74")]) is None


def audit(answer: float, count: int = 4000) -> list[ReadCaptcha]:
    """Captchas whose readings are as often right as their confidence says."""
    rng = np.random.default_rng(3)
    confidences = rng.beta(0.5, 0.5, count)
    right = rng.random(count) < confidences
    return [
        read(float(confidence), "accepted" if each else "rejected", answer)
        for confidence, each in zip(confidences, right, strict=True)
    ]


def test_dear_answers_are_not_typed_if_unsure() -> None:
    """A reading pays if it is right more often than the best rate times the seconds it takes."""
    found = count_thresholds(audit(3.0))
    assert found
    assert (found.seconds_per_picture, found.seconds_per_answer) == pytest.approx((0.3, 3.0))
    best = next(row for row in found.rows if row.confidence == found.best)
    assert best.per_minute
    # The wait that the pace asks for does not count.
    assert best.per_minute > 60 / (0.3 + 3.0 + 7.0)
    rate = best.per_minute / 60
    assert found.best == 0.7
    assert 0.5 < rate * 3.0 < 0.8


def test_cheap_answers_are_all_typed() -> None:
    found = count_thresholds(audit(0.001))
    assert found
    assert found.best == 0


def test_few_answers_do_not_show_that_typing_does_not_pay() -> None:
    captchas = [read(0.99, "accepted")] * 20 + [read(0.1, "rejected")]
    found = count_thresholds(captchas)
    assert found
    assert found.best == 0


def test_no_accepted_answer_has_no_best_threshold() -> None:
    found = count_thresholds([read(0.5, "rejected")] * 10)
    assert found
    assert found.best is None
    assert found.rows[0].captchas.of == 10
