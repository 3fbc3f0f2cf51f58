"""What is written to be read: its links lead somewhere, its index has all, its files are valid."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml

from capslice import Settings
from reference.pages import anchor
from tests.conftest import ROOT
from tests.documents import INDEX, PAGES, WORKFLOWS, code, name_of, tokens

LINK = re.compile(r"\[([^]]*)\]\([^)]*\)")


def links(page: Path) -> Iterator[str]:
    for token in tokens(page):
        if target := token.attrGet("href") or token.attrGet("src"):
            yield str(target)


def anchors(page: Path) -> set[str]:
    """What GitHub calls the headings of a page."""
    parts = pairwise(token for token in tokens(page) if token.type in ("heading_open", "inline"))
    return {
        anchor(LINK.sub(r"\1", text.content)) for head, text in parts if head.type == "heading_open"
    }


def leads_somewhere(link: str, page: Path) -> bool:
    parts = urlsplit(link)
    if parts.scheme:
        return True  # offline, nothing is known of it
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if not target.is_relative_to(ROOT) or not target.exists():
        return False
    return not parts.fragment or target.suffix != ".md" or parts.fragment in anchors(target)


@pytest.mark.parametrize("document", PAGES, ids=name_of)
def test_links_lead_somewhere(document: Path) -> None:
    assert [link for link in links(document) if not leads_somewhere(link, document)] == []


@pytest.mark.parametrize(
    ("link", "leads"),
    [
        ("configuration.md", True),
        ("configuration.md#targetselectors", True),
        ("#errors", True),
        ("../pictures/", True),
        ("https://example.org", True),
        ("nowhere.md", False),
        ("#nowhere", False),
        ("configuration.md#nowhere", False),
        ("../../..", False),
    ],
)
def test_which_links_lead_nowhere(link: str, leads: bool) -> None:
    assert leads_somewhere(link, ROOT / "docs" / "reference" / "commands.md") == leads


def test_what_is_a_link(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# [A](b) `c`, d\n\n![e](f.png) `[g](h)`\n\n| [i](j) |\n|---|\n")
    assert [*links(page)] == ["b", "f.png", "j"]
    assert anchors(page) == {"a-c-d"}


def test_the_index_has_all_of_the_documentation() -> None:
    linked = {(INDEX.parent / link).resolve() for link in links(INDEX) if not urlsplit(link).scheme}
    assert {page for page in PAGES if page.is_relative_to(INDEX.parent)} - linked == {INDEX}


@pytest.mark.parametrize("document", [each for each in PAGES if [*code(each, "toml")]], ids=name_of)
def test_configurations_that_are_shown_are_right(document: Path, tmp_path: Path) -> None:
    for text in code(document, "toml"):
        config = tmp_path / "config.toml"
        config.write_text(text)
        Settings.load(config)


@pytest.mark.parametrize("file", WORKFLOWS, ids=name_of)
def test_workflows_are_as_github_wants_them(file: Path) -> None:
    workflow = yaml.safe_load(file.read_text("utf-8"))
    assert workflow["name"]
    # YAML 1.1 takes `on` for a truth value.
    assert workflow[True]
    for job in workflow["jobs"].values():
        assert job["runs-on"]
        assert job["timeout-minutes"]
        for step in job["steps"]:
            assert ("run" in step) != ("uses" in step), step


def test_the_nightly_audit_keeps_what_it_writes() -> None:
    file = ROOT / "examples" / "workflows" / "nightly-audit.yml"
    (job,) = yaml.safe_load(file.read_text("utf-8"))["jobs"].values()
    (audit,) = (step for step in job["steps"] if "capslice audit" in step.get("run", ""))
    (upload,) = (step for step in job["steps"] if "upload-artifact" in step.get("uses", ""))
    words = shlex.split(audit["run"])
    folder = words[words.index("--out") + 1]
    assert words[words.index("--junit") + 1].startswith(f"{folder}/")
    assert upload["with"]["path"] == f"{folder}/"
    assert upload["if"] == "always()"
