"""Finds the most probable text of a CTC model's output, and its exact probability.

In connectionist temporal classification (CTC), each column of the output says a character or
nothing ("blank"). A path, one class for each column, gives a text: the characters of its runs,
without blanks. The probability of a text is the sum over all paths that give it: Graves,
Fernández, Gomez and Schmidhuber, ICML 2006.

Here the length of the text is known to be in a range, and all probabilities are conditional on
that. One pass from right to left computes, for each state, the mass of all ways to complete it
to a text of allowed length. With these, the mass of all allowed texts with a given prefix is
exact. No text is more probable than its prefixes, so a best-first search over prefixes finds the
most probable text.
"""

from __future__ import annotations

import heapq
from functools import lru_cache
from itertools import count
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# A class is never less probable than this share of its column's most probable one. Smaller shares
# are rounding errors of a network, and their products would leave the range of float64.
FLOOR = 1e-12
LEAST_MASS = 1e-250
# The most prefixes that a search extends. A readable picture needs ten or twenty. Where nothing
# can be read, the first text found is about as probable as any other.
MOST_PREFIXES = 200


class Found(NamedTuple):
    """A text, as its classes.

    shares:      for each character, the probability of the prefix that ends with it, given the
                 prefix before it.
    probability: that of the whole text, among all texts of allowed length.
    """

    classes: tuple[int, ...]
    shares: tuple[float, ...]
    probability: float


class _Prefix(NamedTuple):
    """The beginning of a text.

    masses: for the empty prefix and after each character, the mass of allowed texts with it.
    before: float64 (columns,), the mass of paths over the columns before each column that give
            exactly this prefix.
    blank:  float64 (columns,), the part of it whose last column is blank.
    exact:  the mass of paths over all columns that give exactly this prefix.
    """

    classes: tuple[int, ...]
    masses: tuple[float, ...]
    before: Floats
    blank: Floats
    exact: float


