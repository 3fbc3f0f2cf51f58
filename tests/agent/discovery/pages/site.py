"""Serves a page with a form. Each visit gets another captcha, and each captcha takes one answer."""

from __future__ import annotations

import io
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from flask import Flask, Response, request, session
from PIL import Image, ImageOps
from werkzeug.serving import make_server

from capslice.training.pictures import EllipseCaptcha, draw_set, texts_of
from tests.agent.conftest import served

PICTURES = 40
DIGITS = 6


@dataclass(frozen=True)
class SitePage:
    """A page with a form, and what it says to answers.

    form:    its HTML. `/picture` is a fresh captcha, `/picture?of=2` one of another form, and
             `/digit/0` to `/digit/5` are parts of one; RANDOM is a number that differs each time.
             `/picture?as=` one of LOOKS is a captcha that looks otherwise.
    wrong:   what the page shows above the form after a wrong answer.
    right:   the page after a right answer. If a script fetches the response, it gets `wrong` or
             `right` alone.
    others:  the pages at other addresses, or the texts of style sheets.
    status:  the HTTP status of the response to a right answer.
    headers: headers of that response.
    policy:  the Content-Security-Policy of all pages.
    """

    form: str
    wrong: str = "<p class=note>Wrong code</p>"
    right: str = "<p class=note>Thank you!</p>"
    others: Mapping[str, str] = field(default_factory=dict)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    policy: str = ""


def transparent(picture: Image.Image) -> Image.Image:
    """Return a picture that looks the same on white, and lets all else through."""
    grey = ImageOps.grayscale(picture)
    clear = Image.new("RGBA", picture.size, "black")
    clear.putalpha(ImageOps.invert(grey))
    return clear


LOOKS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "inverted": lambda picture: ImageOps.invert(picture.convert("RGB")),
    "transparent": transparent,
    "dense": lambda picture: picture.resize((2 * picture.width, 2 * picture.height)),
}


@cache
def captchas() -> list[tuple[str, Image.Image]]:
    """Some captchas with their texts."""
    captcha = EllipseCaptcha()
    drawn = draw_set(captcha, PICTURES, np.random.default_rng(7))
    pictures = map(Image.fromarray, drawn.pictures)
    return list(zip(texts_of(drawn.codes, captcha.charset), pictures, strict=True))


def png(picture: Image.Image) -> tuple[bytes, dict[str, str]]:
    content = io.BytesIO()
    picture.save(content, "PNG")
    return content.getvalue(), {"Content-Type": "image/png", "Cache-Control": "no-store"}


@contextmanager
def serve(page: SitePage, *, rejects_all: bool = False) -> Iterator[str]:
    """Serve the page, and yield its address."""
    app = Flask(__name__)
    app.secret_key = "a test"
    numbers = iter(range(10_000_000, 99_999_999))

    issued: dict[str, dict[str, int]] = {}  # the captchas of each session and form

    def issue(form: str = "") -> Image.Image:
        """Give the session another captcha in place of the one that the form had."""
        number = next(numbers) % PICTURES
        issued.setdefault(session["id"], {})[form] = number
        return captchas()[number][1]

    def document(body: str) -> str:
        session.setdefault("id", secrets.token_hex(8))
        issue()
        # Some frameworks generate new ids for each page.
        body = body.replace("RANDOM", str(next(numbers)))
        return f"<!doctype html><meta charset=utf-8>{body}"

    def form(message: str = "") -> str:
        # The form may be in a frame.
        html = page.others.get(urlsplit(request.referrer or "").path[1:], page.form)
        return document(f"<h1>Form</h1>{message}{html if message else page.form}")

    @app.get("/")
    @app.get("/<path:path>")
    def show(path: str = "") -> Any:
        if not path:
            return form()
        if path.endswith(".css"):
            return page.others[path], {"Content-Type": "text/css"}
        return document(page.others[path]) if path in page.others else ("not found", 404)

    @app.get("/picture")
    def picture() -> Any:
        whole = issue(request.args.get("of", ""))
        return png(LOOKS[request.args["as"]](whole) if "as" in request.args else whole)

    @app.get("/digit/<int:place>")
    def digit(place: int) -> Any:
        _, whole = captchas()[issued[session["id"]][""]]
        left, right = (round(whole.width * each / DIGITS) for each in (place, place + 1))
        return png(whole.crop((left, 0, right, whole.height)))

    @app.get("/logo.png")
    def logo() -> Any:
        return png(Image.new("RGB", (8, 8), "teal"))

    @app.post("/")
    @app.post("/check")
    def judge() -> Any:
        asked = {captchas()[each][0] for each in issued.pop(session["id"], {}).values()}
        given = {"".join(each) for each in request.values.to_dict(flat=False).values()}
        given |= {"".join(request.values.values()).replace("-", "")}
        is_right = bool(asked & given) and not rejects_all
        if "fetch" in page.form:
            return page.right if is_right else page.wrong
        if not is_right:
            return form(page.wrong)
        return f"<!doctype html><meta charset=utf-8>{page.right}", page.status, {**page.headers}

    @app.post("/beat")
    def beat() -> Any:
        return "an error", 500

    @app.after_request
    def protect(response: Response) -> Response:
        if page.policy:
            response.headers["Content-Security-Policy"] = page.policy
        return response

    with served(make_server("127.0.0.1", 0, app, threaded=True)) as url:
        yield url
