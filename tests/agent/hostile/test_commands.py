"""Each command ends on each hostile page, and the foreign site gets no document and no answer."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import async_playwright
from playwright.sync_api import Page

from capslice import Reader, Settings, solve_async
from capslice.agent.audit.audit import audit
from capslice.agent.audit.plan import AuditFolder, Plan
from capslice.agent.browser.launch import open_browser, system_browser
from capslice.agent.browser.session import own_session
from capslice.agent.discovery import Drawing, find_form, find_messages
from capslice.agent.discovery.model_choice import choose_model
from capslice.agent.doctor import examine
from capslice.agent.settings import Target
from capslice.agent.solve import solve_target
from capslice.errors import AgentError
from tests.agent.hostile.conftest import DATAGRAM, PAGES, Attack
from tests.conftest import QUICK, in_a_thread

ALL = sorted(page.stem for page in PAGES.iterdir())
# These go on after the end of a solve, when the page is the caller's again.
GO_ON = ("many_frames", "post_into_a_frame")
FETCHED_AHEAD = ("prefetch", "prerender")
OF_INIT = ("acts", "busy_when_loaded", "frame_at_the_end")
OF_AUDIT = ("answer_in_an_address",)
OF_DOCTOR = ("acts", "busy_when_loaded", "prefetch")


def settings(target: Target) -> Settings:
    return Settings.model_validate(
        {
            "target": dict(target),
            "browser": {"timeout": 1.0},
            "retries": {**QUICK, "attempts": 2, "faults": 1, "total": 10},
        }
    )


def some(names: tuple[str, ...]) -> list[Any]:
    """All pages; those that are not named are slow."""
    marks = {name: () if name in names else (pytest.mark.slow,) for name in ALL}
    return [pytest.param(name, marks=mark) for name, mark in marks.items()]


def ended(command: Any, *given: Any) -> Any:
    """The result of the command, or its error."""
    try:
        return in_a_thread(command, *given)
    except AgentError as error:
        return error


@pytest.mark.parametrize("name", ALL)
def test_solve(name: str, attack: Attack) -> None:
    target, there = attack(name)
    found = ended(solve_target, settings(target))
    assert there.log == []
    assert str(found)
    assert isinstance(found, AgentError) or found.solved


@pytest.mark.parametrize("name", some(("acts", "busy_when_typed", "frame_at_the_end")))
def test_solve_async(name: str, attack: Attack, reader: Reader) -> None:
    if name in GO_ON:
        pytest.skip("the page goes on when it is the caller's again")
    target, there = attack(name)

    async def visit() -> None:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=system_browser())
            page = await browser.new_page()
            try:
                await solve_async(page, settings(target), reader=reader)
            finally:
                await browser.close()

    ended(asyncio.run, visit())
    # This browser fetches documents ahead, and its workers have WebTransport.
    assert {*there.log} <= {DATAGRAM, *(["GET /x"] if name in FETCHED_AHEAD else ())}


@pytest.mark.parametrize("name", some(OF_INIT))
def test_init(name: str, attack: Attack, reader: Reader, tmp_path: Path) -> None:
    target, there = attack(name)

    def find() -> None:
        wanted, drawing = settings(target), Drawing()
        with open_browser(wanted.browser) as browser:

            def open_page() -> Page:
                return own_session(browser, wanted.browser).new_page()

            form = find_form(open_page, wanted, drawing.add)
            choose_model(open_page(), form, wanted)
            find_messages(open_page, form, wanted, reader, drawing.add)
            drawing.write(tmp_path / "init.png")

    ended(find)
    assert there.log == []


@pytest.mark.parametrize("name", some(OF_DOCTOR))
def test_doctor(name: str, attack: Attack, tmp_path: Path) -> None:
    target, there = attack(name)
    checks = in_a_thread(
        lambda: [*examine(lambda: settings(target), None, tmp_path / "captcha.png")]
    )
    assert len(checks) > 3
    assert there.log == []


@pytest.mark.parametrize("name", some(OF_AUDIT))
def test_audit_with_probes(name: str, attack: Attack, tmp_path: Path) -> None:
    target, there = attack(name)
    wanted = settings(target)
    plan = Plan.of(wanted, count=1, minutes=None, workers=1, command="capslice audit")
    folder = AuditFolder(tmp_path / "audit")
    folder.start(plan, resume=False)
    ended(lambda: audit(wanted, folder, plan, probing=True))
    assert there.log == []
