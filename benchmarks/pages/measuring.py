"""Does with a page what a user does: `init` unaided, and then `solve`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser

from benchmarks.pages.catalogue import Case
from capslice import Settings, solve
from capslice.agent.discovery import Form, find_form, find_messages
from capslice.agent.discovery.config_text import config_text
from capslice.agent.discovery.model_choice import choose_model
from capslice.errors import CapsliceError
from tests.sessions import sessions

TIMEOUT = 10.0  # seconds
ATTEMPTS = 3  # of a solve
QUICK = {"first_wait": 0.01, "longest_wait": 0.02, "jitter": 0, "attempts": ATTEMPTS}


@dataclass
class Row:
    """What happened on one page.

    found:    the selector or the status of each part; "" for none.
    said:     what `init` said that it could not see.
    outcomes: how often each outcome of `solve` occurred, where the page judges, and where it
              rejects all.
    """

    case: Case
    found: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    outcomes: tuple[Counter[str], Counter[str]] = field(
        default_factory=lambda: (Counter(), Counter())
    )

    @property
    def is_known(self) -> bool:
        """Whether `init` found everything."""
        return bool(self.found) and all(self.found.values())


def measure(case: Case, browser: Browser, times: int) -> Row:
    """Let `init` look at a page, and `solve` it so many times, and then where it rejects all."""
    row = Row(case)
    with TemporaryDirectory() as folder:
        config = Path(folder, "config.toml")
        with case.serve(False) as url:
            _init(row, url, browser, config)
            if not row.found.get("success"):
                return row
            row.outcomes[0].update(_outcome(url, browser, config) for _ in range(times))
        if not row.is_known:
            return row
        with case.serve(True) as url:
            row.outcomes[1].update(_outcome(url, browser, config) for _ in range(times))
    return row


def _init(row: Row, url: str, browser: Browser, config: Path) -> None:
    settings = Settings.model_validate({"target": {"url": url}, "browser": {"timeout": TIMEOUT}})
    with sessions(browser) as open_page:
        try:
            form = find_form(open_page, settings, lambda *_: None)
            choice = choose_model(open_page(), form, settings)
            form = find_messages(open_page, form, settings, choice.best.reader, lambda *_: None)
        except CapsliceError as error:
            row.said.append(str(error).replace(url, "/"))
            return
    row.found = _parts(form)
    row.said += [note for note in (*form.notes, choice.note) if note]
    config.write_text(config_text(form, {"model": choice.settings}))


def _parts(form: Form) -> dict[str, str]:
    findings = form.findings
    found = {name: findings[name].selector for name in ("picture", "input")}
    found["submit"] = findings["submit"].selector or "Enter"
    verdicts = {"success": form.statuses.accepted, "failure": form.statuses.rejected}
    for name, statuses in verdicts.items():
        selector = "" if findings[name].guessed else findings[name].selector
        found[name] = selector or " ".join(f"status {each}" for each in statuses)
    return found


def _outcome(url: str, browser: Browser, config: Path) -> str:
    settings = Settings.load(
        config, target={"url": url}, browser={"timeout": TIMEOUT}, retries=QUICK
    )
    with sessions(browser) as open_page:
        try:
            return "solved" if solve(open_page(), settings).solved else "not solved"
        except CapsliceError as error:
            return str(error).replace(url, "/")
