"""The answer is typed into one field or several boxes, whatever the selector matches."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from capslice.agent.page.sync_captcha_page import SyncCaptchaPage
from capslice.errors import ElementDisabled, ElementNotFound
from tests.agent.conftest import Answer, Site

BOXES = "<input maxlength=1>" * 6
LATE_FIELD = "setTimeout(() => document.body.innerHTML = '<input id=answer>', 300)"
VALUES = "[...document.querySelectorAll('input, textarea')].map(field => field.value)"


@pytest.mark.parametrize(
    ("form", "typed"),
    [
        ("<input id=answer>", ["234568"]),
        ("<textarea id=answer></textarea>", ["234568"]),
        ("<input id=answer maxlength=4>", ["2345"]),
        ("<p id=answer><input></p>", ["234568"]),
        (f"<p id=answer>{BOXES}</p>", list("234568")),
        (f"{BOXES}".replace("<input", "<input id=answer"), list("234568")),
        (f"<p id=answer>{BOXES}<input></p>", [*"234568", ""]),
        ("<p id=answer><input maxlength=1><input maxlength=1></p>", ["2", "3"]),
        (f"<body><script>{LATE_FIELD}</script>", ["234568"]),
        ("<input id=answer value=old>", ["234568"]),
        ("<input id=answer readonly onfocus='this.readOnly = false'>", ["234568"]),
        ("<input id=answer readonly onclick='this.readOnly = false'>", ["234568"]),
        (
            "<input id=answer disabled><script>setTimeout(() => answer.disabled = 0, 300)</script>",
            ["234568"],
        ),
        ("<input id=answer onkeyup='this.nextSibling.value += event.key'><input>", ["234568"] * 2),
        (
            f"<p id=answer>{BOXES}</p><script>answer.oninput = event =>"
            " event.target.nextSibling?.focus()</script>",
            list("234568"),
        ),
    ],
)
def test_the_answer_is_typed_into(
    form: str, typed: list[str], visit: Callable[..., SyncCaptchaPage], site: Callable[..., Site]
) -> None:
    captcha_page = visit(site({"/": Answer(f"<!doctype html>{form}".encode())}).url)
    captcha_page.open()
    captcha_page.type_answer("234568")
    assert captcha_page.page.evaluate(VALUES) == typed


def test_a_missing_field_is_an_error(
    visit: Callable[..., SyncCaptchaPage], site: Callable[..., Site]
) -> None:
    captcha_page = visit(site({"/": Answer(b"<p>nothing here")}).url)
    captcha_page.open()
    captcha_page.coroutines.timeout = 0.5
    with pytest.raises(ElementNotFound, match=r"selectors\.input '#answer' matches nothing"):
        captcha_page.type_answer("234568")


SENT = "<script>const sent = () => document.title = answer.value ?? answer.textContent</script>"
MASK = "this.value = this.value.toUpperCase().replace(/^(\\w{3})(\\w)/, '$1-$2')"


@pytest.mark.parametrize(
    ("form", "submit", "sent"),
    [
        ("<input id=answer><button id=submit onclick=sent()>", "#submit", "ab34cd"),
        (
            f'<input id=answer oninput="{MASK}"><button id=submit onclick=sent()>',
            "#submit",
            "AB3-4CD",
        ),
        (
            "<input id=answer onkeyup='submit.disabled = false'>"
            "<button id=submit disabled onclick=sent()>",
            "#submit",
            "ab34cd",
        ),
        (
            "<input id=answer onchange='submit.disabled = false'>"
            "<button id=submit disabled onclick=sent()>",
            "#submit",
            "ab34cd",
        ),
        (
            "<p id=answer contenteditable>old</p><button id=submit onclick=sent()>",
            "#submit",
            "ab34cd",
        ),
        ("<input id=answer oninput='this.value.length == 6 && sent()'>", "auto", "ab34cd"),
        ("<input id=answer onkeydown='event.key == \"Enter\" && sent()'>", "", "ab34cd"),
    ],
)
def test_the_answer_is_sent(
    form: str,
    submit: str,
    sent: str,
    visit: Callable[..., SyncCaptchaPage],
    site: Callable[..., Site],
) -> None:
    there = site({"/": Answer(f"<!doctype html>{SENT}{form}".encode())})
    captcha_page = visit(there.url, selectors={"submit": submit})
    captcha_page.open()
    captcha_page.type_answer("ab34cd")
    assert captcha_page.page.title() == ""
    captcha_page.submit()
    captcha_page.page.wait_for_function("document.title")
    assert captcha_page.page.title() == sent


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ("<input id=answer disabled>", "selectors.input '#answer' .* is still disabled"),
        ("<input id=answer readonly>", "selectors.input '#answer' .* is still read-only"),
        ("<input id=answer><button id=submit disabled>", "selectors.submit .* is still disabled"),
    ],
)
def test_what_cannot_be_used_is_an_error(
    form: str, message: str, visit: Callable[..., SyncCaptchaPage], site: Callable[..., Site]
) -> None:
    captcha_page = visit(site({"/": Answer(f"<!doctype html>{form}".encode())}).url)
    captcha_page.open()
    captcha_page.coroutines.timeout = 1
    with pytest.raises(ElementDisabled, match=message):
        captcha_page.type_answer("234568")
        captcha_page.submit()
