"""Opens pages in sessions of their own, with a User-Agent that names capslice."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any
from weakref import WeakSet

from playwright.sync_api import Browser, BrowserContext, HttpCredentials, Page
from playwright.sync_api import Error as PlaywrightError

from capslice.agent.browser.launch import CHROMIUM
from capslice.agent.browser.scripts import checked
from capslice.agent.browser.sync_async import first_line, result
from capslice.agent.browser.time_limit import limited
from capslice.agent.rules.redaction import keep_secret
from capslice.agent.settings import Browser as BrowserSettings
from capslice.agent.settings import ClientCertificate, HttpAuth
from capslice.errors import BrowserError, BrowserGone, ConfigurationError
from capslice.files import read_at_most

# The contexts that capslice itself opened and closes.
OWN_CONTEXTS: WeakSet[BrowserContext] = WeakSet()
# Those whose browser reaches sites from this machine, without a proxy.
DIRECT_CONTEXTS: WeakSet[BrowserContext] = WeakSet()


def new_page(browser: Browser, settings: BrowserSettings | None = None) -> Page:
    """Open a page in a new session whose User-Agent names capslice and its version.

    Raises ConfigurationError if browser.storage_state cannot be used, and BrowserGone if the
    browser was closed.
    """
    return new_session(browser, settings or BrowserSettings()).new_page()


def own_session(browser: Browser, settings: BrowserSettings) -> BrowserContext:
    """Open a new session that capslice itself closes; the guard of its pages stays until then.

    Raises what `new_session` raises.
    """
    context = new_session(browser, settings)
    OWN_CONTEXTS.add(context)
    return context


def new_session(browser: Browser, settings: BrowserSettings) -> BrowserContext:
    """Open a new session, with the login in browser.storage_state if that is set.

    Raises ConfigurationError if browser.storage_state cannot be used, and BrowserGone if the
    browser was closed.
    """
    try:
        width, height = settings.viewport
        context = browser.new_context(
            # The guard would not see the requests of a service worker.
            service_workers="block",
            storage_state=_stored(settings.storage_state),
            user_agent=user_agent(browser, settings),
            viewport={"width": width, "height": height},
            color_scheme=settings.color_scheme,
            ignore_https_errors=settings.ignore_https_errors,
            http_credentials=_credentials(settings.http_auth),
            client_certificates=[_certificate(each) for each in settings.client_certificates],
        )
        if not (settings.proxy.server or settings.server or settings.cdp):
            DIRECT_CONTEXTS.add(context)
        return context
    except (PlaywrightError, OSError, ValueError) as error:
        reason = first_line(error) if isinstance(error, PlaywrightError) else _reason(error)
        if not browser.is_connected():
            raise BrowserGone(f"the browser is gone: {reason}") from None
        if settings.client_certificates and (
            isinstance(error, OSError) or "certificate" in reason.lower()
        ):
            raise ConfigurationError(f"browser.client_certificates: {reason}") from None
        if settings.storage_state is None:
            raise BrowserError(f"the browser cannot open a page: {reason}") from None
        raise ConfigurationError(
            f"browser.storage_state {settings.storage_state} cannot be used ({reason}): write one "
            "with Playwright's context.storage_state(path=...)"
        ) from None


def _stored(file: Path | None) -> Any:
    return None if file is None else json.loads(read_at_most(file))


def _reason(error: OSError | ValueError) -> str:
    return getattr(error, "strerror", None) or str(error)


def _credentials(auth: HttpAuth) -> HttpCredentials | None:
    if not auth.origin:
        return None
    password = auth.password.get_secret_value()
    keep_secret(password)
    return {"origin": auth.origin, "username": auth.username, "password": password}


def _certificate(given: ClientCertificate) -> Any:  # Playwright does not export its type
    passphrase = given.passphrase.get_secret_value()
    keep_secret(passphrase)
    return {
        "origin": given.origin,
        "cert": _content(given.certificate),
        "key": _content(given.key),
        "passphrase": passphrase,
    }


def _content(file: Path) -> bytes:
    try:
        return read_at_most(file)
    except OSError as error:
        raise OSError(error.errno, f"{file} cannot be read: {_reason(error)}") from None


def user_agent(browser: Browser, settings: BrowserSettings) -> str:
    """The User-Agent of the settings, or the usual one, followed by the signature of capslice."""
    if settings.user_agent:
        return f"{settings.user_agent} {signature(settings.contact)}"
    number = browser.version.partition(".")[0]
    usual = {
        "chromium": f"AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{number}.0.0.0 Safari/537.36",
        "firefox": f"(rv:{number}.0) Gecko/20100101 Firefox/{number}.0",
        "webkit": f"AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{number}.0 Safari/605.1.15",
    }
    return f"Mozilla/5.0 {usual[browser.browser_type.name]} {signature(settings.contact)}"


def signature(contact: str) -> str:
    """The name and version of capslice, and the contact if there is one."""
    return f"capslice/{version('capslice')}" + (f" (+{contact})" if contact else "")


@asynccontextmanager
async def signed_user_agent(page: Page, settings: BrowserSettings) -> AsyncIterator[None]:
    """Add the signature of capslice to the User-Agent of a caller's page, and remove it later.

    Only Chromium can change the User-Agent of an open page; in other browsers it stays.

    Raises BrowserGone if the page was closed or does not respond.
    """
    if page.is_closed():
        raise BrowserGone("the page was closed: open a new one")
    try:
        async with limited(page, settings.timeout):
            current = checked(await result(page.evaluate("navigator.userAgent")), str)
    except PlaywrightError as error:
        raise BrowserGone(f"the page is gone: {first_line(error)}") from None
    browser = page.context.browser
    if "capslice/" in current or (browser and browser.browser_type.name != CHROMIUM):
        yield
        return
    session = await result(page.context.new_cdp_session(page))
    override = {"userAgent": f"{current} {signature(settings.contact)}"}
    await result(session.send("Emulation.setUserAgentOverride", override))
    try:
        yield
    finally:
        # The caller may have closed the page, or it does not respond.
        with suppress(PlaywrightError, BrowserGone):
            async with limited(page, settings.timeout):
                await result(session.detach())
