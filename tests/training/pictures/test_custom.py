"""Custom captchas: loaded by name, checked at once, and usable in every command."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from capslice.errors import DrawingError, NetworkError
from capslice.training.fitting.recipe import Recipe
from capslice.training.networks.shape import NetworkShape
from capslice.training.pictures import (
    CustomCaptcha,
    EllipseCaptcha,
    captcha_named,
    custom_captcha,
    draw_set,
)
from tests.commands import error_of, run

MODULE = """
import numpy as np
from PIL import Image, ImageDraw, ImageFont

class Letters:
    size = (96, 32)
    charset = "abcde"
    length = 4

    def draw(self, text, rng):
        image = Image.new("RGB", self.size, "white")
        draw, font = ImageDraw.Draw(image), ImageFont.load_default(20)
        for place, character in enumerate(text):
            spot = (8 + 22 * place + rng.integers(5), rng.integers(8))
            draw.text(spot, character, "navy", font)
        return image
"""


class Letters:
    size = (96, 32)
    charset = "abcde"
    length = 4

    def draw(self, text: str, rng: np.random.Generator) -> Image.Image:
        image = Image.new("RGB", self.size, "white")
        draw, font = ImageDraw.Draw(image), ImageFont.load_default(20)
        for place, character in enumerate(text):
            spot = (8 + 22 * place + float(rng.integers(5)), float(rng.integers(8)))
            draw.text(spot, character, "navy", font)
        return image


class WithMiddles(Letters):
    def draw_with_middles(
        self, text: str, rng: np.random.Generator
    ) -> tuple[Image.Image, list[float]]:
        return self.draw(text, rng), [13.0 + 22 * place for place in range(4)]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a module of a custom captcha."""
    (tmp_path / "staging_captcha.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_a_custom_captcha_draws_like_the_others(rng: np.random.Generator) -> None:
    captcha = CustomCaptcha("letters", Letters())
    data = draw_set(captcha, 40, rng)
    assert data.pictures.shape == (40, 32, 96)
    assert data.charset == "abcde"
    assert data.middles is None
    assert len(np.unique(data.codes)) == 5
    assert captcha.draw("abcd", np.random.default_rng(1)).mode == "L"
    with pytest.raises(DrawingError, match="takes 4 characters of abcde"):
        captcha.draw("abcx", rng)


def test_a_custom_captcha_may_know_its_middles(rng: np.random.Generator) -> None:
    data = draw_set(CustomCaptcha("letters", WithMiddles()), 3, rng)
    assert data.middles is not None
    assert data.middles.tolist() == [[13.0, 35.0, 57.0, 79.0]] * 3


def test_pictures_of_many_sizes(rng: np.random.Generator) -> None:
    class Wide(Letters):
        sizes = "padded"

        def draw_with_middles(
            self, text: str, rng: np.random.Generator
        ) -> tuple[Image.Image, list[float]]:
            wide = Image.new("L", (192, 40), 255)
            wide.paste(0, (90, 0, 102, 40))
            return wide, [6.0, 60.0, 96.0, 180.0]

    data = draw_set(CustomCaptcha("wide", Wide()), 2, rng)
    assert data.pictures.shape == (2, 32, 96)
    assert data.middles is not None
    assert data.middles[0].tolist() == [3, 30, 48, 90]
    assert data.pictures[0, 16, 48] == 0
    assert data.pictures[0, 2].min() == 255, "the padding above it has the paper's grey"


def test_its_own_slices_come_before_even_ones() -> None:
    even = {"even": ((0, 24), (24, 48), (48, 72), (72, 96))}
    assert CustomCaptcha("letters", Letters()).slicings == even
    own = ((0, 30), (22, 52), (44, 74), (66, 96))
    sliced = CustomCaptcha("letters", made(slices=own))
    assert sliced.slicings == {"own": own, **even}
    recipe = Recipe(shape=NetworkShape())
    assert recipe.slices_of(sliced) == own
    assert recipe.slices_of(EllipseCaptcha()) == EllipseCaptcha().slicings["equal"]
    with pytest.raises(NetworkError, match="no slices 'seed': it has own, even"):
        recipe.model_copy(update={"slices": "seed"}).slices_of(sliced)


def made(**attributes: Any) -> Any:
    return type("Other", (Letters,), attributes)()


def raises(self: Any, text: str, rng: np.random.Generator) -> Image.Image:
    raise KeyError(text[0])


def forgets(self: Any, text: str, rng: np.random.Generator) -> Image.Image:
    return Letters().draw(text, np.random.default_rng())


def half(self: Any, text: str, rng: np.random.Generator) -> Image.Image:
    return Letters().draw(text, rng).resize((48, 16))


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"size": (96,)}, "has no valid size"),
        ({"size": (96, 0)}, "has no valid size"),
        ({"size": (96.5, 32)}, "has no valid size"),
        ({"charset": "a"}, "has no valid charset"),
        ({"charset": "aab"}, "has no valid charset .*once"),
        ({"charset": None}, "has no valid charset"),
        ({"length": 0}, "has no valid length .*greater than 0"),
        ({"length": (6, 4)}, "has no valid length .*shortest must come before"),
        ({"length": (4, 5, 6)}, "has no valid length"),
        ({"length": "4-6"}, r"has no valid length .*integer"),
        ({"slices": ((0, 30),)}, "has no valid slices .*as many as characters"),
        ({"draw": raises}, r"cannot draw 'abcd' \(KeyError: 'a'\)"),
        ({"draw": lambda self, text, rng: None}, "cannot draw 'abcd'"),
        ({"draw": half}, "draws a picture of 48x16 pixels, but its size is 96x32"),
        ({"draw": forgets}, "draws different pictures of the same texts from the same generator"),
        ({"draw_with_middles": lambda self, *given: (self.draw(*given), [1.0])}, "1 middles for 4"),
    ],
)
def test_errors_are_found_at_once(attributes: dict[str, Any], message: str) -> None:
    with pytest.raises(DrawingError, match=message):
        CustomCaptcha("other", made(**attributes))


