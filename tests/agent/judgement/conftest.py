"""One Chromium for all sites of this folder."""

from __future__ import annotations

import logging
import os
import re
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from capslice.agent.browser.launch import system_browser


@pytest.fixture(scope="session")
def cdp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running Chromium; only one client at a time sees the alerts of a page."""
    profile = tmp_path_factory.mktemp("profile")
    command = [
        str(system_browser()), "--headless", "--no-sandbox", "--remote-debugging-port=0",
        f"--user-data-dir={profile}", "about:blank",
    ]  # fmt: skip
    with subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as chromium:
        assert chromium.stderr
        found = next(filter(None, (re.search(r"ws://\S+", line) for line in chromium.stderr)))
        threading.Thread(target=chromium.stderr.read, daemon=True).start()
        try:
            yield found[0]
        finally:
            os.killpg(chromium.pid, signal.SIGKILL)


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder for the model files."""
    return tmp_path_factory.mktemp("models")


@pytest.fixture(autouse=True)
def no_log_of_requests(caplog: pytest.LogCaptureFixture) -> None:
    """The sites log each request, which tells nothing here."""
    caplog.set_level(logging.ERROR, "werkzeug")
