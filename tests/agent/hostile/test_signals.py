"""A signal ends each command in seconds, even on a page whose script never returns."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from threading import Event

import psutil
import pytest

from tests.agent.conftest import Answer, Site
from tests.agent.hostile.conftest import CAPTCHA
from tests.commands import command

LOOP = 'navigator.sendBeacon("/busy"); for (;;);'
WHEN = {
    "loaded": f'addEventListener("DOMContentLoaded", () => setTimeout(() => {{ {LOOP} }}, 100))',
    "typed": f'document.getElementById("input").oninput = () => setTimeout(() => {{ {LOOP} }}, 10)',
}
CONFIG = "[browser]\ntimeout = 100\n[target.selectors]\ninput = '#input'\nrefresh = ''\n"
SECONDS = 30  # a busy machine takes several times as long as an idle one
STATUSES = {signal.SIGINT: (130,), signal.SIGTERM: (143, -signal.SIGTERM)}


class Log(list[str]):
    """Notes the requests, and tells when the page is busy."""

    def __init__(self) -> None:
        super().__init__()
        self.busy = Event()

    def append(self, line: str) -> None:
        super().append(line)
        if line == "POST /busy":
            self.busy.set()


@pytest.mark.parametrize("number", STATUSES)
@pytest.mark.parametrize(
    ("arguments", "when"),
    [
        (["solve"], "typed"),
        (["audit", "--count", "1"], "typed"),
        pytest.param(["doctor"], "loaded", marks=pytest.mark.slow),
        pytest.param(["init", "--yes", "--out", "x.toml"], "loaded", marks=pytest.mark.slow),
        pytest.param(["collect", "--count", "2"], "loaded", marks=pytest.mark.slow),
        pytest.param(["learn", "--yes"], "typed", marks=pytest.mark.slow),
    ],
    ids=lambda each: each[0] if isinstance(each, list) else "",
)
def test_a_signal_ends_a_command(
    arguments: list[str],
    when: str,
    number: signal.Signals,
    site: Callable[..., Site],
    png: bytes,
    tmp_path: Path,
) -> None:
    html = f'<!doctype html><input id="input"><script>{WHEN[when]}</script>{CAPTCHA}'
    here = site({"/": Answer(html.encode()), "/p": Answer(png, kind="image/png")})
    here.log = log = Log()
    (tmp_path / "config.toml").write_text(CONFIG)
    line = command(arguments[0], here.url, *arguments[1:])
    with subprocess.Popen(line, stderr=subprocess.PIPE, text=True, cwd=tmp_path) as process:
        assert log.busy.wait(120)
        children = psutil.Process(process.pid).children(recursive=True)
        assert children
        process.send_signal(number)
        _, said = process.communicate(timeout=SECONDS)
    assert process.returncode in STATUSES[number]
    assert "Traceback" not in said
    _, left = psutil.wait_procs(children, timeout=SECONDS)
    assert [each.name() for each in left if each.status() != psutil.STATUS_ZOMBIE] == []
