"""Typing an answer: into one field, or into a row of boxes that take a character each."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Locator

from agent.browsing.either import result

# How many inputs there are in what the selector means, if that is not one itself.
COUNT_INSIDE = """
element => element.matches("input, textarea, [contenteditable]")
    ? 0 : element.querySelectorAll("input").length
"""
VALUES = "found => found.map(element => element.value ?? element.textContent).join('')"


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
        inside = await result(selected.first.evaluate(COUNT_INSIDE, timeout=milliseconds))
        if inside:
            return cls(selected.locator("input"), inside, milliseconds)
        return cls(selected, await result(selected.count()), milliseconds)

    async def fill(self, text: str) -> None:
        """Type the text; where there are several fields, a character each, as far as they go."""
        if self.count == 1:
            await result(self.found.fill(text, timeout=self.milliseconds))
            return
        for box, character in enumerate(text[: self.count]):
            await result(self.found.nth(box).fill(character, timeout=self.milliseconds))

    async def typed(self) -> str:
        """What stands there now."""
        return await result(self.found.evaluate_all(VALUES))
