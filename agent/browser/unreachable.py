"""Says why a page cannot be loaded, by the browser's message about it."""

from __future__ import annotations

from capslice.errors import NothingThere, TargetError, TargetUnreachable

NOTHING_THERE = ("CONNECTION_REFUSED", "NAME_NOT_RESOLVED", "UNKNOWN_HOST", "Could not connect")
CERTIFICATE = ("ERR_CERT_", "SEC_ERROR_", "SSL_ERROR_BAD_CERT", "certificate")


def unreachable(message: str) -> TargetError:
    """The error of a page that cannot be loaded, by the browser's message about it.

    NothingThere if no server answers, TargetError if its certificate is the reason, because a retry
    does not help, and else TargetUnreachable.
    """
    if any(sign in message for sign in CERTIFICATE):
        return TargetError(
            f"{message}; the browser does not trust the certificate of this site: if it is your "
            "staging site's own, set browser.ignore_https_errors = true"
        )
    is_absent = any(sign in message for sign in NOTHING_THERE)
    return NothingThere(message) if is_absent else TargetUnreachable(message)
