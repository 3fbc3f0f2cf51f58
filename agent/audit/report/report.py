"""The data of an audit's report: the content of `report.json`, and all that `report.html` shows.

figures.py has its figures. The descriptions of the fields are their documentation, here and in the
JSON schema. `version` grows when a field is renamed, removed or changes its
meaning; it stays when a field is added.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from capslice.agent.audit.report.assessment import Level
from capslice.agent.audit.report.figures import (
    Alphabet,
    Confidence,
    Cost,
    Evidence,
    Repeats,
    Share,
    Solving,
    Stage,
    StrictModel,
    Thresholds,
    Times,
)
from capslice.agent.audit.report.learned import Learned
from capslice.errors import ReportError
from capslice.files import read_at_most

VERSION: Literal[1] = 1
MOST_BYTES = 50_000_000  # a hundred times a report with pictures

WeaknessResult = Literal["found", "not_found", "not_tested"]
Severity = Literal["high", "medium", "low"]


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


class Sample(StrictModel):
    """A captcha of the site, and what the model read in it."""

    picture: str = Field(description="PNG in base64")
    text: str = Field(description="The text that the model read")
    confidence: Share
    verdict: str | None = Field(description="What the site said to it; null if nothing")


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
    thresholds: Thresholds | None = Field(
        default=None,
        description="The solve rate by threshold; null if no answer was sent, and in reports of "
        "earlier releases",
    )
    sample: Sample | None = Field(
        default=None, description="A captcha of the site as it was read; null if there is none"
    )
    alphabet: Alphabet
    repeats: Repeats
    weaknesses: tuple[Weakness, ...]
    rejected: tuple[Rejected, ...] = Field(description="The newest rejected answers, at most 24")
    learned: Learned | None = Field(
        default=None,
        description="What an attacker without labels needs; null without --learned, and in reports "
        "of earlier releases",
    )
    model: dict[str, Any] = Field(description="Name, SHA-256 and card of the model file")
    settings: dict[str, Any] = Field(description="The settings, without secrets")
    command: str = Field(description="The command line of the audit")
    versions: dict[str, str] = Field(description="Versions of Python and of packages")
    machine: str


def load_report(path: Path) -> Report:
    """Read a `report.json`. Raises ReportError if it is none, or one of another version."""
    try:
        text = read_at_most(path, MOST_BYTES).decode("utf-8")
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
