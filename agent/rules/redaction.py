"""Removes secrets from addresses: user names, passwords, tokens.

The names in a query or a fragment stay, because they show the purpose of the request. Each value
becomes `*`, and so does a part without a name.
"""

from __future__ import annotations

import re
from urllib.parse import quote, quote_plus

# urlsplit raises an error for invalid addresses, which may occur in error messages.
ADDRESS = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*:(?=//)|data:|javascript:|blob:)?"
    r"(?P<slashes>//)?(?:[^/?#]*@)?(?P<path>[^?#]*)"
    r"(?:\?(?P<query>[^#]*))?(?:#(?P<fragment>.*))?",
    re.IGNORECASE | re.DOTALL,
)
# The rest of such an address is the content of the page.
CONTENT_SCHEMES = ("data:", "javascript:", "blob:")
# A path may have parameters: /login;jsessionid=1234
PATH_PARAMETER = re.compile(r";([^/;=]*)=[^/;]*")

# A page may write any text: the time of these patterns grows with its length, not with the square.
ADDRESS_IN_TEXT = re.compile(
    rf"\b(?:[a-z][a-z0-9+.-]{{0,30}}://|{'|'.join(CONTENT_SCHEMES)})\S+", re.IGNORECASE
)
# An address without scheme and host, with a query: /picture?token=1
RELATIVE_IN_TEXT = re.compile(r"(?<![\w./~%-])[\w./~%-]*+\?[\w.~%\[\]-]++=[^\s\"'<>()]*")
# Values that no message shows, such as the password of a step before the captcha.
_SECRETS: set[str] = set()
# Characters at the end that belong to the sentence around the address.
PUNCTUATION = "'\"`)]}>,.:;!"


def keep_secret(value: str) -> None:
    """From now on, leave out this value wherever something is redacted, also as forms send it."""
    if value:
        _SECRETS.update((value, quote(value, safe=""), quote_plus(value)))


def redacted(url: str) -> str:
    """The address without userinfo, and without the values of query and fragment.

    `https://ann:pw@a.example/in?token=1&x#y` becomes `https://a.example/in?token=*&*#*`.
    Accepts any text, including invalid addresses.
    """
    parts = ADDRESS.fullmatch(url.strip())
    assert parts is not None  # noqa: S101  every part may be empty
    scheme = parts["scheme"] or ""
    if scheme.lower() in CONTENT_SCHEMES:
        return scheme + "*"
    path = PATH_PARAMETER.sub(r";\1=*", parts["path"])
    query = "" if parts["query"] is None else "?" + _names(parts["query"])
    fragment = "" if parts["fragment"] is None else "#" + _names(parts["fragment"])
    return without_kept(f"{scheme}{parts['slashes'] or ''}{path}{query}{fragment}")


def redacted_text(text: str) -> str:
    """The text with every address in it redacted, and without the values that are kept secret."""
    text = ADDRESS_IN_TEXT.sub(_redacted_match, text)
    return without_kept(RELATIVE_IN_TEXT.sub(_redacted_match, text))


def without_kept(text: str) -> str:
    """The text without the values that are kept secret."""
    for secret in _SECRETS:
        text = text.replace(secret, "*")
    return text


def _redacted_match(match: re.Match[str]) -> str:
    url = match[0].rstrip(PUNCTUATION)
    return redacted(url) + match[0][len(url) :]


def _names(pairs: str) -> str:
    """`a=1&b` becomes `a=*&*`."""
    return "&".join(
        f"{name}=*" if equals else "*" if name else ""
        for name, equals, _ in (pair.partition("=") for pair in pairs.split("&"))
    )
