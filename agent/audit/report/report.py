"""The report of an audit, as data: what `report.json` holds, and all that `report.html` shows.

The field's description is its documentation, also in the JSON schema. Every rate stands with
what it was counted from. Whoever reads these files may rely on `version`: a field that is
renamed or means something else raises it, one that is added does not.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from capslice.errors import ReportError

VERSION: Literal[1] = 1

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
Seconds = Annotated[float, Field(ge=0)]


class Part(BaseModel):
    """A part of the report: no field that is not named here, no number that JSON cannot say."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Rate(Part):
    """A share, with what it was counted from and its Wilson score interval of 95 %."""

    count: Count
    of: Count
    rate: Share = Field(description="`count / of`; 0 where `of` is 0")
    low: Share
    high: Share


class Times(Part):
    """Percentiles of times in seconds, and a histogram of them."""

    of: Count
    p5: Seconds
    p25: Seconds
    p50: Seconds
    p75: Seconds
    p95: Seconds
    p99: Seconds
    most: Seconds
    edges: tuple[Seconds, ...] = Field(description="of the histogram's bins, one more than bins")
    counts: tuple[Count, ...]


class Stage(Part):
    """A part of an attempt: where its time goes."""

    name: Literal["page", "picture", "reading", "typing", "waiting", "verdict"]
    of: Count = Field(description="attempts that came to it")
    p50: Seconds
    p95: Seconds
    share: Share = Field(description="of all stages' time together")


class Solving(Part):
    """How well a machine solved it. A session is one visit: captchas until one is accepted."""

    planned: Count = Field(description="sessions that were asked for; 0 where time was the limit")
    sessions: Rate = Field(description="sessions that ended with an accepted answer")
    failed: Count = Field(description="sessions that an error ended; they count as not solved")
    errors: dict[str, Count] = Field(description="those errors, without what differs between them")
    ended_early: Count = Field(description="sessions cut off by Ctrl-C or a crash; not counted")
    answers: Rate = Field(description="accepted answers among those that were sent")
    shown: Rate = Field(description="accepted answers among all captchas that were read")
    unsure: Count = Field(description="captchas that were read too unsurely to be answered")
    by_attempt: tuple[Rate, ...] = Field(
        description="sessions solved at the first captcha, by the second at the latest, and so on"
    )


class Cost(Part):
    """What it costs in time of this machine."""

    workers: Count
    elapsed: Seconds = Field(description="from first to last, all workers together")
    per_hour: float = Field(description="captchas solved an hour, by all workers")
    hours_per_thousand: float | None = Field(
        description="hours of one worker for a thousand solved captchas; null where none was"
    )


class Confidence(Part):
    """How sure the model was, against what the site said of its answers."""

    of: Count = Field(description="captchas that were read")
    edges: tuple[Share, ...]
    counts: tuple[Count, ...] = Field(description="captchas read with a confidence in each bin")
    accepted: tuple[Count, ...] = Field(description="of these, the accepted ones")
    answered: tuple[Count, ...] = Field(description="of these, those with a verdict")
    mean: Share | None = Field(description="mean confidence of the answered ones")
    right: Rate = Field(description="accepted among those")
    error: Share | None = Field(
        description="expected calibration error over these bins; null where nothing was answered"
    )


class Alphabet(Part):
    """Which characters came where, as they were read; accepted answers alone."""

    of: Count = Field(description="accepted answers")
    charset: str = Field(description="what the model can read")
    length: Count
    counts: tuple[tuple[Count, ...], ...] = Field(
        description="a row for each position, in it a count for each character of the charset"
    )
    missing: str = Field(description="characters of the charset that never came")
    unused: str = Field("", description="of the ten digits, where there are no others, those too")
    bits: float | None = Field(
        description="entropy of an answer in bits, positions taken as independent (Miller-Madow)"
    )
    possible_bits: float = Field(description="what that many of ten digits (or more) could have")
    uniform: float | None = Field(description="p of a chi-square test that all are as frequent")


class Repeats(Part):
    """How often the same came again."""

    pictures: Count
    distinct_pictures: Count
    answers: Count = Field(description="accepted ones")
    distinct_answers: Count
    expected_distinct: float | None = Field(description="if all answers are as probable")
    chance: float | None = Field(description="p of so few distinct answers, if they are")


class Weakness(Part):
    """A classic mistake of such captchas, and whether it was found here."""

    key: str = Field(description="a short name for programs, such as `answer_in_page`")
    name: str = Field(description="what the mistake would be, in one sentence")
    result: Literal["found", "not_found", "not_tested"]
    severity: Literal["high", "medium", "low"]
    evidence: str = Field(description="what was done and seen, with counts; or why not tested")
    advice: str = Field(description="what to do about it")


class Rejected(Part):
    """A captcha whose answer was rejected."""

    picture: str = Field(description="PNG, base64")
    text: str
    confidence: Share
    when: str


class Report(Part):
    """All of it."""

    version: Literal[1] = VERSION
    headline: str = Field(description="what a site's owner has to know, in one sentence")
    url: str
    started: str = Field(description="UTC, ISO 8601")
    ended: str
    solving: Solving
    times: Times | None = Field(description="of solved sessions; null where there are none")
    cost: Cost
    stages: tuple[Stage, ...]
    confidence: Confidence
    alphabet: Alphabet
    repeats: Repeats
    weaknesses: tuple[Weakness, ...]
    rejected: tuple[Rejected, ...] = Field(description="the newest, at most 24")
    model: dict[str, Any] = Field(description="the file's SHA-256, and what its card says")
    settings: dict[str, Any] = Field(description="of config.toml, without secrets")
    command: str
    versions: dict[str, str]
    machine: str


def load(path: Path) -> Report:
    """The report that a file holds. Raises ReportError where it holds none of this version."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise ReportError(
            f"{path} cannot be read ({reason}): name the report.json of an audit"
        ) from None
    try:
        return Report.model_validate_json(text)
    except ValidationError as error:
        found = _version(text)
        if found not in (None, VERSION):
            raise ReportError(
                f"{path} is a report of version {found}, and this capslice reads {VERSION}: "
                "audit again, or compare with the capslice that wrote it"
            ) from None
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "all of it"
        raise ReportError(
            f"{path} is not the report of an audit ({place}: {first['msg']}): name its report.json"
        ) from None


def _version(text: str) -> object:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found.get("version") if isinstance(found, dict) else None


def schema() -> str:
    """The JSON schema of `report.json`, as it stands in docs/reference/report.schema.json."""
    return json.dumps(Report.model_json_schema(), indent=2) + "\n"
