"""A visitor with a browser can solve every variant of the mock page.

The visitor knows the answer from the mock page, by the captcha's id.
"""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import Dialog

from capslice.training.mock_page import Switches, Variant, Verdict
from capslice.training.pictures import EllipseCaptcha
from tests.training.mock_page.browser_visitor import (
    COMBINED,
    PICTURES,
    VisitInBrowser,
    name_of,
    wait_to_see,
)

VARIANTS = [
    Variant(),
    *(Variant(picture=picture) for picture in PICTURES[1:]),  # type: ignore[arg-type]
    Variant(refresh="button"),
    Variant(refresh="script"),
    Variant(refresh="reload"),
    Variant(verdict="in_place"),
    Variant(verdict="status"),
    Variant(field="maxlength"),
    Variant(field="boxes"),
    Variant(frame=True),
    Variant(obstacle="banner"),
    Variant(obstacle="alert"),
    Variant(obstacle="tab"),
    *COMBINED,
]


@pytest.mark.parametrize("variant", VARIANTS, ids=name_of)
def test_a_visitor_solves_it(variant: Variant, visit_in_browser: VisitInBrowser) -> None:
    visitor = visit_in_browser(variant)
    first = visitor.captcha_id()
    second = visitor.refresh()
    assert first != second
    with pytest.raises(KeyError):
        visitor.mock.answer_of(first)

    # Twice, because the second time the message of the first answer is still there.
    for times in (1, 2):
        visitor.type("wrong")
        visitor.expect_verdict(visitor.submit(), right=False)
        assert visitor.mock.visits.rejected == times

    visitor.type(visitor.mock.answer_of(visitor.captcha_id()))
    visitor.expect_verdict(visitor.submit(), right=True)
    assert visitor.mock.visits.accepted == 1
    assert visitor.mock.visits.faults == {}


@pytest.mark.parametrize("refresh", ["button", "script"])
@pytest.mark.parametrize("picture", PICTURES)
def test_the_page_shows_the_picture_that_was_drawn(
    picture, refresh, visit_in_browser: VisitInBrowser
) -> None:
    # A generator with the same seed draws the same pictures as the mock page.
    rng = np.random.default_rng(1)
    captcha = EllipseCaptcha()
    visitor = visit_in_browser(Variant(picture=picture, refresh=refresh))
    drawn = np.asarray(captcha.draw(captcha.random_text(rng), rng).convert("RGB"))
    wait_to_see(visitor, drawn)
    visitor.refresh()
    drawn = np.asarray(captcha.draw(captcha.random_text(rng), rng).convert("RGB"))
    wait_to_see(visitor, drawn)


def test_a_banner_covers_the_form_until_it_is_closed(
    visit_in_browser: VisitInBrowser,
) -> None:
    visitor = visit_in_browser(Variant(obstacle="banner"))
    visitor.tab.context.clear_cookies(name="cookies")
    visitor.tab.reload()
    covering = """e => {
        const { x, y } = e.getBoundingClientRect();
        return document.elementFromPoint(x + 5, y + 5).id;
    }"""
    for selector in ("#captcha", "#answer", "#submit", "#refresh"):
        assert visitor.tab.locator(selector).evaluate(covering) == "cookies", selector
    visitor.tab.click("#cookie-accept")
    visitor.tab.reload()
    visitor.tab.locator("#captcha").wait_for()
    assert visitor.tab.locator("#cookies").count() == 0


def test_an_alert_and_a_question_that_can_be_dismissed(visit_in_browser: VisitInBrowser) -> None:
    visitor = visit_in_browser(Variant(obstacle="alert", verdict="in_place"))
    visitor.tab.remove_listener("dialog", visitor.accept_dialog)
    dismissed = []

    def dismiss(dialog: Dialog) -> None:
        dismissed.append(dialog.type)
        dialog.dismiss()

    visitor.tab.on("dialog", dismiss)
    visitor.form.locator("#submit").click()
    visitor.tab.remove_listener("dialog", dismiss)
    visitor.tab.on("dialog", visitor.accept_dialog)
    visitor.expect_verdict(visitor.submit(), right=False)
    assert [kind for kind, _ in visitor.dialogs] == ["alert", "confirm"]
    assert dismissed == ["confirm"]
    assert visitor.mock.visits.rejected == 1


def test_in_place_shows_the_same_message_element_again(
    visit_in_browser: VisitInBrowser,
) -> None:
    visitor = visit_in_browser(Variant(verdict="in_place"))
    message = visitor.tab.locator("#failure").element_handle()
    assert not message.is_visible()
    for _ in range(2):
        visitor.submit()
        message.wait_for_element_state("visible")
        assert message.text_content() == Verdict.EMPTY.value
    assert visitor.tab.url == visitor.mock.url
    assert visitor.mock.visits.pages == 1, "a page was loaded"


def test_backspace_moves_back_through_the_boxes(visit_in_browser: VisitInBrowser) -> None:
    visitor = visit_in_browser(Variant(field="boxes"))
    visitor.type("1234")
    for _ in range(4):
        visitor.tab.keyboard.press("Backspace")
    visitor.tab.keyboard.type(visitor.mock.answer_of(visitor.captcha_id()))
    visitor.expect_verdict(visitor.submit(), right=True)


@pytest.mark.parametrize("verdict", ["redirect", "in_place", "status"])
def test_a_refusal(verdict, visit_in_browser: VisitInBrowser) -> None:
    visitor = visit_in_browser(Variant(verdict=verdict), switches=Switches(refuse_with=429))
    assert visitor.submit() == 429
    visitor.tab.locator("h1", has_text="Not now").wait_for()
