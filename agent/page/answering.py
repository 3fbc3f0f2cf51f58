"""Uses the controls of a page as a person does: types the answer, and clicks the button.

The answer goes into one field or a row of boxes. A step before the captcha uses other controls.
"""

from __future__ import annotations

from contextlib import suppress

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Locator, Page

from capslice.agent.browser.scripts import checked, function
from capslice.agent.browser.sync_async import result
from capslice.agent.steps import Step
from capslice.errors import InputTooShort, PageChanged, PictureReplaced

NOT_ONE = "strict mode violation"  # in Playwright's message for several elements
SENDS_ITSELF = 'if the form sends itself at the last character, set selectors.submit to "auto"'
IS_CLEAR = function(__package__, "isClear")
FOCUS = function(__package__, "focusField")
ENTER = function(__package__, "enterField")
TYPED_TEXT = function(__package__, "typedText")


async def type_into(selected: Locator, text: str, milliseconds: float) -> Locator:
    """Type `text` into the selected field, and return the fields that were typed into.

    If several fields are selected, or the selected element contains inputs, each takes one
    character; characters beyond the last box are not typed. Raises Playwright's TimeoutError if
    nothing is selected, or if the field is disabled or read-only.
    """
    try:
        found = await result(selected.evaluate(ENTER, timeout=milliseconds))
        inside, is_focused = checked(found, tuple[int, bool])
    except PlaywrightError as error:
        if NOT_ONE not in error.message:
            raise
        inside, is_focused = await result(selected.first.locator("input").count()), False
    if is_focused:
        await result(selected.press_sequentially(text, timeout=milliseconds))
        return selected
    boxes = selected.locator("input") if inside else selected
    count = await result(boxes.count())
    for index, part in enumerate(text[:count] if count > 1 else [text]):
        await _type(boxes.nth(index), part, milliseconds)
    return boxes


async def type_last(fields: Locator, text: str, milliseconds: float) -> None:
    """Type the last character of `text`, after all others have been typed into the fields."""
    box = fields.nth(min(len(text), await result(fields.count())) - 1)
    await result(box.press_sequentially(text[-1], timeout=milliseconds))


async def _type(field: Locator, text: str, milliseconds: float) -> None:
    """Replace the text of a field, with the keys of a keyboard."""
    if not checked(await result(field.evaluate(FOCUS, timeout=milliseconds)), bool):
        # Some fields take text only after a click; this one also waits for the field.
        await result(field.click(timeout=milliseconds))
        if not checked(await result(field.evaluate(FOCUS, timeout=milliseconds)), bool):
            await result(field.fill(text, timeout=milliseconds))  # says why it cannot be typed into
            return
    await result(field.press_sequentially(text, timeout=milliseconds))


def check_typed(typed: str, text: str, selector: str, url: str) -> None:
    """Raise an error if the fields of `selector` do not hold the `text` that was typed into them.

    Raises PageChanged if it is gone, and InputTooShort if they did not take all of it.
    """
    if typed == text or _plain(typed) == _plain(text) != "":
        return
    if not typed or not text.startswith(typed):
        raise PageChanged(f"{url} lost the typed answer before it was submitted: {SENDS_ITSELF}")
    raise InputTooShort(
        f"selectors.input {selector!r} takes {len(typed)} of the {len(text)} characters that were "
        f"read at {url}: correct the selector, or use the model for this page"
    )


def replaced(url: str) -> PictureReplaced:
    """The error that a page shows another picture than the one that was read."""
    return PictureReplaced(f"{url} replaced the picture after it was read: {SENDS_ITSELF}")


def _plain(text: str) -> str:
    """A text without what a mask adds or changes: separators, and the case of letters."""
    return "".join(c for c in text.casefold() if c.isalnum())


async def click(
    button: Locator, fields: Locator, milliseconds: float, *, may_be_covered: bool
) -> None:
    """Click the button, and do not wait for what that causes, however slow it is.

    Raises Playwright's TimeoutError if the button is missing, covered or disabled.
    """
    # Playwright watches a button for two frames to see if it moves or is covered. IS_CLEAR is
    # faster.
    is_clear = not may_be_covered and checked(
        await result(button.evaluate(IS_CLEAR, timeout=milliseconds)), bool
    )
    if not is_clear:
        # It may be disabled until the field is left.
        with suppress(PlaywrightError):
            await result(fields.last.blur(timeout=milliseconds))
    await result(button.click(timeout=milliseconds, no_wait_after=True, force=is_clear))


async def press_enter(fields: Locator, milliseconds: float) -> None:
    """Press Enter in the last field, and do not wait for what that causes."""
    await result(fields.last.press("Enter", timeout=milliseconds, no_wait_after=True))


async def take(page: Page, step: Step, milliseconds: float) -> None:
    """Take a step before the captcha, other than to open a page. Raises Playwright's errors."""
    element = page.locator(step.selector)
    if step.click:
        await result(element.click(timeout=milliseconds, no_wait_after=True))
    elif step.fill:
        await _type(element, step.text, milliseconds)
    elif step.choose:
        await result(element.select_option(step.text, timeout=milliseconds))
    else:
        await result(element.first.wait_for(timeout=milliseconds))


async def close(banner: Locator) -> None:
    """Click the button of a banner that covers the form."""
    await result(banner.click())
