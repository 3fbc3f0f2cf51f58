"""Mistakes that only many captchas show: what comes again, and what never comes.

Each is judged on different pictures alone, so that a stock of ten of them is not taken for
an alphabet. Of what chance would do as well once in a million audits, nothing is said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from string import digits

from capslice.agent.audit.probing import weaknesses
from capslice.agent.audit.report.report import Alphabet, Repeats, Weakness
from capslice.agent.audit.report.statistics import (
    as_few_distinct,
    distinct_expected,
    entropy_bits,
    missing_by_chance,
    uniform_by_chance,
)
from capslice.agent.audit.sessions import Session, Shown

BY_CHANCE = 1e-6


def accepted_once(sessions: Iterable[Session]) -> list[Shown]:
    """Accepted captchas, each picture once."""
    accepted = (s for session in sessions for s in session.shown if s.verdict == "accepted")
    return list({shown.picture: shown for shown in accepted}.values())


def alphabet(accepted: list[Shown], charset: str, length: int, possible_bits: float) -> Alphabet:
    """Which characters came where."""
    counts = [Counter(shown.text[place] for shown in accepted) for place in range(length)]
    table = tuple(tuple(at[character] for character in charset) for at in counts)
    in_all = [sum(column) for column in zip(*table, strict=True)]
    came = {c for c, count in zip(charset, in_all, strict=True) if count}
    return Alphabet(
        of=len(accepted),
        charset=charset,
        length=length,
        counts=table,
        missing="".join(c for c in charset if c not in came),
        unused="".join(c for c in digits if c not in came) if charset.isdecimal() else "",
        bits=sum(map(entropy_bits, table)) if accepted else None,
        possible_bits=possible_bits,
        uniform=uniform_by_chance([count for count in in_all if count]),
    )


def repeats(sessions: Iterable[Session], accepted: list[Shown], possible: int) -> Repeats:
    """How often the same came again, to different sessions."""
    # Within a session the same captcha may be looked at again, after a fault.
    seen = [picture for session in sessions for picture in {s.picture for s in session.shown}]
    answers = [shown.text for shown in accepted]
    distinct = len(set(answers))
    return Repeats(
        pictures=len(seen),
        distinct_pictures=len(set(seen)),
        answers=len(answers),
        distinct_answers=distinct,
        expected_distinct=distinct_expected(len(answers), possible) if answers else None,
        chance=as_few_distinct(len(answers), distinct, possible) if answers else None,
    )


def patterns(alphabet: Alphabet, repeats: Repeats) -> Iterator[Weakness]:
    """What these say of the mistakes that show in many captchas."""
    again = repeats.pictures - repeats.distinct_pictures
    pictures = f"of {repeats.pictures} pictures, {repeats.distinct_pictures} were different"
    if not repeats.pictures:
        yield weaknesses.SAME_PICTURES.not_tested("no captcha was read")
    elif again:
        yield weaknesses.SAME_PICTURES.found(pictures)
    else:
        yield weaknesses.SAME_PICTURES.not_found(pictures)
    if not alphabet.of:
        for mistake in (
            weaknesses.SAME_ANSWERS,
            weaknesses.MISSING_CHARACTER,
            weaknesses.UNEVEN_CHARACTERS,
        ):
            yield mistake.not_tested("no answer was accepted, so none is known")
        return
    answers = (
        f"of {repeats.answers} accepted answers to different pictures, {repeats.distinct_answers} "
        f"were different, where chance makes {repeats.expected_distinct:.1f}"
    )
    many = repeats.chance is not None and repeats.chance < BY_CHANCE
    yield (
        weaknesses.SAME_ANSWERS.found(answers)
        if many
        else weaknesses.SAME_ANSWERS.not_found(answers)
    )
    total = alphabet.of * alphabet.length
    missing = f"in {total} characters of {alphabet.of} accepted answers, "
    chance = missing_by_chance(total, len(alphabet.charset))
    if alphabet.missing and chance < BY_CHANCE:
        yield weaknesses.MISSING_CHARACTER.found(
            f"{missing}{', '.join(alphabet.missing)} never came"
        )
    elif alphabet.missing:
        yield weaknesses.MISSING_CHARACTER.not_tested(
            f"{missing}{', '.join(alphabet.missing)} never came, which may be chance "
            f"(p = {chance:.2g}): audit more captchas"
        )
    else:
        yield weaknesses.MISSING_CHARACTER.not_found(f"{missing}all of {alphabet.charset} came")
    uneven = alphabet.uniform is not None and alphabet.uniform < BY_CHANCE
    said = f"{missing}chi-square test that all are as frequent: " + (
        "not to be made" if alphabet.uniform is None else f"p = {alphabet.uniform:.2g}"
    )
    if alphabet.uniform is None:
        yield weaknesses.UNEVEN_CHARACTERS.not_tested(said)
    elif uneven:
        yield weaknesses.UNEVEN_CHARACTERS.found(said)
    else:
        yield weaknesses.UNEVEN_CHARACTERS.not_found(said)
