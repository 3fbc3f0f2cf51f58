"""What was reached: the curve of accepted answers by submissions, and the figures for `--json`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from capslice.agent.learning.answers import accepted
from capslice.agent.learning.steps import Progress
from capslice.models.intervals import Rate

if TYPE_CHECKING:
    from capslice.json_output import LearnJson, RateJson, ReachedJson, SegmentJson
    from capslice.json_output.learning import Ending
    from capslice.models.decoding import Case

SHARES = (0.1, 0.5, 0.9)
MINUTE = 60.0


def summarise(
    progress: Progress,
    *,
    url: str,
    model: Path,
    ended: Ending,
    until: float,
    case: Case,
    latest: int,
) -> LearnJson:
    """The summary of what the folder holds; `latest` answers of the best model give its rate."""
    curve = _curve(progress)
    of_best = progress.answers_of(progress.best)[-latest:]
    return {
        "url": url,
        "model": str(model),
        "ended": ended,
        "until": until,
        "latest": _rate(Rate(accepted(of_best), len(of_best))) if of_best else None,
        "submissions": progress.sent,
        "accepted": accepted(progress.answers) + accepted(progress.about_case),
        "labels": progress.labels,
        "minutes": progress.seconds / MINUTE,
        "minutes_of_fits": sum(each.seconds for each in progress.rounds) / MINUTE,
        "case": case,
        "curve": curve,
        "reached": [_reached(share, curve) for share in SHARES],
    }


def _curve(progress: Progress) -> list[SegmentJson]:
    found: list[SegmentJson] = []
    seconds = 0.0
    for number, segment in enumerate(progress.segments):
        if segment.answers:
            found.append(
                {
                    "model": segment.model,
                    "submissions": segment.start,
                    "minutes": seconds / MINUTE,
                    "answers": _rate(segment.rate),
                }
            )
        seconds += sum(answer.seconds for answer in segment.answers)
        seconds += sum(each.seconds for each in progress.rounds[number : number + 1])
    return found


def _rate(rate: Rate) -> RateJson:
    low, high = rate.interval
    return {"accepted": rate.right, "of": rate.of, "low": low, "high": high}


def _reached(share: float, curve: list[SegmentJson]) -> ReachedJson:
    for each in curve:
        answers = each["answers"]
        if answers["accepted"] >= share * answers["of"]:
            return {
                "share": share,
                "submissions": each["submissions"],
                "minutes": each["minutes"],
            }
    return {"share": share, "submissions": None, "minutes": None}
