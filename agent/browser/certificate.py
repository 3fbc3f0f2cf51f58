"""Names the certificate of a site, for a message about a browser that does not trust it."""

from __future__ import annotations

import socket
import ssl
from typing import Any

from capslice.agent.rules.origins import Origin
from capslice.errors import one_line

SECONDS = 3.0  # for each of two handshakes
NO_CHECK_TIME = 0x200000  # of OpenSSL, which Python does not name
NAMES = {"commonName": "CN", "organizationName": "O"}


def certificate_of(url: str) -> str:
    """Return whose certificate the site has, from whom, and how long it is valid; "" if unknown.

    Makes a TLS connection to the site from this process, and sends nothing over it.
    """
    origin = Origin.of(url)
    address = (origin.host, origin.port)
    try:
        own = ssl.get_server_certificate(address, timeout=SECONDS)
        # Python describes only a certificate that it trusts, so let it trust this one alone.
        context = ssl.create_default_context(cadata=own)
        context.check_hostname = False
        context.verify_flags = ssl.VERIFY_X509_PARTIAL_CHAIN | NO_CHECK_TIME
        with (
            socket.create_connection(address, SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=origin.host) as secure,
        ):
            found: dict[str, Any] = secure.getpeercert() or {}
    except (OSError, ValueError):  # ssl.SSLError is an OSError
        return ""
    subject, issuer = (_name(found.get(part, ())) for part in ("subject", "issuer"))
    hosts = ", ".join(name for _, name in found.get("subjectAltName", ()))
    by = "itself" if issuer == subject else issuer
    return one_line(
        f"certificate {subject} for {hosts or 'no host'}, signed by {by}, valid from "
        f"{found.get('notBefore')} to {found.get('notAfter')}"
    )


def _name(parts: tuple[tuple[tuple[str, str], ...], ...]) -> str:
    known = dict(pair for part in parts for pair in part)
    return ", ".join(f"{short}={known[name]}" for name, short in NAMES.items() if name in known)
