"""Does with one site what a user does: `init`, `doctor`, `solve`, and an audit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from capslice import Settings, Solution, open_browser, solve_target
from capslice.agent.audit.audit import audit
from capslice.agent.audit.plan import AuditFolder, Plan
from capslice.agent.audit.report.report import Report
from capslice.agent.discovery import Form, find_form, find_messages
from capslice.agent.discovery.config_text import config_text
from capslice.agent.discovery.model_choice import Choice, choose_model
from capslice.agent.doctor import Check, examine
from capslice.errors import CapsliceError
from capslice.training.pictures import EllipseCaptcha
from tests.agent.judgement.sites import Accepts, Site, serve
from tests.conftest import QUICK
from tests.sessions import sessions

TO_FIND = 10.0  # seconds to wait for a page that there is
TO_SOLVE = 5.0  # seconds to wait for a verdict, which some sites never show
Result = TypeVar("Result")


@dataclass(frozen=True)
class Counts:
    """How many answers the site accepted and rejected, and whether it accepted the last one."""

    accepted: int
    rejected: int
    last: bool


@dataclass
class Cell:
    """What the commands said about a site, and what the site counted meanwhile."""

    form: Form
    choice: Choice
    checks: list[Check]
    solution: Solution | CapsliceError
    report: Report | CapsliceError
    counts: dict[str, Counts]


def try_all(
    way: str, accepts: Accepts, model: Path, folder: Path, cdp: str, *, probing: bool
) -> Cell:
    """Try every command, with the model file, and the browser at the address `cdp`.

    The audit has one session, and looks for weaknesses if it is `probing`.
    """
    counts: dict[str, Counts] = {}
    given: dict[str, Any] = {
        "browser": {"cdp": cdp, "timeout": TO_FIND},
        "model": {"path": model},
        "retries": {**QUICK, "attempts": 3, "faults": 0},
        "pace": {"path": folder / "pace.sqlite"},
    }
    config = folder / "config.toml"

    def load(timeout: float = TO_SOLVE) -> Settings:
        return Settings.load(config, **{**given, "browser": {"cdp": cdp, "timeout": timeout}})

    with serve(EllipseCaptcha(), way, accepts) as site:

        def counted(name: str, do: Callable[[], Result]) -> Result:
            site.accepted = site.rejected = 0
            done = do()
            counts[name] = Counts(site.accepted, site.rejected, site.last)
            return done

        form, choice = counted("init", lambda: _init(site, given))
        config.write_text(config_text(form, {}))
        checks = counted(
            "doctor", lambda: list(examine(lambda: load(TO_FIND), config, folder / "seen.png"))
        )
        solution = counted("solve", lambda: _or_error(lambda: solve_target(load())))
        report = counted(
            "audit",
            lambda: _or_error(lambda: _audit(load(), folder / "audit", probing)),
        )
    return Cell(form, choice, checks, solution, report, counts)


def _init(site: Site, given: dict[str, Any]) -> tuple[Form, Choice]:
    settings = Settings.model_validate({"target": {"url": site.url}, **given})
    with open_browser(settings.browser) as browser, sessions(browser) as session:
        form = find_form(session, settings, lambda *_: None)
        choice = choose_model(session(), form, settings)
        return find_messages(session, form, settings, choice.best.reader, lambda *_: None), choice


def _audit(settings: Settings, path: Path, probing: bool) -> Report:
    folder = AuditFolder(path)
    plan = Plan.of(settings, count=1, minutes=None, workers=1, command="(a test)")
    return audit(settings, folder, folder.start(plan, resume=False), probing=probing)


def _or_error(do: Callable[[], Result]) -> Result | CapsliceError:
    try:
        return do()
    except CapsliceError as error:
        return error
