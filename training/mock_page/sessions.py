"""Keeps the sessions of the mock page's visitors on the server.

Flask's own session lies in a cookie, as it was when a request began. Of two requests at the same
time, the one that answers last would undo what the other has stored there: a script that asks for
a fresh captcha could undo that an answer was accepted.
"""

from __future__ import annotations

import secrets
import threading
from typing import Any

from cachetools import LRUCache
from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin

MOST_SESSIONS = 4096


class Session(dict[str, Any], SessionMixin):
    """What the server knows of one visitor. All his requests change the same object."""

    def __init__(self) -> None:
        super().__init__()
        self.id = secrets.token_hex(16)
        self.new = True


class Sessions(SessionInterface):
    """The last MOST_SESSIONS visitors. The cookie has a random id. Safe for several threads."""

    def __init__(self) -> None:
        self._sessions: LRUCache[str, Session] = LRUCache(MOST_SESSIONS)
        self._lock = threading.Lock()

    def open_session(self, app: Flask, request: Request) -> Session:
        """The session of the visitor who sends the request, or a new one."""
        with self._lock:
            session = self._sessions.get(request.cookies.get(self.get_cookie_name(app), ""))
            if session is None:
                session = Session()
                self._sessions[session.id] = session
            return session

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Send the id to a new visitor; what the session holds is already stored."""
        if isinstance(session, Session) and session.new:
            session.new = False
            name = self.get_cookie_name(app)
            response.set_cookie(name, session.id, httponly=True, samesite="Lax")
