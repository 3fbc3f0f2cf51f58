"""Starts a Chromium that capslice connects to."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from capslice.agent.browser.launch import system_browser


@contextmanager
def running_chromium(profile: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A Chromium with this profile: the address of its DevTools, and its process."""
    command = [
        str(system_browser()), "--headless", "--no-sandbox", "--remote-debugging-port=0",
        f"--user-data-dir={profile}", "about:blank",
    ]  # fmt: skip
    # Debian's command is a shell script around Chromium, so the whole group must be killed.
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
            yield found[0], chromium
        finally:
            os.killpg(chromium.pid, signal.SIGTERM)
