"""The answer is typed into one field or several boxes, whatever the selector matches."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from capslice.agent.page.sync_captcha_page import SyncCaptchaPage
from capslice.errors import ElementNotFound
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
