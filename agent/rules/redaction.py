"""Addresses without what may be secret in them: user names, passwords, tokens.

Of a query or a fragment the names are kept, for they tell what a page was asked for;
a value, and whatever stands without a name, becomes `*`.
"""

from __future__ import annotations

import re

# Taken apart by hand: urlsplit raises on what is no address, and an error text may hold that.
ADDRESS = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*:(?=//)|data:|javascript:|blob:)?"
    r"(?P<slashes>//)?(?:[^/?#]*@)?(?P<place>[^?#]*)"
    r"(?:\?(?P<query>[^#]*))?(?:#(?P<fragment>.*))?",
    re.IGNORECASE | re.DOTALL,
)
# What follows these is not where a page is, but what it holds.
CONTENT = ("data:", "javascript:", "blob:")
# A path may have parameters of its own: /login;jsessionid=1234
PATH_PARAMETER = re.compile(r";([^/;=]*)=[^/;]*")

IN_TEXT = re.compile(rf"\b(?:[a-z][a-z0-9+.-]*://|{'|'.join(CONTENT)})\S+", re.IGNORECASE)
# Of the sentence about the address, rather than of the address.
PUNCTUATION = "'\"`)]}>,.:;!"


def redacted(url: str) -> str:
    """The address without userinfo, and without the values of query and fragment.

    `https://ann:pw@a.example/in?token=1&x#y` is `https://a.example/in?token=*&*#*`.
    Any text will do, also what is no address.
    """
    parts = ADDRESS.fullmatch(url.strip())
    assert parts is not None  # noqa: S101  every part may be empty
    scheme = parts["scheme"] or ""
    if scheme.lower() in CONTENT:
        return scheme + "*"
    place = PATH_PARAMETER.sub(r";\1=*", parts["place"])
    query = "" if parts["query"] is None else "?" + _names(parts["query"])
    fragment = "" if parts["fragment"] is None else "#" + _names(parts["fragment"])
    return f"{scheme}{parts['slashes'] or ''}{place}{query}{fragment}"


def redacted_text(text: str) -> str:
    """The text with every address in it redacted."""
    return IN_TEXT.sub(_redacted_match, text)


def _redacted_match(match: re.Match[str]) -> str:
    url = match[0].rstrip(PUNCTUATION)
    return redacted(url) + match[0][len(url) :]


def _names(pairs: str) -> str:
    """`a=1&b` as `a=*&*`."""
    return "&".join(
        f"{name}=*" if equals else "*" if name else ""
        for name, equals, _ in (pair.partition("=") for pair in pairs.split("&"))
    )
