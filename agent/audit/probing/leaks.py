"""Finds a captcha's answer in what the page sends to the visitor, plain, encoded or hashed."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

from capslice.agent.rules.carrying import encodings

# Data URLs, in which any short text may occur by chance.
DATA_URL = re.compile(r"data:[^\"'\s)]+")
# JavaScript: the addresses of an element's picture, whatever kind of element it is.
ADDRESSES = """
element => [element, ...element.querySelectorAll("*")].flatMap(found => [
    found.currentSrc, found.getAttribute("src"), found.getAttribute("href"), found.dataset.src,
    getComputedStyle(found).backgroundImage,
]).filter(Boolean).join(" ")
"""


@dataclass(frozen=True)
class Disclosure:
    """What a visitor gets before answering.

    page:    source of all frames, without pictures and their addresses.
    cookies: names and values.
    address: addresses of the captcha's picture.
    """

    page: str
    cookies: str
    address: str


def disclosure(page: Page, addresses: str) -> Disclosure:
    """What `page` discloses now; `addresses` is the value of ADDRESSES for the picture."""
    source = html.unescape(" ".join(frame.content() for frame in page.frames))
    for address in addresses.split():
        source = source.replace(address, "")
        # The source may have the address without scheme and host.
        source = source.replace("/" + address.partition("://")[2].partition("/")[2], "")
    cookies: list[Any] = page.context.cookies()
    return Disclosure(
        page=DATA_URL.sub("", source),
        cookies=" ".join(f"{cookie['name']}={cookie['value']}" for cookie in cookies),
        address=DATA_URL.sub("", addresses),
    )


def leaked_encoding(disclosed: list[tuple[str, str]]) -> str | None:
    """The name of the encoding in which each (answer, disclosed text) has its answer, or None.

    One text alone proves nothing, because six digits may occur anywhere by chance.
    """
    for name in encodings(""):
        if disclosed and all(
            encodings(answer)[name].casefold() in text.casefold() for answer, text in disclosed
        ):
            return name
    return None
