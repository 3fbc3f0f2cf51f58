"""Allowed origins and protection services."""

from __future__ import annotations

import re

import ada_url
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capslice.agent.rules.guard import Guard, protection_service
from capslice.agent.rules.origins import Origin, check_origin
from capslice.errors import OriginNotAllowed

LOOPBACK = Guard(("loopback",))
STAGING = Guard(("https://staging.example.org", "http://10.0.0.7:8080"))


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1/", "http://127.0.0.1:8000/x?y", "https://localhost:1", "http://[::1]:5/",
     "http://127.8.9.1/", "http://app.localhost:3000/", "http://127.1/", "http://127.0.0.1/?a=\\"],
)  # fmt: skip
def test_this_machine_is_allowed(url: str) -> None:
    assert LOOPBACK.allows(url)


@pytest.mark.parametrize(
    "url",
    ["http://example.org/", "http://127.0.0.1.example.org/", "http://localhost.example.org/",
     "http://127.0.0.1@example.org/", "http://192.168.0.1/", "https://localhost@example.org:1/",
     "http://1270.0.0.1/", "http://example.org/#http://127.0.0.1/", "http://localhost.app/",
     "http://foreign\\@127.0.0.1/", "http://127.0.0.1\\@foreign/", "http://127.0.0.1\t.foreign/",
     "http://127.0.0.1 .foreign/", " http://127.0.0.1/", "http://127.0.0.1/\x7f"],
)  # fmt: skip
def test_other_machines_are_not_allowed(url: str) -> None:
    assert not LOOPBACK.allows(url)
    with pytest.raises(OriginNotAllowed, match=r"target\.(allowed_origins|url)"):
        LOOPBACK.check(url)


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "file:///etc/passwd", "nonsense", ""])
def test_other_addresses_are_errors(url: str) -> None:
    with pytest.raises(OriginNotAllowed, match="not an http or https address"):
        LOOPBACK.check(url)


@pytest.mark.parametrize("url", ["localhost:8000", "127.0.0.1:8000/x", "staging.example.org"])
def test_an_address_without_a_scheme_is_completed(url: str) -> None:
    with pytest.raises(OriginNotAllowed, match=f"did you mean 'http://{url}'"):
        LOOPBACK.check(url)


def test_an_origin_is_scheme_host_and_port() -> None:
    assert STAGING.allows("https://staging.example.org/login")
    assert STAGING.allows("https://staging.example.org:443/login")
    assert STAGING.allows("http://10.0.0.7:8080/")
    for other in (
        "http://staging.example.org/",
        "https://staging.example.org:8443/",
        "https://example.org/",
        "http://10.0.0.7/",
        "http://127.0.0.1/",
    ):
        assert not STAGING.allows(other)


def test_origins_in_the_configuration() -> None:
    assert check_origin("loopback") == "loopback"
    assert check_origin("https://Staging.Example.org:443/") == "https://staging.example.org"
    assert str(Origin.of("http://[::1]:8000/x")) == "http://[::1]:8000"
    for wrong in ("staging.example.org", "https://a.b/path", "https://u:p@a.b", "ftp://a.b", ""):
        with pytest.raises(ValueError, match=r"origin|address"):
            check_origin(wrong)


def test_a_name_and_its_punycode_are_one_origin() -> None:
    assert check_origin("https://müller.example") == "https://xn--mller-kva.example"
    guard = Guard((check_origin("https://müller.example"),))
    assert guard.allows("https://MÜLLER.example/x")
    assert guard.allows("https://xn--mller-kva.example/x")


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("staging.example.org", "such as 'https://staging.example.org'"),
        ("https://*.example.org", "name each origin in full"),
        ("https://a.example\\@b.example", "backslash"),
    ],
)
def test_a_wrong_origin_says_what_would_be_right(wrong: str, right: str) -> None:
    with pytest.raises(ValueError, match=re.escape(right)):
        check_origin(wrong)


@given(st.text(alphabet="htps:/\\@.#?a1[]% \tü-*0x", max_size=40))
def test_any_address_is_parsed_as_browsers_do(text: str) -> None:
    for url in (text, f"http://127.0.0.1{text}", f"http://{text}@127.0.0.1/"):
        if LOOPBACK.allows(url):
            assert Origin.of(ada_url.URL(url).href).is_loopback


@pytest.mark.parametrize(
    ("kind", "method", "url", "allowed"),
    [
        ("image", "GET", "https://cdn.example/a.png", True),
        ("image", "GET", "https://cdn.example/526328.png", False),
        ("image", "POST", "https://cdn.example/a.png", False),
        ("xhr", "GET", "https://cdn.example/a.json", False),
        ("xhr", "POST", "http://127.0.0.1:5/526328", True),
        ("image", "GET", "data:image/png;base64,526328", True),
    ],
)
def test_what_a_page_may_request(kind: str, method: str, url: str, allowed: bool) -> None:
    assert LOOPBACK.may_request(url, method, kind, "526328") is allowed


@pytest.mark.parametrize(
    ("address", "service"),
    [
        ("https://www.google.com/recaptcha/api.js", "reCAPTCHA"),
        ("https://www.recaptcha.net/recaptcha/enterprise.js", "reCAPTCHA"),
        ("https://js.hcaptcha.com/1/api.js", "hCaptcha"),
        ("https://hcaptcha.com/1/api.js", "hCaptcha"),
        ("https://challenges.cloudflare.com/turnstile/v0/api.js", "Turnstile"),
        ("https://client-api.arkoselabs.com/v2/x/api.js", "Arkose FunCaptcha"),
        ("https://static.geetest.com/v4/gt4.js", "GeeTest"),
        ("https://nothcaptcha.com/x.js", None),
        ("http://127.0.0.1/jquery.js", None),
    ],
)
def test_protection_services_are_recognised(address: str, service: str | None) -> None:
    assert protection_service(["http://127.0.0.1/a.js", address]) == service