def test_a_class_is_loaded_by_its_name(here: Path) -> None:
    captcha = captcha_named("staging_captcha:Letters")
    assert captcha.name == "staging_captcha:Letters"
    again = pickle.loads(pickle.dumps(captcha))  # as for a process that draws a stream
    pictures = [each.draw("abcd", np.random.default_rng(1)) for each in (captcha, again)]
    assert np.array_equal(*pictures)
    assert captcha_named("ellipses") == EllipseCaptcha()


@pytest.mark.parametrize("name", ["nowhere:Letters", "staging_captcha:Nothing", "json:loads"])
def test_names_that_cannot_be_loaded(name: str, here: Path) -> None:
    with pytest.raises(DrawingError, match=f"the captcha {name} "):
        custom_captcha(name)


@pytest.mark.slow
def test_from_a_class_to_a_model_that_reads(here: Path) -> None:
    mine = ("--captcha", "staging_captcha:Letters")
    run("samples", *mine, "--count", 4, cwd=here)
    assert (here / "samples.png").exists()
    run("generate", *mine, "--count", 12, cwd=here)
    assert len(list((here / "data").glob("[a-e][a-e][a-e][a-e]-*.png"))) == 12
    network = ("--networks", "whole", "--filters", "4,4,4,4,8", "--dense", 8, "--epochs", 1)
    run("fit", *mine, *network, "--count", 64, cwd=here)
    run("export", "--test-pictures", 16, "--float", cwd=here)
    done = run("evaluate", "data", "--json", cwd=here, CAPSLICE_MODEL__PATH="mine.onnx")
    assert json.loads(done.stdout)["pictures"] == 12


def test_an_unknown_captcha_is_refused(tmp_path: Path) -> None:
    done = run("samples", "--captcha", "words", status=2, cwd=tmp_path)
    assert "'words' is none of ellipses, varied" in error_of(done)
    done = run("samples", "--captcha", "no.where:Letters", status=2, cwd=tmp_path)
    assert "cannot be loaded" in error_of(done)
