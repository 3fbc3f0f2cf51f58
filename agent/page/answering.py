"""Types an answer into one field or into a row of boxes, and clicks the button that sends it."""

from __future__ import annotations

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Locator

from capslice.agent.browser.scripts import checked, function
from capslice.agent.browser.sync_async import result
from capslice.errors import InputTooShort, PageChanged

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
    found = await result(selected.first.evaluate(INPUTS_INSIDE, timeout=milliseconds))
    inside = checked(found, int)
    boxes = selected.locator("input") if inside else selected
    count = await result(boxes.count())
    for index, part in enumerate(text[:count] if count > 1 else [text]):
        await result(boxes.nth(index).fill(part, timeout=milliseconds))
    return boxes


def check_typed(typed: str, text: str, selector: str, url: str) -> None:
    """Raise an error if the fields of `selector` do not hold the `text` that was typed into them.

    Raises PageChanged if it is gone, and InputTooShort if they did not take all of it.
    """
    if typed == text:
        return
    if not typed or not text.startswith(typed):
        raise PageChanged(f"{url} lost the typed answer before it was submitted")
    raise InputTooShort(
        f"selectors.input {selector!r} takes {len(typed)} of the {len(text)} characters that were "
        f"read at {url}: correct the selector, or use the model for this page"
    )


async def click(button: Locator, milliseconds: float, *, may_be_covered: bool) -> None:
    """Click the button, and do not wait for what that causes, however slow it is.

    Raises Playwright's TimeoutError if the button is missing or covered.
    """
    # Playwright watches a button for two frames to see if it moves or is covered. IS_CLEAR is
    # faster.
    is_clear = not may_be_covered and checked(
        await result(button.evaluate(IS_CLEAR, timeout=milliseconds)), bool
    )
    await result(button.click(timeout=milliseconds, no_wait_after=True, force=is_clear))


async def close(banner: Locator) -> None:
    """Click the button of a banner that covers the form."""
    await result(banner.click())
