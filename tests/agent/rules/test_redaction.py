"""Addresses keep no secrets when they are written down."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capslice.agent.rules.redaction import redacted, redacted_text


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000/"),
        ("https://ann:pw@a.example/in?token=1&x#y", "https://a.example/in?token=*&*#*"),
        ("https://a.example?code#access_token=1&state=2", "https://a.example?*#access_token=*&state=*"),
        ("http://a.example/in;jsessionid=1/x;v=2?", "http://a.example/in;jsessionid=*/x;v=*?"),
        ("http://a@b@c.example/@path", "http://c.example/@path"),
        ("http://[::1", "http://[::1"),
        ("ann:pw@a.example", "a.example"),
        ("data:text/html,secret", "data:*"),
        ("about:blank", "about:blank"),
        ("", ""),
    ],
)  # fmt: skip
def test_redacted_addresses(url: str, kept: str) -> None:
    assert redacted(url) == kept


def test_addresses_in_a_sentence() -> None:
    assert redacted_text(
        "http://a:b@h/?t=1 does not answer ('https://h/#x'), nor does DATA:text/html,x: is it up?"
    ) == ("http://h/?t=* does not answer ('https://h/#*'), nor does DATA:*: is it up?")


names = st.text("abcxyz_", min_size=1)


@pytest.mark.parametrize("part", ["a", "a.", "/", "?", "?a", "a:", "://a", "?a=", "@"])
def test_a_long_text_takes_no_hours(part: str) -> None:
    """It would if the time grew with the square of the length."""
    redacted_text(part * 1_000_000)


SECRET = "S3CR3T"


secrets = st.text(st.characters(exclude_characters="&#/?@ ", exclude_categories=["C", "Z"])).map(
    lambda text: SECRET + text
)


@given(st.lists(st.tuples(names, secrets)), st.lists(st.tuples(names, secrets)), secrets)
def test_no_secret_is_kept(
    query: Sequence[tuple[str, str]], fragment: Sequence[tuple[str, str]], password: str
) -> None:
    def pairs(given: Sequence[tuple[str, str]]) -> str:
        return "&".join(f"{name}={value}" for name, value in given)

    url = f"https://ann:{password}@a.example/in?{pairs(query)}#{pairs(fragment)}"
    kept = redacted(url)
    assert SECRET not in kept
    assert kept.startswith("https://a.example/in?")
    assert all(name in kept for name, _ in (*query, *fragment))
    assert SECRET not in redacted_text(f"at '{url}', {url}")


@given(st.text())
def test_redaction_is_idempotent(text: str) -> None:
    redacted(text)
    url = "http://" + text
    assert redacted(redacted(url)) == redacted(url)
    assert redacted_text(redacted_text(url)) == redacted_text(url)
