"""Chooses a text from the output of another project's network, under what is known of it.

Both ddddocr and RapidOCR decode by connectionist temporal classification: each column of their
output has a score for each of thousands of characters, and for nothing. Here only the characters
that can occur and nothing remain, and the most probable text of possible length among them is
chosen, by the same decoder as for ours (`models/decoding`). The programs themselves offer less:
ddddocr's `set_ranges` deletes other characters from the text that it has chosen, and RapidOCR has
no such option.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.readers.specs import Guess
from capslice.models.card import LONGEST
from capslice.models.decoding import Case, Decoder, Known
from capslice.models.decoding.decoder import in_case

Choose = Callable[[NDArray[np.float32]], Guess]


class Recorder:
    """Stands in for the session of an ONNX file, and keeps the output of its last run."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self.output: NDArray[np.float32]

    def run(self, *arguments: Any) -> Any:
        """Run the session."""
        outputs = self._session.run(*arguments)
        self.output = outputs[0]
        return outputs

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)


def choose_under(known: Known, classes: Sequence[str]) -> Choose:
    """Return a function from probabilities, float32 (columns, classes), to the best possible text.

    `classes` has the character of each class; the first class is nothing. Where letters occur in
    one case only, the probabilities of both cases are added: these readers often give the other.
    """
    known = replace(known, case=_only_case(known))
    allowed = {in_case(each, known.case) for each in known.characters or ""}
    kept = [
        number
        for number, each in enumerate(classes)
        if number and len(each) == 1 and in_case(each, known.case) in allowed
    ]
    charset = "".join(classes[number] for number in kept)
    decoder = Decoder(charset, 1, LONGEST, ctc=True, known=known)

    def choose(probabilities: NDArray[np.float32]) -> Guess:
        (decoded,) = decoder.decode(probabilities[np.newaxis, :, [*kept, 0]])
        return Guess(decoded.text, decoded.confidence)

    return choose


def _only_case(known: Known) -> Case:
    characters = known.characters or ""
    if known.case != "keep":
        return known.case
    if characters == characters.upper():
        return "upper"
    return "lower" if characters == characters.lower() else "keep"


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Turn logits, float32 (columns, classes), into probabilities."""
    powers = np.exp(logits - logits.max(-1, keepdims=True))
    shares: NDArray[np.float32] = powers / powers.sum(-1, keepdims=True)
    return shares
