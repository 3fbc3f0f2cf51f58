"""`capslice init` finds captchas that are shown late, deep, large, small, or without any words."""

from __future__ import annotations

import tomllib
from collections.abc import Callable

import pytest

from capslice import Settings
from capslice.agent.discovery.config_text import config_text
from tests.agent.conftest import Answer, Site
from tests.agent.discovery.conftest import Finder

FORM = """<form method=post action=/check>
<img id=bild src=/picture width={w} height={h} alt="{alt}">
<input id=feld name=feld><button>Ok</button></form>"""
PLAIN = FORM.format(w=310, h=80, alt="captcha")
OBJECT = "<object id=bild title=captcha data=/picture width=310 height=80></object><i title"
ROW = "".join(f"<img src=/picture?{n} width=30 height=40>" for n in range(6))
LATE = "<div id=later></div><script>setTimeout(() => later.innerHTML = `{}`, 1500)</script>"
CHECKING = "<p>Checking your browser</p><script>setTimeout(() => location = '/form', 1500)</script>"

# The page, what init finds, and other documents.
PAGES: dict[str, tuple[str, dict[str, str], dict[str, str]]] = {
    "no words": (FORM.format(w=310, h=80, alt=""), {}, {}),
    "large": (FORM.format(w=640, h=160, alt="captcha"), {}, {}),
    "small": (FORM.format(w=48, h=16, alt="captcha"), {}, {}),
    "late": (LATE.format(PLAIN), {}, {}),
    "behind a page that checks the browser": (CHECKING, {}, {"/form": PLAIN}),
    "a row of images": (
        f"<form><p id=bild>{ROW}</p>Captcha: <input id=feld><button>Ok</button></form>", {}, {},
    ),
    "embed": (PLAIN.replace("<img", "<embed"), {}, {}),
    "object": (PLAIN.replace("<img id=bild src", OBJECT), {}, {}),
    "nested frames": (
        "<iframe id=outer src=/outer width=600 height=400></iframe>",
        {"frame": "#outer >>> #inner"},
        {"/outer": "<iframe id=inner src=/inner width=500 height=300></iframe>", "/inner": PLAIN},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
def test_the_captcha_is_found(
    name: str, finder: Finder, site: Callable[..., Site], png: bytes
) -> None:
    html, parts, others = PAGES[name]
    documents = {"/": html, **others}
    answers = {path: Answer(f"<!doctype html>{text}".encode()) for path, text in documents.items()}
    there = site({**answers, "/picture": Answer(png, kind="image/png")})
    found = finder.form(there.url)
    expected = {"picture": "#bild", "input": "#feld", "submit": "button", "frame": "", **parts}
    assert {name: found.selector(name) for name in expected} == expected
    is_guess = any("no word says that this is a captcha" in note for note in found.notes)
    assert is_guess == (name == "no words")


def test_two_captchas_are_both_counted(
    finder: Finder, site: Callable[..., Site], png: bytes
) -> None:
    html = PLAIN + PLAIN.replace("bild", "bild2").replace("feld", "feld2")
    there = site({"/": Answer(html.encode()), "/picture": Answer(png, kind="image/png")})
    (note,) = finder.form(there.url).notes
    assert "there are 2 captchas on the page" in note


def test_the_button_that_opens_the_dialog_becomes_a_step(
    finder: Finder, site: Callable[..., Site], png: bytes
) -> None:
    html = f"""<button id=open onclick="box.showModal()">Renew</button><dialog id=box>{PLAIN}
        </dialog>"""
    there = site({"/": Answer(html.encode()), "/picture": Answer(png, kind="image/png")})
    found = finder.form(there.url)
    assert found.selector("picture") == "#bild"
    assert [step.click for step in found.target.before] == ["#open"]
    assert tomllib.loads(config_text(found, {}))["target"]["before"] == [{"click": "#open"}]


def test_headers_and_subresources_stay_in_the_file(
    finder: Finder, site: Callable[..., Site], png: bytes
) -> None:
    there = site({"/": Answer(PLAIN.encode()), "/picture": Answer(png, kind="image/png")})
    target = {"subresources": "all", "headers": {"X-Staging": "token"}}
    found = finder.form(there.url, **target)
    written = tomllib.loads(config_text(found, {"target": target}))
    assert written["target"]["headers"] == target["headers"]
    assert Settings.model_validate(written).target == found.target
