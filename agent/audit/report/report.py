"""The data of an audit's report: the content of `report.json`, and all that `report.html` shows.

The descriptions of the fields are their documentation, here and in the JSON schema. Every rate
comes with the counts behind it. `version` grows when a field is renamed, removed or changes its
meaning; it stays when a field is added.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from capslice.agent.audit.report.assessment import Level
from capslice.errors import ReportError

VERSION: Literal[1] = 1

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
Seconds = Annotated[float, Field(ge=0)]
WeaknessResult = Literal["found", "not_found", "not_tested"]
Severity = Literal["high", "medium", "low"]


class StrictModel(BaseModel):
    """Rejects unknown fields, and numbers that JSON cannot represent."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Rate(StrictModel):
    """A share, the counts behind it, and its 95 % Wilson score interval."""

    count: Count
    of: Count
    rate: Share = Field(description="`count / of`, or 0 if `of` is 0")
    low: Share = Field(description="Lower end of the interval")
    high: Share = Field(description="Upper end of the interval")


class Times(StrictModel):
    """Percentiles and a histogram of durations in seconds."""

    of: Count = Field(description="Number of durations")
    p5: Seconds
    p25: Seconds
    p50: Seconds
    p75: Seconds
    p95: Seconds
    p99: Seconds
    max: Seconds
    edges: tuple[Seconds, ...] = Field(
        description="Edges of the bins, one more than there are bins"
    )
    counts: tuple[Count, ...] = Field(description="Durations in each bin")


class Stage(StrictModel):
    """One stage of an attempt, and the time it takes."""

    name: Literal["page", "picture", "reading", "typing", "waiting", "verdict"]
    of: Count = Field(description="Attempts that reached this stage")
    p50: Seconds
    p95: Seconds
    share: Share = Field(description="Share of the total time of all stages")


class Solving(StrictModel):
    """How often the agent solved the captcha.

    A session is one visit: the agent answers captchas until one answer is accepted or it gives up.
    """

    planned: Count = Field(description="Sessions asked for; 0 if only the time was limited")
    sessions: Rate = Field(description="Sessions that ended with an accepted answer")
    failed: Count = Field(description="Sessions ended by an error; they count as not solved")
    errors: dict[str, Count] = Field(
        description="These errors and their counts; varying numbers and names are replaced by `…`"
    )
    ended_early: Count = Field(
        description="Sessions interrupted by Ctrl-C or a crash; they do not count"
    )
    answers: Rate = Field(description="Accepted answers among the answers sent")
    captchas: Rate = Field(description="Accepted answers among all captchas read")
    unsure: Count = Field(description="Captchas not answered because the reading was too unsure")
    by_attempt: tuple[Rate, ...] = Field(
        description="Sessions solved within one captcha, within two, and so on"
    )


class Evidence(StrictModel):
    """What the model is made for, what the site showed, and how much of it the model read."""

    pictures: Count = Field(description="Pictures read")
    sure: Count = Field(description="Pictures read with at least `min_confidence`")
    min_confidence: Share = Field(description="The setting `model.min_confidence`")
    captcha: str = Field(description="The kind of captcha that the model was fitted to")
    charset: str = Field(description="Characters the model can read")
    length: Count = Field(description="Characters in an answer of the model")
    size: str = Field(description="Size of the model's input in pixels, such as `180x50`")
    sizes: dict[str, Count] = Field(
        description="Number of the site's pictures by size, the ten most frequent"
    )


class Cost(StrictModel):
    """The machine time that solving takes."""

    workers: Count
    elapsed: Seconds = Field(description="Working time of the audit, without pauses between runs")
    per_hour: float = Field(description="Captchas solved per hour by all workers together")
    hours_per_thousand: float | None = Field(
        description="Hours one worker needs for 1,000 solved captchas; null if none was solved"
    )


class Confidence(StrictModel):
    """The confidence of the model, compared with the verdicts of the site."""

    of: Count = Field(description="Captchas read")
    edges: tuple[Share, ...] = Field(description="Edges of the bins of confidence")
    counts: tuple[Count, ...] = Field(description="Captchas read, by bin")
    accepted: tuple[Count, ...] = Field(description="Accepted answers, by bin")
    answered: tuple[Count, ...] = Field(description="Answers with a verdict, by bin")
    mean: Share | None = Field(description="Mean confidence of the answers with a verdict")
    right: Rate = Field(description="Accepted answers among the answers with a verdict")
    calibration_error: Share | None = Field(
        description="Expected calibration error; null if no answer has a verdict"
    )


