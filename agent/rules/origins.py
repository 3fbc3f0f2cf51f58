"""Parses origins, from URLs and from the configuration, as browsers do (WHATWG URL Standard)."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from ada_url import URL, join_url

from capslice.agent.rules.redaction import redacted

LOOPBACK = "loopback"
DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Origin:
    """Scheme, host and port of a page (RFC 6454). The host is in ASCII, as browsers write it."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> Origin:
        """The origin of an http or https URL.

        Raises ValueError for any other URL, and for one with a backslash, a blank or a control
        character.
        """
        parts = _parsed(url)
        scheme = parts.protocol.removesuffix(":")
        if scheme not in DEFAULT_PORTS or not parts.hostname:
            raise _no_address(url)
        port = int(parts.port) if parts.port else DEFAULT_PORTS[scheme]
        return cls(scheme, parts.hostname.strip("[]"), port)

    @property
    def is_loopback(self) -> bool:
        """Whether the host is this machine: localhost, *.localhost, 127.0.0.0/8 or ::1."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost" or self.host.endswith(".localhost")

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        default = self.port == DEFAULT_PORTS[self.scheme]
        return f"{self.scheme}://{host}" + ("" if default else f":{self.port}")


HOST = re.compile(r"[\w.-]+(:\d+)?(/|$)")


def check_origin(text: str) -> str:
    """Normalise an origin, or `loopback`. Raises ValueError for anything else."""
    if text == LOOPBACK:
        return text
    if "://" not in text:
        raise ValueError(
            f"{redacted(text)!r} has no scheme: give the origin, such as 'https://{redacted(text)}'"
        )
    origin = Origin.of(text)
    if "*" in origin.host:
        raise ValueError(f"{redacted(text)!r} has a wildcard: name each origin in full")
    parts = _parsed(text)
    if parts.pathname not in ("", "/") or parts.search or parts.hash or parts.username:
        raise ValueError(
            f"{redacted(text)!r} is more than an origin: give only scheme, host and port"
        )
    return str(origin)


def joined(base: str, address: str) -> str:
    """The address that a page at `base` means by `address`. Raises ValueError if there is none."""
    return str(join_url(base, address))


def _parsed(url: str) -> URL:
    # A query may contain them.
    before_query = re.split("[?#]", url, maxsplit=1)[0]
    if any(character <= " " or character in "\\\x7f" for character in before_query):
        raise ValueError(
            f"{redacted(url)!r} has a backslash, a blank or a control character, which browsers "
            "and other programs read differently"
        )
    try:
        return URL(url)
    except ValueError:
        raise _no_address(url) from None


def _no_address(url: str) -> ValueError:
    shown = redacted(url)
    # `localhost:8000` reads like an address whose scheme is `localhost`.
    hint = f", did you mean 'http://{shown}'?" if HOST.match(url) else ""
    return ValueError(f"{shown!r} is not an http or https address{hint}")
