"""`capslice init` finds a captcha by itself, whatever the page, and writes what solves it."""

from __future__ import annotations

import io
import json
import re
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from flask import Flask, request
from PIL import Image
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from capslice import Reader, Settings, new_page, solve
from capslice.agent.discovery import MOST_RIGHT, Drawing, Form, find_form, find_messages
from capslice.agent.discovery.config_text import config_text
from capslice.errors import CaptchaNotFound, ProtectedPage
from capslice.training.mock_page import MockPage, Switches, Variant
from capslice.training.pictures import EllipseCaptcha
from tests.agent.conftest import served
from tests.agent.test_mock_variants import COMBINED, name_of
from tests.commands import command, error_of, run
from tests.conftest import settings_for

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
    """`capslice init` without its command line."""

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


@pytest.mark.parametrize(
    "variant",
    [
        *(Variant(), *COMBINED[::4]),
        *(pytest.param(variant, marks=pytest.mark.slow) for variant in COMBINED[2::4]),
    ],
    ids=name_of,
)
def test_variants_of_the_mock_page(
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
        if variant.verdict != "status":
            expected |= {"success": "#success", "failure": "#failure"}
        if variant.frame:
            expected["frame"] = "#frame"
        if variant.obstacle == "banner":
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
        <input id=code name=code placeholder=请输入验证码 maxlength=6>
        <button>提交</button></form>""",
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
        <input id=f_RANDOM name=f_RANDOM type=text autocomplete=off>
        <button type=submit>Check</button></form>
        <script>const image = new Image();
            const drawing = document.querySelector("canvas").getContext("2d");
            image.onload = () => drawing.drawImage(image, 0, 0);
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

MORE_LANGUAGES = ("German, no ids", "Russian", "Spanish, an input without a form")


@pytest.fixture
def form_site(png: bytes) -> Iterator[Callable[..., str]]:
    """A site with one form, which knows a wrong answer from ANSWER."""
    with ExitStack() as stack:

        def start(form: str, wrong: str, right: str) -> str:
            app = Flask(__name__)
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
                good = ANSWER in ("".join(values) for values in fields.values())
                if "fetch" in form:
                    return right if good else wrong
                return f"<!doctype html><meta charset=utf-8>{right}" if good else page(wrong)

            server = make_server("127.0.0.1", 0, app, threaded=True)
            return stack.enter_context(served(server))

        yield start


@pytest.mark.parametrize(
    "name",
    [pytest.param(each, marks=[pytest.mark.slow] * (each in MORE_LANGUAGES)) for each in FORMS],
)
def test_other_markup(
    name: str, finder: Finder, form_site: Callable[..., str], tmp_path: Path, reader: Reader
) -> None:
    form, parts, (wrong, right), messages = FORMS[name]
    url = form_site(form, wrong, right)
    found = finder.all(url)
    assert selectors(found) == parts | messages
    assert found.notes == ()
    config = tmp_path / "config.toml"
    config.write_text(config_text(found, {}))
    assert solve(finder.fresh(), Settings.load(config), reader=reader).solved


CAPTCHA = "<img src=/picture width=310 height=80 alt=captcha>"


def test_a_login_form_is_not_sent(finder: Finder, form_site: Callable[..., str]) -> None:
    form = f"""<form method=post action=/><img src=/logo.png width=200 height=60 alt="Our logo">
        <label>User name <input name=user></label>
        <label>Password <input name=pass type=password></label>
        <label>Security code <input name=code></label>{CAPTCHA}
        <label><input type=checkbox required name=terms> I agree</label>
        <button>Log in</button> <a href="/register">New user? Register here</a></form>"""
    found = finder.all(form_site(form, "wrong", "right"))
    (note,) = found.notes
    assert "also wants Password, I agree, which is never typed here: nothing was submitted" in note
    assert found.found["failure"].guessed
    assert found.found["success"].guessed
    parts = {name: found.selector(name) for name in ("picture", "input", "submit", "refresh")}
    assert parts == {
        "picture": 'img[alt="captcha"]',
        "input": 'input[name="code"]',
        "submit": "button",
        "refresh": "",
    }
    assert Settings.model_validate(tomllib.loads(config_text(found, {}))).target == found.target


NO_CAPTCHA = {
    "nothing": "<p>Hello</p>",
    "a login form with a logo": """<form><img src=/logo.png width=200 height=60 alt=Company>
        <input name=user placeholder="User name"><input type=password name=pass>
        <button>Log in</button></form>""",
    "a search with pictures": """<img src=/logo.png width=300 height=100 alt="A product">
        <form><input name=q type=search placeholder=Search><button>Search</button></form>""",
    "a code of another kind": """<form><label>Coupon code <input name=coupon></label></form>
        <img src=/logo.png width=200 height=90 alt="photo of an article">""",
}


@pytest.mark.parametrize("name", NO_CAPTCHA)
def test_a_page_without_a_captcha(name: str, finder: Finder, form_site: Callable[..., str]) -> None:
    with pytest.raises(CaptchaNotFound, match="shows no picture captcha") as caught:
        finder.form(form_site(NO_CAPTCHA[name], "", ""))
    assert caught.value.exit_status == 3


def test_a_protected_page_is_declined_by_name(
    finder: Finder, form_site: Callable[..., str]
) -> None:
    widget = "<iframe src='https://www.google.com/recaptcha/api2/anchor'></iframe>"
    form = f"<form method=post action=/>{CAPTCHA}<input name=code><button>Go</button></form>"
    with pytest.raises(ProtectedPage, match="protected by reCAPTCHA"):
        finder.form(form_site(widget + form, "", ""))


@pytest.mark.slow
def test_a_site_that_never_accepts_leaves_a_guess(finder: Finder, captcha: EllipseCaptcha) -> None:
    with MockPage(captcha, Switches(reject_all=True), seed=1) as mock:
        found = finder.all(mock.url)
        assert mock.visits.accepted == 0
        assert mock.visits.rejected == 1 + MOST_RIGHT
    assert found.selector("failure") == "#failure"
    assert found.notes == ("no answer was seen to be accepted: success is a guess",)
    text = config_text(found, {})
    assert "# A guess, which was not seen on the page: correct the selector of success." in text


def test_a_site_that_refuses_is_asked_no_more(finder: Finder, captcha: EllipseCaptcha) -> None:
    with MockPage(captcha, Switches(refuse_with=429), seed=1) as mock:
        found = finder.all(mock.url)
        assert mock.visits.rejected == 1
    assert "429" in found.notes[0]


# The command


def test_the_command_from_end_to_end(captcha: EllipseCaptcha, tmp_path: Path) -> None:
    (tmp_path / "old.toml").write_text("[retries]\nattempts = 7\n[training.fit]\nepochs = 3\n")
    variant = Variant(field="boxes", obstacle="banner")
    with MockPage(captcha, variant=variant, seed=1) as mock:
        given = ("init", mock.url, "--yes", "--config", "old.toml")
        done = run(*given, cwd=tmp_path)
        assert [line.split()[0] for line in done.stdout.splitlines()] == [
            "picture", "input", "submit", "refresh", "dismiss", "failure", "success",
            "captcha-init.png", "config.toml",
        ]  # fmt: skip
        assert json.loads(run("solve", "--json", cwd=tmp_path).stdout)["solved"]
        run("doctor", cwd=tmp_path)
        assert mock.visits.accepted == 2

        before = (tmp_path / "config.toml").read_text()
        done = run(*given, cwd=tmp_path, status=2)
        assert "config.toml is there already: name another --out" in error_of(done)
        assert (tmp_path / "config.toml").read_text() == before
        done = run(
            *given, "--no-submit", "--overwrite", "--json", "--allow",
            "https://staging.example.org", cwd=tmp_path,
        )  # fmt: skip
        assert mock.visits.rejected == 1, "something was submitted"
    assert json.loads(done.stdout)["found"]["dismiss"]["selector"] == "#cookie-accept"
    written = tomllib.loads((tmp_path / "config.toml").read_text())
    assert written["target"]["allowed_origins"] == ["loopback", "https://staging.example.org"]
    assert written["retries"] == {"attempts": 7}
    assert written["training"] == {"fit": {"epochs": 3}}
    with Image.open(tmp_path / "captcha-init.png") as drawn:
        # The outlines of the picture and of the input, among others.
        colours = {colour for _, colour in drawn.getcolors(drawn.width * drawn.height) or []}
    assert {(11, 99, 197), (122, 47, 184)} <= colours


@pytest.mark.parametrize(
    ("answers", "rejected", "written"), [("n\ny\n", 0, True), ("y\nn\n", 1, False)]
)
def test_it_asks(
    answers: str, rejected: int, written: bool, captcha: EllipseCaptcha, tmp_path: Path
) -> None:
    with MockPage(captcha, seed=1) as mock:
        done = subprocess.run(
            command("init", mock.url),
            input=answers, capture_output=True, text=True, cwd=tmp_path, check=True,
        )  # fmt: skip
        assert mock.visits.rejected == rejected
    assert "Submit one wrong answer" in done.stdout
    assert (tmp_path / "config.toml").exists() == written


def test_an_origin_has_to_be_allowed(tmp_path: Path) -> None:
    done = run("init", "http://example.org/", cwd=tmp_path, status=2)
    assert "http://example.org is not an allowed origin" in error_of(done)
    assert "--allow" in error_of(done)


def test_what_may_be_wanted_next_has_its_default(finder: Finder, captcha: EllipseCaptcha) -> None:
    with MockPage(captcha, seed=1) as mock:
        text = config_text(finder.form(mock.url), {})
    live = re.sub(r"^# (\w+ = )", r"\1", text, flags=re.MULTILINE)
    written, defaults = tomllib.loads(live), Settings().model_dump(mode="json")
    for section in ("browser", "retries", "pace"):
        for key, value in written[section].items():
            assert value == defaults[section][key], key
    assert Settings.model_validate(written).model.path == Path("mine.onnx")
