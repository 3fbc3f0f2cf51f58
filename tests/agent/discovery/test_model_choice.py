"""`capslice init` chooses the shipped model that reads the captcha, or says that none does."""

from __future__ import annotations

import io
import json
import tomllib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from capslice.agent.discovery.answer_hints import Hints
from capslice.agent.discovery.model_choice import Choice, try_model
from capslice.agent.reading.suitability import SURE
from capslice.agent.settings import Model
from capslice.models.card import HERE
from capslice.training.mock_page import MockPage, Variant
from capslice.training.pictures import EllipseCaptcha
from capslice.training.pictures.captcha import Captcha
from capslice.training.pictures.letters import LettersCaptcha
from capslice.training.pictures.securityimage.original import OriginalCaptcha
from tests.commands import run

SHIPPED = sorted(file.stem for file in HERE.glob("*.onnx"))


def pngs(captcha: Captcha, count: int = 5) -> tuple[bytes, ...]:
    rng = np.random.default_rng(3)
    files = []
    for picture in captcha.draw_many(captcha.random_codes(count, rng), rng):
        content = io.BytesIO()
        Image.fromarray(picture).save(content, "PNG")
        files.append(content.getvalue())
    return tuple(files)


def choice(pictures: tuple[bytes, ...], known: dict[str, str]) -> Choice:
    tried = (try_model(Path(name), Model(), known, pictures) for name in SHIPPED)
    return Choice(Hints(known), pictures, tuple(tried), named=False)


@pytest.mark.parametrize("kind", [EllipseCaptcha, OriginalCaptcha])
def test_the_surest_model_is_chosen(kind: type[Captcha]) -> None:
    captcha = kind()
    found = choice(pngs(captcha), {"length": "6", "characters": "0-9"})
    assert found.chosen
    assert found.chosen.name == captcha.name
    assert found.chosen.confidence > SURE
    assert found.settings == {"length": "6", "characters": "0-9", "path": captcha.name}
    assert found.note == ""


@pytest.mark.parametrize("known", [{}, {"length": "4-6"}, {"length": "30"}, {"answer": "sum"}])
def test_noise_is_for_no_model_but_general_goes_on(known: dict[str, str]) -> None:
    content = io.BytesIO()
    noise = np.random.default_rng(1).integers(0, 256, (80, 310), np.uint8)
    Image.fromarray(noise).save(content, "PNG")
    found = choice((content.getvalue(),), known)
    assert found.chosen is None
    assert all(each.doubt for each in found.candidates)
    can_go_on = known.get("length") != "30"
    assert found.settings == known | ({"path": "general"} if can_go_on else {})
    assert "capslice fit --captcha folder" in found.note


def test_what_is_known_narrows_what_a_model_reads() -> None:
    pictures = pngs(EllipseCaptcha())
    read = try_model(Path("original"), Model(), {"characters": "2-5"}, pictures).readings
    assert len(read) == len(pictures)
    assert set("".join(each.text for each in read)) <= set("2345")


def init(url: str, folder: Path, *given: str, status: int = 5) -> tuple[dict, dict]:  # type: ignore[type-arg]
    """What `init` prints, and the section [model] that it writes."""
    done = run(
        "init", url, "--yes", "--no-submit", "--overwrite", "--json", *given, cwd=folder,
        status=status,
    )  # fmt: skip
    return json.loads(done.stdout), tomllib.loads((folder / "config.toml").read_text())["model"]


def test_the_command_writes_the_model_and_what_is_known(
    captcha: EllipseCaptcha, tmp_path: Path
) -> None:
    with MockPage(captcha, seed=1) as mock:
        found, written = init(mock.url, tmp_path)
    assert written == {"path": "ellipses", "length": "6", "characters": "0-9"}
    assert found["model"] == "ellipses"
    assert found["answers"] == {"length": "6", "characters": "0-9"}
    assert [each["model"] for each in found["candidates"]] == SHIPPED
    ellipses = found["candidates"][SHIPPED.index("ellipses")]
    assert len(ellipses["texts"]) == 5
    assert ellipses["confidence"] > 0.99
    assert found["notes"] == []
    with Image.open(tmp_path / found["readings"]) as sheet:
        assert sheet.width > 310


def test_the_model_of_the_settings_is_kept(captcha: EllipseCaptcha, tmp_path: Path) -> None:
    (tmp_path / "old.toml").write_text('[model]\nlength = 6\nthreads = 2\ncharacters = "2-9"\n')
    with MockPage(captcha, seed=1) as mock:
        found, written = init(mock.url, tmp_path, "--model", "original", "--config", "old.toml")
    assert written == {"path": "original", "length": 6, "characters": "2-9", "threads": 2}
    assert [each["model"] for each in found["candidates"]] == ["original"]
    assert found["model"] == "original"


def test_a_model_that_cannot_give_the_answers(tmp_path: Path) -> None:
    shorter = LettersCaptcha(shortest=4, length=4)
    with MockPage(shorter, variant=Variant(field="maxlength"), seed=1) as mock:
        found, written = init(mock.url, tmp_path, "--model", "ellipses")
        assert found["model"] is None
        assert "it reads 6 of 234568, and the form wants other answers" in found["notes"][0]
        assert written == {"path": "ellipses"}
