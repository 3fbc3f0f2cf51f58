"""A verdict that the page shows only for a moment: a toast, an alert, a page on the way."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from capslice import Verdict
from capslice.agent.page.sync_captcha_page import SyncCaptchaPage
from capslice.errors import ConfigurationError
from tests.agent.conftest import Answer, Site

Visit = Callable[..., SyncCaptchaPage]
Start = Callable[..., Site]

FORM = "<input id=answer name=answer><button id=submit>go</button>"
POST = "<form method=post action=/check>" + FORM + "</form>"
BY_SCRIPT = FORM + "<script>submit.onclick = () => setTimeout(() => {{ {script} }}, 50);</script>"
TOAST = """const toast = document.createElement("p"); toast.id = "{name}"; toast.textContent = "x";
document.body.append(toast); setTimeout(() => toast.remove(), 1000)"""
ON = "<script>{script}</script>on the way"
HOME = Answer(b"<h1>Home</h1>")

# How each page tells a verdict, and the selector that names it.
SHOWN = {
    "toast": ({"/": TOAST}, "#{name}"),
    "alert": ({"/": "alert('Answer: {name}!')"}, "alert={name}"),
    "alert, then a new page": ({"/": "alert('{name}'); location = '/home'"}, "alert={name}"),
    "alert on a page on the way": (
        {"/": "location = '/way'", "/way": "alert('{name}'); location = '/home'"},
        "alert={name}",
    ),
    "a page on the way": (
        {"/": "location = '/way?{name}'", "/way": "location.replace('/home')"},
        "address=/way?{name}",
    ),
    "an address without a page": (
        {"/": "history.pushState({{}}, '', '/{name}'); history.pushState({{}}, '', '/')"},
        "address=/{name}",
    ),
    "two redirects": ({"/": None, "/check": "/{name}", "/{name}": "/home"}, "address=/{name}"),
    "a part with anything in it": ({"/": None, "/check": "/x/{name}"}, "address=/*/{name}"),
    "cookie": ({"/": None, "/check": "{name}=1; Path=/"}, "cookie={name}="),
    "download": ({"/": None, "/check": "attachment; filename={name}.pdf"}, "download={name}"),
    "class of the field": ({"/": "answer.className = '{name}'"}, "#answer.{name}"),
    "attribute of the field": (
        {"/": "answer.setAttribute('aria-invalid', '{name}')"},
        "#answer[aria-invalid='{name}']",
    ),
    "style of the field": (
        {"/": "answer.style.setProperty('--{name}', 'red')"},
        "#answer[style*='{name}']",
    ),
}


def serve(site: Start, pages: dict[str, str | None], name: str) -> Site:
    """A site whose pages run these scripts, redirect to these addresses, or have these headers."""
    answers = {"/home": HOME}
    for path, content in pages.items():
        text = (content or "").format(name=name)
        script = BY_SCRIPT.format(script=text) if path == "/" else ON.format(script=text)
        page = Answer(script.encode())
        if text.startswith("/"):
            page = Answer(status=303, location=text)
        elif "; Path" in text:
            page = Answer(headers={"Set-Cookie": text})
        elif text.startswith("attachment"):
            page = Answer(headers={"Content-Disposition": text})
        answers[path.format(name=name)] = page if content else Answer(POST.encode())
    return site(answers)


@pytest.mark.parametrize("verdict", [Verdict.ACCEPTED, Verdict.REJECTED])
@pytest.mark.parametrize("way", SHOWN)
def test_a_moment_is_a_verdict(way: str, verdict: Verdict, visit: Visit, site: Start) -> None:
    pages, selector = SHOWN[way]
    there = serve(site, pages, verdict.value)
    names = {"success": Verdict.ACCEPTED.value, "failure": Verdict.REJECTED.value}
    selectors = {key: selector.format(name=name) for key, name in names.items()}
    captcha_page = visit(there.url, selectors={"refresh": "", **selectors})
    captcha_page.open()
    captcha_page.type_answer("234568")
    captcha_page.submit()
    assert captcha_page.verdict() is verdict


def test_a_moment_before_the_submit_is_no_verdict(visit: Visit, site: Start) -> None:
    early = "<script>history.pushState(0, '', '/right'); history.pushState(0, '', '/')</script>"
    early += "<script>alert('right')</script>"
    wrong = BY_SCRIPT.format(script=TOAST.format(name="failure"))
    there = site({"/": Answer((wrong + early).encode())})
    for success in ("alert=right", "address=/right"):
        captcha_page = visit(there.url, selectors={"success": success})
        captcha_page.open()
        captcha_page.type_answer("234568")
        captcha_page.submit()
        assert captcha_page.verdict() is Verdict.REJECTED


def test_an_address_that_the_form_has_cannot_be_success(visit: Visit, site: Start) -> None:
    captcha_page = visit(site({"/": Answer(POST.encode())}).url, selectors={"success": "address=/"})
    captcha_page.open()
    with pytest.raises(ConfigurationError, match="before an answer is submitted"):
        captcha_page.check_success_is_hidden()


def test_a_status_without_a_page_is_a_verdict(visit: Visit, site: Start) -> None:
    there = site({"/": Answer(POST.encode()), "/check": Answer(status=204)})
    captcha_page = visit(
        there.url, selectors={"success": "", "refresh": ""}, statuses={"accepted": [204]}
    )
    captcha_page.open()
    captcha_page.type_answer("234568")
    captcha_page.submit()
    assert captcha_page.verdict() is Verdict.ACCEPTED
