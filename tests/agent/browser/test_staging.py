"""What staging sites need: their own certificates, a log-in by the browser, headers, a device."""

from __future__ import annotations

import re
import shutil
import ssl
import subprocess
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from capslice import Reader, new_page, solve
from capslice.agent.browser.launch import system_browser
from capslice.agent.browser.scripts import evaluated
from capslice.agent.browser.sync_async import run_synchronously
from capslice.agent.browser.unreachable import unreachable
from capslice.agent.page.sync_captcha_page import SyncCaptchaPage
from capslice.agent.rules.redaction import redacted_text
from capslice.agent.settings import Browser as BrowserSettings
from capslice.agent.settings import Settings, Target
from capslice.errors import ConfigurationError, TargetError, TargetUnreachable
from capslice.training.mock_page import MockPage, Switches
from capslice.training.pictures import EllipseCaptcha
from tests.agent.conftest import Answer, Site, served
from tests.conftest import in_a_thread, settings_for

SUBJECT = ("-subj", "/O=Acme/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate that signs itself; its key is in a file beside it."""
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl to make a certificate with")
    file = tmp_path_factory.mktemp("tls") / "own.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-keyout", str(file.with_suffix(".key")), "-out", str(file), *SUBJECT]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return file


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b"<input id=answer>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def secure_site(certificate: Path, *, asks: bool) -> Iterator[str]:
    """A site with that certificate; if it asks, only a browser with the same one may enter."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_suffix(".key"))
    if asks:
        context.load_verify_locations(certificate)
        context.verify_mode = ssl.CERT_REQUIRED
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with served(server) as url:
        yield url.replace("http:", "https:")


def opened(browser: Browser, url: str, given: dict[str, Any], **target: object) -> Page:
    """Open the address in a new session with these settings of the browser."""
    page = new_page(browser, BrowserSettings.model_validate(given))
    try:
        with SyncCaptchaPage(page, Target.model_validate({"url": url, **target}), 10) as captcha:
            captcha.open()
            page.locator("#answer").wait_for(timeout=10_000)
    except BaseException:
        page.context.close()
        raise
    return page


def test_a_self_signed_certificate(browser: Browser, certificate: Path) -> None:
    with secure_site(certificate, asks=False) as url:
        with pytest.raises(
            TargetError, match=r"no authority .* has signed it \(.*ERR_CERT"
        ) as told:
            opened(browser, url, {})
        assert not isinstance(told.value, TargetUnreachable), "a retry does not help"
        named = (
            r"certificate CN=127.0.0.1, O=Acme for 127.0.0.1, signed by itself, valid from .* to "
        )
        assert re.search(named + r".*set browser\.ignore_https_errors", str(told.value))
        opened(browser, url, {"ignore_https_errors": True}).context.close()


@pytest.mark.parametrize(
    ("reason", "why"),
    [
        ("net::ERR_CERT_DATE_INVALID", "it is not valid today"),
        ("net::ERR_CERT_COMMON_NAME_INVALID", "it is for another host"),
        ("SEC_ERROR_UNKNOWN_ISSUER", "no authority that the browser trusts has signed it"),
        ("MOZILLA_PKIX_ERROR_SELF_SIGNED_CERT", "no authority that the browser trusts"),
        ("net::ERR_CERT_WEAK_KEY", "it is not valid"),
    ],
)
def test_why_a_certificate_is_not_trusted(reason: str, why: str, browser: Browser) -> None:
    # Nobody listens there, so that no certificate can be named.
    page = new_page(browser)
    error = unreachable("https://127.0.0.1:9/a?token=1", reason, page.context)
    page.context.close()
    assert f"certificate of https://127.0.0.1:9/a?token=*: {why}" in str(error)
    assert f"({reason})" in str(error)


def test_behind_a_proxy_only_the_browser_connects(browser: Browser, certificate: Path) -> None:
    with secure_site(certificate, asks=False) as url:
        settings = BrowserSettings.model_validate({"proxy": {"server": "http://127.0.0.1:9"}})
        page = new_page(browser, settings)
        error = unreachable(url, "net::ERR_CERT_AUTHORITY_INVALID", page.context)
        page.context.close()
        assert "signed by itself" not in str(error)


def test_a_client_certificate(browser: Browser, certificate: Path) -> None:
    with secure_site(certificate, asks=True) as url:
        own = {"origin": url, "certificate": certificate, "key": certificate.with_suffix(".key")}
        given = {"ignore_https_errors": True, "client_certificates": [own]}
        opened(browser, url, given).context.close()
        with pytest.raises(TargetUnreachable):
            opened(browser, url, {"ignore_https_errors": True})
        with pytest.raises(ConfigurationError, match=r"browser\.client_certificates"):
            opened(browser, url, {"client_certificates": [own | {"key": "/nowhere.pem"}]})


LEAVES = "() => location.pathname === '/in' || new Promise(() => location.assign('/in'))"


def test_a_script_runs_in_the_next_page_if_the_page_is_being_left(
    site: Callable[..., Site], browser: Browser
) -> None:
    """As after a step that logs in."""
    here = site({"/": Answer(b"<p>"), "/in": Answer(b"<p>")})
    page = new_page(browser)
    page.goto(here.url)
    assert run_synchronously(evaluated(page, LEAVES)) is True
    page.context.close()


@pytest.fixture
def echo() -> Iterator[tuple[str, list[dict[str, str]]]]:
    """A site that asks for a log-in, and the headers that it got."""
    got: list[dict[str, str]] = []

    class Asking(Handler):
        def do_GET(self) -> None:
            if "favicon" in self.path:
                return
            got.append({name.lower(): value for name, value in self.headers.items()})
            if self.headers["Authorization"] == f"Basic {b64encode(b'ann:pa55-word').decode()}":
                super().do_GET()
                return
            self.send_response(401)
            self.send_header("WWW-Authenticate", "Basic realm=staging")
            self.send_header("Content-Length", "0")
            self.end_headers()

    with served(ThreadingHTTPServer(("127.0.0.1", 0), Asking)) as url:
        yield url, got


def test_http_authentication_device_and_headers(
    browser: Browser, echo: tuple[str, list[dict[str, str]]], site: Callable[..., Site]
) -> None:
    url, got = echo
    auth = {"origin": url, "username": "ann", "password": "pa55-word"}
    given = {
        "http_auth": auth, "user_agent": "Telephone/1", "viewport": (390, 844),
        "color_scheme": "dark",
    }  # fmt: skip
    page = opened(browser, url, given, headers={"X-Staging": "t0ken"})
    assert got[-1]["x-staging"] == "t0ken"
    assert got[-1]["user-agent"].startswith("Telephone/1 capslice/")
    assert page.evaluate("[innerWidth, innerHeight]") == [390, 844]
    assert page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    assert redacted_text("a pa55-word b") == "a * b"
    page.context.close()
    with pytest.raises(TargetError, match="answers 401"):
        opened(browser, url, {})
    with pytest.raises(TargetError, match="answers 401"):
        opened(browser, url, {"http_auth": auth | {"origin": "http://127.0.0.1:1"}})


def test_a_device_of_playwright(captcha: EllipseCaptcha, reader: Reader) -> None:
    def solve_on_a_telephone(url: str) -> bool:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=system_browser())
            page = browser.new_context(**playwright.devices["iPhone 13"]).new_page()
            page.goto(url)
            return solve(page, settings_for(url), reader=reader).solved

    with MockPage(captcha, Switches(reject_first=1), seed=1) as mock:
        assert in_a_thread(solve_on_a_telephone, mock.url)
        assert all("iPhone" in agent for agent in mock.visits.user_agents)
        assert any("iPhone" in agent and " capslice/" in agent for agent in mock.visits.user_agents)


def test_headers_go_to_the_allowed_origins_only(
    browser: Browser, echo: tuple[str, list[dict[str, str]]], site: Callable[..., Site]
) -> None:
    url, got = echo
    here = site({"/": Answer(f'<input id="answer"><img src="{url}">'.encode())})
    target = {"allowed_origins": [here.url.rstrip("/")], "headers": {"X-Staging": "t0ken"}}
    page = opened(browser, here.url, {}, **target)
    page.wait_for_load_state()
    page.context.close()
    assert got
    assert all("x-staging" not in headers for headers in got)


def test_a_wrong_secret_is_not_shown(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[browser.http_auth]\norigin = "x"\n[target.headers]\n"a b" = "s3cret"')
    with pytest.raises(ConfigurationError, match=r"http_auth\.origin = 'x' is wrong") as told:
        Settings.load(config)
    assert "s3cret" not in str(told.value)
