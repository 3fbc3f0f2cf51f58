"""The captcha page: refreshed pictures, verdicts, and pages that it must not use."""

from __future__ import annotations

import io
import time
from collections.abc import Callable

import numpy as np
import pytest

from capslice import Reader, Verdict
from capslice.agent.page.sync_captcha_page import SyncCaptchaPage
from capslice.errors import (
    ConfigurationError,
    OriginNotAllowed,
    PictureNotShown,
    ProtectedPage,
)
from capslice.training.pictures import EllipseCaptcha
from tests.agent.conftest import Answer, Site

Visit = Callable[..., SyncCaptchaPage]
Start = Callable[..., Site]


FORM = """<form action="{action}" method="post"><input id="answer"><button id="submit">go</button>
</form><a id="refresh" href="{action}">another</a>"""


@pytest.mark.parametrize("way", ["submit", "refresh"])
def test_a_form_or_link_to_a_foreign_origin_is_blocked(way: str, visit: Visit, site: Start) -> None:
    elsewhere = site({"/": Answer(b"gotcha")})
    here = site({"/": Answer(FORM.format(action=elsewhere.url).encode())})
    captcha_page = visit(here.url, allowed_origins=[here.url.rstrip("/")])
    captcha_page.open()
    started = time.monotonic()
    with pytest.raises(OriginNotAllowed):
        if way == "submit":
            captcha_page.type_answer("234568")
            captcha_page.submit()
            captcha_page.verdict()
        else:
            captcha_page.refresh()
    assert elsewhere.log == []
    seconds = time.monotonic() - started
    assert seconds < captcha_page.coroutines.timeout, "it waited for a page that cannot come"


def test_a_redirect_to_a_foreign_origin_ends_the_run(visit: Visit, site: Start) -> None:
    elsewhere = site({"/": Answer(b"gotcha")})
    here = site({"/": Answer(status=302, location=elsewhere.url)})
    captcha_page = visit(here.url, allowed_origins=[here.url.rstrip("/")])
    with pytest.raises(OriginNotAllowed):
        captcha_page.open()
    assert elsewhere.log == []


@pytest.mark.parametrize(
    ("html", "service"),
    [
        ('<script src="https://www.google.com/recaptcha/api.js"></script>', "reCAPTCHA"),
        ('<script src="https://js.hcaptcha.com/1/api.js"></script>', "hCaptcha"),
        ('<iframe src="https://challenges.cloudflare.com/x"></iframe>', "Turnstile"),
    ],
)
def test_the_error_names_the_protection_service(
    html: str, service: str, visit: Visit, site: Start
) -> None:
    there = site({"/": Answer((html + FORM.format(action="/")).encode())})
    captcha_page = visit(there.url)
    # The test sends no request to another machine.
    captcha_page.page.route("https://**", lambda route: route.abort())
    with pytest.raises(ProtectedPage, match=service):
        captcha_page.open()


LATE_FRAME = """<button id="go">go</button><script>
go.onclick = () => {
    const frame = document.createElement("iframe");
    frame.src = "https://newassets.hcaptcha.com/captcha/v1/frame.html";
    document.body.append(frame);
};
</script>"""


def test_a_protection_service_in_a_frame_that_comes_late(visit: Visit, site: Start) -> None:
    captcha_page = visit(site({"/": Answer(LATE_FRAME.encode())}).url)
    captcha_page.open()
    captcha_page.page.click("#go")
    captcha_page.coroutines.timeout = 3
    # The picture is missing too, but the service is the more important reason.
    with pytest.raises(ProtectedPage, match="hCaptcha"):
        captcha_page.picture()
    with pytest.raises(ProtectedPage, match="hCaptcha"):
        captcha_page.verdict()


IN_PLACE = """<img id="captcha"><input id="answer"><button id="submit">go</button>
<p id="failure" {hidden}>wrong</p><p id="success" hidden>right</p>
<script>
let answers = 0;
document.querySelector("#submit").onclick = () => setTimeout(() => {{
    answers += 1;
    document.querySelector("#failure").hidden = answers > 1;
    document.querySelector("#failure").textContent = "wrong again";
    document.querySelector("#success").hidden = answers < 2;
}}, 100);
</script>"""


