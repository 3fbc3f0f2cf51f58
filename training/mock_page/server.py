"""Serves the mock page on a port of this machine."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import threading
from types import TracebackType
from typing import Any, Self

import waitress
from waitress import wasyncore

from capslice.errors import ServeError
from capslice.training.mock_page.app import create_app
from capslice.training.mock_page.captcha_store import CORRECT, CaptchaStore, Switches
from capslice.training.mock_page.faults import Faults
from capslice.training.mock_page.variant import PLAIN, Variant
from capslice.training.pictures import Captcha

# A delayed response occupies a thread; the other threads serve the other visitors.
THREADS = 32
# A browser keeps up to six connections open for each of its contexts.
MOST_CONNECTIONS = 500
LAST_PORT = 65535


class MockPage:
    """The mock page on a port of this machine; a context manager for a single use.

        with MockPage(EllipseCaptcha()) as page:
            print(page.url)

    The constructor takes the port (0 for any free one). The `with` block serves the page.

    url:    the address of the page, such as http://127.0.0.1:41234/
    visits: counts of what has happened on the page.

    Raises ServeError if the address is not available.
    """

    def __init__(
        self,
        captcha: Captcha,
        switches: Switches = CORRECT,
        *,
        variant: Variant = PLAIN,
        faults: Faults | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        seed: int | None = None,
    ) -> None:
        self._store = CaptchaStore(captcha, switches, seed=seed)
        self._variant = variant
        self._faults = faults
        self.visits = self._store.visits
        self.answer_of = self._store.answer_of
        self._socket = _listen(host, port)
        self._address = (host, int(self._socket.getsockname()[1]))
        shown_host = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown_host}:{self._address[1]}/"
        self._left = threading.Event()
        # Held while a thread starts or stops the server.
        self._turn = threading.Lock()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        # Waitress warns of a full queue and of requests cut off at the end; both are expected.
        logging.getLogger("waitress").setLevel(logging.ERROR)
        self._start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._left.set()
        with self._turn:
            self._stop()

    def restart(self, away: float = 0.0) -> None:
        """Close all connections, wait for `away` seconds, and serve on the same port again.

        All sessions are lost; visits, faults and switches stay. Returns when the page is back, or
        when the `with` block has ended in the meantime. Safe to call from any thread.

        Raises ServeError if another process has taken the port.
        """
        with self._turn:
            self._stop()
        self._left.wait(away)
        with self._turn:
            if not self._left.is_set() and self._thread is None:
                self._socket = _listen(*self._address)
                self._start()

    def serve_forever(self) -> None:
        """Serve until Ctrl-C."""
        with self, contextlib.suppress(KeyboardInterrupt):
            # Windows handles Ctrl-C only between two waits.
            while not self._left.wait(timeout=1):
                pass

    def _start(self) -> None:
        self._closing = threading.Event()
        # Closing the page ends the wait of a delayed response.
        app = create_app(self._store, self._variant, self._faults, pause=self._closing.wait)
        self._open: dict[int, Any] = {}
        self._server = waitress.create_server(
            app,
            map=self._open,
            sockets=[self._socket],
            threads=THREADS,
            connection_limit=MOST_CONNECTIONS,
            ident=None,
        )
        self._thread = threading.Thread(target=self._server.run, name="mock page", daemon=True)
        self._thread.start()

    def _stop(self) -> None:
        if self._thread is None:
            return
        self._closing.set()
        # The lock keeps the server, which a worker may have woken already, from closing the trigger
        # before it is pulled.
        trigger = self._server.trigger
        with trigger.lock:
            trigger.thunks.append(self._close)
            trigger.pull_trigger()
        self._thread.join()
        self._thread = None

    def _close(self) -> None:
        # Runs in the server's own thread, so that no request arrives in between. The workers end
        # first, because they may still wake that thread. The server's loop returns when nothing is
        # open any more.
        self._server.task_dispatcher.shutdown()
        wasyncore.close_all(self._open, ignore_all=True)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    reason = "No such address"
    if 0 <= port <= LAST_PORT:
        try:
            return socket.create_server((host, port), family=family)
        except (socket.gaierror, UnicodeError):
            pass
        except OSError as error:
            reason = os.strerror(error.errno or 0)
    raise ServeError(
        f"the mock page cannot be served on {host}:{port} ({reason}): choose another "
        "port, or 0 for any free one, on an address of this machine such as 127.0.0.1"
    )
