"""From a picture to its text: run the ONNX model, and say how sure it is.

The reader knows no geometry of its own. Size, charset and length come from the
card inside the model file; slicing and normalising are inside the graph.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from agent.decoding import decode, open_picture
from agent.errors import ModelError
from models.card import SHIPPED, Card


@dataclass(frozen=True)
class Reading:
    """What a picture says.

    text:       the most probable character at each position.
    digits:     the probability of each of them, in [0, 1].
    confidence: their product, the probability that the whole text is right if
                the positions err independently, in [0, 1].
    """

    text: str
    digits: tuple[float, ...]

    @property
    def confidence(self) -> float:
        """The product of the digits' probabilities, in [0, 1]."""
        return float(np.prod(self.digits))


class Reader:
    """Reads captchas with one model file.

    Raises ModelError where the file is missing, is not ONNX, or does not keep to
    the contract that its card states.
    """

    def __init__(self, model: Path = SHIPPED, threads: int = 1) -> None:
        options = onnxruntime.SessionOptions()
        # One small picture at a time: more threads only take the browser's cores.
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Errors come as exceptions; the library need not print them as well.
        options.log_severity_level = 4
        try:
            content = model.read_bytes()
            self._session = onnxruntime.InferenceSession(
                content, options, providers=["CPUExecutionProvider"]
            )
        except OSError as error:
            raise ModelError(
                f"model {model} cannot be read ({error.strerror}): correct model.path, or make one "
                "with `captcha-training export`"
            ) from None
        except Exception as error:  # ONNX Runtime's errors have no common class of their own.
            raise ModelError(
                f"model {model} is not an ONNX file that can be run ({error}): make one with "
                "`captcha-training export`"
            ) from None
        self.card = Card.from_metadata(
            self._session.get_modelmeta().custom_metadata_map, f"model {model}"
        )
        self._check_contract(model)

    def _check_contract(self, model: Path) -> None:
        card = self.card
        found = [
            (value.name, value.type, value.shape[1:])
            for value in (*self._session.get_inputs(), *self._session.get_outputs())
        ]
        agreed = [
            ("image", "tensor(uint8)", [card.height, card.width]),
            ("probabilities", "tensor(float)", [card.length, len(card.charset)]),
        ]
        if found != agreed:
            raise ModelError(
                f"model {model} has inputs and outputs {found} where its card promises {agreed}: "
                "make one with `captcha-training export`"
            )

    def probabilities(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """float32 (n, length, len(charset)) for grey uint8 pictures (n, height, width).

        Raises ModelError where the network's output is not finite.
        """
        result: NDArray[np.float32]
        (result,) = self._session.run(["probabilities"], {"image": pictures})
        if not np.isfinite(result).all():
            raise ModelError("the model's output is not finite: its weights are broken")
        return result

    def read_many(self, pictures: NDArray[np.uint8]) -> list[Reading]:
        """Read n grey pictures, uint8 (n, height, width) of the card's size."""
        probabilities = self.probabilities(pictures)
        codes = probabilities.argmax(axis=-1)
        best = probabilities.max(axis=-1)
        return [
            Reading("".join(self.card.charset[code] for code in row), tuple(map(float, digits)))
            for row, digits in zip(codes, best, strict=True)
        ]

    def read(self, picture: NDArray[np.uint8]) -> Reading:
        """Read one grey picture, uint8 (height, width) of the card's size."""
        return self.read_many(picture[np.newaxis])[0]

    def open(self, file: Path) -> NDArray[np.uint8]:
        """Grey pixels of a picture file, of the card's size. Raises PictureError."""
        return open_picture(file, (self.card.width, self.card.height))

    def decode(self, content: bytes, source: str) -> NDArray[np.uint8]:
        """Grey pixels of a picture file's content, of the card's size. Raises PictureError."""
        return decode(content, source, (self.card.width, self.card.height))
