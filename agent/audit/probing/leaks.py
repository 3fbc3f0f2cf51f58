"""Finds a captcha's answer in what the page sends to the visitor, plain, encoded or hashed."""

from __future__ import annotations

import html
import re
import zlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Locator, Page, Response

from capslice.agent.browser.scripts import checked
from capslice.agent.browser.time_limit import limited_synchronously
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
# JavaScript: the source of an SVG that is part of the page, or in a data URL.
SVG = """
async element => {
    const inline = element.closest("svg") ?? element.querySelector("svg");
    if (inline) return new XMLSerializer().serializeToString(inline);
    const address = element.currentSrc || element.src || element.data || "";
    return address.startsWith("data:image/svg") ? (await fetch(address)).text() : "";
}
"""


@dataclass(frozen=True)
class Disclosure:
    """What a visitor gets before answering.

    page:    source of all frames, without pictures and their addresses.
    cookies: names and values.
    address: addresses of the captcha's picture.
    svg:     source of the captcha's picture if that is an SVG, else "".
    """

    page: str
    cookies: str
    address: str
    svg: str


def disclosure(page: Page, picture: Locator, responses: Iterable[Response]) -> Disclosure:
    """What `page` discloses now, and its captcha in the element `picture`.

    `responses` are those with SVG content since the page was opened.
    """
    with limited_synchronously(page):
        addresses = checked(picture.evaluate(ADDRESSES), str)
        svg = checked(picture.evaluate(SVG), str)
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
        svg=svg or _served(responses, addresses),
    )


def _served(responses: Iterable[Response], addresses: str) -> str:
    """The last of the responses that came from one of the addresses, or ""."""
    for response in reversed(list(responses)):
        path = "/" + response.url.partition("://")[2].partition("/")[2]
        if path in addresses:
            with suppress(PlaywrightError):
                return response.text()
    return ""


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


def checksums(text: str) -> dict[str, int]:
    """Numbers that a script of a page may compare with an answer, by their names in words."""
    codes = [ord(character) for character in text]
    times_33, times_31 = 5381, 0
    for code in codes:
        times_33 = _as_int32(33 * times_33 + code)
        times_31 = _as_int32(31 * times_31 + code)
    return {
        "sum of its character codes": sum(codes),
        "sum of its character codes, each shifted by its position": sum(
            code << position for position, code in enumerate(codes)
        ),
        "hash of its character codes (times 33)": times_33,
        "hash of its character codes (times 31)": times_31,
        "CRC-32": zlib.crc32(text.encode()),
    }


def leaked_checksum(disclosed: list[tuple[str, str]]) -> str | None:
    """The name of the checksum that each disclosed text has of its own answer, or None.

    A small number may be on any page by chance. So each answer needs another one whose text has
    a different checksum and not this one.
    """
    if len(disclosed) < 2:
        return None
    numbers = [set(re.findall(r"(?<![\w.])-?\d+(?![\w.])", text)) for _, text in disclosed]
    for name in checksums(""):
        for change in (str, str.lower, str.upper):
            sums = [str(checksums(change(answer))[name]) for answer, _ in disclosed]
            are_there = all(one in on_page for one, on_page in zip(sums, numbers, strict=True))
            if are_there and all(
                any(one != other and one not in on_page
                    for other, on_page in zip(sums, numbers, strict=True))
                for one in sums
            ):  # fmt: skip
                return name
    return None


def _as_int32(number: int) -> int:
    """The number as a signed integer of 32 bits, as JavaScript's bit operations return it."""
    return (number + 2**31) % 2**32 - 2**31
