"""Solving on the caller's page, and in a browser that capslice opens."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import async_playwright
from playwright.sync_api import Browser

from capslice import (
    Reader,
    Reading,
    Solution,
    Verdict,
    new_page,
    solve,
    solve_async,
    solve_target,
)
from capslice.agent.browser.launch import system_browser
from capslice.errors import (
    AgentError,
    ConfigurationError,
    OriginNotAllowed,
    ProtectedPage,
    TargetRefused,
    TargetUnreachable,
)
from capslice.models.card import SHIPPED
from capslice.training.mock_page import MockPage
from tests.agent.conftest import Answer, Site
from tests.commands import run
from tests.conftest import in_a_thread, settings_for

Serve = Callable[..., MockPage]
Start = Callable[..., Site]


def test_a_page_of_the_caller(serve: Serve, browser: Browser, reader: Reader) -> None:
    page = serve(reject_first=1)
    with browser.new_context(user_agent="somebody's own") as context:
        ours = context.new_page()
        ours.goto(page.url)
        # The target of the settings is not opened, because the page shows an address already.
        solution = solve(ours, settings_for("http://127.0.0.1:9/"), reader=reader)
        assert solution.solved
        assert ours.url == solution.url == page.url + "welcome"
        assert page.visits.pages == 3, "the page was reloaded"
        first, other = sorted(page.visits.user_agents, key=len)
        assert first == "somebody's own"
        assert re.fullmatch(r"somebody's own capslice/[\d.]+", other)
        # The page is left as it was.
        assert ours.evaluate("navigator.userAgent") == "somebody's own"
        assert "data-capslice" not in ours.content()
        ours.once("dialog", lambda dialog: dialog.dismiss())
        assert ours.evaluate("confirm('still the owner?')") is False


def test_the_asynchronous_api(serve: Serve) -> None:
    page = serve(reject_first=1)
    read: list[Reading] = []

    async def note(reading: Reading) -> None:
        read.append(reading)

    async def solve_there() -> Solution:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=system_browser())
            ours = await browser.new_page()
            solution = await solve_async(ours, settings_for(page.url), before_submit=note)
            assert "data-capslice" not in await ours.content()
            await browser.close()
            return solution

    solution = in_a_thread(asyncio.run, solve_there())
    assert [attempt.verdict for attempt in solution.attempts] == [
        Verdict.REJECTED,
        Verdict.ACCEPTED,
    ]
    assert [reading.text for reading in read] == [attempt.text for attempt in solution.attempts]


def test_solve_refuses_an_asynchronous_page(serve: Serve) -> None:
    url = serve().url

    async def mistake() -> None:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=system_browser())
            try:
                solve(await browser.new_page(), settings_for(url))  # type: ignore[arg-type]
            finally:
                await browser.close()

    with pytest.raises(AgentError, match="use `await solve_async"):
        in_a_thread(asyncio.run, mistake())


def test_a_page_on_an_origin_that_is_not_allowed(
    site: Start, browser: Browser, reader: Reader
) -> None:
    there = site({"/": Answer(b"<p>hello")})
    ours = new_page(browser)
    ours.goto(there.url)
    asked = len(there.log)
    settings = settings_for(there.url, target={"allowed_origins": ["https://a.example"]})
    with pytest.raises(OriginNotAllowed):
        solve(ours, settings, reader=reader)
    assert len(there.log) == asked
    ours.context.close()


def test_a_protected_page_of_the_caller(site: Start, browser: Browser, reader: Reader) -> None:
    there = site({"/": Answer(b'<script src="https://js.hcaptcha.com/1/api.js"></script>')})
    ours = new_page(browser)
    # Even a test sends no request outside this machine.
    ours.route("https://**", lambda route: route.abort())
    ours.goto(there.url)
    with pytest.raises(ProtectedPage, match="hCaptcha"):
        solve(ours, settings_for(there.url), reader=reader)
    ours.context.close()


def rows(journal: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(journal)) as connection:
        return connection.execute(query).fetchall()


def test_the_journal_records_every_step(serve: Serve, browser: Browser, tmp_path: Path) -> None:
    page = serve(reject_first=1)
    journal = tmp_path / "folder" / "journal.sqlite"
    ours = new_page(browser)
    ours.goto(page.url + "?token=secret#also")
    submitted = "SELECT count(*) FROM attempts WHERE submitted IS NOT NULL AND verdict IS NULL"
    sent: list[object] = []
    page_judges = page.visits.count

    def look(event: str) -> None:
        if event in ("accepted", "rejected"):
            sent.extend(rows(journal, submitted))
        page_judges(event)  # type: ignore[arg-type]

    page.visits.count = look  # type: ignore[method-assign, assignment]
    solution = solve(ours, settings_for(page.url, journal={"path": journal}))
    assert solution.solved
    assert sent == [(1,), (1,)], "an answer was sent before it was recorded"
    assert rows(journal, "SELECT outcome FROM runs") == [("solved",)]
    found = rows(journal, "SELECT number, text, verdict, url FROM attempts")
    assert found == [
        (number, attempt.text, attempt.verdict, page.url + ("" if number == 1 else "welcome"))
        for number, attempt in enumerate(solution.attempts, start=1)
    ]
    assert b"secret" not in journal.read_bytes()
    # Accepted pictures are verified training data.
    config = tmp_path / "config.toml"
    config.write_text(f"[journal]\npath = '{journal}'")
    run("journal", "--verdict", "accepted", "--export", tmp_path / "data", cwd=tmp_path)
    done = run("evaluate", tmp_path / "data", "--json", cwd=tmp_path)
    assert json.loads(done.stdout)["captcha_accuracy"] == 1
    ours.context.close()


def test_an_error_is_in_the_journal(site: Start, tmp_path: Path) -> None:
    journal = tmp_path / "journal.sqlite"
    there = site({"/": Answer(b"sorry", 500)})
    with pytest.raises(TargetUnreachable):
        in_a_thread(
            solve_target, settings_for(there.url, journal={"path": journal}, retries={"faults": 1})
        )
    assert rows(journal, "SELECT outcome FROM runs") == [("failed",)]
    errors = [str(error) for (error,) in rows(journal, "SELECT error FROM attempts")]
    assert len(errors) == 2
    assert all("answers 500" in error for error in errors)


@pytest.mark.parametrize("way", ["error", "rejected", "solved"])
def test_a_trace_of_a_failed_solve_without_secrets(way: str, serve: Serve, tmp_path: Path) -> None:
    page = serve(reject_all=way == "rejected", refuse_with=403 if way == "error" else None)
    file = tmp_path / "trace.zip"
    state = {
        "cookies": [
            {"name": "session", "value": "s3cret", "domain": "127.0.0.1", "path": "/",
             "expires": -1, "httpOnly": True, "secure": False, "sameSite": "Lax"}
        ],
        "origins": [],
    }  # fmt: skip
    (tmp_path / "login.json").write_text(json.dumps(state))
    settings = settings_for(
        page.url + "?token=s3cret",
        browser={"storage_state": tmp_path / "login.json"},
        retries={"attempts": 1},
    )
    if way == "error":
        with pytest.raises(TargetRefused, match=rf"\(trace: {file}\)"):
            in_a_thread(solve_target, settings, trace=file)
    else:
        solution = in_a_thread(solve_target, settings, trace=file)
        assert solution.solved == (way == "solved")
        assert (str(file) in str(solution)) == (way == "rejected")
    if way == "solved":
        assert not file.exists()
        return
    with zipfile.ZipFile(file) as trace:
        names = trace.namelist()
        assert any(name.endswith(".trace") for name in names)
        lines = b"".join(
            trace.read(name) for name in names if name.endswith((".trace", ".network"))
        )
        assert b"capslice" in lines
        assert b"goto" in lines
        for name in names:
            assert b"s3cret" not in trace.read(name), name
    assert list(tmp_path.glob(".*")) == []


def test_a_login_that_cannot_be_used(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{")
    for name in ("broken.json", "missing.json"):
        settings = settings_for(serve().url, browser={"storage_state": tmp_path / name})
        with pytest.raises(ConfigurationError, match=r"browser\.storage_state .* cannot be used"):
            in_a_thread(solve_target, settings)


def test_the_contact_is_in_the_user_agent(serve: Serve) -> None:
    page = serve()
    contact = "mailto:owner@example.org"
    assert in_a_thread(solve_target, settings_for(page.url, browser={"contact": contact})).solved
    (user_agent,) = page.visits.user_agents
    assert user_agent.endswith(f"(+{contact})")


def test_answers_keep_their_pace(
    serve: Serve, browser: Browser, reader: Reader, tmp_path: Path
) -> None:
    page = serve(reject_first=2)
    ours = new_page(browser)
    pace = {"loopback_interval": 0.5, "path": tmp_path / "pace.sqlite"}
    solution = solve(ours, settings_for(page.url, pace=pace), reader=reader)
    assert solution.solved
    assert solution.seconds >= 2 * 0.5
    # The next solve keeps the pace too, even in another process.
    pace["loopback_interval"] = 1
    seconds = 0.0
    for _ in range(2):
        ours.goto(page.url)
        seconds += solve(ours, settings_for(page.url, pace=pace), reader=reader).seconds
    assert seconds >= 1
    ours.context.close()


def test_a_model_is_loaded_once_for_many_calls(
    serve: Serve, browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[object] = []
    load = Reader.__init__

    def count(self: Reader, *given: Any) -> None:
        loaded.append(given)
        load(self, *given)

    monkeypatch.setattr(Reader, "__init__", count)
    model = shutil.copy(SHIPPED, tmp_path / "model.onnx")
    page = serve()
    ours = new_page(browser)
    for _ in range(3):
        ours.goto(page.url)
        assert solve(ours, settings_for(page.url, model={"path": model})).solved
    assert len(loaded) == 1
    ours.context.close()
