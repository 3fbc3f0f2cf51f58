"""Reports of audits for tests: a full one, an empty one, and one without evidence."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np

from capslice.agent.audit.report.assessment import Level, headline
from capslice.agent.audit.report.figures import (
    Alphabet,
    AtThreshold,
    Confidence,
    Cost,
    Evidence,
    Rate,
    Repeats,
    Solving,
    Stage,
    Thresholds,
    Times,
)
from capslice.agent.audit.report.learned import Learned, Reached, Stretch
from capslice.agent.audit.report.report import Rejected, Report, Sample, Weakness
from capslice.agent.audit.report.statistics import rate
from capslice.training.pictures import EllipseCaptcha

CHARSET = "234568"


def full(**changes: Any) -> Report:
    """196 of 200 sessions solved, weaknesses with each result, eight rejected answers."""
    rng = np.random.default_rng(5)
    captcha = EllipseCaptcha()
    seconds = np.sort(rng.gamma(6, 0.12, 196) + 0.3)
    counts, edges = np.histogram(seconds, 16)
    p5, p25, p50, p75, p95, p99 = np.percentile(seconds, [5, 25, 50, 75, 95, 99])
    rejected = []
    for text in ("234568", "865432", "222222", "343434", "568568", "665544", "233233", "888888"):
        file = io.BytesIO()
        captcha.draw(text, rng).save(file, "PNG")
        rejected.append(
            Rejected(
                picture=base64.b64encode(file.getvalue()).decode(),
                text=text[:-1] + "3",
                confidence=float(rng.uniform(0.4, 0.99)),
                when="2025-11-25T18:31:07.123+00:00",
            )
        )
    frequencies = rng.multinomial(196, [1 / 6] * 6, size=6)
    return Report(
        **{
            "level": Level.ABOVE,
            "headline": "A machine solved 196 of 200 sessions (98.0 %, 95 % interval 95.0 to "
            "99.2 %), half of them within 1.0 s: the captcha does not keep machines out. The audit "
            "also found 2 classic weaknesses.",
            "url": "http://127.0.0.1:8000/",
            "started": "2025-11-25T18:30:12.004+00:00",
            "ended": "2025-11-25T18:34:41.870+00:00",
            "solving": Solving(
                planned=200,
                sessions=rate(196, 200),
                failed=2,
                errors={"http://127.0.0.1:8000/ does not answer (net::ERR_CONNECTION_RESET)": 2},
                ended_early=1,
                answers=rate(196, 214),
                captchas=rate(196, 219),
                unsure=5,
                by_attempt=(rate(181, 200), rate(192, 200), rate(196, 200)),
            ),
            "times": Times(
                of=196,
                p5=p5, p25=p25, p50=p50, p75=p75, p95=p95, p99=p99, max=seconds[-1],
                edges=tuple(edges.tolist()),
                counts=tuple(counts.tolist()),
            ),
            "evidence": evidence(pictures=219, sure=190, sizes={"310x80": 219}, expected=204.4),
            "thresholds": Thresholds(
                seconds_per_picture=0.304,
                seconds_per_answer=0.11,
                best=0.2,
                rows=(
                    at_threshold(0.0, 214, 196, 132.1),
                    at_threshold(0.2, 213, 196, 132.4),
                    at_threshold(0.5, 211, 194, 131.9),
                    at_threshold(0.95, 188, 181, 128.0),
                ),
            ),
            "sample": Sample(
                picture=rejected[0].picture, text="234563", confidence=0.987, verdict="accepted"
            ),
            "cost": Cost(workers=2, elapsed=269.9, per_hour=2614.3, hours_per_thousand=0.765),
            "stages": (
                Stage(name="page", of=219, p50=0.21, p95=0.4, share=0.26),
                Stage(name="picture", of=219, p50=0.09, p95=0.15, share=0.11),
                Stage(name="reading", of=219, p50=0.004, p95=0.009, share=0.005),
                Stage(name="typing", of=214, p50=0.05, p95=0.09, share=0.06),
                Stage(name="waiting", of=214, p50=0.4, p95=0.5, share=0.49),
                Stage(name="verdict", of=214, p50=0.06, p95=0.2, share=0.075),
            ),
            "confidence": Confidence(
                of=219,
                edges=tuple(i / 10 for i in range(11)),
                counts=(0, 0, 0, 1, 2, 2, 5, 7, 12, 190),
                accepted=(0, 0, 0, 0, 0, 1, 2, 4, 7, 182),
                answered=(0, 0, 0, 0, 0, 2, 5, 6, 11, 190),
                mean=0.955,
                right=rate(196, 214),
                calibration_error=0.041,
            ),
            "alphabet": Alphabet(
                of=196,
                charset=CHARSET + "9",
                length=6,
                counts=tuple((*row, 0) for row in frequencies.tolist()),
                missing="9",
                bits=15.41,
                possible_bits=19.93,
                uniform_p=0.43,
            ),
            "repeats": Repeats(
                pictures=219,
                distinct_pictures=219,
                answers=196,
                distinct_answers=195,
                expected_distinct=195.6,
                distinct_p=0.34,
            ),
            "weaknesses": weaknesses(),
            "rejected": tuple(rejected),
            "learned": learned(),
            "model": {
                "sha256": "d2a84f4b8b650937ec8f73cd8be2c74add5a911ba64df27458ed8229da804a26",
                "card": {"charset": CHARSET, "length": 6, "test": {"pictures": 100000}},
            },
            "settings": {
                "target": {"url": "http://127.0.0.1:8000/", "allowed_origins": []},
                "retries": {"attempts": 3},
                "pace": {"interval": 0.5},
            },
            "command": "capslice audit http://127.0.0.1:8000/ --count 200 --workers 2",
            "versions": {"capslice": "0.1.0", "Python": "3.11.2", "Chromium": "142.0.7444.59"},
            "machine": "Linux x86_64, 2 cores",
            **changes,
        }
    )  # fmt: skip


def learned(**changes: Any) -> Learned:
    """Three models: 9 %, 55 % and 93 % of their answers were accepted."""
    curve = ((0, 0, 18, 200), (200, 6.5, 165, 300), (500, 14.2, 465, 500))
    reached = {0.1: (200, 6.5), 0.5: (200, 6.5), 0.9: (500, 14.2)}
    return Learned(
        **{
            "labels": 0,
            "submissions": 1000,
            "minutes": 18.3,
            "curve": tuple(
                Stretch(submissions=sent, minutes=minutes, answers=rate(right, of))
                for sent, minutes, right, of in curve
            ),
            "reached": tuple(
                Reached(share=share, submissions=sent, minutes=minutes)
                for share, (sent, minutes) in reached.items()
            ),
            **changes,
        }
    )


def at_threshold(confidence: float, typed: int, accepted: int, per_minute: float) -> AtThreshold:
    """A row of the table of thresholds, for 214 pictures."""
    return AtThreshold(
        confidence=confidence,
        typed=rate(typed, 214),
        answers=rate(accepted, typed),
        captchas=rate(accepted, 214),
        per_minute=per_minute,
    )


def evidence(**changes: Any) -> Evidence:
    """A model of ellipses."""
    return Evidence(
        **{
            "min_confidence": 0.95,
            "captcha": "varied",
            "charset": CHARSET,
            "length": 6,
            "size": "310x80",
            **changes,
        }
    )


def weaknesses() -> tuple[Weakness, ...]:
    return (
        Weakness(
            key="enumerable",
            name="The site numbers its captchas.",
            result="not_found",
            severity="low",
            evidence="The names of 20 pictures were random, with 22 characters each.",
            advice="Use random names.",
        ),
        Weakness(
            key="answer_reusable",
            name="The site accepts an answer that it accepted before.",
            result="found",
            severity="medium",
            evidence="The audit sent 5 answers twice; the site accepted 5 of 5 again.",
            advice="Delete a captcha after its first answer, right or wrong.",
        ),
        Weakness(
            key="no_limit",
            name="The site does not limit the number of wrong answers.",
            result="not_tested",
            severity="medium",
            evidence="The test needs 50 wrong answers, and the pace allows 20.",
            advice="Limit wrong answers per address and per account.",
        ),
        Weakness(
            key="answer_in_page",
            name="The source of the page contains the answer.",
            result="found",
            severity="high",
            evidence="10 of 10 pages contained it: <img alt='<script>alert(1)</script>'>",
            advice="Keep the answer on the server only.",
        ),
        Weakness(
            key="empty_answer",
            name="The site accepts an empty answer.",
            result="not_found",
            severity="high",
            evidence="The site rejected 5 of 5 empty answers.",
            advice="Reject empty answers.",
        ),
    )


def empty() -> Report:
    """No session was completed."""
    nothing = rate(0, 0)
    return full(
        level=Level.NOTHING_TO_JUDGE,
        headline="No session was completed, so this audit says nothing about the captcha.",
        solving=Solving(
            planned=0, sessions=nothing, failed=0, errors={}, ended_early=0,
            answers=nothing, captchas=nothing, unsure=0, by_attempt=(),
        ),
        times=None,
        thresholds=None,
        sample=None,
        evidence=None,
        cost=Cost(workers=1, elapsed=0, per_hour=0, hours_per_thousand=None),
        stages=(),
        confidence=Confidence(
            of=0, edges=(), counts=(), accepted=(), answered=(),
            mean=None, right=nothing, calibration_error=None,
        ),
        alphabet=Alphabet(
            of=0, charset="", length=0, counts=(), missing="",
            bits=None, possible_bits=0, uniform_p=None,
        ),
        repeats=Repeats(
            pictures=0, distinct_pictures=0, answers=0, distinct_answers=0,
            expected_distinct=None, distinct_p=None,
        ),
        weaknesses=(),
        rejected=(),
        model={},
        settings={},
        versions={},
    )  # fmt: skip


def solving(sessions: Rate, answers: Rate, pictures: int, failed: int = 0) -> Solving:
    """Counts of an audit; `pictures` is the number of captchas read."""
    return Solving(
        planned=sessions.of, sessions=sessions, failed=failed, errors={}, ended_early=0,
        answers=answers, captchas=rate(answers.count, pictures),
        unsure=pictures - answers.of, by_attempt=(),
    )  # fmt: skip


def unjudged() -> Report:
    """390 sessions with the model of another captcha, which was never sure: no answer was sent."""
    nothing = rate(0, 0)
    counts = solving(rate(0, 390), nothing, 1950)
    return empty().model_copy(
        update={
            "headline": headline(counts, None, ()),
            "solving": counts,
            "evidence": evidence(pictures=1950, sure=0, sizes={"150x40": 1950}),
        }
    )
