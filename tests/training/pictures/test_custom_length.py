"""Custom captchas whose texts have several lengths, or follow a rule of their own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from capslice.errors import DrawingError
from capslice.training.pictures import PAD, CustomCaptcha, draw_set, texts_of


class Words:
    size = (120, 24)
    charset = "abcdefgh"
    length: Any = (3, 5)

    def draw_with_middles(
        self, text: str, rng: np.random.Generator
    ) -> tuple[Image.Image, list[float]]:
        image = Image.new("L", self.size, 255)
        draw, font = ImageDraw.Draw(image), ImageFont.load_default(16)
        left = rng.integers(10)
        for place, character in enumerate(text):
            draw.text((left + 22 * place, 0), character, 0, font)
        return image, [float(left + 22 * place + 5) for place in range(len(text))]


class Sums(Words):
    charset = "0123456789+="
    length = (4, 6)

    def random_text(self, rng: np.random.Generator) -> str:
        return "{}+{}=".format(*rng.integers(13, size=2))


def drawn_texts(drawing: Any) -> list[str]:
    """The texts that are drawn when the class is checked."""
    texts = []

    class Recorded(type(drawing)):  # type: ignore[misc]
        def draw_with_middles(
            self, text: str, rng: np.random.Generator
        ) -> tuple[Image.Image, list[float]]:
            texts.append(text)
            return super().draw_with_middles(text, rng)  # type: ignore[no-any-return]

    CustomCaptcha("recorded", Recorded())
    return texts[: len(texts) // 2]


def test_the_length_may_be_a_range(rng: np.random.Generator) -> None:
    captcha = CustomCaptcha("words", Words())
    assert (captcha.shortest, captcha.length, captcha.lengths) == (3, 5, "3 to 5")
    data = draw_set(captcha, 60, rng)
    assert {*map(len, data.texts)} == {3, 4, 5}
    assert data.middles is not None
    assert np.array_equal(np.isnan(data.middles), data.codes == PAD)
    assert np.nanmin(np.diff(data.middles)) == 22
    one = CustomCaptcha("words", type("Fixed", (Words,), {"length": (4, 4)})())
    assert (one.shortest, one.lengths) == (4, "4")


def test_each_character_and_the_shortest_text_are_tried() -> None:
    assert drawn_texts(Words()) == ["abcde", "fghab", "abc"]
    tried = drawn_texts(Sums())
    assert {*"".join(tried)} == {*Sums.charset}
    assert {*map(len, tried)} == {4, 5, 6}
    assert len(tried) < 20


def test_texts_may_follow_a_rule(rng: np.random.Generator) -> None:
    captcha = CustomCaptcha("sums", Sums())
    texts = texts_of(captcha.random_codes(50, rng), captcha.charset)
    assert all(text.count("+") == 1 and text.endswith("=") for text in texts)
    assert captcha.random_text(rng).endswith("=")


def middles_of_the_longest(
    self: Any, text: str, rng: np.random.Generator
) -> tuple[Image.Image, list[float]]:
    return Words().draw_with_middles(text, rng)[0], [0.0] * 5


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"draw_with_middles": middles_of_the_longest}, "gives 5 middles for 3 characters"),
        ({"random_text": lambda self, rng: "ab"}, "random text 'ab', but its texts are 3 to 5"),
        ({"random_text": lambda self, rng: None}, "random text None"),
        ({"random_text": lambda self, rng: self.words}, "no random text .*no attribute 'words'"),
        ({"slices": ((0, 30),) * 3}, "as many as characters"),
    ],
)
def test_errors_are_found_at_once(attributes: dict[str, Any], message: str) -> None:
    with pytest.raises(DrawingError, match=message):
        CustomCaptcha("other", type("Other", (Words,), attributes)())
