"""What leaks an answer: sums and hashes of it, and the outlines of an SVG."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capslice.agent.audit.probing.leaks import checksums, leaked_checksum
from capslice.agent.audit.probing.outlines import outlines, tell_characters
from capslice.agent.rules.carrying import carries, hides

ANSWERS = ["526328", "904417", "K3mQ9x"]


def page(text: object) -> str:
    return f"<p>5 of 10 seats, since 1999</p><script>check({text}, 0.5)</script>"


@pytest.mark.parametrize("name", checksums(""))
@pytest.mark.parametrize("change", [str, str.lower, str.upper])
def test_each_checksum_is_found(name: str, change: type[str]) -> None:
    pages = [(answer, page(checksums(change(answer))[name])) for answer in ANSWERS]
    found = leaked_checksum(pages)
    assert found is not None
    assert [checksums(change(a))[name] for a in ANSWERS] == [
        checksums(change(a))[found] for a in ANSWERS
    ]


def test_known_values() -> None:
    sums = checksums("ab")
    assert list(sums.values()) == [195, 97 + 196, 5863208, 3105, 0x9E83486D]
    assert checksums("zzzzzzzz")["hash of its character codes (times 31)"] < 0, "32 bits, signed"


def test_a_sum_by_chance_is_no_leak() -> None:
    sums = [checksums(answer)["sum of its character codes"] for answer in ANSWERS]
    # The same numbers are on every page, or only two pages have their own.
    assert leaked_checksum([(answer, page(sums)) for answer in ANSWERS]) is None
    own = [(answer, page(number)) for answer, number in zip(ANSWERS, sums, strict=True)]
    assert leaked_checksum([*own[:2], (ANSWERS[2], page(""))]) is None
    same = [("12", page(99)), ("21", page(99))]
    assert leaked_checksum(same) is None
    assert leaked_checksum([]) is None


def glyph(character: str, x: float, rng: np.random.Generator) -> str:
    """A path whose commands depend on the character only; its numbers are random."""
    commands = ["M", *"LQZC"[: 1 + ord(character) % 4] * (2 + ord(character) % 5), "Z"]
    numbers = {"M": 2, "L": 2, "Q": 4, "C": 6, "Z": 0}
    first = f"M{x:.2f} {rng.uniform():.2f}"
    rest = "".join(
        c + " ".join(f"{n:.2f}" for n in rng.normal(size=numbers[c])) for c in commands[1:]
    )
    return f'<path fill="#333" d="{first}{rest}"/>'


def svg(answer: str, rng: np.random.Generator, noise: bool = False) -> str:
    paths = [glyph(c if not noise else chr(rng.integers(97, 120)), 30.0 * i, rng)
             for i, c in enumerate(answer)]  # fmt: skip
    lines = [f'<path d="M{rng.uniform(0, 9):.1f} 1L9 9" stroke="#444"/>' for _ in range(3)]
    mixed = rng.permutation(paths + lines)
    return f'<svg xmlns="http://www.w3.org/2000/svg"><rect/>{"".join(mixed)}</svg>'


def test_outlines_of_a_font_tell_the_characters(rng: np.random.Generator) -> None:
    pictures = [(answer, svg(answer, rng)) for answer in ("314159", "265358", "979323")]
    assert tell_characters(pictures) == (9, 18)
    capitals = [(answer, svg(answer.upper(), rng)) for answer in ("aBBa", "ABab", "bbAa")]
    assert tell_characters(capitals) == (10, 12)
    two_cases = [(answer, svg(answer, rng)) for answer in ("aBBa", "ABab", "bbAa")]
    assert tell_characters(two_cases) == (8, 12)


def test_outlines_that_differ_each_time_tell_nothing(rng: np.random.Generator) -> None:
    pictures = [(answer, svg(answer, rng, noise=True)) for answer in ("314159", "265358", "979323")]
    assert tell_characters(pictures) is None
    strokes = '<svg xmlns="http://www.w3.org/2000/svg">' + '<path d="M1 1L2 2"/>' * 6 + "</svg>"
    assert tell_characters([("314159", strokes), ("265358", strokes)]) is None
    assert tell_characters([("314159", ""), ("265358", "<svg")]) is None


def test_text_and_symbols_in_an_svg() -> None:
    words = '<text x="40">2</text><text x="5"><tspan>7</tspan></text>'
    assert outlines(f'<svg>{words}<use x="60" href="#g3"/></svg>', 3) == ["7", "2", "#g3"]
    bomb = '<!DOCTYPE s [<!ENTITY a "aaaa">]><svg><text>&a;</text></svg>'
    assert outlines(bomb, 4) == []


@given(st.text(max_size=300), st.integers(1, 8))
def test_any_text_may_stand_for_an_svg(text: str, length: int) -> None:
    assert len(outlines(text, length)) in (0, length)


@pytest.mark.parametrize(
    ("url", "body", "expected"),
    [
        ("https://a.example/check?answer=526328", b"", True),
        ("https://a.example/check/526328.json", b"", True),
        ("https://a.example/", b"answer=526328&go=1", True),
        ("https://a.example/", b'{"a": ["526328"]}', True),
        ("https://a.example/", b"a=k3MQ9X", False),
        ("https://a.example/?t=15263281", b"id=a526328", False),
        ("https://526328.example/", b"", True),
        ("https://a.example/?x=NTI2MzI4", b"", True),
        ("https://a.example/", b"\xff\xfe%zz", False),
    ],
)
def test_a_request_that_carries_an_answer(url: str, body: bytes, expected: bool) -> None:
    assert carries("526328", url, body) is expected
    if expected:
        assert hides("526328", url, body)


def test_case_and_boxes() -> None:
    assert carries("K3mQ9x", "https://a.example/", b"answer=k3MQ9X")
    boxes = b"d[0]=5&d[1]=2&d[2]=6&d[3]=3&d[4]=2&d[5]=8"
    assert carries("526328", "https://a.example/", boxes, in_boxes=True)
    assert not carries("526328", "https://a.example/", boxes)
    assert not carries("526329", "https://a.example/", boxes, in_boxes=True)
    assert hides("526328", "https://a.example/?a526328b")
    assert not hides("52", "https://a.example/52")
