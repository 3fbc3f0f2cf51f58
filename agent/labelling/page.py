"""The web page to label with: its addresses, and who may use them.

All addresses begin with a secret, which only the user's browser knows: no other site can send an
answer, and no other user of this machine can look. The Host header must name this machine, so that
no other name can be made to point here (DNS rebinding).
"""

from __future__ import annotations

import mimetypes
import os
import secrets
import socket
from typing import Annotated, Literal, Self

import waitress
from flask import Flask, Response, abort, jsonify, render_template, request
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from capslice.agent.labelling.labelling import Labelling, State
from capslice.errors import ConfigurationError, LabelsError
from capslice.models.labels import LONGEST, is_label

HOST = "127.0.0.1"
THREADS = 4
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Answer(BaseModel):
    """What was decided about a picture; a label has a text."""

    model_config = ConfigDict(extra="forbid", strict=True, str_strip_whitespace=True)

    file: str
    decision: Literal["label", "unreadable", "skip"]
    text: Annotated[str, Field(max_length=LONGEST)] = ""

    @model_validator(mode="after")
    def _has_text(self) -> Self:
        if self.decision == "label" and not is_label(self.text):
            raise ValueError("a label needs a text that can be printed")
        return self


def create_app(labelling: Labelling, port: int, secret: str) -> Flask:
    """Return the WSGI application for 127.0.0.1:`port`; its addresses begin with `secret`."""
    app = Flask(__name__, static_url_path=f"/{secret}/static")
    hosts = {f"{HOST}:{port}", f"localhost:{port}"}

    @app.before_request
    def check_host() -> None:
        if request.host not in hosts:
            abort(403, "This page is only for the browser on this machine.")

    @app.after_request
    def protect(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.cache_control.no_store = True
        return response

    @app.get(f"/{secret}/")
    def page() -> str:
        return render_template(
            "label.html",
            folder=labelling.files.folder,
            check=labelling.check,
            longest=LONGEST,
            secret=secret,
        )

    @app.get(f"/{secret}/state")
    def state() -> Response:
        return jsonify(labelling.state())

    @app.get(f"/{secret}/pictures/<name>")
    def picture(name: str) -> Response:
        try:
            path = labelling.path(name)
            return Response(path.read_bytes(), mimetype=mimetypes.guess_type(path.name)[0])
        except (KeyError, OSError):
            abort(404)

    @app.post(f"/{secret}/answers")
    def answer() -> Response:
        try:
            given = Answer.model_validate(request.get_json())  # another type is refused
            return jsonify(_decided(labelling, given))
        except (ValidationError, KeyError):
            abort(400)
        except LabelsError as error:
            response = jsonify({"error": str(error)})
            response.status_code = 500
            return response

    return app


def _decided(labelling: Labelling, given: Answer) -> State:
    match given.decision:
        case "label":
            return labelling.label(given.file, given.text)
        case "unreadable":
            return labelling.mark_unreadable(given.file)
        case "skip":
            return labelling.skip(given.file)


class LabelPage:
    """Serves the page on a port of this machine (0 for any free one), in `serve_forever`.

    url: its address, with the secret.

    Raises ConfigurationError if the port cannot be used.
    """

    def __init__(self, labelling: Labelling, port: int) -> None:
        try:
            self._socket = socket.create_server((HOST, port))
        except OSError as error:
            raise ConfigurationError(
                f"the page cannot be served on {HOST}:{port} "
                f"({os.strerror(error.errno or 0)}): choose another --port, or 0 for any free one"
            ) from None
        port = int(self._socket.getsockname()[1])
        secret = secrets.token_urlsafe(16)
        self.url = f"http://{HOST}:{port}/{secret}/"
        self._server = waitress.create_server(
            create_app(labelling, port, secret),
            sockets=[self._socket],
            threads=THREADS,
            ident=None,
        )

    def serve_forever(self) -> None:
        """Serve until Ctrl-C."""
        self._server.run()
        self._server.close()