class Alphabet(StrictModel):
    """How often each character occurs at each position, in accepted answers."""

    of: Count = Field(description="Accepted answers")
    charset: str = Field(description="Characters the model can read")
    length: Count = Field(description="Characters in an answer")
    counts: tuple[tuple[Count, ...], ...] = Field(
        description="One row per position, with one count per character of the charset"
    )
    missing: str = Field(description="Characters of the charset that never occurred")
    unused: str = Field(
        default="", description="Digits 0 to 9 that never occurred, if the charset has only digits"
    )
    bits: float | None = Field(
        description="Entropy of an answer in bits, if positions are independent (Miller-Madow)"
    )
    possible_bits: float = Field(
        description="Entropy in bits of random answers of this length from ten characters, or from "
        "the charset if that is larger"
    )
    uniform_p: float | None = Field(
        description="p-value of the chi-square test for equal frequencies of the characters"
    )


class Repeats(StrictModel):
    """How often pictures and answers repeat."""

    pictures: Count
    distinct_pictures: Count
    answers: Count = Field(description="Accepted answers to different pictures")
    distinct_answers: Count
    expected_distinct: float | None = Field(
        description="Distinct answers to expect if all answers are equally likely"
    )
    distinct_p: float | None = Field(
        description="Probability of this few distinct answers if all are equally likely"
    )


class Weakness(StrictModel):
    """A classic weakness of captcha pages, and what the audit found out about it."""

    key: str = Field(description="Short name for programs, such as `answer_in_page`")
    name: str = Field(description="The weakness in one sentence")
    result: WeaknessResult
    severity: Severity
    evidence: str = Field(
        description="What the audit did and observed, with counts, or why it could not test"
    )
    advice: str = Field(description="How to fix it")


class Rejected(StrictModel):
    """A captcha whose answer the site rejected."""

    picture: str = Field(description="PNG in base64")
    text: str = Field(description="The rejected answer")
    confidence: Share
    when: str = Field(description="ISO 8601 in UTC")


class Report(StrictModel):
    """The report of an audit."""

    version: Literal[1] = Field(default=VERSION, description="Version of this format")
    level: Level | None = Field(
        default=None,
        description="The assessment; a captcha is `below` (1 % of sessions) only if enough answers "
        "were sent. Null in reports of earlier releases",
    )
    headline: str = Field(description="The main result in one sentence")
    url: str
    started: str = Field(description="ISO 8601 in UTC")
    ended: str = Field(description="ISO 8601 in UTC")
    solving: Solving
    times: Times | None = Field(
        description="Durations of the solved sessions; null if there are none"
    )
    evidence: Evidence | None = Field(
        default=None,
        description="What the assessment rests on; null in reports of earlier releases",
    )
    cost: Cost
    stages: tuple[Stage, ...]
    confidence: Confidence
    alphabet: Alphabet
    repeats: Repeats
    weaknesses: tuple[Weakness, ...]
    rejected: tuple[Rejected, ...] = Field(description="The newest rejected answers, at most 24")
    model: dict[str, Any] = Field(description="Name, SHA-256 and card of the model file")
    settings: dict[str, Any] = Field(description="The settings, without secrets")
    command: str = Field(description="The command line of the audit")
    versions: dict[str, str] = Field(description="Versions of Python and of packages")
    machine: str


def load_report(path: Path) -> Report:
    """Read a `report.json`. Raises ReportError if it is none, or one of another version."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not a text file"
        raise ReportError(
            f"{path} cannot be read ({reason}): name the report.json of an audit"
        ) from None
    try:
        return Report.model_validate_json(text)
    except ValidationError as error:
        version = _version(text)
        if version not in (None, VERSION):
            raise ReportError(
                f"{path} is a report of version {version}, and this capslice reads {VERSION}: "
                "audit again, or compare with the capslice that wrote it"
            ) from None
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        field = ".".join(map(str, first["loc"])) or "whole file"
        raise ReportError(
            f"{path} is not the report of an audit ({field}: {first['msg']}): "
            "name the report.json of an audit"
        ) from None


def _version(text: str) -> object:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return content.get("version") if isinstance(content, dict) else None
