"""Decodes the output of a model to the most probable text under what is known of the answer.

A model gives either a character for each position, or a character or nothing for each column
(CTC, `models/decoding/ctc.py`). Its card says which lengths and characters are possible, and what
is known narrows that. The text is the most probable of all possible ones, and its confidence is
its probability among them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from capslice.models.card import Card, needed_columns
from capslice.models.decoding.ctc import Columns, Floats
from capslice.models.decoding.known import NOTHING_KNOWN, Case, Known, span

TINY = np.finfo(np.float32).tiny  # stands for a probability of 0


class Decoded(NamedTuple):
    """The most probable text.

    probabilities: of each character, in [0, 1]; with CTC, given the characters before it.
    confidence:    of the whole text, in [0, 1]. With positions it is the product of the
                   probabilities. With CTC it is at most that, as the text also ends there.
    """

    text: str
    probabilities: tuple[float, ...]
    confidence: float


class Decoder:
    """Decodes outputs of one model.

    characters:        those that a text can have, as they are answered.
    model_characters:  those that the model knows, whether a text can have them or not.
    shortest, longest: the range of its length.
    """

    def __init__(
        self,
        charset: str,
        shortest: int,
        longest: int,
        *,
        ctc: bool = False,
        usual: str | None = None,
        known: Known = NOTHING_KNOWN,
    ) -> None:
        """Prepare for the model's `charset` and the lengths of its texts.

        ctc:   whether it is a CTC model; else `shortest` and `longest` must be equal.
        usual: the characters that a text can have if `known` names none; None for all.

        Raises ValueError if no text is possible under what is known.
        """
        wanted = charset if usual is None else usual
        wanted = wanted if known.characters is None else known.characters
        allowed = {in_case(each, known.case) for each in wanted}
        answers = [in_case(each, known.case) for each in charset]
        self.model_characters = "".join(dict.fromkeys(answers))
        self.characters = "".join(each for each in self.model_characters if each in allowed)
        if not self.characters:
            raise ValueError(
                f"knows none of the characters {known.characters}: correct the characters, or the "
                "case"
            )
        self.shortest = max(shortest, known.shortest or 1)
        self.longest = min(longest, known.longest or longest)
        if self.shortest > self.longest:
            asked = span(known.shortest or 1, known.longest or longest)
            raise ValueError(
                f"reads {span(shortest, longest)} characters, not {asked}: correct the length"
            )
        self.case: Case = known.case
        self._ctc = ctc
        # The classes of each character: both cases of a letter may count as one.
        kept = [k for k, each in enumerate(answers) if each in allowed]
        self._classes = tuple(
            tuple(i for i, k in enumerate(kept) if answers[k] == each) for each in self.characters
        )
        # Where nothing is known, probabilities stay as they are.
        self._kept = [*kept, -1] if ctc else kept
        self._all_kept = len(kept) == len(charset)

    @classmethod
    def of(cls, card: Card, known: Known = NOTHING_KNOWN) -> Decoder:
        """The decoder for a model with this card. Raises ValueError like the constructor."""
        decoder = cls(
            card.charset,
            card.fewest,
            card.length,
            ctc=card.decoding == "ctc",
            usual=card.characters,
            known=known,
        )
        if card.columns and card.columns < needed_columns(decoder.shortest, decoder.characters):
            raise ValueError(
                f"has no room for {decoder.shortest} equal characters: correct the characters"
            )
        return decoder

    def decode(self, probabilities: NDArray[np.floating]) -> list[Decoded]:
        """Decode n outputs of the model, (n, positions or columns, classes)."""
        outputs = self._possible(probabilities)
        return [self._text(each) for each in outputs]

    def confidences(self, probabilities: NDArray[np.floating]) -> Floats:
        """float64 (n,): the confidence of each text that `decode` would return."""
        return np.array([each.confidence for each in self.decode(probabilities)])

    def probability(self, probabilities: NDArray[np.floating], text: str) -> float:
        """The probability, in [0, 1], that one output (positions or columns, classes) shows `text`.

        It is conditional on what is known, so it is 0 for a text that is not possible.
        """
        if not self.can_give(text):
            return 0.0
        numbers = tuple(map(self.characters.index, text))
        (output,) = self._possible(probabilities[np.newaxis])
        if self._ctc:
            return self._columns(output).probability(numbers)
        return float(output[np.arange(len(numbers)), numbers].prod())

    def can_give(self, text: str) -> bool:
        """Whether `text` is a possible one."""
        return self.shortest <= len(text) <= self.longest and set(text) <= set(self.characters)

    def unlike(self, text: str) -> str:
        """A text of the same length that differs from `text` at every position, in any case.

        It is a possible text unless only one letter is possible.
        """
        return "".join(map(self._another, text))

    def _another(self, character: str) -> str:
        start = self.characters.find(character) + 1
        others = self.characters[start:] + self.characters[:start] + "01"
        return next(each for each in others if each.casefold() != character.casefold())

    def _possible(self, probabilities: NDArray[np.floating]) -> Floats:
        """The outputs as float64, with the possible classes only.

        Positions have one class for each of `characters`.
        """
        outputs = probabilities.astype(np.float64)
        if not self._all_kept:
            outputs = outputs[..., self._kept]
        if self._ctc:
            return outputs
        if len(self._classes) < outputs.shape[-1]:
            outputs = np.stack([outputs[..., list(each)].sum(-1) for each in self._classes], -1)
        if outputs.shape != probabilities.shape:
            outputs = np.maximum(outputs, TINY)
            outputs /= outputs.sum(-1, keepdims=True)
        return outputs

    def _columns(self, output: Floats) -> Columns:
        return Columns(output, self._classes, self.shortest, self.longest)

    def _text(self, output: Floats) -> Decoded:
        if self._ctc:
            numbers, probabilities, confidence = self._columns(output).best()
        else:
            best = output.max(-1)
            numbers, probabilities = output.argmax(-1).tolist(), tuple(best.tolist())
            confidence = float(best.prod())
        return Decoded("".join(self.characters[i] for i in numbers), probabilities, confidence)


def in_case(text: str, case: Case) -> str:
    """The text as it is answered in this case; letters that have no other stay as they are."""
    if case == "keep":
        return text
    changed = (each.upper() if case == "upper" else each.lower() for each in text)
    return "".join(new if len(new) == 1 else each for each, new in zip(text, changed, strict=True))
