"""Each variant of the mock page can be solved by a person, in a real browser.

The person here knows the answer from the mock page, by the captcha's id, and is otherwise like
any other: clicks, types, and looks at what the page says.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Dialog, FrameLocator, Page, expect

from capslice.training.mock_page import Faults, MockPage, Switches, Variant, Verdict
from capslice.training.pictures import EllipseCaptcha

PICTURES = ("img", "canvas", "background", "data", "blob", "svg")


class Person:
    """Somebody before the page, who accepts what is asked and clicks banners away."""

    def __init__(self, browser: Browser, mock: MockPage, variant: Variant) -> None:
        self.mock = mock
        self.variant = variant
        self.framed = variant.frame
        self.asked: list[tuple[str, str]] = []
        self.context = browser.new_context()
        self.tab = self.context.new_page()
        self.tab.on("dialog", self._agree)
        self.tab.goto(mock.url)
        if variant.obstacle == "banner":
            self.tab.click("#cookie-accept")

    def _agree(self, dialog: Dialog) -> None:
        self.asked.append((dialog.type, dialog.message))
        dialog.accept()

    @property
    def form(self) -> Page | FrameLocator:
        return self.tab.frame_locator("#frame") if self.framed else self.tab

    def captcha_id(self) -> str:
        return self.form.locator("#captcha").get_attribute("data-captcha") or ""

    def see(self) -> np.ndarray:
        """The pixels of the captcha on the screen, RGB."""
        return np.asarray(Image.open(io.BytesIO(self.form.locator("#captcha").screenshot())))

    def type(self, text: str) -> None:
        if self.variant.field == "boxes":
            # Only the first is clicked: the page goes on to the others.
            self.form.locator("#answer input").first.click()
        else:
            self.form.locator("#answer").click()
        self.tab.keyboard.type(text)

    def submit(self) -> int:
        """Send it off, and return the status of what comes back."""
        self.sent = self.captcha_id()
        with ExitStack() as stack:
            got = stack.enter_context(
                self.context.expect_event("response", lambda r: r.request.method == "POST")
            )
            if self.variant.obstacle == "tab" and self.variant.verdict != "in_place":
                opened = stack.enter_context(self.context.expect_page())
            else:
                opened = None
            self.form.locator("#submit").click()
        if opened:
            # It is the form or the welcome alone, whatever stood around it before.
            self.tab, self.framed = opened.value, False
        return int(got.value.status)

    def another(self) -> str:
        """Have another captcha brought, and return its id."""
        old = self.captcha_id()
        if self.variant.refresh == "reload":
            self.tab.reload()
        else:
            self.form.locator("#refresh").click()
        expect(self.form.locator("#captcha")).not_to_have_attribute("data-captcha", old)
        return self.captcha_id()

    def expect_verdict(self, status: int, *, right: bool) -> None:
        if self.variant.verdict == "status":
            assert status == (200 if right else 422)
            self.form.locator("h1", has_text="Welcome" if right else "Renew").wait_for()
            assert self.form.locator("#success, #failure").count() == 0
        else:
            assert status == (200 if self.variant.verdict == "in_place" else 303)
            self.form.locator("#success" if right else "#failure").wait_for()
            assert self.form.locator("#failure" if right else "#success").count() == 0
        if not right:
            # The message may be the last answer's, on a page that is about to go.
            captcha = self.form.locator("#captcha")
            expect(captcha).not_to_have_attribute("data-captcha", self.sent)


Begin = Callable[..., Person]


@pytest.fixture
def begin(browser: Browser, captcha: EllipseCaptcha) -> Iterator[Begin]:
    """Somebody before a page of this variant, until the test ends."""
    with ExitStack() as stack:

        def begin(
            variant: Variant, faults: Faults | None = None, switches: Switches | None = None
        ) -> Person:
            mock = MockPage(captcha, switches or Switches(), variant=variant, faults=faults, seed=1)
            stack.enter_context(mock)
            person = Person(browser, mock, variant)
            stack.callback(person.context.close)
            return person

        yield begin


# Between them they have each value of each part that is not the plain page's.
COMBINED = [
    Variant("canvas", "script", "in_place", "boxes", frame=True, obstacle="banner"),
    Variant("background", "button", "status", "boxes", frame=True, obstacle="alert"),
    Variant("svg", "script", "redirect", "maxlength", frame=True, obstacle="tab"),
    Variant("blob", "button", "in_place", "maxlength", obstacle="tab"),
    Variant("data", "reload", "in_place", "boxes", frame=True, obstacle="alert"),
    Variant("blob", "script", "status", "boxes", obstacle="banner"),
]
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


def name_of(variant: Variant) -> str:
    different = [
        f"{name}-{value}"
        for name, value in vars(variant).items()
        if value != getattr(Variant(), name)
    ]
    return "+".join(different) or "plain"


@pytest.mark.parametrize("variant", VARIANTS, ids=name_of)
def test_a_person_solves_it(variant: Variant, begin: Begin) -> None:
    person = begin(variant)
    first = person.captcha_id()
    second = person.another()
    assert first != second
    with pytest.raises(KeyError):
        person.mock.answer_of(first)

    # Twice, as the second time the message of the first is there.
    for times in (1, 2):
        person.type("wrong")
        person.expect_verdict(person.submit(), right=False)
        assert person.mock.visits.rejected == times

    person.type(person.mock.answer_of(person.captcha_id()))
    person.expect_verdict(person.submit(), right=True)
    assert person.mock.visits.accepted == 1
    assert person.mock.visits.faults == {}


@pytest.mark.parametrize("refresh", ["button", "script"])
@pytest.mark.parametrize("picture", PICTURES)
def test_the_picture_is_the_one_that_was_drawn(picture, refresh, begin: Begin) -> None:
    # A generator of the same seed draws what the mock page does.
    rng = np.random.default_rng(1)
    captcha = EllipseCaptcha()
    person = begin(Variant(picture=picture, refresh=refresh))
    drawn = np.asarray(captcha.draw(captcha.random_text(rng), rng).convert("RGB"))
    wait_to_see(person, drawn)
    person.another()
    drawn = np.asarray(captcha.draw(captcha.random_text(rng), rng).convert("RGB"))
    wait_to_see(person, drawn)


def wait_to_see(person: Person, drawn: np.ndarray) -> None:
    # No event says that a picture has been painted: look again, for as many looks.
    for _ in range(50):
        # The element begins between two pixels of the screen, so it may be seen with one more.
        if np.array_equal(person.see()[:80, :310, :3], drawn):
            return
    raise AssertionError("another picture than the one that was drawn")


def test_a_banner_lets_nobody_at_the_form_and_is_clicked_away_once(begin: Begin) -> None:
    person = begin(Variant(obstacle="banner"))
    person.tab.context.clear_cookies(name="cookies")
    person.tab.reload()
    covering = """e => {
        const { x, y } = e.getBoundingClientRect();
        return document.elementFromPoint(x + 5, y + 5).id;
    }"""
    for selector in ("#captcha", "#answer", "#submit", "#refresh"):
        assert person.tab.locator(selector).evaluate(covering) == "cookies", selector
    person.tab.click("#cookie-accept")
    person.tab.reload()
    person.tab.locator("#captcha").wait_for()
    assert person.tab.locator("#cookies").count() == 0


def test_an_alert_and_a_question_that_can_be_denied(begin: Begin) -> None:
    person = begin(Variant(obstacle="alert", verdict="in_place"))
    person.tab.remove_listener("dialog", person._agree)
    asked = []

    def deny(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    person.tab.on("dialog", deny)
    person.form.locator("#submit").click()
    person.tab.remove_listener("dialog", deny)
    person.tab.on("dialog", person._agree)
    person.expect_verdict(person.submit(), right=False)
    assert [kind for kind, _ in person.asked] == ["alert", "confirm"]
    assert asked == ["confirm"]
    assert person.mock.visits.rejected == 1


def test_in_place_is_the_same_message_again(begin: Begin) -> None:
    person = begin(Variant(verdict="in_place"))
    message = person.tab.locator("#failure").element_handle()
    assert not message.is_visible()
    for _ in range(2):
        person.submit()
        message.wait_for_element_state("visible")
        assert message.text_content() == Verdict.EMPTY.value
    assert person.tab.url == person.mock.url
    assert person.mock.visits.pages == 1, "a page was loaded"


def test_boxes_go_back_when_erased(begin: Begin) -> None:
    person = begin(Variant(field="boxes"))
    person.type("1234")
    for _ in range(4):
        person.tab.keyboard.press("Backspace")
    person.tab.keyboard.type(person.mock.answer_of(person.captcha_id()))
    person.expect_verdict(person.submit(), right=True)


@pytest.mark.parametrize("verdict", ["redirect", "in_place", "status"])
def test_refused(verdict, begin: Begin) -> None:
    person = begin(Variant(verdict=verdict), switches=Switches(refuse_with=429))
    assert person.submit() == 429
    person.tab.locator("h1", has_text="Not now").wait_for()


# Faults that need a browser


def always(*kinds: str) -> Faults:
    return Faults(1.0, 1, kinds)


@pytest.mark.parametrize(
    "variant", [Variant(), Variant(picture="canvas", field="boxes", frame=True)], ids=name_of
)
def test_rerender_loses_what_was_typed_once(variant: Variant, begin: Begin) -> None:
    person = begin(variant, always("rerender"))
    field = person.form.locator("#answer input" if variant.field == "boxes" else "#answer").first
    there = field.element_handle()
    field.fill("1")
    assert field.input_value() == ""
    assert not there.evaluate("e => e.isConnected")
    person.type(person.mock.answer_of(person.captcha_id()))
    person.expect_verdict(person.submit(), right=True)
    assert person.mock.visits.faults == {"rerender": 1}


@pytest.mark.parametrize("picture", PICTURES)
def test_picture_replaced_makes_the_new_one_valid(picture, begin: Begin) -> None:
    faults = always("picture_replaced")
    with_id = Variant(picture=picture)
    person = begin(with_id, faults)
    # The first of this seed is the one that the mock page has drawn for the page itself.
    person.tab.wait_for_function(
        "() => performance.getEntriesByType('resource').some(e => e.name.endsWith('/captcha'))"
    )
    rng = np.random.default_rng(1)
    captcha = EllipseCaptcha()
    captcha.draw(captcha.random_text(rng), rng)
    text = captcha.random_text(rng)
    wait_to_see(person, np.asarray(captcha.draw(text, rng).convert("RGB")))
    assert person.mock.answer_of(person.captcha_id()) == text
    person.type(text)
    person.expect_verdict(person.submit(), right=True)
    assert person.mock.visits.faults == {"picture_replaced": 1}


@pytest.mark.parametrize("verdict", ["redirect", "in_place"])
def test_verdict_never_leaves_the_page_as_it_was(verdict, begin: Begin) -> None:
    person = begin(Variant(verdict=verdict), always("verdict_never"))
    captcha_id = person.captcha_id()
    person.type("123456")
    assert person.submit() == 204
    assert person.captcha_id() == captcha_id
    assert person.tab.locator("#answer").input_value() == "123456"
    assert person.mock.answer_of(captcha_id)


@pytest.mark.parametrize("refresh", ["link", "button", "script", "reload"])
def test_same_picture_after_a_refresh(refresh, begin: Begin) -> None:
    person = begin(Variant(refresh=refresh), always("same_picture"))
    captcha_id = person.captcha_id()
    with person.tab.expect_response(lambda r: r.request.method == "GET"):
        if refresh == "reload":
            person.tab.reload()
        else:
            person.tab.click("#refresh")
    assert person.captcha_id() == captcha_id
    person.type(person.mock.answer_of(captcha_id))
    person.expect_verdict(person.submit(), right=True)
    assert person.mock.visits.faults == {"same_picture": 1}
