"""What a page shows only for a moment: the texts of its alerts, and the addresses on its way.

No element shows them when the agent looks. `alert=TEXT` and `address=PART` name them in place of a
selector: an alert that contains the text, and a page whose address contains the part.
"""

from __future__ import annotations

ALERT, ADDRESS = "alert=", "address="


def is_moment(selector: str) -> bool:
    """Whether this names an alert or an address, and no element."""
    return selector.startswith((ALERT, ADDRESS))


def is_named(moment: str, selector: str) -> bool:
    """Whether the selector names this moment, such as `alert=Wrong code. Try again`."""
    kind, _, part = selector.partition("=")
    return is_moment(selector) and moment.startswith(f"{kind}=") and part in moment[len(kind) :]


class Moments:
    """Collects what the page shows after a submit.

    seen: each alert and each address, in their order, with the kind in front as in a selector.
    """

    def __init__(self) -> None:
        self.seen: list[str] = []

    def show(self, selector: str) -> bool:
        """Whether one of them has been seen that the selector names."""
        return any(is_named(moment, selector) for moment in self.seen)
