"""How the page is built. The answers are the same; what one meets on the way to them is not.

What a variant needs beyond HTML is done by `static/page.js`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Variant:
    """One value for each thing that sites do differently; any combination will do.

    In each, `#captcha` is the picture and its attribute `data-captcha` the captcha's id;
    `#answer` is the field, or holds the boxes; `#submit`, `#refresh`, `#success` and
    `#failure` are what they are called, and `#frame` is the frame, where there is one.
    """

    # What shows the picture. With "data" it comes within the page, not as an answer of its own.
    picture: Literal["img", "canvas", "background", "data", "blob", "svg"] = "img"
    # What brings a fresh captcha: a link that loads the page anew, a button that fetches the
    # page and puts it in place, a link that gives the picture another source, or nothing.
    refresh: Literal["link", "button", "script", "reload"] = "link"
    # How one learns what became of an answer: from the page that one is sent to, from a message
    # that comes up in place, or from the status alone: 200, or 422 with the form once more.
    verdict: Literal["redirect", "in_place", "status"] = "redirect"
    # One field, one that takes no more than the answer, or a box for each character.
    field: Literal["one", "maxlength", "boxes"] = "one"
    frame: bool = False  # all of the above stands in a frame
    # What comes between: a banner over the whole page until it is clicked away, an alert at the
    # beginning and a question at the end, or a new tab for what became of the answer (not with a
    # verdict in place, for which no page is opened).
    over: Literal["none", "banner", "alert", "tab"] = "none"


PLAIN = Variant()
