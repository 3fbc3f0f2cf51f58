"""The folder of an audit, and the plan in it: what was asked for.

    audit.json         the plan
    journal.sqlite     the sessions, as `capslice journal` shows them
    probes.sqlite      the answers sent to test for weaknesses
    weaknesses.json    the results of these tests
    learned.json       what `capslice learn` measured on the page, if --learned was given
    report.html, .json the report

Each file is complete after each step, so that an interrupted audit can continue.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from capslice.agent.audit.report.learned import Learned
from capslice.agent.audit.report.report import Weakness
from capslice.agent.journal.writing import as_text
from capslice.agent.owner import held
from capslice.agent.rules.redaction import redacted
from capslice.agent.settings import Settings
from capslice.errors import AuditError, one_line
from capslice.files import read_at_most, write_text

PLAN = "audit.json"
WEAKNESSES = "weaknesses.json"
LEARNED = "learned.json"
LOCK = ".owner"  # while an audit runs
ADDRESSES = (("target", "url"), ("browser", "server"), ("browser", "cdp"))


class Plan(BaseModel):
    """What was asked for: a number of sessions, or minutes of them, or both."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str
    count: int | None
    minutes: float | None
    workers: int
    started: str
    command: str
    settings: dict[str, Any]

    @classmethod
    def of(
        cls,
        settings: Settings,
        *,
        count: int | None,
        minutes: float | None,
        workers: int,
        command: str,
    ) -> Plan:
        """The plan of an audit that starts now."""
        return cls(
            url=redacted(settings.target.url),
            count=count,
            minutes=minutes,
            workers=workers,
            started=as_text(datetime.now(UTC)),
            command=command,
            settings=without_secrets(settings),
        )


class AuditFolder:
    """The files of one audit. Its methods raise AuditError if they cannot read or write them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.journal = path / "journal.sqlite"
        self.probes = path / "probes.sqlite"
        self.page = path / "report.html"
        self.report = path / "report.json"

    def __str__(self) -> str:
        return f"{self.page} and {self.report.name}"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Make the folder if it is missing, and keep other processes from auditing in it."""
        self._make()
        with held(self.path / LOCK, "audits", AuditError):
            yield

    def _make(self) -> None:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise AuditError(f"{self.path} cannot be created: {error.strerror or error}") from None

    def start(self, plan: Plan, *, resume: bool) -> Plan:
        """Write the plan, or return the plan of the audit to resume.

        Raises AuditError if the folder holds an audit and `resume` is false, or if it holds an
        audit of another page.
        """
        if not (self.path / PLAN).exists():
            self._make()
            self.write(PLAN, plan.model_dump_json(indent=2))
            return plan
        if not resume:
            raise AuditError(
                f"{self.path} already holds an audit: continue it with --resume, or name another "
                "folder with --out"
            )
        existing = self.plan()
        if existing.url != plan.url:
            raise AuditError(
                f"{self.path} holds an audit of {existing.url}, not of {plan.url}: name another "
                "folder with --out"
            )
        return existing

    def plan(self) -> Plan:
        """The plan of this audit. Raises AuditError if there is none."""
        try:
            return Plan.model_validate_json(read_at_most(self.path / PLAN))
        except (OSError, ValidationError):
            raise AuditError(
                f"{self.path} holds no audit ({PLAN} is missing or broken): make one with "
                "`capslice audit`"
            ) from None

    def weaknesses(self) -> dict[str, Weakness]:
        """The results of the probes so far, by their keys."""
        try:
            rows = json.loads(read_at_most(self.path / WEAKNESSES))
            weaknesses = [Weakness.model_validate(row) for row in rows]
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise AuditError(
                f"{self.path / WEAKNESSES} is broken ({one_line(str(error))}): delete it, and "
                "`capslice audit --resume` tests for the weaknesses again"
            ) from None
        return {weakness.key: weakness for weakness in weaknesses}

    def save_weaknesses(self, weaknesses: dict[str, Weakness]) -> None:
        """Write the results of the probes."""
        rows = [weakness.model_dump() for weakness in weaknesses.values()]
        self.write(WEAKNESSES, json.dumps(rows, indent=2))

    def learned(self) -> Learned | None:
        """What `learn` measured on the page; None if that is not known."""
        try:
            return Learned.model_validate_json(read_at_most(self.path / LEARNED))
        except FileNotFoundError:
            return None
        except (OSError, ValidationError):
            raise AuditError(
                f"{self.path / LEARNED} is broken: delete it, and give --learned again"
            ) from None

    def save_learned(self, learned: Learned) -> None:
        """Write what `learn` measured."""
        self.write(LEARNED, learned.model_dump_json(indent=2))

    def remove(self) -> None:
        """Remove the files of this audit, and the folder if nothing else is in it."""
        for name in (PLAN, WEAKNESSES, LEARNED, LOCK, self.page.name, self.report.name):
            (self.path / name).unlink(missing_ok=True)
        for journal in (self.journal, self.probes):
            for file in self.path.glob(f"{journal.name}*"):
                file.unlink()
        with suppress(OSError):
            self.path.rmdir()

    def write(self, name: str, content: str) -> None:
        """Write a file of this folder, which its owner alone can read."""
        write_text(self.path / name, content, AuditError, is_private=True)


def without_secrets(settings: Settings) -> dict[str, Any]:
    """The agent's settings as JSON, without passwords and tokens."""
    values = settings.model_dump(mode="json", exclude={"training"})
    for section, key in ADDRESSES:
        values[section][key] = redacted(values[section][key])
    proxy = values["browser"]["proxy"]
    values["browser"]["proxy"] = {"server": redacted(proxy["server"])}
    for step in values["target"]["before"]:
        step["open"] = step["open"] and redacted(step["open"])
        step["value"] = step["value"] and "*"  # may be a password
    return values
