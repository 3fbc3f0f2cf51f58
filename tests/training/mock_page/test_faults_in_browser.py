"""Faults of the mock page that show only in a browser."""

from __future__ import annotations

import numpy as np
import pytest

from capslice.training.mock_page import Faults, Variant
from capslice.training.pictures import EllipseCaptcha
from tests.training.mock_page.browser_visitor import PICTURES, VisitInBrowser, name_of, wait_to_see


def always(*kinds: str) -> Faults:
    return Faults(1.0, 1, kinds)


@pytest.mark.parametrize(
    "variant", [Variant(), Variant(picture="canvas", field="boxes", frame=True)], ids=name_of
)
def test_rerender_loses_the_typed_text_once(
    variant: Variant, visit_in_browser: VisitInBrowser
) -> None:
    visitor = visit_in_browser(variant, always("rerender"))
    field = visitor.form.locator("#answer input" if variant.field == "boxes" else "#answer").first
    element = field.element_handle()
    field.fill("1")
    assert field.input_value() == ""
    assert not element.evaluate("e => e.isConnected")
    visitor.type(visitor.mock.answer_of(visitor.captcha_id()))
    visitor.expect_verdict(visitor.submit(), right=True)
    assert visitor.mock.visits.faults == {"rerender": 1}


@pytest.mark.parametrize("picture", PICTURES)
def test_picture_replaced_makes_the_new_one_valid(
    picture, visit_in_browser: VisitInBrowser
) -> None:
    visitor = visit_in_browser(Variant(picture=picture), always("picture_replaced"))
    # The mock page drew the first picture of this seed for the page itself.
    visitor.tab.wait_for_function(
        "() => performance.getEntriesByType('resource').some(e => e.name.endsWith('/captcha'))"
    )
    rng = np.random.default_rng(1)
    captcha = EllipseCaptcha()
    captcha.draw(captcha.random_text(rng), rng)
    text = captcha.random_text(rng)
    wait_to_see(visitor, np.asarray(captcha.draw(text, rng).convert("RGB")))
    assert visitor.mock.answer_of(visitor.captcha_id()) == text
    visitor.type(text)
    visitor.expect_verdict(visitor.submit(), right=True)
    assert visitor.mock.visits.faults == {"picture_replaced": 1}


@pytest.mark.parametrize("verdict", ["redirect", "in_place"])
def test_verdict_never_leaves_the_page_as_it_was(verdict, visit_in_browser: VisitInBrowser) -> None:
    visitor = visit_in_browser(Variant(verdict=verdict), always("verdict_never"))
    captcha_id = visitor.captcha_id()
    visitor.type("123456")
    assert visitor.submit() == 204
    assert visitor.captcha_id() == captcha_id
    assert visitor.tab.locator("#answer").input_value() == "123456"
    assert visitor.mock.answer_of(captcha_id)


@pytest.mark.parametrize("refresh", ["link", "button", "script", "reload"])
def test_same_picture_after_a_refresh(refresh, visit_in_browser: VisitInBrowser) -> None:
    visitor = visit_in_browser(Variant(refresh=refresh), always("same_picture"))
    captcha_id = visitor.captcha_id()
    with visitor.tab.expect_response(lambda r: r.request.method == "GET"):
        if refresh == "reload":
            visitor.tab.reload()
        else:
            visitor.tab.click("#refresh")
    assert visitor.captcha_id() == captcha_id
    visitor.type(visitor.mock.answer_of(captcha_id))
    visitor.expect_verdict(visitor.submit(), right=True)
    assert visitor.mock.visits.faults == {"same_picture": 1}
