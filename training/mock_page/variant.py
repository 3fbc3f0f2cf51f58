"""The ways in which the page can be built, as different sites build theirs.

`static/page.js` does what a variant needs beyond HTML.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Variant:
    """One value for each thing that sites do differently. Every combination works.

    The ids are the same in all variants: `#captcha` is the picture, and its attribute
    `data-captcha` is the captcha's id; `#answer` is the field or contains the boxes; `#submit`,
    `#refresh`, `#success` and `#failure` are what their names say; `#frame` is the frame, if
    there is one.
    """

    # The element that shows the picture. "data" puts the picture into the page itself.
    picture: Literal["img", "canvas", "background", "data", "blob", "svg"] = "img"
    # The way to a new captcha: a link that loads the page again, a button whose script fetches the
    # page and replaces the form, a link whose script replaces the picture, or nothing.
    refresh: Literal["link", "button", "script", "reload"] = "link"
    # The way the verdict is shown: by a redirect to another page, by a message on the same page, or
    # by the HTTP status alone, which is 200, or 422 with the form.
    verdict: Literal["redirect", "in_place", "status"] = "redirect"
    # One field, one field with a maximum length, or a box for each character.
    field: Literal["one", "maxlength", "boxes"] = "one"
    frame: bool = False  # show all of the above in an iframe
    # What gets in the way: a banner over the whole page until it is clicked away, an alert when the
    # page opens and a question before the answer is sent, or a new tab for the verdict (except with
    # an "in_place" verdict, which opens no page).
    obstacle: Literal["none", "banner", "alert", "tab"] = "none"


PLAIN = Variant()
