"""Whether a model is made for the captcha that it reads: tests, each with its reason in words.

Size. The pictures have another size than the one that the model was fitted to.

Confidence. A calibrated model is right as often as its mean confidence says, and its card records
both for captchas of its own kind. Confidences lie in [0, 1], so Hoeffding's inequality bounds the
probability of a mean as low as the one seen, whatever their distribution. Below `FALSE_ALARMS`, the
captcha is not of the model's kind. So at most one check in a thousand raises a false alarm, and one
card in a thousand claims too much by chance.

Characters. The settings name some that the model does not know.
"""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from capslice.models.card import Card
    from capslice.models.decoding import Decoder

FALSE_ALARMS = 0.001
MOST_SHOWN = 20  # characters
SURE = 0.5  # a mean confidence below this says that most readings are wrong
WHAT_TO_DO = (
    "use a model for this captcha (--model, model.path), or make one with `capslice fit` or "
    "`capslice learn`"
)


def doubts(card: Card, sizes: Collection[str], confidences: Sequence[float]) -> list[str]:
    """Reasons why the model of this card is not made for the captcha, each in one clause.

    `sizes` are the sizes of the pictures, such as `150x40`; `confidences` are those of the
    readings, in [0, 1].
    """
    return [*_about_sizes(card, sizes), *_about_confidences(card, confidences)]


def doubt_about_characters(characters: str, decoder: Decoder) -> str | None:
    """What is odd about the characters of the settings, such as `A-Z2-9`; None if nothing is.

    They may have a range between two kinds of characters, or characters that the model does not
    know. Raises ValueError as `parse_characters` does.
    """
    # Imported here because `--help` does not need it.
    from capslice.models.decoding.decoder import in_case
    from capslice.models.decoding.known import mixed_ranges, parse_characters

    for each in mixed_ranges(characters):
        first, last = each[0], each[-1]
        return (
            f"in the characters {characters}, {each} means all {ord(last) - ord(first) + 1} from "
            f"{first} to {last}: write a dash that means itself last, and letters such as A-Za-z"
        )
    asked = parse_characters(characters) if characters else ""
    unknown = [
        each for each in asked if in_case(each, decoder.case) not in decoder.model_characters
    ]
    if not unknown:
        return None
    more = "…" if unknown[MOST_SHOWN:] else ""
    return (
        f"of the characters {characters}, the model does not know {' '.join(unknown[:MOST_SHOWN])}"
        f"{more}, so it never reads them"
    )


def picture_size(content: bytes) -> str | None:
    """The size of a picture in pixels, such as `150x40`, by its header; None if it is none."""
    # Imported here because `--help` does not need them.
    from PIL import Image

    from capslice.models.pictures import FORMATS

    try:
        with warnings.catch_warnings(action="ignore"):
            width, height = Image.open(io.BytesIO(content), formats=FORMATS).size
    except Exception:  # Pillow's decoders raise errors of many types.
        return None
    return f"{width}x{height}"


def own_confidence(card: Card) -> float:
    """The least mean confidence, in [0, 1], that is plausible for captchas of the model's kind.

    It allows for chance in the measurement on the card. Without a recorded confidence, the share
    of captchas that were read right stands in.
    """
    accuracy = card.accuracy
    measured = accuracy.confidence
    if measured is None:
        measured = accuracy.captchas_right / accuracy.pictures
    return max(0.0, measured - math.sqrt(math.log(1 / FALSE_ALARMS) / (2 * accuracy.pictures)))


def chance_of_mean(mean: float, expected: float, count: int) -> float:
    """A bound of the probability that the mean of `count` values is as far from `expected`.

    The values lie in [0, 1] and are independent; only means on the same side of `expected` count.
    Hoeffding, "Probability inequalities for sums of bounded random variables", Journal of the
    American Statistical Association 58 (1963), theorem 1.
    """
    divergence = _part(mean, expected) + _part(1 - mean, 1 - expected)
    return math.exp(-count * max(0.0, divergence))


def _part(share: float, expected: float) -> float:
    if share <= 0:
        return 0.0
    return share * math.log(share / expected) if expected > 0 else math.inf


def _about_sizes(card: Card, sizes: Collection[str]) -> list[str]:
    own = f"{card.width}x{card.height}"
    others = sorted(set(sizes) - {own})
    if card.sizes != "one" or not others:
        return []
    shown = ", ".join(others[:3]) + (f" and {len(others) - 3} more" if others[3:] else "")
    return [f"the pictures have other sizes ({shown}) than the {own} that the model is made for"]


def _about_confidences(card: Card, confidences: Sequence[float]) -> list[str]:
    if not confidences:
        return []
    mean, expected = sum(confidences) / len(confidences), own_confidence(card)
    if mean >= expected or chance_of_mean(mean, expected, len(confidences)) >= FALSE_ALARMS:
        return []
    of = f"in {len(confidences):,} pictures" if len(confidences) > 1 else "in one picture"
    return [
        f"the mean confidence {of} is {mean:.3f}, and at least {expected:.3f} on captchas that the "
        "model is made for"
    ]
