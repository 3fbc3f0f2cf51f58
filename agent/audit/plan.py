"""An audit's folder: what was asked for, the journals, and what was found so far.

    audit.json         what was asked for, and of what
    journal.sqlite     the sessions, as `capslice journal` shows them
    probes.sqlite      what was sent to try out mistakes
    weaknesses.json    what is known of these
    report.html, .json the report

All of it is there after each step, so that whoever comes later can go on.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from capslice.agent.audit.report.report import Weakness
from capslice.agent.journal.writing import as_text
from capslice.agent.rules.redaction import redacted
from capslice.agent.settings import Settings
from capslice.errors import AuditError, one_line

PLAN = "audit.json"
ADDRESSES = (("target", "url"), ("browser", "server"), ("browser", "cdp"))


class Plan(BaseModel):
    """What was asked for: so many sessions, or so many minutes of them, by so many workers."""

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
        """The plan of an audit that begins now."""
        return cls(
            url=redacted(settings.target.url),
            count=count,
            minutes=minutes,
            workers=workers,
            started=as_text(datetime.now(UTC)),
            command=command,
            settings=without_secrets(settings),
        )


class Folder:
    """The files of one audit. Raises AuditError where they cannot be had."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.journal = path / "journal.sqlite"
        self.probes = path / "probes.sqlite"
        self.page = path / "report.html"
        self.report = path / "report.json"

    def __str__(self) -> str:
        return f"{self.page} and {self.report.name}"

    def begin(self, plan: Plan, *, resume: bool) -> Plan:
        """Write the plan, or take up the one that is there.

        Raises AuditError where there is one and it is not to be resumed, or is of another page.
        """
        if not (self.path / PLAN).exists():
            try:
                self.path.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise AuditError(f"{self.path} cannot be made: {error.strerror or error}") from None
            self.write(PLAN, plan.model_dump_json(indent=2))
            return plan
        if not resume:
            raise AuditError(
                f"{self.path} holds an audit already: go on with it by --resume, or name another "
                "folder with --out"
            )
        before = self.plan()
        if before.url != plan.url:
            raise AuditError(
                f"{self.path} holds an audit of {before.url}, not of {plan.url}: name another "
                "folder with --out"
            )
        return before

    def plan(self) -> Plan:
        """What was asked for. Raises AuditError where there is no audit."""
        try:
            return Plan.model_validate_json((self.path / PLAN).read_bytes())
        except (OSError, ValidationError):
            raise AuditError(
                f"{self.path} holds no audit ({PLAN} is missing or broken): make one with "
                "`capslice audit`"
            ) from None

    def weaknesses(self) -> dict[str, Weakness]:
        """What is known of the mistakes that were tried out, by their keys."""
        try:
            known = json.loads((self.path / "weaknesses.json").read_bytes())
            found = [Weakness.model_validate(each) for each in known]
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise AuditError(
                f"{self.path / 'weaknesses.json'} is broken ({one_line(str(error))}): remove it, "
                "and the mistakes are tried out again"
            ) from None
        return {weakness.key: weakness for weakness in found}

    def know(self, weaknesses: dict[str, Weakness]) -> None:
        """Write down what is known."""
        rows = [weakness.model_dump() for weakness in weaknesses.values()]
        self.write("weaknesses.json", json.dumps(rows, indent=2))

    def write(self, name: str, content: str) -> None:
        """Write a file of it, as `write_whole` does."""
        write_whole(self.path / name, content)


def write_whole(file: Path, content: str) -> None:
    """Write a text that is never there by half. Raises AuditError."""
    beside = file.with_name(f".{file.name}")
    try:
        beside.write_text(content.rstrip("\n") + "\n", encoding="utf-8")
        beside.replace(file)
    except OSError as error:
        raise AuditError(f"{file} cannot be written: {error.strerror or error}") from None


def without_secrets(settings: Settings) -> dict[str, Any]:
    """What config.toml and the environment say of the agent, without passwords and tokens."""
    said = settings.model_dump(mode="json", exclude={"training"})
    for section, key in ADDRESSES:
        said[section][key] = redacted(said[section][key])
    proxy = said["browser"]["proxy"]
    said["browser"]["proxy"] = {"server": redacted(proxy["server"])}
    return said
