"""The texts of general captchas: characters of alphabets that are common on sites, and sums."""

from __future__ import annotations

import string

import numpy as np

from capslice.training.pictures.general.variety import Variety, pick

OPERATORS = "+-×÷*/"
CHARSET = string.digits + string.ascii_lowercase + string.ascii_uppercase + OPERATORS + "=?"
# Each letter about as often as in English.
WORD_LETTERS = (
    "aaaaaaabccdddeeeeeeeeefffggghhhhiiiiiijkllllmmmnnnnnnooooooppqrrrrrrssssssttttttuuuvwwxyyz"
)
ALPHABETS = {
    "digits": string.digits,
    "capitals": string.ascii_uppercase,
    "small": string.ascii_lowercase,
    "capitals digits": string.ascii_uppercase + string.digits,
    "small digits": string.ascii_lowercase + string.digits,
    "letters": string.ascii_letters,
    "all": string.ascii_letters + string.digits,
    "words": WORD_LETTERS,  # two words, one behind the other
}
# Sites leave these out, because people confuse them with others.
CONFUSABLE = frozenset("01ilIoOqgsSzZ25vVuUwWcCxXkK9")
CONFUSABLE_IN_ONE_CASE = frozenset("01ilIoOqQ")


def random_text(variety: Variety, rng: np.random.Generator) -> str:
    """Draw the text of a picture."""
    if rng.random() < variety.sum_share:
        return random_sum(rng)
    name = pick(variety.alphabets, rng)
    alphabet = ALPHABETS[name]
    if name not in ("digits", "words") and rng.random() < variety.unambiguous_share:
        both_cases = alphabet.lower() != alphabet and alphabet.upper() != alphabet
        confusable = CONFUSABLE if both_cases else CONFUSABLE_IN_ONE_CASE
        alphabet = "".join(character for character in alphabet if character not in confusable)
    length = pick(variety.word_lengths if name == "words" else variety.lengths, rng)
    return "".join(alphabet[code] for code in rng.integers(len(alphabet), size=length))


def could_be_words(text: str, variety: Variety) -> bool:
    """Whether a text is as long as two words, and has small letters alone."""
    shortest = min(length for length, _ in variety.word_lengths)
    return len(text) >= shortest and text.isalpha() and text.islower()


def random_sum(rng: np.random.Generator) -> str:
    """Draw a sum of two numbers, such as `3+4=?`, `12-5=` or `8/2`."""
    first, second = (rng.integers(10 ** (1 if rng.random() < 0.6 else 2)) for _ in range(2))
    operator = OPERATORS[rng.integers(len(OPERATORS))]
    end = ("=?", "=", "", "?")[min(3, int(rng.random() * 3.3))]
    return f"{first}{operator}{second}{end}"
