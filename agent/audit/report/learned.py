"""What an attacker without labels needs, as `capslice learn` measured it on the same page."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from capslice.agent.audit.report.figures import Count, Rate, Share, StrictModel
from capslice.agent.audit.report.statistics import rate
from capslice.errors import AuditError
from capslice.files import read_at_most
from capslice.json_output import LearnJson

SUMMARY = "summary.json"
Minutes = Annotated[float, Field(ge=0)]


class Stretch(StrictModel):
    """The answers between two fits."""

    submissions: Count = Field(description="Answers sent before these")
    minutes: Minutes = Field(description="Minutes of sessions and fits before these")
    answers: Rate = Field(description="Accepted answers among these")


class Reached(StrictModel):
    """What it took to reach a share of accepted answers; null where it was not reached."""

    share: Share
    submissions: Count | None = Field(
        description="Answers sent before the first model that reached the share"
    )
    minutes: Minutes | None = Field(description="Minutes of sessions and fits by then")


class Learned(StrictModel):
    """What an attacker without labels needs: a machine that learned from the site's verdicts."""

    labels: Count = Field(description="Labels made by hand that it began with, or got on the way")
    submissions: Count = Field(description="Answers sent in all")
    minutes: Minutes = Field(description="Minutes of sessions and fits in all")
    curve: tuple[Stretch, ...] = Field(description="The answers by model, in order")
    reached: tuple[Reached, ...] = Field(description="What 10, 50 and 90 % took")


class ReachedInBoth(StrictModel):
    """After how many answers the machines of two audits reached a share; null if never."""

    share: Share
    a: Count | None
    b: Count | None

    def __str__(self) -> str:
        a, b = ("never" if each is None else f"{each:,}" for each in (self.a, self.b))
        return f"answers until {self.share:.0%} are accepted, without labels: A {a}, B {b}"


def reached_in_both(a: Learned | None, b: Learned | None) -> tuple[ReachedInBoth, ...]:
    """The shares that both know about; none if one of them is None."""
    if a is None or b is None:
        return ()
    of_b = {each.share: each.submissions for each in b.reached}
    return tuple(
        ReachedInBoth(share=each.share, a=each.submissions, b=of_b[each.share])
        for each in a.reached
        if each.share in of_b
    )


def find_learned(folder: Path | None, model: Path, url: str) -> Learned | None:
    """What `learn` measured in `folder`, or else where the model is; None if it is not there.

    Raises AuditError as `load_learned` does, if the folder is given.
    """
    if folder:
        return load_learned(folder, url)
    with suppress(AuditError):
        return load_learned(model.parent, url)
    return None


def load_learned(folder: Path, url: str) -> Learned:
    """What `learn` measured in `folder` on the page at `url`, which is without secrets.

    Raises AuditError if the folder has no summary of `learn`, or one of another page.
    """
    try:
        summary = TypeAdapter(LearnJson).validate_json(read_at_most(folder / SUMMARY))
    except (OSError, ValidationError):
        raise AuditError(
            f"{folder} has no {SUMMARY} of `capslice learn`: correct --learned"
        ) from None
    if summary["url"] != url:
        raise AuditError(f"{folder} holds what was learned from {summary['url']}, not from {url}")
    return Learned(
        labels=summary["labels"],
        submissions=summary["submissions"],
        minutes=summary["minutes"],
        curve=tuple(
            Stretch(
                submissions=each["submissions"],
                minutes=each["minutes"],
                answers=rate(each["answers"]["accepted"], each["answers"]["of"]),
            )
            for each in summary["curve"]
        ),
        reached=tuple(Reached.model_validate(each) for each in summary["reached"]),
    )
