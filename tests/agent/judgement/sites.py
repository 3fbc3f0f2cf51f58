"""Serves sites that differ in how they show a verdict, and in which answers they accept."""

from __future__ import annotations

import io
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from flask import Flask, redirect, request, session
from werkzeug.serving import make_server

from capslice.training.pictures import Captcha, draw_set, texts_of
from tests.agent.conftest import served

Accepts = Literal["right", "all", "none"]
ACCEPTS: dict[Accepts, Callable[[bool], bool]] = {
    "right": lambda is_right: is_right,
    "all": lambda _: True,
    "none": lambda _: False,
}
# What a right answer is good for: its form alone, any further answer of the session, or the rest of
# the session, which then sees no captcha.
Verified = Literal["once", "any answer", "no captcha"]
PICTURES = 40

FORM = """<form id=form method=post action=/check><img id=captcha src=/picture/{name} alt=captcha>
    <input id=answer name=answer autocomplete=off {field}>
    <button id=submit>Send</button></form>"""
# A script sends the form, and `show(is_accepted)` shows the verdict.
BY_SCRIPT = """<script>form.onsubmit = async event => { event.preventDefault();
    const sent = await fetch("/check", {method: "POST", body: new URLSearchParams(
        new FormData(form))}); show(await sent.text() === "accepted"); };"""
FRESH = "if (!accepted) setTimeout(() => location.reload(), 2500);"
TOAST = f"""const show = accepted => {{ const p = document.createElement("p");
    p.className = accepted ? "toast-done" : "toast-wrong";
    p.textContent = accepted ? "Thank you!" : "Wrong code";
    document.body.append(p); setTimeout(() => p.remove(), 2000); {FRESH} }};</script>"""
ALERT = f"""const show = accepted => {{
    alert(accepted ? "Thank you!" : "Wrong code"); {FRESH} }};</script>"""
EMPTIED = """const show = accepted => { if (accepted) { form.remove(); return; }
    const p = document.createElement("p"); p.className = "error"; p.textContent = "Wrong code";
    document.body.append(p); setTimeout(() => location.reload(), 1200); };</script>"""
SCRIPTS = {"toast": TOAST, "alert": ALERT, "emptied": EMPTIED}

# How sites show a verdict.
WAYS = ("message", "redirect", "status", *SCRIPTS)


@dataclass
class Site:
    """A running site, and how many answers it has accepted and rejected."""

    url: str = ""
    accepted: int = 0
    rejected: int = 0
    last: bool = False  # whether the last answer was accepted


@contextmanager
def serve(
    captcha: Captcha, way: str, accepts: Accepts, verified: Verified = "once", field: str = ""
) -> Iterator[Site]:
    """Serve a form with a fresh picture for each visit; each picture takes one answer.

    `field` has more attributes of the field for the answer.
    """
    drawn = draw_set(captcha, PICTURES, np.random.default_rng(7))
    site, app, issued = Site(), Flask(__name__), iter(range(1_000_000))
    app.secret_key = secrets.token_bytes()
    texts = texts_of(drawn.codes, captcha.charset)
    pictures = [png(each) for each in drawn.pictures]
    shown: dict[str, int] = {}
    humans: set[str] = set()

    def is_human() -> bool:
        return verified != "once" and session.get("visitor") in humans

    def form() -> str:
        session.setdefault("visitor", secrets.token_hex(8))
        if verified == "no captcha" and is_human():
            return "<!doctype html><meta charset=utf-8><h1>Form</h1><p>You are known.</p>"
        session["name"] = name = secrets.token_hex(8)
        shown[name] = next(issued) % PICTURES
        script = BY_SCRIPT + SCRIPTS[way] if way in SCRIPTS else ""
        shown_form = FORM.format(name=name, field=field)
        return f"<!doctype html><meta charset=utf-8><h1>Form</h1>{shown_form}{script}"

    app.add_url_rule("/", "form", form)

    @app.get("/picture/<name>")
    def picture(name: str) -> Any:
        return pictures[shown[name]], {"Content-Type": "image/png", "Cache-Control": "no-store"}

    @app.get("/account")
    def account() -> str:
        return "<!doctype html><meta charset=utf-8><h1>Your account</h1><p>Three letters wait.</p>"

    @app.post("/check")
    def check() -> Any:
        number = shown.pop(session.pop("name", ""), None)
        is_right = number is not None and request.form.get("answer") == texts[number]
        site.last = ACCEPTS[accepts](is_right) or is_human()
        if site.last:
            humans.add(session.get("visitor", ""))
        site.accepted += site.last
        site.rejected += not site.last
        return judged(site.last)

    def judged(accepted: bool) -> Any:
        if way in SCRIPTS:
            return "accepted" if accepted else "rejected"
        if way == "message":
            thanks = "<!doctype html><meta charset=utf-8><p class=note>Thank you!</p>"
            return thanks if accepted else f"{form()}<p class=note>Wrong code</p>"
        if way == "redirect":
            return redirect("/account" if accepted else "/", 303)
        return ("<!doctype html><h1>Form</h1>", 200) if accepted else (form(), 422)

    server = make_server("127.0.0.1", 0, app, threaded=True)
    with served(server) as site.url:
        yield site


def png(pixels: Any) -> bytes:
    """A picture, uint8 (height, width), as the file that a site serves."""
    from PIL import Image

    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "PNG")
    return content.getvalue()
