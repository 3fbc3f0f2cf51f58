"""Solving on a page that the caller owns, and in a browser of the agent's, wherever it runs."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from contextlib import closing, suppress
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

import psutil
import pytest
from playwright.async_api import async_playwright
from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from capslice import Reader, Reading, Solution, Verdict, new_page, solve, solve_async, solve_target
from capslice.agent.browser.launch import system_browser
from capslice.errors import (
    BrowserError,
    BrowserNotFound,
    ConfigurationError,
    OriginNotAllowed,
    ProtectedPage,
    TargetRefused,
    TargetUnreachable,
)
from capslice.training.mock_page import MockPage
from tests.agent.conftest import Answer, Site, served
from tests.commands import run
from tests.conftest import in_a_thread, settings_for

Serve = Callable[..., MockPage]
Start = Callable[..., Site]


def test_on_a_page_as_it_stands(serve: Serve, browser: Browser, reader: Reader) -> None:
    page = serve(reject_first=1)
    with browser.new_context(user_agent="somebody's own") as context:
        ours = context.new_page()
        ours.goto(page.url)
        # The settings' own target is not asked for: the page stands somewhere already.
        solution = solve(ours, settings_for("http://127.0.0.1:9/"), reader=reader)
        assert solution.solved
        assert ours.url == solution.url == page.url + "welcome"
        assert page.visits.pages == 3, "it was opened anew"
        first, other = sorted(page.visits.user_agents, key=len)
        assert first == "somebody's own"
        assert re.fullmatch(r"somebody's own capslice/[\d.]+", other)
        # Left as it was found.
        assert ours.evaluate("navigator.userAgent") == "somebody's own"
        assert "data-capslice" not in ours.content()
        ours.once("dialog", lambda dialog: dialog.dismiss())
        assert ours.evaluate("confirm('still the owner?')") is False


def test_by_the_asynchronous_api(serve: Serve) -> None:
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


def test_a_page_of_the_other_api_is_refused(serve: Serve) -> None:
    url = serve().url

    async def mistake() -> None:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=system_browser())
            try:
                solve(await browser.new_page(), settings_for(url))  # type: ignore[arg-type]
            finally:
                await browser.close()

    with pytest.raises(RuntimeError, match="asynchronous API"):
        in_a_thread(asyncio.run, mistake())


def test_a_page_that_stands_where_one_may_not_act(
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


def test_a_page_that_stands_there_protected(site: Start, browser: Browser, reader: Reader) -> None:
    there = site({"/": Answer(b'<script src="https://js.hcaptcha.com/1/api.js"></script>')})
    ours = new_page(browser)
    # Nothing outside this machine is asked for, not even by a test.
    ours.route("https://**", lambda route: route.abort())
    ours.goto(there.url)
    with pytest.raises(ProtectedPage, match="hCaptcha"):
        solve(ours, settings_for(there.url), reader=reader)
    ours.context.close()


def rows(journal: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(journal)) as connection:
        return connection.execute(query).fetchall()


def test_the_journal_has_it_all(serve: Serve, browser: Browser, tmp_path: Path) -> None:
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
    assert sent == [(1,), (1,)], "an answer was sent that was not on record"
    assert rows(journal, "SELECT outcome FROM runs") == [("solved",)]
    found = rows(journal, "SELECT number, text, verdict, url FROM attempts")
    assert found == [
        (number, attempt.text, attempt.verdict, page.url + ("" if number == 1 else "welcome"))
        for number, attempt in enumerate(solution.attempts, start=1)
    ]
    assert b"secret" not in journal.read_bytes()
    # What was accepted is verified training data.
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
def test_a_trace_of_what_failed_without_secrets(way: str, serve: Serve, tmp_path: Path) -> None:
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


def test_whom_to_ask_stands_in_the_user_agent(serve: Serve) -> None:
    page = serve()
    contact = "mailto:owner@example.org"
    assert in_a_thread(solve_target, settings_for(page.url, browser={"contact": contact})).solved
    (user_agent,) = page.visits.user_agents
    assert user_agent.endswith(f"(+{contact})")


class Proxy(BaseHTTPRequestHandler):
    """Passes on what it is asked for, and notes it."""

    passed: ClassVar[list[tuple[str, str]]] = []

    def do_GET(self) -> None:
        self.passed.append((self.command, self.path))
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        there = urlsplit(self.path)
        with closing(HTTPConnection(there.netloc)) as connection:
            connection.request(self.command, there.path, body, dict(self.headers))
            answer = connection.getresponse()
            content = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass


def test_through_a_proxy(serve: Serve) -> None:
    page = serve()
    with served(ThreadingHTTPServer(("127.0.0.1", 0), Proxy)) as url:
        proxy = {"server": url.rstrip("/")}
        assert in_a_thread(solve_target, settings_for(page.url, browser={"proxy": proxy})).solved
    assert ("POST", page.url) in Proxy.passed


def test_a_chromium_that_runs_elsewhere(serve: Serve, tmp_path: Path) -> None:
    page = serve(reject_first=1)
    command = [
        str(system_browser()), "--headless", "--no-sandbox", "--remote-debugging-port=0",
        f"--user-data-dir={tmp_path / 'profile'}", "about:blank",
    ]  # fmt: skip
    # Debian's command for one is but a shell around it, which would go alone.
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as chromium:
        assert chromium.stderr
        found = next(filter(None, (re.search(r"ws://\S+", line) for line in chromium.stderr)))
        threading.Thread(target=chromium.stderr.read, daemon=True).start()
        try:
            assert in_a_thread(
                solve_target, settings_for(page.url, browser={"cdp": found[0]})
            ).solved
            assert chromium.poll() is None, "it is not ours to end"
        finally:
            os.killpg(chromium.pid, signal.SIGTERM)
    (user_agent,) = page.visits.user_agents
    assert "capslice/" in user_agent
    with pytest.raises(BrowserError, match=r"browser\.cdp .* cannot be reached"):
        in_a_thread(solve_target, settings_for(page.url, 2, browser={"cdp": found[0]}))


def test_a_server_of_playwright(serve: Serve) -> None:
    page = serve()
    command = [sys.executable, "-m", "playwright", "run-server", "--host", "127.0.0.1", "--unsafe"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as serving:
        assert serving.stdout
        (address,) = re.findall(r"ws://\S+", serving.stdout.readline())
        try:
            # Which browser that machine has, it is told only where it is not Playwright's own.
            there = {"server": address, "executable": system_browser()}
            assert in_a_thread(solve_target, settings_for(page.url, browser=there)).solved
        finally:
            # The command is but a shell around the server, whose own children go with it.
            for process in psutil.Process(serving.pid).children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    process.kill()
            serving.kill()
    with pytest.raises(BrowserError, match=r"browser\.server ws://.* cannot be reached"):
        in_a_thread(solve_target, settings_for(page.url, 2, browser=there))


@pytest.mark.parametrize("name", ["firefox", "webkit"])
def test_a_browser_that_is_not_installed(
    name: str, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Where Playwright has its own, if it has one.
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    settings = settings_for(serve().url, browser={"name": name})
    with pytest.raises(BrowserNotFound, match=f"run `playwright install {name}`"):
        in_a_thread(solve_target, settings)


@pytest.mark.parametrize("has", ["the shell alone", "no shell"])
def test_what_playwright_has_comes_first(
    has: str, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))

    def own() -> Path:
        """Where Playwright looks for it, who tells where it does not find it."""
        with sync_playwright() as playwright:
            if has == "no shell":
                return Path(playwright.chromium.executable_path)
            with pytest.raises(PlaywrightError) as missing:
                playwright.chromium.launch()
        (line,) = re.findall(r"exist at (.*)", missing.value.message)
        return Path(line)

    started, path = tmp_path / "started", in_a_thread(own)
    path.parent.mkdir(parents=True)
    path.write_text(f'#!/bin/sh\ntouch {started}\nexec {system_browser()} "$@"\n')
    path.chmod(0o755)
    assert in_a_thread(solve_target, settings_for(serve().url)).solved
    assert started.exists()


def test_a_window_needs_a_browser_that_has_one(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def install(name: str) -> Path:
        (tmp_path / name).touch(0o755)
        return tmp_path / name

    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("capslice.agent.browser.launch.SYSTEM_PATHS", ())
    assert system_browser() is None
    shell = install("chromium-headless-shell")
    assert system_browser() == shell
    with pytest.raises(BrowserNotFound, match="or leave out --headed"):
        in_a_thread(solve_target, settings_for(serve().url, browser={"headed": True}))
    whole = install("chromium")
    assert (system_browser(), system_browser(headed=True)) == (shell, whole)


def test_answers_keep_their_pace(
    serve: Serve, browser: Browser, reader: Reader, tmp_path: Path
) -> None:
    page = serve(reject_first=2)
    ours = new_page(browser)
    pace = {"loopback_interval": 0.5, "path": tmp_path / "pace.sqlite"}
    solution = solve(ours, settings_for(page.url, pace=pace), reader=reader)
    assert solution.solved
    assert solution.seconds >= 2 * 0.5
    # And so does whoever comes next, in another process as well.
    pace["loopback_interval"] = 1
    seconds = 0.0
    for _ in range(2):
        ours.goto(page.url)
        seconds += solve(ours, settings_for(page.url, pace=pace), reader=reader).seconds
    assert seconds >= 1
    ours.context.close()
