"""The agent on the mock page and on pages that are none, in a real browser."""

from __future__ import annotations

import io
import time
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser

from capslice import Reader, Solution, Verdict, new_page, solve
from capslice.agent.page.sync_captcha_page import SyncCaptchaPage
from capslice.errors import (
    ConfigurationError,
    ElementNotFound,
    NoVerdict,
    OriginNotAllowed,
    PictureNotShown,
    ProtectedPage,
    TargetError,
    TargetRefused,
    TargetUnreachable,
)
from capslice.training.mock_page import MockPage
from capslice.training.pictures import EllipseCaptcha
from capslice.training.pictures.article.ellipses import GREY
from tests.agent.conftest import Answer, Site
from tests.conftest import settings_for

Serve = Callable[..., MockPage]
Solve = Callable[..., Solution]
Visit = Callable[..., SyncCaptchaPage]
Start = Callable[..., Site]


def test_first_try(serve: Serve, solve_at: Solve) -> None:
    page = serve()
    solution = solve_at(page.url)
    assert solution.solved
    assert solution.url == page.url + "welcome"
    (attempt,) = solution.attempts
    assert attempt.verdict is Verdict.ACCEPTED
    assert (page.visits.pages, page.visits.accepted, page.visits.rejected) == (1, 1, 0)


def test_two_rejections_two_fresh_captchas(serve: Serve, solve_at: Solve) -> None:
    page = serve(reject_first=2)
    solution = solve_at(page.url)
    verdicts = [attempt.verdict for attempt in solution.attempts]
    assert verdicts == [Verdict.REJECTED, Verdict.REJECTED, Verdict.ACCEPTED]
    assert len({attempt.text for attempt in solution.attempts}) == 3, "not a fresh captcha"
    # One form at first; after each rejection the one with the message, and the one asked for.
    assert page.visits.pages == 1 + 2 + 2
    assert (page.visits.accepted, page.visits.rejected) == (1, 2)


def test_an_empty_refresh_selector_opens_the_page_anew(serve: Serve, solve_at: Solve) -> None:
    page = serve(reject_first=1)
    solution = solve_at(page.url, target={"selectors": {"refresh": ""}})
    assert solution.solved
    assert len(solution.attempts) == 2


def test_it_stops_after_the_configured_attempts(serve: Serve, solve_at: Solve) -> None:
    page = serve(reject_all=True)
    solution = solve_at(page.url, retries={"attempts": 3})
    assert not solution.solved
    assert page.visits.rejected == len(solution.attempts) == 3
    assert solution.as_json()["solved"] is False


def test_it_stops_when_the_time_is_used_up(serve: Serve, solve_at: Solve) -> None:
    page = serve(reject_all=True)
    retries = {"attempts": 1000, "total": 0.001}
    assert len(solve_at(page.url, retries=retries).attempts) == 1


def test_a_reading_that_is_too_unsure_is_not_typed(serve: Serve, solve_at: Solve) -> None:
    page = serve()
    solution = solve_at(page.url, model={"min_confidence": 0.9999999999})
    assert not solution.solved
    assert {attempt.verdict for attempt in solution.attempts} == {Verdict.UNSURE}
    assert len(solution.attempts) == 5
    assert (page.visits.accepted, page.visits.rejected) == (0, 0)
    assert page.visits.pictures == 5
    assert "0 answers rejected, 5 captchas too unsure to answer" in str(solution)


class BlankFirst(EllipseCaptcha):
    """Shows nothing at first, and then captchas."""

    def __init__(self) -> None:
        super().__init__()
        object.__setattr__(self, "blanks", iter([Image.new("L", self.size, GREY)]))

    def draw(self, text: str, rng: np.random.Generator) -> Image.Image:
        return next(self.blanks, None) or super().draw(text, rng)


def test_a_fresh_captcha_takes_the_place_of_an_unsure_one(solve_at: Solve) -> None:
    with MockPage(BlankFirst()) as page:
        solution = solve_at(page.url)
    assert solution.solved
    verdicts = [attempt.verdict for attempt in solution.attempts]
    assert verdicts == [Verdict.UNSURE, Verdict.ACCEPTED]
    assert (page.visits.pictures, page.visits.rejected) == (2, 0)