class Columns:
    """One output of a CTC model, and the range of lengths that its text can have.

    `probabilities` is float64 (columns, classes), 0 or more; the last class is the blank. Columns
    need not add up to 1, so classes may be left out. `shortest` is at least 1. There must be room
    for it: n equal characters in a row need 2 n - 1 columns.
    """

    def __init__(self, probabilities: Floats, shortest: int, longest: int) -> None:
        self.shortest, self.longest = shortest, longest
        highest = np.maximum(probabilities.max(-1, keepdims=True), np.finfo(np.float32).tiny)
        columns = np.maximum(probabilities, FLOOR * highest)
        # A factor of a column changes nothing. With this one, masses stay within float64 whether
        # one class of a column is likely or all are.
        columns /= np.sqrt(highest * columns.sum(-1, keepdims=True))
        completions = _completions(columns, shortest, longest)
        while completions[0, 0, -1] < LEAST_MASS:
            # Such lengths are all but impossible. Roots keep the order of the classes.
            columns = np.sqrt(columns)
            completions = _completions(columns, shortest, longest)
        self._columns, self._completions = columns, completions
        self._characters = columns[:, :-1].T.tolist()
        self._blank = columns[:, -1].tolist()
        self._begun: dict[int, Floats] = {}

    def best(self) -> Found:
        """The most probable text of allowed length.

        It is exact unless the search extends MOST_PREFIXES prefixes; then it is the best of
        those, and its probability, still exact, is far below any that is answered.
        """
        best = root = self._root()
        order = count()  # decides between equal masses
        waiting = [(-np.inf, next(order), root, self._children(root))]
        extended = 0
        while waiting and -waiting[0][0] > best.exact and extended < MOST_PREFIXES:
            _, _, prefix, masses = heapq.heappop(waiting)
            # From here on to the end of the most probable continuation.
            while (mass := masses[child := int(masses.argmax())]) > best.exact:
                masses[child] = 0
                if (next_mass := masses.max()) > best.exact:
                    heapq.heappush(waiting, (-next_mass, next(order), prefix, masses))
                prefix = self._extended(prefix, child, float(mass))
                masses = self._children(prefix)
                extended += 1
                if len(prefix.classes) >= self.shortest and prefix.exact > best.exact:
                    best = prefix
        return self._found(best)

    def probability(self, classes: tuple[int, ...]) -> float:
        """The probability of a text among all texts of allowed length, in [0, 1]."""
        if not self.shortest <= len(classes) <= self.longest:
            return 0.0
        prefix = self._root()
        for each in classes:
            prefix = self._extended(prefix, each, 0.0)
        return min(prefix.exact / self._root().masses[0], 1.0)

    def _root(self) -> _Prefix:
        blank = np.ones(len(self._blank))
        np.cumprod(self._blank[:-1], out=blank[1:])
        return _Prefix((), (float(self._completions[0, 0, -1]),), blank, blank, 0.0)

    def _children(self, prefix: _Prefix) -> Floats:
        """float64 (characters,): the mass of the allowed texts with each next character."""
        length = len(prefix.classes)
        if length not in self._begun:
            # (columns, characters): the next character begins in this column, and anything
            # that is allowed follows.
            after = self._completions[1:, length + 1, :-1]
            self._begun[length] = self._columns[:, :-1] * after
        begun = self._begun[length]
        masses: Floats = prefix.before @ begun
        if prefix.classes:
            last = prefix.classes[-1]
            masses[last] = prefix.blank @ begun[:, last]
        return masses

    def _extended(self, prefix: _Prefix, character: int, mass: float) -> _Prefix:
        """The prefix with one character more, and the mass of the allowed texts with it."""
        # Only a blank keeps a character apart from an equal one.
        repeated = prefix.classes and prefix.classes[-1] == character
        starts = prefix.blank if repeated else prefix.before
        ends, blanks = [], []
        end = blank = 0.0  # masses of the paths so far whose last column is the character, a blank
        for begins, taken, nothing in zip(
            starts.tolist(), self._characters[character], self._blank, strict=True
        ):
            ends.append(end)
            blanks.append(blank)
            end, blank = taken * (end + begins), nothing * (end + blank)
        after_blank = np.array(blanks)
        return _Prefix(
            (*prefix.classes, character),
            (*prefix.masses, mass),
            after_blank + ends,
            after_blank,
            end + blank,
        )

    def _found(self, prefix: _Prefix) -> Found:
        total, *masses = prefix.masses
        before = (total, *masses)
        shares = tuple(min(m / b, 1.0) for m, b in zip(masses, before, strict=False))
        return Found(prefix.classes, shares, min(prefix.exact / total, 1.0))


def _completions(columns: Floats, shortest: int, longest: int) -> Floats:
    """The mass of all ways to complete each state to a text of allowed length.

    Returns float64 (columns + 1, longest + 2, classes) for the states [t, n, k]: before column t,
    n characters have begun and the last column is k, or the blank or no column for the last k.
    """
    length, classes = columns.shape
    states = longest + 1
    completions = np.zeros((length + 1, states + 1, classes))
    completions[length, shortest : longest + 1] = 1
    step = _step(classes)
    taken = np.empty((states + 1, classes))
    # A row has the blank with n characters and, after it in memory, the characters of n + 1:
    # what may come next where the run does not go on.
    following = taken.reshape(-1)[classes - 1 :][: states * classes].reshape(states, classes)
    going_on = taken[:-1, :-1]
    for column, after, now in zip(
        columns[::-1], completions[:0:-1], completions[-2::-1, :-1], strict=True
    ):
        np.multiply(column, after, taken)
        following.dot(step, now)
        runs = now[:, :-1]
        np.add(runs, going_on, runs)
    return completions


@lru_cache(maxsize=8)
def _step(classes: int) -> Floats:
    """float64 (classes, classes): which of the blank and the characters may follow which class.

    All but the same character again: that would go on with the run.
    """
    step = np.ones((classes, classes))
    step[np.arange(1, classes), np.arange(classes - 1)] = 0
    return step
