"""Where a captcha's answer stands in the clear, or as good as that."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

# What a page's source has of the picture itself, in which any text may come by chance.
DATA = re.compile(r"data:[^\"'\s)]+")
# The addresses that an element shows, whatever kind of element it is.
ADDRESSES = """
element => [element, ...element.querySelectorAll("*")].flatMap(found => [
    found.currentSrc, found.getAttribute("src"), found.getAttribute("href"), found.dataset.src,
    getComputedStyle(found).backgroundImage,
]).filter(Boolean).join(" ")
"""


@dataclass(frozen=True)
class Told:
    """What a page tells a visitor before he answers: its source, cookies, picture's address."""

    page: str
    cookies: str
    address: str


def what_is_told(page: Page, addresses: str) -> Told:
    """Of `page` as it stands; `addresses` is what ADDRESSES gave of the picture."""
    sources = html.unescape(" ".join(frame.content() for frame in page.frames))
    for address in addresses.split():
        sources = sources.replace(address, "")
        # A page has them relative, and the element absolute.
        sources = sources.replace("/" + address.partition("://")[2].partition("/")[2], "")
    cookies: list[Any] = page.context.cookies()
    return Told(
        page=DATA.sub("", sources),
        cookies=" ".join(f"{cookie['name']}={cookie['value']}" for cookie in cookies),
        address=DATA.sub("", addresses),
    )


def ways_to_write(text: str) -> dict[str, str]:
    """How a page may have written an answer, by what that is called."""
    content = text.encode()
    return {
        "as it is": text,
        "backwards": text[::-1],
        "in base64": base64.b64encode(content).decode().rstrip("="),
        "in hexadecimal": content.hex(),
        "as its MD5": hashlib.md5(content, usedforsecurity=False).hexdigest(),
        "as its SHA-1": hashlib.sha1(content, usedforsecurity=False).hexdigest(),
        "as its SHA-256": hashlib.sha256(content).hexdigest(),
    }


def how_it_is_told(told: list[tuple[str, str]]) -> str | None:
    """How the answer is written in each of the (answer, what was told), or None.

    It must be in all of them: six digits may come anywhere once.
    """
    for way in ways_to_write(""):
        if told and all(
            ways_to_write(answer)[way].casefold() in text.casefold() for answer, text in told
        ):
            return way
    return None
