"""Typing an answer: into one field, or into a row of boxes that take a character each."""

from __future__ import annotations

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Locator

from capslice.agent.browser.sync_async import result

# What Playwright says where the selector does not mean one field.
NOT_ONE = ("strict mode violation", "not an <input>")
INSIDE = """
element => element.matches("input, textarea, [contenteditable]")
    ? 0 : element.querySelectorAll("input").length
"""
# What stands in the fields among these elements, and whether there are others among them. (A
# picture may be an input as well.)
TYPED = """
found => {
    const kinds = "input:not([type=image]), textarea, [contenteditable]";
    const fields = found.filter(element => element.matches(kinds));
    const values = fields.map(element => element.value ?? element.textContent);
    return [values.join(""), fields.length < found.length];
}
"""


async def type_into(selected: Locator, text: str, milliseconds: float) -> Locator:
    """Type into the field that is selected, and return what was typed into.

    Where there are several, or inputs inside of what is selected, they take a character each,
    as far as they go. Raises Playwright's TimeoutError where nothing is selected.
    """
    try:
        await result(selected.fill(text, timeout=milliseconds))
        return selected
    except PlaywrightError as error:
        if not any(sign in error.message for sign in NOT_ONE):
            raise
    inside = await result(selected.first.evaluate(INSIDE, timeout=milliseconds))
    boxes = selected.locator("input") if inside else selected
    count = await result(boxes.count())
    for box, part in enumerate(text[:count] if count > 1 else [text]):
        await result(boxes.nth(box).fill(part, timeout=milliseconds))
    return boxes
