"""The pages and workflows of the project, and the code in them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.conftest import ROOT

FOLDERS = ("agent", "benchmarks", "docs", "examples", "models", "training")
PAGES = sorted(
    [*ROOT.glob("*.md"), *(page for each in FOLDERS for page in (ROOT / each).rglob("*.md"))]
)
WORKFLOWS = sorted(
    page for each in (".github", "examples") for page in (ROOT / each).glob("workflows/*.yml")
)
CODE = ("fence", "code_block", "code_inline")
INDEX = ROOT / "docs" / "README.md"


def name_of(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def tokens(page: Path) -> Iterator[Token]:
    """The Markdown tokens of a page, inline ones included."""
    for token in MarkdownIt("commonmark").enable("table").parse(page.read_text("utf-8")):
        yield token
        yield from token.children or ()


def code(page: Path, language: str | None = None) -> Iterator[str]:
    """The code blocks and code spans of a page, or only the blocks in one language."""
    for token in tokens(page):
        if token.type in CODE and language in (None, token.info.strip()):
            yield token.content


def scripts(workflow: Path) -> Iterator[str]:
    """The shell scripts that a GitHub workflow runs."""
    for job in yaml.safe_load(workflow.read_text("utf-8"))["jobs"].values():
        yield from (step["run"] for step in job["steps"] if "run" in step)
