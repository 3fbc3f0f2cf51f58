"""Recognises an answer in what a page sends: in plain text, encoded, or hashed."""

from __future__ import annotations

import base64
import hashlib
import re
from urllib.parse import unquote_plus

MOST = 1_000_000  # bytes of a body that are searched
LEAST = 3  # characters of an answer that is not in most addresses by chance
# A letter or digit with none beside it, as a form with one field for each character sends it.
SINGLE = re.compile(r"(?<![^\W_])[^\W_](?![^\W_])")


def encodings(text: str) -> dict[str, str]:
    """The forms in which a page may keep or send an answer, by their names in words."""
    content = text.encode()
    return {
        "in plain text": text,
        "backwards": text[::-1],
        "in base64": base64.b64encode(content).decode().rstrip("="),
        "in hexadecimal": content.hex(),
        "as MD5": hashlib.md5(content, usedforsecurity=False).hexdigest(),
        "as SHA-1": hashlib.sha1(content, usedforsecurity=False).hexdigest(),
        "as SHA-256": hashlib.sha256(content).hexdigest(),
    }


def carries(answer: str, url: str, body: bytes | None = None, *, in_boxes: bool = False) -> bool:
    """Whether a request carries the answer as a value of its own, whatever the case.

    With `in_boxes`, the characters may also be values of their own, in their order. An answer that
    is only part of a longer number or word does not count: a time may contain it by chance.
    """
    sent = f"{url.partition('://')[2]}\n{(body or b'')[:MOST].decode(errors='replace')}".casefold()
    decoded = unquote_plus(sent)
    values = [value.casefold() for value in encodings(answer).values()]
    if any(_is_word(value, content) for value in values for content in (sent, decoded)):
        return True
    singles = iter(SINGLE.findall(decoded))
    return in_boxes and all(character in singles for character in answer.casefold())


def hides(answer: str, url: str, body: bytes | None = None) -> bool:
    """Whether the answer is anywhere in an address or a body, in plain text, encoded or hashed."""
    sent = f"{url}\n{(body or b'')[:MOST].decode(errors='replace')}"
    content = f"{sent}\n{unquote_plus(sent)}".casefold()
    values = [value.casefold() for value in encodings(answer).values()]
    return len(answer) >= LEAST and any(value in content for value in values)


def hides_beginning(answer: str, url: str) -> bool:
    """Whether three or more of the answer's first characters are anywhere in an address."""
    return any(hides(answer[:length], url) for length in range(LEAST, len(answer) + 1))


def _is_word(value: str, content: str) -> bool:
    return bool(re.search(rf"(?<![^\W_]){re.escape(value)}(?![^\W_])", content))
