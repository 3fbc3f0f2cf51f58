"""Decides where the agent may act.

There are three rules. The agent acts only on origins that the configuration names. A page on which
it acts sends nothing to other origins, and never the answer. And it never acts on a page that
reCAPTCHA, hCaptcha, Turnstile or a similar service protects. This module decides;
`capslice.agent.page` enforces.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from capslice.agent.rules.carrying import hides_beginning
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


READING = ("GET", "HEAD")
# What a page shows or runs, by the types of DevTools and Playwright in lower case.
PASSIVE = ("image", "media", "font", "stylesheet", "script", "texttrack", "manifest")
# The beginning of a Content-Security-Policy. Requests by HTTP are judged one by one.
CONNECTIONS = "connect-src http: https: data: blob: 'self'"
# The hosts that `loopback` stands for there.
LOOPBACK_HOSTS = ("localhost:*", "*.localhost:*", "127.0.0.1:*")


@dataclass(frozen=True)
class Guard:
    """The allowed origins: `loopback` and origins such as `https://staging.example.org`.

    `subresources` says what a page may load from other origins: "passive" things such as pictures
    and scripts, "all" that it only reads, or "none".
    """

    allowed_origins: tuple[str, ...]
    subresources: Literal["passive", "all", "none"] = "passive"

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

    def may_request(
        self, url: str, method: str, kind: str, answer: str = "", *, page_knows: bool = False
    ) -> bool:
        """Whether a page may send a request that is not for a document.

        `kind` is the type of the request in lower case. `answer` has been typed before. While
        the document shows into which it was typed, the `page_knows` each character, and nothing
        may go to other origins.
        """
        if self.may_show(url):
            return True
        if page_knows or method not in READING or self.subresources == "none":
            return False
        if hides_beginning(answer, url):
            return False
        return self.subresources == "all" or kind in PASSIVE

    @property
    def policy(self) -> str:
        """The Content-Security-Policy that allows WebSockets to the allowed origins only."""
        hosts = [each.partition("://")[2] for each in self.allowed_origins if each != LOOPBACK]
        hosts += LOOPBACK_HOSTS if LOOPBACK in self.allowed_origins else ()
        sockets = (f"{scheme}://{host}" for host in hosts for scheme in ("ws", "wss"))
        return " ".join((CONNECTIONS, *sockets))

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