@pytest.mark.parametrize("switches", [{"picture_delay": 0.7}, {"verdict_delay": 0.7}])
def test_a_slow_page(switches: dict[str, float], serve: Serve, solve_at: Solve) -> None:
    assert solve_at(serve(**switches).url).solved


def test_it_says_who_it_is(serve: Serve, browser: Browser, reader: Reader) -> None:
    page = serve()
    ours = new_page(browser)
    solve(ours, settings_for(page.url), reader=reader)
    (user_agent,) = page.visits.user_agents
    assert user_agent.count("capslice/") == 1
    assert ours.evaluate("navigator.webdriver") is True, "automation is not hidden"
    ours.context.close()


@pytest.mark.parametrize("status", [403, 429])
def test_told_no_it_stops(status: int, serve: Serve, solve_at: Solve) -> None:
    page = serve(refuse_with=status)
    with pytest.raises(TargetRefused, match=str(status)):
        solve_at(page.url)
    assert page.visits.pages == 1
    assert page.visits.rejected == 1, "it asked again"


def test_broken_pictures_are_tried_again_then_named(serve: Serve, solve_at: Solve) -> None:
    page = serve(broken_pictures=True)
    with pytest.raises(PictureNotShown, match="cannot be decoded"):
        solve_at(page.url, retries={"faults": 3})
    assert page.visits.pages == 3 + 1
    assert page.visits.rejected == page.visits.accepted == 0


def test_no_verdict_is_an_error_of_its_own(serve: Serve, solve_at: Solve) -> None:
    page = serve()
    selectors = {"success": "#nothing", "failure": "#nothing"}
    with pytest.raises(NoVerdict, match=r"selectors\.success '#nothing'; sel"):
        solve_at(page.url, 1, target={"selectors": selectors}, retries={"faults": 0})


@pytest.mark.parametrize("name", ["input", "submit", "refresh"])
def test_a_wrong_selector_is_named(name: str, serve: Serve, solve_at: Solve) -> None:
    page = serve(reject_first=1)
    with pytest.raises(ElementNotFound, match=rf"selectors\.{name} '#nothing'"):
        solve_at(page.url, 2, target={"selectors": {name: "#nothing"}})


def test_nothing_answers(solve_at: Solve, captcha: EllipseCaptcha) -> None:
    with MockPage(captcha) as page:
        url = page.url
    with pytest.raises(TargetUnreachable, match="does not answer"):
        solve_at(url, retries={"total": 3600, "first_wait": 3600, "longest_wait": 3600})


@pytest.mark.parametrize(("status", "kind"), [(500, TargetUnreachable), (404, TargetError)])
def test_an_error_page(status: int, kind: type[TargetError], solve_at: Solve, site: Start) -> None:
    there = site({"/": Answer(b"sorry", status)})
    with pytest.raises(kind, match=str(status)):
        solve_at(there.url)


def test_an_origin_that_is_not_allowed_gets_no_request(solve_at: Solve, site: Start) -> None:
    there = site({"/": Answer(b"hello")})
    with pytest.raises(OriginNotAllowed, match=r"target\.allowed_origins"):
        solve_at(there.url, target={"allowed_origins": ["https://staging.example.org"]})
    assert there.log == []


FORM = """<form action="{action}" method="post"><input id="answer"><button id="submit">go</button>
</form><a id="refresh" href="{action}">another</a>"""


@pytest.mark.parametrize("way", ["submit", "refresh"])
def test_a_form_or_link_that_leads_elsewhere_is_stopped(
    way: str, visit: Visit, site: Start
) -> None:
    elsewhere = site({"/": Answer(b"gotcha")})
    here = site({"/": Answer(FORM.format(action=elsewhere.url).encode())})
    captcha_page = visit(here.url, allowed_origins=[here.url.rstrip("/")])
    captcha_page.open()
    started = time.monotonic()
    with pytest.raises(OriginNotAllowed):
        if way == "submit":
            captcha_page.answer("234568")
            captcha_page.submit()
            captcha_page.verdict()
        else:
            captcha_page.refresh()
    assert elsewhere.log == []
    assert time.monotonic() - started < captcha_page.coroutines.timeout, "it waited for what cannot come"


