"""The command `capslice` itself: its help, and how it ends."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from pytest import MonkeyPatch

from capslice.cli import GROUPS, PACKAGES, cli
from capslice.extras import missing
from capslice.training.mock_page import MockPage
from capslice.training.pictures import EllipseCaptcha
from tests.commands import command, error_of, run
from tests.conftest import ROOT


def test_bare_capslice_prints_its_help() -> None:
    bare = run()
    assert bare.stdout == run("--help").stdout
    assert bare.stderr == ""
    for title, (_, names) in GROUPS.items():
        assert f"\n{title}:\n" in bare.stdout
        for name in names:
            assert re.search(rf"^  {name} +[A-Z].*\.$", bare.stdout, re.MULTILINE), name
    assert "...\n" not in bare.stdout.partition("Options:")[2], (
        "a first sentence is too long for a terminal of 80 columns"
    )


def test_python_m_capslice_is_the_same() -> None:
    script = Path(sys.executable).with_name("capslice")
    done = subprocess.run([script, "--help"], capture_output=True, text=True)
    assert done.stdout == run("--help").stdout.replace("python -m capslice", "capslice")


@pytest.mark.parametrize("name", PACKAGES)
def test_each_help_is_in_full_sentences(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert command.help
    assert command.help.partition("\n\n")[0].endswith(".")
    assert f"Example: capslice {name}" in command.help
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help, option.name
            assert re.fullmatch(r"[A-Z`].*[.\])]", option.help, re.DOTALL), option.help


def test_a_question_without_a_terminal(tmp_path: Path, captcha: EllipseCaptcha) -> None:
    with MockPage(captcha) as page:
        done = run("init", page.url, status=2, cwd=tmp_path, stdin=subprocess.DEVNULL)
    assert "there is no terminal to ask on: give --yes" in error_of(done)
    assert not (tmp_path / "config.toml").exists()


def test_an_unknown_command() -> None:
    assert "No such command 'slove'" in error_of(run("slove", status=2))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
def test_a_full_disk_is_one_line() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command("--help"), stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("error: the output cannot be written (No space left on device)")


def test_a_missing_extra_names_the_pip_command(tmp_path: Path, monkeypatch: MonkeyPatch) -> None:
    # These tests run on an editable installation of the checkout.
    monkeypatch.chdir(tmp_path)
    assert str(missing("x is missing", "training")) == (
        f"x is missing: pip install --editable '{ROOT}[training]'"
    )
    monkeypatch.chdir(ROOT)
    assert str(missing("x is missing", "ray")) == "x is missing: pip install --editable '.[ray]'"