@pytest.mark.parametrize("hidden", ["", "hidden"])
def test_a_message_that_was_there_before_is_no_verdict(
    hidden: str, visit: Visit, site: Start
) -> None:
    there = site({"/": Answer(IN_PLACE.format(hidden=hidden).encode())})
    captcha_page = visit(there.url)
    captcha_page.open()
    for expected in (Verdict.REJECTED, Verdict.ACCEPTED):
        captcha_page.type_answer("234568")
        captcha_page.submit()
        assert captcha_page.verdict() is expected


REFRESHED_BY_SCRIPT = """<img id="captcha" src="/first.png"><a id="refresh" href="#">another</a>
<script>
document.querySelector("#refresh").onclick = () => setTimeout(() => {
    document.querySelector("#captcha").src = "/second.png";
}, 100);
</script>"""


def test_a_refresh_in_place_returns_the_fresh_picture(
    visit: Visit, site: Start, captcha: EllipseCaptcha, rng: np.random.Generator
) -> None:
    answers = {"/": Answer(REFRESHED_BY_SCRIPT.encode())}
    for name in ("first", "second"):
        png = io.BytesIO()
        captcha.draw(captcha.random_text(rng), rng).save(png, "PNG")
        answers[f"/{name}.png"] = Answer(png.getvalue(), kind="image/png")
    captcha_page = visit(site(answers).url)
    captcha_page.open()
    reader = Reader()
    for name in ("first", "second"):
        picture = reader.decode(captcha_page.picture(), "screenshot")
        assert np.array_equal(picture, reader.decode(answers[f"/{name}.png"].body, "served"))
        if name == "first":
            captcha_page.refresh()


REPAINTED = """<canvas id="captcha"></canvas><a id="refresh" href="#">another</a>
<script>
let painted = 0;
const paint = () => {
    const pen = document.querySelector("#captcha").getContext("2d");
    pen.fillRect(10 * painted, 0, 5, 5);
    painted += 1;
};
paint();
document.querySelector("#refresh").onclick = () => setTimeout(paint, 100);
</script>"""


def test_a_repainted_canvas_is_a_fresh_picture(visit: Visit, site: Start) -> None:
    captcha_page = visit(site({"/": Answer(REPAINTED.encode())}).url)
    captcha_page.open()
    pictures = []
    for _ in range(3):
        pictures.append(captcha_page.picture())
        captcha_page.refresh()
    assert len(set(pictures)) == 3


@pytest.mark.parametrize(
    "script",
    [
        'const pen = canvas.getContext("webgl"); pen.clearColor(1, 0, 0, 1); '
        "pen.clear(pen.COLOR_BUFFER_BIT);",
        "canvas.transferControlToOffscreen();",
    ],
)
def test_the_agent_does_not_wait_for_a_canvas_that_is_not_2d(
    script: str, visit: Visit, site: Start
) -> None:
    html = f"<canvas id=captcha></canvas><script>const canvas = captcha; {script}</script>"
    captcha_page = visit(site({"/": Answer(html.encode())}).url)
    captcha_page.open()
    captcha_page.coroutines.timeout = 2
    assert captcha_page.picture().startswith(b"\x89PNG")


def test_a_refresh_that_changes_nothing_is_an_error(visit: Visit, site: Start) -> None:
    html = REPAINTED.replace("setTimeout(paint, 100)", "0").encode()
    captcha_page = visit(site({"/": Answer(html)}).url)
    captcha_page.open()
    captcha_page.coroutines.timeout = 1
    captcha_page.picture()
    with pytest.raises(PictureNotShown, match="brought no fresh picture"):
        captcha_page.refresh()


def test_an_invalid_selector_is_an_error(visit: Visit, site: Start) -> None:
    captcha_page = visit(site({"/": Answer(b"")}).url, selectors={"picture": "#[["})
    captcha_page.open()
    with pytest.raises(ConfigurationError, match="is invalid"):
        captcha_page.picture()
