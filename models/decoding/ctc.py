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

Several classes may stand for one character of the text, such as both cases of a letter. The
probability of a text is then the sum over all texts that it stands for.
"""

from __future__ import annotations

import heapq
from functools import lru_cache
from itertools import count, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Characters = tuple[tuple[int, ...], ...]

# A class is never less probable than this share of its column's most probable one. Smaller shares
# are rounding errors of a network, and their products would leave the range of float64.
FLOOR = 1e-12
LEAST_MASS = 1e-250
# The most prefixes that a search extends. A readable picture needs ten or twenty. Where nothing
# can be read, the first text found is about as probable as any other.
MOST_PREFIXES = 200


class Found(NamedTuple):
    """A text, as the numbers of its characters.

    shares:      for each character, the probability of the prefix that ends with it, given the
                 prefix before it.
    probability: that of the whole text, among all texts of allowed length.
    """

    text: tuple[int, ...]
    shares: tuple[float, ...]
    probability: float


class _Prefix(NamedTuple):
    """The beginning of a text.

    masses: for the empty prefix and after each character, the mass of allowed texts with it.
    blank:  float64 (columns,), the mass of paths over the columns before each column that give
            exactly this prefix and end with a blank.
    ends:   the same for paths that end with each class of the last character.
    exact:  the mass of paths over all columns that give exactly this prefix.
    """

    text: tuple[int, ...]
    masses: tuple[float, ...]
    blank: Floats
    ends: dict[int, Floats]
    exact: float

    def starts(self, another: int | None = None) -> Floats:
        """float64 (columns,): the mass of paths before which the class `another` may begin."""
        # Only a blank keeps a class apart from itself.
        return sum((end for each, end in self.ends.items() if each != another), self.blank)


class Columns:
    """One output of a CTC model, and the range of lengths that its text can have.

    `probabilities` is float64 (columns, classes), 0 or more; the last class is the blank. Columns
    need not add up to 1, so classes may be left out. `characters` are the classes of each
    character. `shortest` is at least 1, and there must be room for it: n equal characters in a
    row need 2 n - 1 columns.
    """

    def __init__(
        self, probabilities: Floats, characters: Characters, shortest: int, longest: int
    ) -> None:
        self._characters, self._shortest, self._longest = characters, shortest, longest
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
        self._total = float(completions[0, 0, -1])
        self._rows = columns.T.tolist()
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
                if len(prefix.text) >= self._shortest and prefix.exact > best.exact:
                    best = prefix
        shares = tuple(min(after / before, 1.0) for before, after in pairwise(best.masses))
        return Found(best.text, shares, min(best.exact / self._total, 1.0))

    def probability(self, text: tuple[int, ...]) -> float:
        """The probability of a text among all texts of allowed length, in [0, 1]."""
        if not self._shortest <= len(text) <= self._longest:
            return 0.0
        prefix = self._root()
        for character in text:
            prefix = self._extended(prefix, character, 0.0)
        return min(prefix.exact / self._total, 1.0)

    def _root(self) -> _Prefix:
        blank = np.ones(len(self._columns))
        np.cumprod(self._columns[:-1, -1], out=blank[1:])
        return _Prefix((), (self._total,), blank, {}, 0.0)

    def _children(self, prefix: _Prefix) -> Floats:
        """float64 (characters,): the mass of the allowed texts with each next character."""
        length = len(prefix.text)
        if length not in self._begun:
            # (columns, classes): the next character begins in this column with this class, and
            # anything that is allowed follows.
            after = self._completions[1:, length + 1, :-1]
            self._begun[length] = self._columns[:, :-1] * after
        begun = self._begun[length]
        of_classes = prefix.starts() @ begun
        for each in prefix.ends:
            of_classes[each] = prefix.starts(each) @ begun[:, each]
        if len(self._characters) == len(of_classes):
            return of_classes
        return of_classes @ _members(self._characters, len(of_classes))

    def _extended(self, prefix: _Prefix, character: int, mass: float) -> _Prefix:
        """The prefix with one character more, and the mass of the allowed texts with it."""
        ends, exact = {}, 0.0
        for each in self._characters[character]:
            before, end = [], 0.0
            for begins, taken in zip(prefix.starts(each).tolist(), self._rows[each], strict=True):
                before.append(end)
                end = taken * (end + begins)
            ends[each] = np.array(before)
            exact += end
        before, blank = [], 0.0
        for end, nothing in zip(np.sum([*ends.values()], 0).tolist(), self._rows[-1], strict=True):
            before.append(blank)
            blank = nothing * (blank + end)
        return _Prefix(
            (*prefix.text, character),
            (*prefix.masses, mass),
            np.array(before),
            ends,
            exact + blank,
        )


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


@lru_cache(maxsize=8)
def _members(characters: Characters, classes: int) -> Floats:
    """float64 (classes, characters): 1 where a class stands for a character."""
    members = np.zeros((classes, len(characters)))
    for character, own in enumerate(characters):
        members[list(own), character] = 1
    return members
