"""The case of labels from a site that ignores case.

Such a site accepts `a` where its picture shows an A, so its labels say nothing of case. A network
that reads the A already would have to unlearn it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from capslice.training.pictures import DataSet, codes_of


class LetterCase:
    """The case in which a network reads the letters of a captcha.

    pairs: labels, and what the network reads of their pictures.
    """

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self.read = Counter[str]()
        for label, reading in pairs:
            if reading.casefold() == label.casefold():
                self.read.update(reading)

    def of(self, label: str, reading: str = "") -> str:
        """The label in the case of the reading, if they differ in case alone.

        Else each letter has the case in which it is read most often.
        """
        if reading.casefold() == label.casefold():
            return reading
        return "".join(map(self._usual, label))

    def _usual(self, letter: str) -> str:
        return max((letter, letter.swapcase()), key=lambda each: self.read[each])


def with_texts(data: DataSet, texts: Iterable[str]) -> DataSet:
    """The same pictures with these texts, which differ from theirs in case alone."""
    return replace(data, codes=codes_of([*texts], data.charset, data.codes.shape[1]))
