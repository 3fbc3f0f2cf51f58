"""`captcha-agent init` finds a captcha by itself, whatever the page, and writes what solves it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from agent import Reader, Settings, new_page, solve
from agent.discovery import Drawing, Form, find_form, find_messages
from agent.discovery.writing import config_text
from tests.browser.test_mock_variants import VARIANTS, name_of
from tests.conftest import settings_for
from training.mock_page import MockPage, Variant
from training.pictures import EllipseCaptcha

ANSWER = "526328"


@pytest.fixture
def fresh(browser: Browser) -> Iterator[Callable[[], Page]]:
    """Pages in sessions of their own, closed when the test ends."""
    with ExitStack() as stack:

        def fresh() -> Page:
            page = new_page(browser)
            stack.callback(page.context.close)
            return page

        yield fresh


class Finder:
    """`captcha-agent init` without its command line."""

    def __init__(self, fresh: Callable[[], Page], reader: Reader) -> None:
        self.fresh = fresh
        self.reader = reader
        self.drawing = Drawing()

    def form(self, url: str, timeout: float = 10.0) -> Form:
        self.settings = settings_for(url, timeout)
        return find_form(self.fresh, self.settings, self.drawing.add)

    def all(self, url: str, timeout: float = 10.0) -> Form:
        form = self.form(url, timeout)
        return find_messages(self.fresh, form, self.settings, self.reader, self.drawing.add)


@pytest.fixture
def finder(fresh: Callable[[], Page], reader: Reader) -> Finder:
    return Finder(fresh, reader)


@pytest.fixture(scope="session")
def png() -> bytes:
    """A captcha that says ANSWER."""
    content = io.BytesIO()
    EllipseCaptcha().draw(ANSWER, np.random.default_rng(1)).save(content, "PNG")
    return content.getvalue()


def selectors(form: Form) -> dict[str, str]:
    return {name: finding.selector for name, finding in form.found.items() if finding.selector}


@pytest.mark.parametrize("variant", VARIANTS, ids=name_of)
def test_every_variant_of_the_mock_page(
    variant: Variant, finder: Finder, captcha: EllipseCaptcha, reader: Reader, tmp_path: Path
) -> None:
    with MockPage(captcha, variant=variant, seed=1) as mock:
        form = finder.all(mock.url)
        assert (mock.visits.rejected, mock.visits.accepted) == (1, 1)
        assert form.notes == ()
        found = selectors(form)
        expected = {"picture": "#captcha", "input": "#answer", "submit": "#submit"}
        if variant.refresh != "reload":
            expected["refresh"] = "#refresh"
        if variant.picture == "canvas" and variant.refresh == "script":
            # Where the same canvas is painted over, nobody sees it: so the page is opened anew.
            del expected["refresh"]
        if variant.verdict != "status":
            expected |= {"success": "#success", "failure": "#failure"}
        if variant.frame:
            expected["frame"] = "#frame"
        if variant.over == "banner":
            expected["dismiss"] = "#cookie-accept"
        assert found == expected
        statuses = ((200,), (422,)) if variant.verdict == "status" else ((), ())
        assert (form.statuses.accepted, form.statuses.rejected) == statuses

        config = tmp_path / "config.toml"
        config.write_text(config_text(form, {}))
        settings = Settings.load(config)
        assert settings.target == form.target
        assert solve(finder.fresh(), settings, reader=reader).solved


FORMS = {
    "German, no ids": (
        """<header><img src=/logo.png width=220 height=60 alt="Stadtwerke"></header>
        <form method=post action=/><table>
        <tr><td>Sicherheitscode</td><td><img src=/picture?id=8234 width=310 height=80></td></tr>
        <tr><td>Bitte die Zeichen abtippen</td><td><input name=eingabe></td></tr>
        </table><a href="/">Anderes Bild</a><button>Absenden</button></form>""",
        {
            "picture": "form img",
            "input": 'input[name="eingabe"]',
            "submit": "button",
            "refresh": 'a[href="/"]',
        },
        ("<p class=fehler>Der Code war falsch.</p>", "<p class=meldung>Vielen Dank!</p>"),
        {"failure": "p.fehler", "success": "p.meldung"},
    ),
    "Russian": (
        """<form method=post action=/><label>Введите цифры с картинки <input name=kod></label>
        <img src=/picture width=310 height=80 alt="капча" title="Нажмите, чтобы обновить картинку"
          onclick="this.src = '/picture?' + Math.random()">
        <input type=submit value="Отправить"></form>""",
        {
            "picture": 'img[alt="капча"]',
            "input": 'input[name="kod"]',
            "submit": 'input[value="Отправить"]',
            "refresh": 'img[alt="капча"]',
        },
        ("<div>Неверный код</div>", "<div>Спасибо, код принят</div>"),
        {
            "failure": 'div:text-is("Неверный код")',
            "success": 'div:text-is("Спасибо, код принят")',
        },
    ),
    "Spanish, an input without a form": (
        """<div class=caja><p>Introduzca el código de seguridad de la imagen</p>
        <img class=codigo src=/picture width=310 height=80>
        <span onclick="document.querySelector('.codigo').src = '/picture?' + Math.random()"
          class=otra>Otra imagen</span>
        <input class=respuesta><button class=enviar onclick="enviar()">Enviar</button></div>
        <p id=aviso></p>
        <script>async function enviar() {
            const texto = document.querySelector(".respuesta").value;
            const hecho = await fetch("/?" + new URLSearchParams({texto}), {method: "POST"});
            document.querySelector("#aviso").innerHTML = await hecho.text();
        }</script>""",
        {
            "picture": "img.codigo",
            "input": "input.respuesta",
            "submit": "button.enviar",
            "refresh": "span.otra",
        },
        ("<b class=error>Código incorrecto</b>", "<b class=correcto>¡Éxito!</b>"),
        {"failure": "b.error", "success": "b.correcto"},
    ),
    "Chinese, with other pictures about": (
        """<img src=/logo.png width=300 height=80 class=logo><img src=/logo.png width=120 height=90>
        <form method=post action=/><input name=q placeholder=搜索><button>搜索</button></form>
        <form method=post action=/><img id=yzm src=/picture width=310 height=80>
        <a href="#" onclick="yzm.src = '/picture?' + Math.random()">看不清？换一张</a>
        <input id=code name=code placeholder=请输入验证码 maxlength=6><button>提交</button></form>""",
        {
            "picture": "#yzm",
            "input": "#code",
            "submit": "form:has(#yzm) button",
            "refresh": 'a[href="#"]',
        },
        ("<p class=cuowu>验证码错误</p>", "<p class=chenggong>验证成功</p>"),
        {"failure": "p.cuowu", "success": "p.chenggong"},
    ),
    "a canvas, a reload link, ids made up anew": (
        """<form method=post action=/ class=check><p>Type the 6 digits of the picture</p>
        <canvas id=c_RANDOM width=310 height=80></canvas>
        <a href="javascript:location.reload()">Reload the picture</a>
        <input id=f_RANDOM type=text autocomplete=off><button type=submit>Check</button></form>
        <script>const image = new Image();
            image.onload = () => document.querySelector("canvas").getContext("2d").drawImage(image, 0, 0);
            image.src = "/picture";</script>""",
        {
            "picture": "canvas",
            "input": 'input[type="text"]',
            "submit": 'button[type="submit"]',
            "refresh": 'a[href="javascript:location.reload()"]',
        },
        ("<p role=alert>Wrong digits, 2 attempts left</p>", "<h2>Thank you</h2>"),
        {"failure": 'p[role="alert"]', "success": 'h2:text-is("Thank you")'},
    ),
    "a box for each digit, shared name": (
        """<form method=post action=/><img alt=captcha src=/picture width=310 height=80>
        <div class=row>"""
        + "<span><input name=digit maxlength=1 size=1></span>" * 6
        + """</div><input type=hidden name=token value=1><button>Verify</button></form>""",
        {
            "picture": 'img[alt="captcha"]',
            "input": "div.row",
            "submit": "button",
        },
        ("<p class=error>Incorrect code</p>", "<p class=success>Correct</p>"),
        {"failure": "p.error", "success": "p.success"},
    ),
}


@pytest.fixture
def form_site(captcha: EllipseCaptcha, png: bytes) -> Iterator[Callable[..., str]]:
    """A site with one form, which knows a wrong answer from ANSWER."""
    from flask import Flask, request
    from waitress import create_server

    with ExitStack() as stack:

        def start(form: str, wrong: str, right: str) -> tuple[str, list[dict[str, str]]]:
            app = Flask(__name__)
            sent: list[dict[str, str]] = []
            made = iter(range(10_000_000, 99_999_999))

            def page(message: str = "") -> str:
                # Here and there, as ids are that a framework makes up.
                body = form.replace("RANDOM", str(next(made)))
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
                sent.append({name: "".join(values) for name, values in fields.items()})
                good = ANSWER in sent[-1].values()
                if "fetch" in form:
                    return right if good else wrong
                return f"<!doctype html><meta charset=utf-8>{right}" if good else page(wrong)

            server = create_server(app, host="127.0.0.1", port=0, threads=8)
            import threading

            thread = threading.Thread(target=server.run, daemon=True)
            thread.start()
            stack.callback(thread.join, 5)
            stack.callback(server.close)
            return f"http://127.0.0.1:{server.effective_port}/", sent

        yield start


@pytest.mark.parametrize("name", FORMS)
def test_other_markup(
    name: str, finder: Finder, form_site: Callable[..., str], tmp_path: Path, reader: Reader
) -> None:
    form, parts, (wrong, right), messages = FORMS[name]
    url, sent = form_site(form, wrong, right)
    found = finder.all(url)
    finder.drawing.write(tmp_path / "found.png")
    print(selectors(found), found.notes, found.found["refresh"])
    assert selectors(found) == parts | messages
    assert found.notes == ()
    config = tmp_path / "config.toml"
    config.write_text(config_text(found, {}))
    assert solve(finder.fresh(), Settings.load(config), reader=reader).solved
