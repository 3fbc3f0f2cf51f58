"""The page on a real port of this machine, from construction to the end of a `with` block.

    with MockPage(EllipseCaptcha()) as page:
        print(page.url)

Nothing here knows what the page shows.
"""

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
from capslice.training.mock_page.desk import HONEST, Desk, Switches
from capslice.training.mock_page.faults import Faults
from capslice.training.mock_page.variant import PLAIN, Variant
from capslice.training.pictures import Captcha

# A thread is held up for as long as a switch delays its answer: the rest serve the others.
THREADS = 32
# A browser keeps up to six connections open for each of its contexts.
MOST_CONNECTIONS = 500
LAST_PORT = 65535


class MockPage:
    """Takes its port at once (0: any free one), serves while entered, and serves only once.

    url:    where the page is, such as http://127.0.0.1:41234/
    visits: what has happened there so far.

    Raises ServeError where the address cannot be had.
    """

    def __init__(
        self,
        captcha: Captcha,
        switches: Switches = HONEST,
        *,
        variant: Variant = PLAIN,
        faults: Faults | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        seed: int | None = None,
    ) -> None:
        self._desk = Desk(captcha, switches, seed=seed)
        self._variant = variant
        self._faults = faults
        self.visits = self._desk.visits
        self.answer_of = self._desk.answer_of
        self._socket = _listen(host, port)
        self._address = (host, int(self._socket.getsockname()[1]))
        shown_host = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown_host}:{self._address[1]}/"
        self._left = threading.Event()
        # Held by whoever starts or stops the server, which may be two threads.
        self._turn = threading.Lock()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        # Its warnings, of a full queue or of requests cut off at the end, are no news here.
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
        """Cut all connections, be away for so many seconds, and come back on the same port.

        Nobody's session is known any more; visits, faults and switches go on. For any
        thread, and returns when the page is back, or has been left meanwhile.

        Raises ServeError where somebody else has taken the port.
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
            # Windows heeds Ctrl-C only between two waits.
            while not self._left.wait(timeout=1):
                pass

    def _start(self) -> None:
        self._closing = threading.Event()
        # A wait for the end, so that a delayed answer does not delay the end.
        app = create_app(self._desk, self._variant, self._faults, pause=self._closing.wait)
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
        # Under the lock, as the server may be awake already for a worker's sake: it must not
        # close the trigger before that has been pulled.
        trigger = self._server.trigger
        with trigger.lock:
            trigger.thunks.append(self._close)
            trigger.pull_trigger()
        self._thread.join()
        self._thread = None

    def _close(self) -> None:
        # Runs in the server's own thread, where no request can come in between: first
        # the workers end, who may still wake that thread, then all that is open. With
        # nothing left open, the server's loop returns.
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
