"""A step that leads to the captcha, such as a click on the button that opens its dialog."""

from __future__ import annotations

import os
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from capslice.agent.rules.origins import joined
from capslice.agent.rules.redaction import keep_secret
from capslice.errors import ConfigurationError

ACTIONS = ("open", "click", "fill", "choose", "wait")
Action = Annotated[str | None, Field(min_length=1)]


class Step(BaseModel):
    """One of the actions, and what it needs.

    open:   an address, also relative to the page's.
    click:  the selector of the element to click.
    fill:   the selector of a field that gets a text.
    choose: the selector of a list of which an option is chosen, by its value or its label.
    wait:   the selector of an element to wait for.
    value:  the text of `fill` or `choose`.
    env:    the environment variable that has the text, in place of `value`.
    once:   whether the step is taken only the first time in a session, such as to log in.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    open: Action = None
    click: Action = None
    fill: Action = None
    choose: Action = None
    wait: Action = None
    value: str | None = None
    env: str | None = None
    once: bool = False

    @model_validator(mode="after")
    def _is_one_action(self) -> Self:
        given = [name for name in ACTIONS if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"a step needs one of {', '.join(ACTIONS)}")
        if self.open:
            joined("http://127.0.0.1/", self.open)  # raises ValueError
        texts = (self.value is not None) + (self.env is not None)
        if texts != (given[0] in ("fill", "choose")):
            raise ValueError("fill and choose need either value or env, and no other step does")
        return self

    @property
    def action(self) -> str:
        """The name of the action."""
        return next(name for name in ACTIONS if getattr(self, name) is not None)

    @property
    def selector(self) -> str:
        """The selector or the address that the action takes."""
        return str(getattr(self, self.action))

    @property
    def text(self) -> str:
        """The text to fill in or to choose, which no message and no trace shows if it is in `env`.

        Raises ConfigurationError if the environment variable is not set.
        """
        if self.env is None:
            return self.value or ""
        text = os.environ.get(self.env)
        if not text:
            raise ConfigurationError(
                f"target.before: the environment variable {self.env} is not set, and "
                f"{self.action} {self.selector!r} needs its value"
            )
        keep_secret(text)
        return text
