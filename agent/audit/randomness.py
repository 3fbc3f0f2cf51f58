"""Weaknesses that only many captchas reveal: repeated pictures and answers, uneven characters.

Only distinct pictures are counted, so that a stock of ten pictures does not pass for the alphabet.
A weakness is reported only if chance alone would cause it in fewer than one of a million audits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from math import log2
from statistics import fmean
from string import digits

from capslice.agent.audit import weaknesses
from capslice.agent.audit.answer_space import AnswerSpace
from capslice.agent.audit.report.figures import Alphabet, Repeats
from capslice.agent.audit.report.report import Weakness
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


def count_alphabet(accepted: list[ReadCaptcha], space: AnswerSpace) -> Alphabet:
    """Count the characters of accepted answers: by position, if all answers are of one length."""
    texts = [captcha.text for captcha in accepted]
    if space.is_sum:
        return _alphabet_of_sums(texts)
    positions = [range(space.longest)] if space.varies else [[i] for i in range(space.longest)]
    by_position = [
        Counter(text[i] for text in texts for i in together if i < len(text))
        for together in positions
    ]
    table = tuple(tuple(counts[each] for each in space.characters) for counts in by_position)
    totals = [sum(column) for column in zip(*table, strict=True)]
    seen = {each for each, count in zip(space.characters, totals, strict=True) if count}
    return Alphabet(
        of=len(texts),
        charset=space.characters,
        length=space.longest,
        shortest=space.shortest if space.varies else None,
        counts=table,
        missing="".join(each for each in space.characters if each not in seen),
        unused=_unused_digits(space, seen),
        bits=_bits(table, texts, space) if texts else None,
        possible_bits=space.possible_bits,
        uniform_p=uniform_p([count for count in totals if count]),
    )


def _alphabet_of_sums(texts: list[str]) -> Alphabet:
    """What is known of sums: the characters and the answers that were seen."""
    answers = Counter(texts)
    return Alphabet(
        of=len(texts),
        charset="".join(sorted(set("".join(texts)))),
        length=max(map(len, texts), default=0),
        shortest=min(map(len, texts), default=None),
        sums=True,
        counts=(),
        missing="",
        bits=entropy_bits([*answers.values()]) if texts else None,
        possible_bits=log2(len(answers) or 1),
        uniform_p=None,
    )


def _unused_digits(space: AnswerSpace, seen: set[str]) -> str:
    if space.restricted or not space.characters.isdecimal():
        return ""
    return "".join(each for each in digits if each not in seen)


def _bits(table: tuple[tuple[int, ...], ...], texts: list[str], space: AnswerSpace) -> float:
    """The entropy of an answer, if its characters are independent."""
    if not space.varies:
        return sum(map(entropy_bits, table))
    lengths = [len(text) for text in texts]
    return entropy_bits([*Counter(lengths).values()]) + fmean(lengths) * entropy_bits(table[0])


def count_repeats(
    sessions: Iterable[Session], accepted: list[ReadCaptcha], possible: int | None
) -> Repeats:
    """Count pictures that several sessions saw, and equal answers.

    `possible` answers exist; None if their number is unknown.
    """
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
        expected_distinct=(
            expected_distinct(len(answers), possible) if answers and possible else None
        ),
        distinct_p=distinct_p(len(answers), distinct, possible) if answers and possible else None,
    )


def judge_randomness(alphabet: Alphabet, repeats: Repeats) -> Iterator[Weakness]:
    """The results for the four weaknesses of this module."""
    yield _same_pictures(repeats)
    reason = (
        "answers are sums, and nobody knows which values are possible"
        if alphabet.sums
        else "no answer was accepted"
    )
    if alphabet.of and not alphabet.sums:
        yield _same_answers(repeats)
        yield _missing_character(alphabet)
        yield _uneven_characters(alphabet)
    else:
        for weakness in (
            weaknesses.SAME_ANSWERS,
            weaknesses.MISSING_CHARACTER,
            weaknesses.UNEVEN_CHARACTERS,
        ):
            yield weakness.not_tested(reason)


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
    total = sum(map(sum, alphabet.counts))
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
