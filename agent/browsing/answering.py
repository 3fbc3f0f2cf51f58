"""Typing an answer: into one field, or into a row of boxes that take a character each."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Locator

from agent.browsing.either import result

# How many there are of what the selector means, and if that is no input, how many are inside.
COUNT = """
found => [found.length, found[0]?.matches("input, textarea, [contenteditable]") ?? true
    ? 0 : found[0].querySelectorAll("input").length]
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


@dataclass(frozen=True)
class Fields:
    """What an answer goes into: one field, or as many as it has characters."""

    found: Locator
    count: int
    milliseconds: float

    @classmethod
    async def of(cls, selected: Locator, milliseconds: float) -> Fields:
        """Those that are selected, or those inside of what is selected.

        Raises Playwright's TimeoutError where nothing is selected.
        """
        there, inside = await result(selected.evaluate_all(COUNT))
        if not there:
            await result(selected.first.wait_for(state="attached", timeout=milliseconds))
            there, inside = await result(selected.evaluate_all(COUNT))
        if inside:
            return cls(selected.locator("input"), inside, milliseconds)
        return cls(selected, there, milliseconds)

    async def fill(self, text: str) -> None:
        """Type the text; where there are several fields, a character each, as far as they go."""
        if self.count == 1:
            await result(self.found.fill(text, timeout=self.milliseconds))
            return
        for box, character in enumerate(text[: self.count]):
            await result(self.found.nth(box).fill(character, timeout=self.milliseconds))
