"""What forms say about answers: length, characters and case, and whether they are sums."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from capslice.agent.discovery.answer_hints import Clues, Hints, find_hints, hints
from capslice.training.mock_page import MockPage, Variant
from capslice.training.pictures import EllipseCaptcha
from tests.agent.conftest import Answer, Site
from tests.agent.discovery.conftest import Finder

NOTHING: dict[str, str] = {}
SIX_DIGITS = {"length": "6", "characters": "0-9"}

TEXTS = {
    "Enter the six digits": SIX_DIGITS,
    "6-digit code": SIX_DIGITS,
    "Type the 5 letters": {"length": "5", "characters": "A-Za-z"},
    "The 4 to 6 characters, not case sensitive": {"length": "4-6", "case": "fold"},
    "Six random letters and digits": {"length": "6", "characters": "0-9A-Za-z"},
    "solve: ": {"answer": "sum"},
    "What is the sum of these 2 numbers?": {"answer": "sum"},
    "Bitte die 5 Zeichen abtippen. Groß- und Kleinschreibung spielt keine Rolle": {
        "length": "5",
        "case": "fold",
    },
    "Sechsstelliger Zahlencode": SIX_DIGITS,
    "Introduzca los cuatro dígitos": {"length": "4", "characters": "0-9"},
    "Les 4 à 6 lettres, insensible à la casse": {
        "length": "4-6",
        "characters": "A-Za-z",
        "case": "fold",
    },
    "Inserisci i cinque caratteri": {"length": "5"},
    "Digite os 5 caracteres (não diferencia maiúsculas)": {"length": "5", "case": "fold"},
    "Введите шесть цифр": SIX_DIGITS,
    "Решите пример": {"answer": "sum"},
    "Przepisz pięć znaków": {"length": "5"},
    "4文字、大文字と小文字は区別しません": {"length": "4", "case": "fold"},
    "请输入六位数字": SIX_DIGITS,
    "请输入4到6个字符，不区分大小写": {"length": "4-6", "case": "fold"},
    # Half known, or something else.
    "Type the letters": NOTHING,
    "Type the code": NOTHING,
    "At least 6 characters": NOTHING,
    "Characters and digits": NOTHING,
    "3 letters, then 3 digits": {"characters": "0-9A-Za-z"},
    "4 letters, or 6 letters": NOTHING,
    "Attempt 2 of 5": NOTHING,
    "40 digits": {"characters": "0-9"},
    "Solve the captcha": NOTHING,
}
# Forms, each with what they say.
FIELDS = {
    '<input pattern="[A-Z0-9]{4,6}">': {
        "length": "4-6",
        "characters": "0-9A-Z",
        "case": "upper",
    },
    r'<input pattern="\d{6}">': SIX_DIGITS,
    '<input maxlength="6">': {"length": "1-6"},
    '<input maxlength="20">': NOTHING,
    '<input minlength="4" maxlength="6">': {"length": "4-6"},
    '<input maxlength="8" placeholder="5 characters">': {"length": "5"},
    '<input maxlength="4" placeholder="5 characters">': {"length": "1-4"},
    '<input minlength="4">': NOTHING,
    "<input inputmode=numeric>": {"characters": "0-9"},
    "<input type=number>": {"characters": "0-9"},
    '<input style="text-transform: uppercase">': {"case": "upper"},
    "<input autocapitalize=characters>": {"case": "upper"},
    "<input autocapitalize=off>": NOTHING,
    "<input autocapitalize=characters inputmode=numeric>": {"characters": "0-9"},
    '<input pattern="(?=x).{4}" maxlength="50">': NOTHING,
    '<input inputmode=numeric maxlength="3" placeholder="What is the sum?">': {"answer": "sum"},
    "<input aria-describedby=more><p id=more>Five characters</p>": {"length": "5"},
    "<div class=row>" + "<input maxlength=1>" * 5 + "</div>": {"length": "5"},
}


@pytest.mark.parametrize("text", TEXTS)
def test_texts(text: str) -> None:
    clues = Clues(
        count=1, most=0, fewest=0, pattern="", numeric=False, transform="none", capitals=False,
        text=text,
    )  # fmt: skip
    assert hints(clues).values == TEXTS[text]


@pytest.mark.parametrize("form", FIELDS)
def test_fields(form: str, site: Callable[..., Site], finder: Finder) -> None:
    page = finder.new_session()
    page.goto(site({"/": Answer(form.encode())}).url)
    rows = page.locator(".row")
    found = find_hints(rows if rows.count() else page.locator("input"))
    assert found.values == FIELDS[form]
    assert found.reasons.keys() == found.values.keys()
    assert all(found.reasons.values())


@pytest.mark.parametrize("field", ["one", "maxlength", "boxes"])
def test_the_mock_page(field: str, captcha: EllipseCaptcha, finder: Finder) -> None:
    page = finder.new_session()
    with MockPage(captcha, variant=Variant(field=field), seed=1) as mock:  # type: ignore[arg-type]
        page.goto(mock.url)
        assert find_hints(page.locator("#answer")).values == SIX_DIGITS


def test_no_field_says_nothing(finder: Finder) -> None:
    assert find_hints(finder.new_session().locator("input")) == Hints()
