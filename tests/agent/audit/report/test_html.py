"""The source of `report.html`: every report makes a valid page, and all texts are escaped."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capslice.agent.audit.report.html import CONTROLS, flat, html_page, percent, seconds
from capslice.agent.audit.report.report import Report, Sample
from capslice.agent.audit.report.statistics import rate
from tests.agent.audit.report.arbitrary import any_report
from tests.agent.audit.report.reports import empty, full, unjudged

HOSTILE = (
    "</style><script>alert(1)</script>\"'><img src=//evil.example onerror=alert(1)>{{ 7 * 7 }}"
)


class Tags(HTMLParser):
    """Collects the elements of a page with their attributes; all must be closed."""

    VOID = ("meta", "img", "rect", "line")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def check(text: str) -> None:
    """Assert that elements are nested well, and that the page has no script and loads nothing."""
    tags = Tags(text)
    for tag, attributes in tags.found:
        assert tag not in ("script", "link", "iframe", "object", "base", "form")
        for name, value in attributes.items():
            assert not name.startswith("on")
            if name in ("src", "href"):
                assert str(value).startswith(("data:image/png;base64,", "#"))
    ids = [attributes["id"] for _, attributes in tags.found if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert [tag for tag, _ in tags.found].count("h1") == 1


@settings(max_examples=30)
@given(any_report(st.one_of(st.just(HOSTILE), st.text(max_size=5))))
def test_any_report(report: Report) -> None:
    text = html_page(report)
    check(text)
    shown = CONTROLS.sub("\N{REPLACEMENT CHARACTER}", report.url)
    assert html.escape(shown, quote=False) in text.replace("&#34;", '"').replace("&#39;", "'")


def test_empty() -> None:
    check(html_page(empty()))


def test_nothing_to_judge() -> None:
    text = html_page(unjudged())
    check(text)
    assert 'class="verdict nothing_to_judge"' in text
    assert "Kept this machine out" not in text
    assert "The pictures of this site have 150x40 pixels" in text


def test_hostile_texts_are_escaped() -> None:
    report = full()
    weakness = report.weaknesses[0].model_copy(
        update=dict.fromkeys(("key", "name", "evidence", "advice"), HOSTILE)
    )
    rejected = report.rejected[0].model_copy(
        update=dict.fromkeys(("picture", "text", "when"), HOSTILE)
    )
    evidence = unjudged().evidence
    assert evidence
    hostile_evidence = {
        "solving": unjudged().solving,
        "evidence": evidence.model_copy(update={"captcha": HOSTILE, "sizes": {HOSTILE: 1}}),
    }
    text = html_page(
        full(
            **dict.fromkeys(("headline", "url", "started", "ended", "command", "machine"), HOSTILE),
            weaknesses=(weakness,) * 200,
            rejected=(rejected,),
            sample=Sample(picture=HOSTILE, text=HOSTILE, confidence=0.5, verdict=HOSTILE),
            model={HOSTILE: [HOSTILE]},
            settings={HOSTILE: {HOSTILE: HOSTILE}},
            versions={HOSTILE: HOSTILE},
            **hostile_evidence,
        )
    )
    check(text)
    assert text.count("alert(1)") > 800
    assert "49" not in re.findall(r"<h1>.*?</h1>", text)[0]


def test_order_of_weaknesses() -> None:
    text = html_page(full())
    positions = [
        text.index(name)
        for name in (
            *("source of the page contains the answer", "accepts an answer that it accepted"),
            *("does not limit the number", "accepts an empty answer", "numbers its captchas"),
        )
    ]
    assert positions == sorted(positions)


def test_rates_show_counts_and_intervals() -> None:
    solving = full().solving.model_copy(update={"sessions": rate(1234, 4321)})
    text = html_page(full(solving=solving))
    assert "28.6\N{NO-BREAK SPACE}%</dd>" in text
    assert "1,234 of 4,321</td>" in text
    assert "27.2 to 29.9\N{NO-BREAK SPACE}%" in text


@pytest.mark.parametrize(
    ("share", "text"),
    [(0, "0"), (1, "100"), (0.5, "50.0"), (0.9996, "99.96"), (1e-5, "0.001"), (1e-12, "0")],
)
def test_percent(share: float, text: str) -> None:
    assert percent(share) == f"{text}\N{NO-BREAK SPACE}%"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0.00 s"),
        (0.0042, "4.2 ms"),
        (0.042, "42 ms"),
        (0.42, "0.42 s"),
        (42, "42.0 s"),
        (119, "119 s"),
        (269.9, "4.5 min"),
        (72_000, "20.0 h"),
    ],
)
def test_seconds(value: float, text: str) -> None:
    assert seconds(value) == text


def test_flat() -> None:
    nested = {"a": {"b": {"c": 1}, "d": []}, "e": "text", "f": {}, "g": None}
    assert list(flat(nested)) == [
        ("a.b.c", "1"),
        ("a.d", "[]"),
        ("e", "text"),
        ("f", "{}"),
        ("g", "\N{EN DASH}"),
    ]


def test_nothing_tested_is_no_clean_bill() -> None:
    untested = tuple(
        weakness.model_copy(update={"result": "not_tested"}) for weakness in full().weaknesses
    )
    assert "No weakness was looked for" in html_page(full(weaknesses=untested))
    assert "No weakness was found" not in html_page(empty())
    one, *_ = (each for each in full().weaknesses if each.result == "not_found")
    few = html_page(full(weaknesses=(one, *untested[1:])))
    assert "No weakness was found among the 1 of 5 that were looked for</h2>" in few
    all_of_them = html_page(full(weaknesses=(one, one)))
    assert "No weakness was found among the 2 that were looked for</h2>" in all_of_them


def test_lengths_that_vary_and_sums() -> None:
    alphabet = full().alphabet
    pooled = alphabet.model_copy(update={"shortest": 4, "counts": alphabet.counts[:1]})
    text = html_page(full(alphabet=pooled))
    check(text)
    assert "Random answers of 4 to 6 characters from 10 characters" in text
    assert "by position" not in text
    sums = alphabet.model_copy(update={"sums": True, "counts": ()})
    text = html_page(full(alphabet=sums))
    check(text)
    assert "195 different values were accepted in 196 answers" in text
    assert "Random answers" not in text
