"""Serves a page with a form. Each visit gets another captcha, and each captcha takes one answer."""

from __future__ import annotations

import io
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from flask import Flask, request, session
from PIL import Image
from werkzeug.serving import make_server

from capslice.training.pictures import EllipseCaptcha, draw_set, texts_of
from tests.agent.conftest import served

PICTURES = 40
DIGITS = 6


@dataclass(frozen=True)
class SitePage:
    """A page with a form, and what it says to answers.

    form:   its HTML. `/picture` is a fresh captcha, `/picture?of=2` one of another form, and
            `/digit/0` to `/digit/5` are parts of one; RANDOM is a number that differs each time.
    wrong:  what the page shows above the form after a wrong answer.
    right:  the page after a right answer. If a script fetches the response, it gets `wrong` or
            `right` alone.
    others: the pages at other addresses.
    """

    form: str
    wrong: str = "<p class=note>Wrong code</p>"
    right: str = "<p class=note>Thank you!</p>"
    others: Mapping[str, str] = field(default_factory=dict)


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
        return document(f"<h1>Form</h1>{message}{page.form}")

    @app.get("/")
    @app.get("/<path:path>")
    def show(path: str = "") -> Any:
        if not path:
            return form()
        return document(page.others[path]) if path in page.others else ("not found", 404)

    @app.get("/picture")
    def picture() -> Any:
        return png(issue(request.args.get("of", "")))

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
    def judge() -> str:
        asked = {captchas()[each][0] for each in issued.pop(session["id"], {}).values()}
        given = {"".join(each) for each in request.values.to_dict(flat=False).values()}
        is_right = bool(asked & given) and not rejects_all
        if "fetch" in page.form:
            return page.right if is_right else page.wrong
        return f"<!doctype html><meta charset=utf-8>{page.right}" if is_right else form(page.wrong)

    with served(make_server("127.0.0.1", 0, app, threaded=True)) as url:
        yield url
