"""The page of `capslice label` in a real browser: by keyboard alone, and with axe."""

from __future__ import annotations

import csv
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from capslice.agent.labelling.labelling import Labelling
from tests.accessibility import violations
from tests.watched_page import watched_page

ServePage = Callable[..., tuple[str, Labelling]]


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that may load nothing from elsewhere, and log nothing."""
    with watched_page(browser) as (page, requests, messages):
        yield page
    assert [url for url in requests if not url.startswith(("http://127.0.0.1:", "data:"))] == []
    assert [each for each in messages if "500 (INTERNAL SERVER ERROR)" not in each] == []


def check_accessible(page: Page) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert violations(page) == []
    page.set_viewport_size({"width": 360, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.set_viewport_size({"width": 1000, "height": 800})


def expect_picture(page: Page, name: str, text: str) -> None:
    """The page shows a picture and has this text in its field, selected, with the focus."""
    expect(page.locator("#picture img")).to_have_attribute("src", f"pictures/{name}.png")
    field = page.locator("#text")
    expect(field).to_be_focused()
    expect(field).to_have_value(text)
    assert page.evaluate("getSelection().toString()") == text


def rows(file: Path) -> list[list[str]]:
    with file.open(newline="") as opened:
        return list(csv.reader(opened))


def test_a_folder_is_labelled_by_keyboard_alone(
    page: Page, serve_page: ServePage, folder: Path
) -> None:
    url, _ = serve_page()
    page.goto(url)
    expect_picture(page, "a", "read-a")
    check_accessible(page)
    page.keyboard.press("Enter")
    expect_picture(page, "b", "read-b")
    expect(page.get_by_role("status")).to_have_text("read-a saved.")
    expect(page.locator("#lines")).to_have_text("1 of the last 1 suggestions were right")
    page.keyboard.type("typed")
    page.keyboard.press("Enter")
    expect_picture(page, "c", "read-c")
    page.keyboard.press("PageDown")  # skip
    expect_picture(page, "d", "read-d")
    page.keyboard.press("Shift+Enter")  # cannot be read
    expect_picture(page, "e", "read-e")
    page.keyboard.press("PageUp")
    expect_picture(page, "d", "read-d")
    page.keyboard.press("PageUp")
    page.keyboard.press("PageUp")
    expect_picture(page, "b", "typed")
    page.keyboard.type("mended")
    page.keyboard.press("Enter")
    expect_picture(page, "c", "read-c")
    page.keyboard.press("PageDown")
    page.keyboard.press("PageDown")
    page.keyboard.press("F2")
    expect(page.get_by_role("button", name="Zoom")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Enter")
    expect_picture(page, "f", "")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Type the text, or choose Cannot be read.")
    page.keyboard.type("last")
    page.keyboard.press("Enter")
    expect_picture(page, "c", "read-c")
    page.keyboard.press("Shift+Enter")
    expect(page.get_by_role("heading", name="Every picture is labelled")).to_be_visible()
    expect(page.locator("#counts")).to_have_text("4 of 6 labelled, 2 cannot be read")
    check_accessible(page)
    assert rows(folder / "labels.csv") == [
        ["file", "text"],
        ["a.png", "read-a"],
        ["b.png", "mended"],
        ["e.png", "read-e"],
        ["f.png", "last"],
    ]
    assert rows(folder / "unreadable.csv") == [["file"], ["c.png"], ["d.png"]]


def test_nobody_waits_for_the_server(page: Page, serve_page: ServePage, folder: Path) -> None:
    url, labelling = serve_page()
    gate = threading.Event()
    labelling.on_label = lambda: gate.wait(60)
    page.goto(url)
    expect_picture(page, "a", "read-a")
    page.keyboard.press("Enter")
    expect_picture(page, "b", "read-b")
    page.keyboard.press("Enter")
    expect_picture(page, "c", "read-c")
    expect(page.locator("#counts")).to_have_text("0 of 6 labelled")
    gate.set()
    expect(page.locator("#counts")).to_have_text("2 of 6 labelled")
    # What is not saved is shown again.
    kept = (folder / "labels.csv").rename(folder / "kept")
    (folder / "labels.csv").mkdir()
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("not saved")
    expect_picture(page, "c", "read-c")
    (folder / "labels.csv").rmdir()
    kept.rename(folder / "labels.csv")
    page.keyboard.press("Enter")
    expect_picture(page, "d", "read-d")
    expect(page.get_by_role("alert")).to_be_hidden()
    assert len(rows(folder / "labels.csv")) == 4


def test_labels_that_a_model_contradicts_are_checked(
    page: Page, serve_page: ServePage, folder: Path
) -> None:
    (folder / "labels.csv").write_text("file,text\na.png,x\nb.png,y\nc.png,read-c\n")
    url, _ = serve_page(check=True)
    page.goto(url)
    # The names of the other files are labels, too.
    for name in "ed":
        expect_picture(page, name, name)
        page.keyboard.press("Enter")
    expect_picture(page, "b", "y")
    hint = "The label is y. The model reads read-b, 20 % sure."
    expect(page.locator("#hint")).to_have_text(hint)
    check_accessible(page)
    page.keyboard.press("F4")
    expect_picture(page, "a", "x")
    page.keyboard.type("z")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="No label is left to check")).to_be_visible()
    assert rows(folder / "labels.csv") == [
        ["file", "text"],
        ["a.png", "z"],
        ["b.png", "read-b"],
        ["c.png", "read-c"],
        ["e.png", "e"],
        ["d.png", "d"],
    ]
