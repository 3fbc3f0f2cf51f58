"""Says why a page cannot be loaded, by the browser's message about it."""

from __future__ import annotations

from playwright.sync_api import BrowserContext

from capslice.agent.browser.certificate import certificate_of
from capslice.agent.browser.session import DIRECT_CONTEXTS
from capslice.agent.rules.redaction import redacted
from capslice.errors import NothingThere, TargetError, TargetUnreachable

NOTHING_THERE = ("CONNECTION_REFUSED", "NAME_NOT_RESOLVED", "UNKNOWN_HOST", "Could not connect")
CERTIFICATE = ("ERR_CERT_", "SEC_ERROR_", "SSL_ERROR_BAD_CERT", "PKIX_ERROR", "certificate")
# Why browsers do not trust a certificate, by what their messages contain.
WHY = {
    "AUTHORITY_INVALID": "no authority that the browser trusts has signed it",
    "UNKNOWN_ISSUER": "no authority that the browser trusts has signed it",
    "SELF_SIGNED": "no authority that the browser trusts has signed it",
    "DATE_INVALID": "it is not valid today",
    "EXPIRED": "it is not valid today",
    "COMMON_NAME_INVALID": "it is for another host",
    "BAD_CERT_DOMAIN": "it is for another host",
}


def unreachable(url: str, reason: str, context: BrowserContext) -> TargetError:
    """The error of a page that cannot be loaded, with the browser's reason.

    NothingThere if no server answers, TargetError if its certificate is the reason, because a retry
    does not help, and else TargetUnreachable.
    """
    if any(sign in reason for sign in CERTIFICATE):
        why = next((why for sign, why in WHY.items() if sign in reason), "it is not valid")
        # Another way to the site may lead to another certificate.
        named = certificate_of(url) if context in DIRECT_CONTEXTS else ""
        return TargetError(
            f"the browser does not trust the certificate of {redacted(url)}: {why} ({reason}"
            f"{named and f'; {named}'}): if it is your staging site's own, set "
            "browser.ignore_https_errors = true"
        )
    message = f"{redacted(url)} does not answer ({reason}): is it up, and target.url right?"
    is_absent = any(sign in reason for sign in NOTHING_THERE)
    return NothingThere(message) if is_absent else TargetUnreachable(message)
