"""The words that `capslice init` looks for."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files

import pytest

from capslice.agent.discovery import words
from capslice.agent.discovery.snapshots import Message, is_waiting

LANGUAGES = [f for f in files(words.__name__).iterdir() if f.name.endswith(".toml")]


@pytest.mark.parametrize("file", LANGUAGES, ids=lambda file: file.name)
def test_each_key_of_a_language_has_a_weight_and_valid_patterns(file) -> None:
    for subject, keys in tomllib.loads(file.read_text("utf-8")).items():
        for key, patterns in keys.items():
            assert key in words.WEIGHTS[subject]
            assert all(map(re.compile, patterns))


@pytest.mark.parametrize(
    ("text", "subject", "expected"),
    [
        ("captcha_Image", "captcha", 9),  # captcha 8, picture 1
        ("Sicherheitscode", "captcha", 5),  # security 3, code 2
        ("Wrong code", "failure", 4),
        ("error: código incorrecto", "failure", 8),  # in English and in Spanish
        ("看不清？换一张", "refresh", 11),  # unreadable 5, reload 6
        ("Forgot your password?", "submit", -8),
    ],
)
def test_scores(text: str, subject: words.Subject, expected: float) -> None:
    assert words.score(words.split_words(text), subject)[0] == expected


@pytest.mark.parametrize(
    "text",
    [
        "Checking your answer, please wait",
        "Ihre Antwort wird geprüft",
        "Comprobando la respuesta…",
        "Vérification en cours",
        "Attendere prego",
        "確認中です",
        "Proszę czekać",
        "Aguarde, por favor",
        "Проверяем ответ",
        "正在验证",
    ],
)
def test_a_text_says_that_the_verdict_is_still_to_come(text: str) -> None:
    assert is_waiting(Message((), "", text, True, False))


@pytest.mark.parametrize(
    "text", ["Wrong code. Please wait, then try again", "Thank you", "Bitte Code eingeben"]
)
def test_a_verdict_is_none_that_is_still_to_come(text: str) -> None:
    assert not is_waiting(Message((), "", text, True, False))


def test_identifiers_are_split_into_words() -> None:
    assert words.split_words("captchaImg_2") == "captcha img 2"
