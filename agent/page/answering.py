"""Types an answer into one field or into a row of boxes, and clicks the button that sends it."""

from __future__ import annotations

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Locator

from capslice.agent.browser.scripts import function
from capslice.agent.browser.sync_async import result

# Parts of Playwright's messages for a selector that does not match exactly one field.
NOT_ONE_FIELD = ("strict mode violation", "not an <input>")
IS_CLEAR = function(__package__, "isClear")
INPUTS_INSIDE = function(__package__, "inputsInside")
TYPED_TEXT = function(__package__, "typedText")


async def type_into(selected: Locator, text: str, milliseconds: float) -> Locator:
    """Type `text` into the selected field, and return the fields that were typed into.

    If several fields are selected, or the selected element contains inputs, each takes one
    character; characters beyond the last box are not typed. Raises Playwright's TimeoutError if
    nothing is selected.
    """
    try:
        await result(selected.fill(text, timeout=milliseconds))
        return selected
    except PlaywrightError as error:
        if not any(sign in error.message for sign in NOT_ONE_FIELD):
            raise
    inside = await result(selected.first.evaluate(INPUTS_INSIDE, timeout=milliseconds))
    boxes = selected.locator("input") if inside else selected
    count = await result(boxes.count())
    for index, part in enumerate(text[:count] if count > 1 else [text]):
        await result(boxes.nth(index).fill(part, timeout=milliseconds))
    return boxes


async def click(button: Locator, milliseconds: float, *, may_be_covered: bool) -> None:
    """Click the button, and do not wait for what that causes, however slow it is.

    Raises Playwright's TimeoutError if the button is missing or covered.
    """
    # Playwright watches a button for two frames to see if it moves or is covered. IS_CLEAR is
    # faster.
    is_clear = not may_be_covered and await result(button.evaluate(IS_CLEAR, timeout=milliseconds))
    await result(button.click(timeout=milliseconds, no_wait_after=True, force=is_clear))


async def close(banner: Locator) -> None:
    """Click the button of a banner that covers the form."""
    await result(banner.click())
