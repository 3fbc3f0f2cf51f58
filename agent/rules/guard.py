"""Decides where the agent may act.

There are two rules. The agent acts only on origins that the configuration names. It never acts on
a page that reCAPTCHA, hCaptcha, Turnstile or a similar service protects. This module decides;
`capslice.agent.page` enforces.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from capslice.agent.rules.origins import LOOPBACK, Origin
from capslice.agent.rules.redaction import redacted
from capslice.errors import OriginNotAllowed

# The addresses of the scripts and frames of each service.
PROTECTION_SERVICES = {
    "reCAPTCHA": ("google.com/recaptcha", "recaptcha.net/recaptcha"),
    "hCaptcha": ("hcaptcha.com/",),
    "Turnstile": ("challenges.cloudflare.com/",),
    "Arkose FunCaptcha": ("arkoselabs.com/", "funcaptcha.com/"),
    "GeeTest": ("geetest.com/",),
}


@dataclass(frozen=True)
class Guard:
    """The allowed origins: `loopback` and origins such as `https://staging.example.org`."""

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

    def may_show(self, url: str) -> bool:
        """Whether a page or frame may show the document at this address.

        about:, data: and blob: documents come from no server.
        """
        return not url.startswith(("http:", "https:")) or self.allows(url)

    def check(self, url: str) -> None:
        """Raises OriginNotAllowed if `allows` returns False."""
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


def protection_service(addresses: Iterable[str]) -> str | None:
    """The service that one of the script or frame addresses of a page belongs to, or None."""
    for address in addresses:
        host_and_path = address.partition("://")[2]
        for name, parts in PROTECTION_SERVICES.items():
            if any(f".{part}" in f".{host_and_path}" for part in parts):
                return name
    return None


def protected_message(url: str, service: str) -> str:
    """The error message for a page that `service` protects."""
    return f"{redacted(url)} is protected by {service}, which capslice does not touch"
