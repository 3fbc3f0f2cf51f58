"""What a page shows only for a moment, or not at all: alerts, addresses, cookies and downloads.

No element shows them when the agent looks. In place of a selector, `alert=TEXT` names an alert that
contains the text, `address=PART` a page whose address contains the part, `cookie=PART` a cookie
that a response sets, as `name=value`, and `download=PART` a file by its name. A `*` in a part
stands for anything.
"""

from __future__ import annotations

import re

ALERT, ADDRESS, COOKIE, DOWNLOAD = "alert=", "address=", "cookie=", "download="
KINDS = (ALERT, ADDRESS, COOKIE, DOWNLOAD)


def is_moment(selector: str) -> bool:
    """Whether this names something that no element shows."""
    return selector.startswith(KINDS)


def is_named(moment: str, selector: str) -> bool:
    """Whether the selector names this moment, such as `alert=Wrong code. Try again`."""
    kind, _, part = selector.partition("=")
    if not is_moment(selector) or not moment.startswith(f"{kind}="):
        return False
    pattern = ".*?".join(map(re.escape, part.split("*")))
    return re.search(pattern, moment[len(kind) + 1 :], re.DOTALL) is not None


class Moments:
    """Collects what the page shows after a submit.

    seen: each of them, in their order, with the kind in front as in a selector.
    """

    def __init__(self) -> None:
        self.seen: list[str] = []

    def show(self, selector: str) -> bool:
        """Whether one of them has been seen that the selector names."""
        return any(is_named(moment, selector) for moment in self.seen)
