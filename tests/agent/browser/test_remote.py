"""A browser behind a proxy, on another machine, or started by someone else."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

import psutil
import pytest

from capslice import solve_target
from capslice.agent.browser.launch import system_browser
from capslice.errors import (
    BrowserError,
)
from capslice.training.mock_page import MockPage
from tests.agent.browser.chromium import running_chromium
from tests.agent.conftest import served
from tests.conftest import in_a_thread, settings_for

Serve = Callable[..., MockPage]


class Proxy(BaseHTTPRequestHandler):
    """Forwards requests, and logs them in `passed`."""

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


def test_a_running_chromium(serve: Serve, tmp_path: Path) -> None:
    page = serve(reject_first=1)
    with running_chromium(tmp_path / "profile") as (address, chromium):
        there = {"cdp": address}
        assert in_a_thread(solve_target, settings_for(page.url, browser=there)).solved
        assert chromium.poll() is None, "the caller's browser must keep running"
    (user_agent,) = page.visits.user_agents
    assert "capslice/" in user_agent
    with pytest.raises(BrowserError, match=r"browser\.cdp .* cannot be reached"):
        in_a_thread(solve_target, settings_for(page.url, 2, browser=there))


def test_a_playwright_server(serve: Serve) -> None:
    page = serve()
    command = [sys.executable, "-m", "playwright", "run-server", "--host", "127.0.0.1", "--unsafe"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as serving:
        assert serving.stdout
        (address,) = re.findall(r"ws://\S+", serving.stdout.readline())
        try:
            # The executable is needed only if it is not Playwright's own browser.
            there = {"server": address, "executable": system_browser()}
            assert in_a_thread(solve_target, settings_for(page.url, browser=there)).solved
        finally:
            # The command is a shell around the server, so the children must be killed as well.
            for process in psutil.Process(serving.pid).children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    process.kill()
            serving.kill()
    with pytest.raises(BrowserError, match=r"browser\.server ws://.* cannot be reached"):
        in_a_thread(solve_target, settings_for(page.url, 2, browser=there))
