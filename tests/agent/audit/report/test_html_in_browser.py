"""`report.html` in a real browser: it loads nothing, and it is accessible."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page

from capslice.agent.audit.report.html import html_page
from capslice.agent.audit.report.report import Report
from tests.accessibility import violations
from tests.agent.audit.report.reports import empty, full, unjudged, weaknesses
from tests.watched_page import watched_page

Scheme = Literal["light", "dark"]


def grey(**changes: Any) -> Report:
    """Like `unjudged`, with a picture, the longest of reasons, and the weaknesses of `full`."""
    report, shown = unjudged(), full()
    assert report.evidence
    doubts = (
        "the pictures have other sizes (150x40) than the 310x80 that the model is made for",
        "the mean confidence in 1,950 pictures is 0.123, and at least 0.945 on captchas that the "
        "model is made for",
    )
    given = {
        "evidence": report.evidence.model_copy(update={"doubts": doubts}),
        "sample": shown.sample,
        "weaknesses": shown.weaknesses,
    }
    return report.model_copy(update={**given, **changes})


REPORTS: dict[str, Callable[[], Report]] = {
    "full": full,
    "empty": empty,
    "unjudged": unjudged,
    "grey": grey,
    "long": lambda: full(weaknesses=full().weaknesses * 40),
}


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Opens a report; afterwards asserts that it loaded nothing else and logged nothing."""
    with watched_page(browser) as (page, requests, messages):

        def show(
            report: Report, scheme: Scheme = "light", width: int = 1000, height: int = 800
        ) -> Page:
            file = tmp_path / "report.html"
            file.write_text(html_page(report), encoding="utf-8")
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": height})
            page.goto(file.as_uri())
            return page

        yield show
    assert [
        url for url in requests if not url.startswith(("file:", "data:image/png;base64,"))
    ] == []
    assert messages == []


def unfold(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")


@pytest.mark.parametrize("width", [pytest.param(1000, marks=pytest.mark.slow), 400])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", REPORTS)
def test_accessible(name: str, scheme: Scheme, width: int, show: Callable[..., Page]) -> None:
    page = show(REPORTS[name](), scheme, width)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    unfold(page)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width


def without_findings() -> Report:
    return grey(weaknesses=tuple(each for each in weaknesses() if each.result != "found"))


RED = ("Does not keep machines out", "196 of 200 sessions", "98.0", "source of the page contains")
GREY = ("Not enough evidence", "1,950 pictures in 390 sessions", "0")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
@pytest.mark.parametrize(
    ("report", "texts"),
    [
        (full, RED),
        (grey, (*GREY, "source of the page contains")),
        (without_findings, (*GREY, "No weakness was found among the 2 of 3")),
    ],
)
def test_first_screen_says_what_matters(
    report: Callable[[], Report],
    texts: tuple[str, ...],
    width: int,
    height: int,
    scheme: Scheme,
    show: Callable[..., Page],
) -> None:
    page = show(report(), scheme, width, height)
    verdict, figure, rate, finding = texts
    main = page.get_by_role("main")
    picture = page.get_by_role("img", name="A captcha of this site, read as 234563")
    sessions = main.locator("dd").first
    for element in (
        main.get_by_role("heading", name=verdict),
        main.get_by_text(figure).first,
        picture,
        sessions,
        main.get_by_role("heading", name=finding),
    ):
        box = element.bounding_box()
        assert box
        assert box["y"] + box["height"] <= height, element
    assert sessions.inner_text().startswith(rate)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_the_whole_reason_is_there_unfolded(show: Callable[..., Page]) -> None:
    page = show(grey(), width=390)
    advice = page.get_by_text("make one with `capslice fit`")
    assert not advice.is_visible()
    page.get_by_text("More on this, and what to do").click()
    assert advice.is_visible()


def test_verdict_is_said_once(show: Callable[..., Page]) -> None:
    text = show(full()).locator("body").inner_text().lower()
    assert text.count("not keep machines out") == 1
    assert text.count("196 of 200 sessions") == 1


def test_long_report_is_short_until_unfolded(show: Callable[..., Page]) -> None:
    page = show(full(), width=1280)
    height = "document.documentElement.scrollHeight"
    folded = page.evaluate(height)
    assert folded < 2600
    unfold(page)
    assert page.evaluate(height) > 1.5 * folded


def test_dark_is_dark(show: Callable[..., Page]) -> None:
    colour = "getComputedStyle(document.documentElement).backgroundColor"
    light, dark = (show(full(), scheme).evaluate(colour) for scheme in ("light", "dark"))
    assert light != dark


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_to_judge_is_grey(scheme: Scheme, show: Callable[..., Page]) -> None:
    page = show(unjudged(), scheme)
    heading = page.get_by_role("heading", name="Not enough evidence")
    colour = heading.evaluate("e => getComputedStyle(e).color")
    grey = page.locator("header p.quiet").evaluate("e => getComputedStyle(e).color")
    assert colour == grey


def test_violations_are_detected(show: Callable[..., Page]) -> None:
    page = show(full())
    page.evaluate("document.querySelector('img').removeAttribute('alt')")
    page.evaluate("document.querySelector('h1').style.color = '#ddd'")
    assert {rule for rule, _ in violations(page)} == {"image-alt", "color-contrast"}


def test_keyboard_navigation(show: Callable[..., Page]) -> None:
    page = show(full(), width=400)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the results"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.tagName") == "MAIN"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    page.keyboard.press("Enter")
    assert page.get_by_role("cell", name="The test needs 50 wrong answers").is_visible()


def test_headings_and_landmarks(show: Callable[..., Page]) -> None:
    page = show(full())
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(e => +e.tagName[1])")
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert page.get_by_role("main").count() == 1
    unfold(page)
    for table in page.get_by_role("table").all():
        assert table.locator("caption").count() == 1


def test_pictures_are_shown_and_scripts_do_not_run(show: Callable[..., Page]) -> None:
    page = show(full())
    unfold(page)
    pictures = page.get_by_role("img", name="Captcha read as")
    assert pictures.count() == 8
    assert page.evaluate("[...document.images].every(image => image.naturalWidth > 0)")
    assert page.get_by_text("<script>alert(1)</script>").is_visible()


def test_print(show: Callable[..., Page]) -> None:
    page = show(full(), "dark")
    page.emulate_media(media="print", color_scheme="dark")
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    assert page.evaluate(ground) == "rgb(255, 255, 255)"
    # What is folded on the screen is printed.
    assert page.get_by_role("cell", name="The test needs 50 wrong answers").is_visible()
    assert violations(page) == []
    assert page.pdf().startswith(b"%PDF")
