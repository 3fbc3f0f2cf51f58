"""The words that identify a captcha, its controls and its messages, or say how its answers look.

The words are in one TOML file for each language; all languages are used at once.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from functools import cache
from importlib.resources import files
from typing import Literal

Subject = Literal[
    "captcha",  # the picture or its field
    "not_the_picture",
    "not_the_field",
    "submit",
    "refresh",
    "dismiss",
    "failure",
    "success",
    "waiting",  # a text that says that the verdict is still to come
    "too_fast",  # a text that says that an answer came too soon
    "answer",  # what a text says about answers, without weights
    "number",
]

# The keys of the language files. A key counts once, however many of its words match.
WEIGHTS: dict[Subject, dict[str, float]] = {
    "captcha": {
        "captcha": 8,
        "code_type": 3,
        "security": 3,
        "verification": 3,
        "human": 3,
        "code": 2,
        "characters": 2,
        "picture": 1,
    },
    "not_the_picture": {"decoration": -8, "content": -6},
    "not_the_field": {"account": -8, "search": -8, "phone": -8, "name": -4, "other_code": -8},
    "submit": {
        "send": 4,
        "log_in": 4,
        "continue": 3,
        "check": 3,
        "save": 2,
        "not_search_or_cancel": -8,
        "not_help": -8,
    },
    "refresh": {
        "reload": 6,
        "another": 5,
        "unreadable": 5,
        "new_picture": 5,
        "change": 4,
        "symbol": 6,
        "not_audio_or_help": -8,
        "not_account": -8,
    },
    "dismiss": {"accept": 5, "understood": 5, "close": 4, "reject": 3, "not_settings": -6},
    "failure": {"failed": 4, "alert": 1, "translated": 4, "try_again": 2, "message": 1},
    "success": {"succeeded": 4, "translated": 4, "message": 2},
    "waiting": {"wait": 4, "busy": 4},
    "too_fast": {"too_fast": 4},
    "answer": dict.fromkeys(
        # places: a unit of length that says nothing of characters; range: the word in "4 to 6";
        # inexact: a condition, such as "at least"; any_case: the case of letters does not matter
        ("digits", "letters", "characters", "places", "range", "inexact", "any_case", "sum"),
        0,
    ),
    "number": {
        "two": 2,
        "three": 3,
        "four": 4,
        "five": 5,
        "six": 6,
        "seven": 7,
        "eight": 8,
        "nine": 9,
        "ten": 10,
    },
}

# Points of words about a failure that are no accident.
CLEAR = 2


def split_words(text: str) -> str:
    """Write identifiers as separate lower-case words: `captchaImg_2` becomes `captcha img 2`."""
    apart = re.sub(r"([a-zß-ÿа-яё])([A-ZÀ-ÞА-ЯЁ])", r"\1 \2", text)
    return " ".join(re.sub(r"[_\-./:#+=?&]", " ", apart).lower().split())


def score(text: str, subject: Subject) -> tuple[float, list[str]]:
    """Return the sum of the weights that match `text`, and the words with positive weights."""
    total, words = 0.0, []
    for pattern, weight in _patterns()[subject]:
        match = pattern.search(text)
        if match:
            total += weight
            if weight > 0:
                words.append(match[0].strip())
    return total, words


def alternatives(subject: Subject, key: str) -> str:
    """The words of all languages under a key, as a regular expression; "" if there are none."""
    return "|".join(_words()[subject, key])


@cache
def _patterns() -> dict[Subject, list[tuple[re.Pattern[str], float]]]:
    """The words of all languages under each key, as one pattern with the key's weight."""
    return {
        subject: [(re.compile(alternatives(subject, key)), keys[key]) for key in keys]
        for subject, keys in WEIGHTS.items()
    }


@cache
def _words() -> defaultdict[tuple[str, str], list[str]]:
    words: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for file in files(__package__).iterdir():
        if file.name.endswith(".toml"):
            for subject, keys in tomllib.loads(file.read_text("utf-8")).items():
                for key, patterns in keys.items():
                    words[subject, key] += patterns
    return words
