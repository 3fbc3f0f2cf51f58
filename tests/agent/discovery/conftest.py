"""Finds captchas on the pages of a browser, and serves sites with one form."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import numpy as np
import pytest
from flask import Flask, request
from PIL import Image
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from capslice import Reader, new_page
from capslice.agent.discovery import Drawing, Form, find_form, find_messages
from capslice.training.pictures import EllipseCaptcha
from tests.agent.conftest import served
from tests.conftest import settings_for

ANSWER = "526328"


@pytest.fixture
def new_session(browser: Browser) -> Iterator[Callable[[], Page]]:
    """Open pages in sessions of their own, which end with the test."""
    with ExitStack() as stack:

        def open_page() -> Page:
            page = new_page(browser)
            stack.callback(page.context.close)
            return page

        yield open_page


class Finder:
    """Does what `capslice init` does, without its command line."""

    def __init__(self, new_session: Callable[[], Page], reader: Reader) -> None:
        self.new_session = new_session
        self.reader = reader
        self.drawing = Drawing()

    def form(self, url: str, timeout: float = 10.0, **target: object) -> Form:
        self.settings = settings_for(url, timeout, target=target)
        return find_form(self.new_session, self.settings, self.drawing.add)

    def form_and_messages(self, url: str, timeout: float = 10.0, **target: object) -> Form:
        form = self.form(url, timeout, **target)
        return find_messages(self.new_session, form, self.settings, self.reader, self.drawing.add)


@pytest.fixture
def finder(new_session: Callable[[], Page], reader: Reader) -> Finder:
    return Finder(new_session, reader)


@pytest.fixture(scope="session")
def png() -> bytes:
    """A captcha whose text is ANSWER."""
    content = io.BytesIO()
    EllipseCaptcha().draw(ANSWER, np.random.default_rng(1)).save(content, "PNG")
    return content.getvalue()


@pytest.fixture
def form_site(png: bytes) -> Iterator[Callable[..., str]]:
    """Start a site with one form, which accepts only ANSWER."""
    with ExitStack() as stack:

        def start(form: str, wrong: str, right: str) -> str:
            app = Flask(__name__)
            numbers = iter(range(10_000_000, 99_999_999))

            def page(message: str = "") -> str:
                # Some frameworks generate new ids for each page.
                body = form.replace("RANDOM", str(next(numbers)))
                return f"<!doctype html><meta charset=utf-8><h1>Form</h1>{message}{body}"

            @app.get("/")
            def show() -> str:
                return page()

            @app.get("/picture")
            def picture() -> tuple[bytes, dict[str, str]]:
                return png, {"Content-Type": "image/png", "Cache-Control": "no-store"}

            @app.get("/logo.png")
            def logo() -> tuple[bytes, dict[str, str]]:
                content = io.BytesIO()
                Image.new("RGB", (8, 8), "teal").save(content, "PNG")
                return content.getvalue(), {"Content-Type": "image/png"}

            @app.post("/")
            def judge() -> str:
                fields = request.values.to_dict(flat=False)
                right_answer = ANSWER in ("".join(values) for values in fields.values())
                if "fetch" in form:
                    return right if right_answer else wrong
                return (
                    f"<!doctype html><meta charset=utf-8>{right}" if right_answer else page(wrong)
                )

            server = make_server("127.0.0.1", 0, app, threaded=True)
            return stack.enter_context(served(server))

        yield start
