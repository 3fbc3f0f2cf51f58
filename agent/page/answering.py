"""Types an answer into one field, or into a row of boxes for one character each."""

from __future__ import annotations

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Locator

from capslice.agent.browser.scripts import function
from capslice.agent.browser.sync_async import result

# Parts of Playwright's messages for a selector that does not match exactly one field.
NOT_ONE_FIELD = ("strict mode violation", "not an <input>")
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