def test_a_redirect_elsewhere_ends_the_run(visit: Visit, site: Start) -> None:
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
def test_protection_services_are_declined_by_name(
    html: str, service: str, visit: Visit, site: Start
) -> None:
    there = site({"/": Answer((html + FORM.format(action="/")).encode())})
    captcha_page = visit(there.url)
    # Nothing outside this machine is asked for, not even by a test.
    captcha_page.page.route("https://**", lambda route: route.abort())
    with pytest.raises(ProtectedPage, match=service):
        captcha_page.open()


LATE = """<button id="go">go</button><script>
go.onclick = () => {
    const frame = document.createElement("iframe");
    frame.src = "https://newassets.hcaptcha.com/captcha/v1/frame.html";
    document.body.append(frame);
};
</script>"""


def test_a_frame_of_such_a_service_that_comes_late(visit: Visit, site: Start) -> None:
    captcha_page = visit(site({"/": Answer(LATE.encode())}).url)
    captcha_page.open()
    captcha_page.coroutines.timeout = 1
    captcha_page.page.click("#go")
    # The picture is not there, but that is not what matters.
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
def test_a_message_that_stands_there_already_is_no_verdict(
    hidden: str, visit: Visit, site: Start
) -> None:
    there = site({"/": Answer(IN_PLACE.format(hidden=hidden).encode())})
    captcha_page = visit(there.url)
    captcha_page.open()
    for expected in (Verdict.REJECTED, Verdict.ACCEPTED):
        captcha_page.answer("234568")
        captcha_page.submit()
        assert captcha_page.verdict() is expected


REFRESHED_BY_SCRIPT = """<img id="captcha" src="/first.png"><a id="refresh" href="#">another</a>
<script>
document.querySelector("#refresh").onclick = () => setTimeout(() => {
    document.querySelector("#captcha").src = "/second.png";
}, 100);
</script>"""


def test_a_refresh_in_place_brings_the_fresh_picture(
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
        taken = reader.decode(captcha_page.picture(), "taken")
        assert np.array_equal(taken, reader.decode(answers[f"/{name}.png"].body, "served"))
        if name == "first":
            captcha_page.refresh()


PAINTED_ANEW = """<canvas id="captcha"></canvas><a id="refresh" href="#">another</a>
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


def test_a_canvas_that_is_painted_anew_is_a_fresh_picture(visit: Visit, site: Start) -> None:
    captcha_page = visit(site({"/": Answer(PAINTED_ANEW.encode())}).url)
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
def test_a_canvas_of_another_kind_is_not_waited_for(script: str, visit: Visit, site: Start) -> None:
    html = f"<canvas id=captcha></canvas><script>const canvas = captcha; {script}</script>"
    captcha_page = visit(site({"/": Answer(html.encode())}).url)
    captcha_page.open()
    captcha_page.coroutines.timeout = 2
    assert captcha_page.picture().startswith(b"\x89PNG")


def test_a_refresh_that_brings_nothing(visit: Visit, site: Start) -> None:
    html = PAINTED_ANEW.replace("setTimeout(paint, 100)", "0").encode()
    captcha_page = visit(site({"/": Answer(html)}).url)
    captcha_page.open()
    captcha_page.coroutines.timeout = 1
    captcha_page.picture()
    with pytest.raises(PictureNotShown, match="brought no fresh picture"):
        captcha_page.refresh()


def test_not_a_selector(visit: Visit, site: Start) -> None:
    captcha_page = visit(site({"/": Answer(b"")}).url, selectors={"picture": "#[["})
    captcha_page.open()
    with pytest.raises(ConfigurationError, match="not a selector"):
        captcha_page.picture()


@pytest.mark.slow
def test_100_in_a_row(serve: Serve, browser: Browser, reader: Reader) -> None:
    page = serve()
    ours = new_page(browser)
    for _ in range(100):
        ours.goto(page.url)
        assert solve(ours, settings_for(page.url), reader=reader).solved
    assert page.visits.accepted == 100
    ours.context.close()
