"""The documentation: links resolve, the index is complete, examples and workflows are valid."""

from __future__ import annotations

import re
import shlex
import tomllib
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

LINK = re.compile(r"\[([^]]*)\](\([^)]*\)|\[[^]]*\])")
URLS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["urls"]
HOME = URLS["Homepage"]
# Where GitHub shows the files of the checkout. README.md uses these, because PyPI shows it too.
OURS = (
    f"{HOME}/blob/main/",
    f"{HOME}/tree/main/",
    f"{HOME.replace('github.com', 'raw.githubusercontent.com')}/main/",
)


def links(page: Path) -> Iterator[str]:
    for token in tokens(page):
        if target := token.attrGet("href") or token.attrGet("src"):
            yield str(target)


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives to the headings of a page."""
    parts = pairwise(token for token in tokens(page) if token.type in ("heading_open", "inline"))
    return {
        anchor(LINK.sub(r"\1", text.content)) for head, text in parts if head.type == "heading_open"
    }


def resolves(link: str, page: Path) -> bool:
    for address in OURS:
        if link.startswith(address):
            link, page = link.removeprefix(address), ROOT / "README.md"
    parts = urlsplit(link)
    if parts.scheme:
        return True  # on another site, which this test does not ask
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if not target.is_relative_to(ROOT) or not target.exists():
        return False
    return not parts.fragment or target.suffix != ".md" or parts.fragment in anchors(target)


@pytest.mark.parametrize("document", PAGES, ids=name_of)
def test_links_resolve(document: Path) -> None:
    assert [link for link in links(document) if not resolves(link, document)] == []


def test_the_readme_has_only_absolute_links() -> None:
    readme = ROOT / "README.md"
    assert [link for link in links(readme) if not urlsplit(link).scheme] == []
    assert any(link.startswith(OURS[2]) for link in links(readme))


def test_the_project_addresses_resolve() -> None:
    assert all(resolves(link, ROOT / "pyproject.toml") for link in URLS.values())


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("configuration.md", True),
        ("configuration.md#targetselectors", True),
        ("#errors", True),
        ("../pictures/", True),
        ("https://example.org", True),
        (f"{OURS[0]}README.md#install", True),
        (f"{OURS[1]}examples/pytest", True),
        (f"{OURS[2]}docs/pictures/typed.png", True),
        (f"{OURS[0]}nowhere.md", False),
        (f"{OURS[0]}README.md#nowhere", False),
        ("nowhere.md", False),
        ("#nowhere", False),
        ("configuration.md#nowhere", False),
        ("../../..", False),
    ],
)
def test_which_links_resolve(link: str, expected: bool) -> None:
    assert resolves(link, ROOT / "docs" / "reference" / "commands.md") == expected


def test_links_and_anchors_of_a_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# [A](b) `c`, d\n\n![e](f.png) `[g](h)`\n\n| [i][k] |\n|---|\n\n[k]: j\n")
    assert [*links(page)] == ["b", "f.png", "j"]
    assert anchors(page) == {"a-c-d"}


def test_the_index_links_to_every_page() -> None:
    linked = {(INDEX.parent / link).resolve() for link in links(INDEX) if not urlsplit(link).scheme}
    assert {page for page in PAGES if page.is_relative_to(INDEX.parent)} - linked == {INDEX}


@pytest.mark.parametrize("document", [each for each in PAGES if [*code(each, "toml")]], ids=name_of)
def test_configurations_in_pages_are_valid(document: Path, tmp_path: Path) -> None:
    for text in code(document, "toml"):
        config = tmp_path / "config.toml"
        config.write_text(text)
        Settings.load(config)


@pytest.mark.parametrize("file", WORKFLOWS, ids=name_of)
def test_workflows_are_valid(file: Path) -> None:
    workflow = yaml.safe_load(file.read_text("utf-8"))
    assert workflow["name"]
    # YAML 1.1 reads the key `on` as True.
    assert workflow[True]
    for job in workflow["jobs"].values():
        assert job["runs-on"]
        assert job["timeout-minutes"]
        for step in job["steps"]:
            assert ("run" in step) != ("uses" in step), step


def test_the_nightly_audit_uploads_its_report() -> None:
    file = ROOT / "examples" / "workflows" / "nightly-audit.yml"
    (job,) = yaml.safe_load(file.read_text("utf-8"))["jobs"].values()
    (audit,) = (step for step in job["steps"] if "capslice audit" in step.get("run", ""))
    (upload,) = (step for step in job["steps"] if "upload-artifact" in step.get("uses", ""))
    words = shlex.split(audit["run"])
    folder = words[words.index("--out") + 1]
    assert words[words.index("--junit") + 1].startswith(f"{folder}/")
    assert upload["with"]["path"] == f"{folder}/"
    assert upload["if"] == "always()"


def test_each_rule_of_responsible_use_names_a_test() -> None:
    text = (ROOT / "docs/responsible-use.md").read_text("utf-8")
    rows = [
        [cell.strip() for cell in row[1:-1].split("|")]
        for row in re.findall(r"^\|.*\|$", text, re.M)
    ]
    rules = [row for row in rows if row[0] != "what holds" and set(row[0]) != {"-"}]
    assert len(rules) > 20
    for what, where, tests in rules:
        files = re.findall(r"`(tests/[\w/]+\.py)`", tests)
        assert what and where and files, what
        for file in files:
            assert "\ndef test_" in (ROOT / file).read_text("utf-8"), file
