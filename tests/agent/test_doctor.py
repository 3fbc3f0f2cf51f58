"""`doctor`, `init`, `solve` and `read` know when a model is not made for the captcha."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from capslice.training.mock_page import MockPage, Variant
from capslice.training.pictures import EllipseCaptcha, OriginalCaptcha, generate
from capslice.training.pictures.letters import LettersCaptcha
from tests.agent.judgement.sites import serve as serve_form
from tests.commands import run

SIZES = "the pictures have other sizes (150x60) than the 310x80 that the model is made for"


class FiveLetters(LettersCaptcha):
    """The captcha of a site that no shipped model is made for."""

    size = (150, 60)


@pytest.fixture
def unknown() -> Iterator[MockPage]:
    with MockPage(FiveLetters(shortest=5, length=5), seed=1) as page:
        yield page


def test_a_model_for_the_captcha_passes(serve: Callable[..., MockPage], tmp_path: Path) -> None:
    done = run("doctor", serve().url, cwd=tmp_path)
    *checks, following = done.stdout.splitlines()
    assert [line.split(":")[0] for line in checks] == [
        "ok   configuration", "ok   model", "ok   browser", "ok   target", "ok   selectors",
        "ok   picture", "ok   captcha",
    ]  # fmt: skip
    assert "defaults, as there is no config.toml: target http" in checks[0]
    assert "99999 of 100000 held-out captchas right" in checks[1]
    assert "in 5 pictures" in checks[-1]
    assert following == "next: `capslice solve` answers the captcha"
    with Image.open(tmp_path / "captcha-doctor.png") as kept:
        assert kept.size == (310, 80)


def test_a_model_that_reads_less_than_half_warns(tmp_path: Path) -> None:
    with MockPage(OriginalCaptcha(), seed=1) as page:
        done = run("doctor", page.url, "--model", "general", cwd=tmp_path)
    last = done.stdout.splitlines()[-1]
    assert last.startswith(
        "WARN captcha: the input's keyboard for digits (inputmode) does not have"
    )
    assert "which the model may read: set model.characters" in last
    assert "; mean confidence 0." in last
    assert last.endswith("most readings are wrong: make a better one with `capslice learn`")
    assert "next:" not in done.stdout


def test_a_model_for_another_captcha_fails(unknown: MockPage, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[retries]\nattempts = 5\n")
    done = run("doctor", unknown.url, "--json", "--picture", "seen.png", cwd=tmp_path, status=2)
    checks = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["passed"] for each in checks] == [True] * 6 + [False]
    assert str(tmp_path / "config.toml") in checks[0]["finding"]
    assert "the picture is in seen.png" in checks[5]["finding"]
    for part in (SIZES, "the mean confidence in 5 pictures is 0.", "capslice fit"):
        assert part in checks[6]["finding"]
    with Image.open(tmp_path / "seen.png") as kept:
        assert kept.size == (150, 60)
    # Only pictures were asked for.
    assert unknown.visits.accepted == unknown.visits.rejected == 0

    done = run("solve", unknown.url, status=1, cwd=tmp_path)
    assert "warning: the model is not made for this captcha: the mean confidence" in done.stderr
    assert f"warning: the model is not made for this captcha: {SIZES}" in done.stderr

    given = ("init", unknown.url, "--yes", "--no-submit", "--model", "ellipses", "--out", "x.toml")
    done = run(*given, status=5, cwd=tmp_path)
    notes = [line for line in done.stdout.splitlines() if line.startswith("note:")]
    assert notes[0].startswith("note: the model is not made for this captcha: it reads 6 of 234568")
    found = json.loads(run(*given, "--overwrite", "--json", status=5, cwd=tmp_path).stdout)
    assert "it reads 6 of 234568" in found["notes"][0]


def test_another_size_is_a_warning(tmp_path: Path, captcha: EllipseCaptcha) -> None:
    class Small(EllipseCaptcha):
        """The same captcha in another size of the same shape."""

        size = (155, 40)

        def draw_with_middles(self, codes, rng):  # type: ignore[no-untyped-def]
            pictures, _ = captcha.draw_with_middles(codes, rng)
            return np.ascontiguousarray(pictures[:, ::2, ::2]), None

    with MockPage(Small(), seed=1) as page:
        done = run("doctor", page.url, cwd=tmp_path)
        done_json = run("doctor", page.url, "--json", cwd=tmp_path)
    *_, last, following = done.stdout.splitlines()
    assert last.startswith("WARN captcha: ")
    assert "other sizes (155x40) than the 310x80" in last
    # It reads them surely all the same.
    assert following == "next: `capslice solve` answers the captcha"
    check = json.loads(done_json.stdout.splitlines()[-1])
    assert (check["passed"], check["warning"]) == (True, True)


def test_an_input_that_is_too_short_fails(tmp_path: Path) -> None:
    shorter = LettersCaptcha(shortest=4, length=4)
    with MockPage(shorter, variant=Variant(field="maxlength"), seed=1) as page:
        done = run("doctor", page.url, cwd=tmp_path, status=2)
    assert "FAIL captcha: the input takes 4 characters, and the model reads 6" in done.stdout


@pytest.mark.parametrize(
    ("field", "status", "said"),
    [
        (
            'pattern="[a-z]{6}"',
            2,
            "FAIL captcha: the page would send no answer: the input's pattern",
        ),
        ("type=number", 0, "ok   captcha: mean confidence"),
        ('pattern="[4-9]{6}"', 0, "WARN captcha: the input's pattern [4-9]{6} does not have 23, "),
    ],
)
def test_an_input_that_takes_other_characters(
    field: str, status: int, said: str, tmp_path: Path
) -> None:
    config = '[target.selectors]\npicture = "#captcha"\nrefresh = ""\n'
    (tmp_path / "config.toml").write_text(config)
    with serve_form(EllipseCaptcha(), "message", "right", field=f"required {field}") as site:
        done = run("doctor", site.url, cwd=tmp_path, status=status)
    assert said in done.stdout
    assert site.rejected == 0


def test_picture_that_cannot_be_kept(serve: Callable[..., MockPage], tmp_path: Path) -> None:
    done = run("doctor", serve().url, "--picture", "nowhere/x.png", cwd=tmp_path, status=2)
    assert "FAIL picture: nowhere/x.png cannot be written" in done.stdout


def test_read_says_that_the_size_differs(tmp_path: Path) -> None:
    files = list(generate(EllipseCaptcha(), tmp_path, 6, np.random.default_rng(1)))
    assert "warning" not in run("read", *files).stderr
    for file in files:
        with Image.open(file) as picture:
            picture.resize((155, 40)).save(file)
    said = run("read", *files, "--json").stderr
    assert "warning: the model may not be for these pictures" in said
    assert "other sizes (155x40) than the 310x80" in said
