"""Serves any pages over real HTTP on this machine, and logs the requests."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer

import pytest

from capslice.agent.rules import redaction


@dataclass
class Answer:
    body: bytes = b""
    status: int = 200
    kind: str = "text/html; charset=utf-8"
    location: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Site:
    """A small site: its answers by path; any other path is a 404."""

    url: str
    answers: dict[str, Answer]
    log: list[str] = field(default_factory=list)


@contextmanager
def served(server: HTTPServer) -> Iterator[str]:
    """Serve in a thread, yield the URL, and shut the server down."""
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(autouse=True)
def no_secrets_of_other_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test begins without the secrets that another one has used in this process."""
    monkeypatch.setattr(redaction, "_SECRETS", set())


@pytest.fixture
def site() -> Iterator[Callable[..., Site]]:
    """Start a site: `site({"/": Answer(b"...")})`. Each site has its own origin."""
    with ExitStack() as stack:

        def start(answers: dict[str, Answer]) -> Site:
            site = Site("", answers)

            class Handler(BaseHTTPRequestHandler):
                def do_GET(self) -> None:
                    path = self.path.partition("?")[0]
                    if path != "/favicon.ico":  # only some browsers request it
                        site.log.append(f"{self.command} {self.path}")
                    self.rfile.read(int(self.headers.get("Content-Length") or 0))
                    answer = site.answers.get(path, Answer(b"not found", 404))
                    self.send_response(answer.status)
                    self.send_header("Content-Type", answer.kind)
                    self.send_header("Content-Length", str(len(answer.body)))
                    if answer.location:
                        self.send_header("Location", answer.location)
                    for name, value in answer.headers.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(answer.body)

                do_POST = do_PUT = do_DELETE = do_OPTIONS = do_HEAD = do_GET  # noqa: N815

                def log_message(self, *_: object) -> None:
                    pass

            site.url = stack.enter_context(served(ThreadingHTTPServer(("127.0.0.1", 0), Handler)))
            return site

        yield start
