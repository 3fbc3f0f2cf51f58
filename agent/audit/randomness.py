"""Weaknesses that only many captchas reveal: repeated pictures and answers, uneven characters.

Only distinct pictures are counted, so that a stock of ten pictures does not pass for the alphabet.
A weakness is reported only if chance alone would cause it in fewer than one of a million audits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from string import digits

from capslice.agent.audit import weaknesses
from capslice.agent.audit.report.report import Alphabet, Repeats, Weakness
from capslice.agent.audit.report.statistics import (
    distinct_p,
    entropy_bits,
    expected_distinct,
    missing_p,
    uniform_p,
)
from capslice.agent.audit.sessions import ReadCaptcha, Session

SIGNIFICANCE_LEVEL = 1e-6


def distinct_accepted(sessions: Iterable[Session]) -> list[ReadCaptcha]:
    """The accepted captchas, each picture once."""
    captchas = (captcha for session in sessions for captcha in session.captchas)
    accepted = (captcha for captcha in captchas if captcha.verdict == "accepted")
    return list({captcha.picture: captcha for captcha in accepted}.values())


def count_alphabet(
    accepted: list[ReadCaptcha], charset: str, length: int, possible_bits: float
) -> Alphabet:
    """Count the characters of accepted answers by position."""
    by_position = [Counter(captcha.text[i] for captcha in accepted) for i in range(length)]
    table = tuple(tuple(counts[character] for character in charset) for counts in by_position)
    totals = [sum(column) for column in zip(*table, strict=True)]
    seen = {character for character, count in zip(charset, totals, strict=True) if count}
    return Alphabet(
        of=len(accepted),
        charset=charset,
        length=length,
        counts=table,
        missing="".join(c for c in charset if c not in seen),
        unused="".join(c for c in digits if c not in seen) if charset.isdecimal() else "",
        bits=sum(map(entropy_bits, table)) if accepted else None,
        possible_bits=possible_bits,
        uniform_p=uniform_p([count for count in totals if count]),
    )


def count_repeats(
    sessions: Iterable[Session], accepted: list[ReadCaptcha], possible: int
) -> Repeats:
    """Count pictures that several sessions saw, and equal answers; `possible` answers exist."""
    # Within a session, the agent may see the same captcha twice, because of an error.
    pictures = [
        picture for session in sessions for picture in {c.picture for c in session.captchas}
    ]
    answers = [captcha.text for captcha in accepted]
    distinct = len(set(answers))
    return Repeats(
        pictures=len(pictures),
        distinct_pictures=len(set(pictures)),
        answers=len(answers),
        distinct_answers=distinct,
        expected_distinct=expected_distinct(len(answers), possible) if answers else None,
        distinct_p=distinct_p(len(answers), distinct, possible) if answers else None,
    )


def judge_randomness(alphabet: Alphabet, repeats: Repeats) -> Iterator[Weakness]:
    """The results for the four weaknesses of this module."""
    yield _same_pictures(repeats)
    if alphabet.of:
        yield _same_answers(repeats)
        yield _missing_character(alphabet)
        yield _uneven_characters(alphabet)
    else:
        for weakness in (
            weaknesses.SAME_ANSWERS,
            weaknesses.MISSING_CHARACTER,
            weaknesses.UNEVEN_CHARACTERS,
        ):
            yield weakness.not_tested("no answer was accepted")


def _same_pictures(repeats: Repeats) -> Weakness:
    weakness = weaknesses.SAME_PICTURES
    if not repeats.pictures:
        return weakness.not_tested("no captcha was read")
    evidence = f"{repeats.distinct_pictures} of {repeats.pictures} pictures were distinct"
    if repeats.distinct_pictures < repeats.pictures:
        return weakness.found(evidence)
    return weakness.not_found(evidence)


def _same_answers(repeats: Repeats) -> Weakness:
    weakness = weaknesses.SAME_ANSWERS
    evidence = (
        f"{repeats.distinct_answers} of {repeats.answers} accepted answers to different pictures "
        f"were distinct; {repeats.expected_distinct:.1f} are expected by chance"
    )
    if repeats.distinct_p is not None and repeats.distinct_p < SIGNIFICANCE_LEVEL:
        return weakness.found(evidence)
    return weakness.not_found(evidence)


def _missing_character(alphabet: Alphabet) -> Weakness:
    weakness = weaknesses.MISSING_CHARACTER
    total = alphabet.of * alphabet.length
    counted = f"in {alphabet.of} accepted answers with {total} characters"
    if not alphabet.missing:
        return weakness.not_found(f"{counted}, all of {alphabet.charset} occurred")
    evidence = f"{counted}, these never occurred: {', '.join(alphabet.missing)}"
    p_value = missing_p(total, len(alphabet.charset))
    if p_value < SIGNIFICANCE_LEVEL:
        return weakness.found(evidence)
    return weakness.not_tested(
        f"{evidence}. This may be chance (p = {p_value:.2g}): run more sessions"
    )


def _uneven_characters(alphabet: Alphabet) -> Weakness:
    weakness = weaknesses.UNEVEN_CHARACTERS
    if alphabet.uniform_p is None:
        return weakness.not_tested(
            "the chi-square test needs two characters, and five of each to be expected"
        )
    evidence = (
        f"chi-square test for equal frequencies in {alphabet.of} accepted answers: "
        f"p = {alphabet.uniform_p:.2g}"
    )
    if alphabet.uniform_p < SIGNIFICANCE_LEVEL:
        return weakness.found(evidence)
    return weakness.not_found(evidence)
