"""Where the agent may act, and what it declines to act on.

Two rules, in words that a reader can check: it acts only on origins that the
configuration names, and never on a page that is protected by reCAPTCHA, hCaptcha,
Turnstile and their like. This module decides; the page object enforces.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from capslice.agent.rules.origins import LOOPBACK, Origin
from capslice.agent.rules.redaction import redacted
from capslice.errors import OriginNotAllowed

# Addresses that the widgets of protection services load their scripts and frames from.
PROTECTORS = {
    "reCAPTCHA": ("google.com/recaptcha", "recaptcha.net/recaptcha"),
    "hCaptcha": ("hcaptcha.com/",),
    "Turnstile": ("challenges.cloudflare.com/",),
    "Arkose FunCaptcha": ("arkoselabs.com/", "funcaptcha.com/"),
    "GeeTest": ("geetest.com/",),
}


@dataclass(frozen=True)
class Guard:
    """Knows the allowed origins: `loopback`, or such as `https://staging.example.org`."""

    allowed_origins: tuple[str, ...]

    def allows(self, url: str) -> bool:
        """Whether the agent may act on the page at this address."""
        try:
            origin = Origin.of(url)
        except ValueError:
            return False
        if LOOPBACK in self.allowed_origins and origin.is_loopback:
            return True
        return str(origin) in self.allowed_origins

    def check(self, url: str) -> None:
        """Raises OriginNotAllowed where `allows` is false."""
        if self.allows(url):
            return
        try:
            name = str(Origin.of(url))
        except ValueError as error:
            raise OriginNotAllowed(f"{error}: correct target.url") from None
        raise OriginNotAllowed(
            f"{name} is not an allowed origin ({', '.join(self.allowed_origins)}): if the site is "
            "yours to test, add it to target.allowed_origins"
        )


def protector(addresses: Iterable[str]) -> str | None:
    """The protection service that one of a page's script or frame addresses belongs to."""
    for address in addresses:
        host_and_path = address.partition("://")[2]
        for name, marks in PROTECTORS.items():
            if any(f".{mark}" in f".{host_and_path}" for mark in marks):
                return name
    return None


def declined(url: str, service: str) -> str:
    """What is said of a page that such a service protects."""
    return f"{redacted(url)} is protected by {service}, which capslice does not touch"
