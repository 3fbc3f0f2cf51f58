"""The command `capslice init`."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from PIL import Image

from capslice import Settings
from capslice.agent.discovery.config_text import config_text
from capslice.training.mock_page import MockPage, Variant
from capslice.training.pictures import EllipseCaptcha
from tests.agent.discovery.conftest import Finder
from tests.agent.discovery.test_model_choice import SHIPPED
from tests.commands import command, error_of, run


def test_the_command_from_end_to_end(captcha: EllipseCaptcha, tmp_path: Path) -> None:
    (tmp_path / "old.toml").write_text(
        "[retries]\nattempts = 7\n[training.fit]\nepochs = 3\n"
        "[target]\nurl = 'http://127.0.0.1:9/'\n"
        "[model]\npath = 'missing.onnx'\nlength = 9\nmin_confidence = 0.9"
    )
    variant = Variant(field="boxes", obstacle="banner")
    with MockPage(captcha, variant=variant, seed=1) as mock:
        given = ("init", mock.url, "--yes", "--config", "old.toml")
        done = run(*given, cwd=tmp_path)
        assert [line.split()[0] for line in done.stdout.splitlines()] == [
            "picture", "input", "submit", "refresh", "dismiss", "length", "characters",
            *SHIPPED, "model", "failure", "success",
            "captcha-init.png", "captcha-readings.png", "config.toml",
        ]  # fmt: skip
        assert json.loads(run("solve", "--json", cwd=tmp_path).stdout)["solved"]
        run("doctor", cwd=tmp_path)
        assert mock.visits.accepted == 2

        before = (tmp_path / "config.toml").read_text()
        done = run(*given, cwd=tmp_path, status=2)
        assert "config.toml exists already: name another --out" in error_of(done)
        assert (tmp_path / "config.toml").read_text() == before
        done = run(
            *given, "--no-submit", "--overwrite", "--json", "--allow",
            "https://staging.example.org", cwd=tmp_path, status=5,
        )  # fmt: skip
        assert mock.visits.rejected == 1, "an answer was submitted"
    assert json.loads(done.stdout)["found"]["dismiss"]["selector"] == "#cookie-accept"
    written = tomllib.loads((tmp_path / "config.toml").read_text())
    assert written["target"]["allowed_origins"] == ["loopback", "https://staging.example.org"]
    assert written["retries"] == {"attempts": 7}
    assert written["training"] == {"fit": {"epochs": 3}}
    # The model of another page does not hold for this one.
    assert written["model"]["path"] == "ellipses"
    assert written["model"]["min_confidence"] == 0.9
    with Image.open(tmp_path / "captcha-init.png") as drawn:
        # Among others, the outlines of the picture and of the input.
        colours = {colour for _, colour in drawn.getcolors(drawn.width * drawn.height) or []}
    assert {(11, 99, 197), (122, 47, 184)} <= colours


@pytest.mark.parametrize(
    ("answers", "rejected", "written", "status"),
    [("n\ny\n", 0, True, 5), ("y\nn\n", 1, False, 0)],
)
def test_the_command_asks_before_it_acts(
    answers: str,
    rejected: int,
    written: bool,
    status: int,
    captcha: EllipseCaptcha,
    tmp_path: Path,
) -> None:
    with MockPage(captcha, seed=1) as mock:
        done = subprocess.run(
            command("init", mock.url),
            input=answers, capture_output=True, text=True, cwd=tmp_path,
        )  # fmt: skip
        assert done.returncode == status
        assert mock.visits.rejected == rejected
    assert "Submit one or two wrong answers" in done.stdout
    assert (tmp_path / "config.toml").exists() == written


def test_without_a_terminal_the_error_names_the_option(
    captcha: EllipseCaptcha, tmp_path: Path
) -> None:
    with MockPage(captcha, seed=1) as mock:
        done = run("init", mock.url, cwd=tmp_path, status=2)
        second = run("init", mock.url, "--yes", "--captcha", 2, cwd=tmp_path, status=2)
    assert "no terminal to ask on: give --yes" in error_of(done)
    assert "the page has 1 captcha (1: #captcha with #answer): choose one" in error_of(second)
    assert not (tmp_path / "config.toml").exists()


def test_an_origin_has_to_be_allowed(tmp_path: Path) -> None:
    done = run("init", "http://example.org/", cwd=tmp_path, status=2)
    assert "http://example.org is not an allowed origin" in error_of(done)
    assert "--allow" in error_of(done)


def test_suggested_settings_have_their_defaults(finder: Finder, captcha: EllipseCaptcha) -> None:
    with MockPage(captcha, seed=1) as mock:
        text = config_text(finder.form(mock.url), {})
    live = re.sub(r"^# (\w+ = )", r"\1", text, flags=re.MULTILINE)
    written, defaults = tomllib.loads(live), Settings().model_dump(mode="json")
    for section in ("browser", "retries", "pace"):
        for key, value in written[section].items():
            assert value == defaults[section][key], key
    assert Settings.model_validate(written).model.path == Path("mine.onnx")
