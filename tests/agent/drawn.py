"""A captcha that one small model, `kinds.onnx`, learned to read for several sites.

    capslice fit --captcha tests.agent.drawn:LettersOrSums --networks columns \\
        --filters 12,16,24,32,48 --count 10000 --epochs 10 --out fitted
    capslice export fitted --out tests/agent/kinds.onnx
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from capslice.training.pictures import LettersCaptcha, SumCaptcha, codes_of

LETTERS, SUMS = LettersCaptcha(), SumCaptcha()


class LettersOrSums:
    """Half of the pictures show four to six letters and digits, the others a sum."""

    size = LETTERS.size
    charset = SUMS.charset + "".join(sorted(set(LETTERS.charset) - set(SUMS.charset)))
    length = (SUMS.shortest, SUMS.length)
    both = LettersCaptcha(charset, *length)

    def random_text(self, rng: np.random.Generator) -> str:
        return (LETTERS if rng.random() < 0.5 else SUMS).random_text(rng)

    def draw_with_middles(
        self, text: str, rng: np.random.Generator
    ) -> tuple[Image.Image, list[float]]:
        codes = codes_of([text], self.charset, len(text))
        (picture,), (middles,) = self.both.draw_with_middles(codes, rng)
        return Image.fromarray(picture), middles.tolist()
