"""Chooses the elements of a page that make up its captcha.

Every pair of a picture and a field gets a score for its words, its looks and the distance between
the two. The best pair is the captcha if its score is high enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from msgspec import Struct

from capslice.agent.discovery.words import Subject, score, split_words

# The size of a captcha in CSS pixels: usual, and possible if words say that it is one.
WIDTHS, POSSIBLE_WIDTHS = (55, 520), (24, 1300)
HEIGHTS, POSSIBLE_HEIGHTS = (18, 220), (12, 600)
NEAR = 120.0  # pixels between two elements that belong together
FAR = 400.0  # pixels beyond which they do not, unless they are in the same form

# Points for what is not words.
CAPTCHA_SIZE = 4.0
WIDE = 2.0  # a picture wider than high, as a line of characters is
SAME_FORM = 4.0
CLOSE = 3.0  # closer than NEAR
IN_ORDER = 1.0  # a field after its picture, or a button after its field
BOXES = 3.0  # a row of boxes, one for each character
SHORT_FIELD = 1.0  # a field that takes 3 to 10 characters
SUBMITS = 6.0  # a button that submits its form

# The lowest scores to accept.
ENOUGH_WORDS = 3.0  # of the words about picture and field
ENOUGH_CAPTCHA = 10.0  # of picture and field in all
ENOUGH_SUBMIT = 4.0
ENOUGH_REFRESH = 3.0
ENOUGH_DISMISS = 1.0

# A picture that can be clicked for another says so.
CLICK = ("click", "klick", "clic", "нажм", "点")


SHOWN = {"background": "a CSS background", "row": "a row of <img>"}


class Required(Struct, frozen=True, array_like=True):
    """A field that a form requires: its label, the step's action that fills it, its selector."""

    label: str
    action: str
    selector: str


class Element(Struct, frozen=True):
    """An element as survey.js describes it; lengths are CSS pixels from the page's corner."""

    kind: str  # img, canvas, svg, object, embed, background, row; field, boxes; button, link
    selectors: tuple[str, ...]  # the most stable first
    attributes: str  # id, name, alt and so on
    label: str
    before: str  # the text before the element
    after: str
    text: str  # of a button
    x: float
    y: float
    width: float
    height: float
    form: int  # the index of its form on the page; -1: none
    position: int  # in document order
    submits: bool
    capacity: int  # the characters that a field takes; 0: any number
    required: tuple[Required, ...]  # other fields that its form requires

    def gap(self, other: Element) -> float:
        """Return the pixels between two elements, 0 if they touch."""
        across = max(self.x, other.x) - min(self.x + self.width, other.x + other.width)
        down = max(self.y, other.y) - min(self.y + self.height, other.y + other.height)
        return max(across, down, 0.0)


class Survey(Struct, frozen=True):
    """The elements of a page that could belong to a captcha."""

    pictures: tuple[Element, ...]
    fields: tuple[Element, ...]
    buttons: tuple[Element, ...]


# The score of a picture and a field, the words about each, and the two.
Pair = tuple[tuple[float, list[str], list[str]], Element, Element]


@dataclass(frozen=True)
class Choice:
    """A chosen element, and the reason for it."""

    element: Element
    why: str
    score: float


@dataclass(frozen=True)
class Captcha:
    """The elements of a captcha. Without a submit button, the agent presses Enter."""

    picture: Choice
    input: Choice
    submit: Choice | None
    refresh: Choice | None
    guessed: bool  # no word says that it is one

    @property
    def score(self) -> float:
        """The score of picture and field, to compare the frames of a page."""
        return self.picture.score


def find_captchas(survey: Survey) -> list[Captcha]:
    """Return the captchas of a page, the best first: pairs that score high enough.

    Of pairs that share a picture, a field or a form, only the best is one.
    """
    pairs = [
        (_score_pair(picture, field), picture, field)
        for picture in survey.pictures
        if _is_within(picture, POSSIBLE_WIDTHS, POSSIBLE_HEIGHTS)
        for field in survey.fields
    ]
    pairs.sort(key=lambda pair: pair[0][0], reverse=True)
    found: list[Pair] = []
    for pair in pairs:
        if pair[0][0] >= ENOUGH_CAPTCHA and not any(_share(pair, other) for other in found):
            found.append(pair)
    if not found and (only := _only_pair(survey)):
        return [_captcha(survey, only, guessed=True)]
    return [_captcha(survey, pair) for pair in found]


def _share(one: Pair, other: Pair) -> bool:
    (_, picture, field), (_, other_picture, other_field) = one, other
    is_same_form = field.form == other_field.form != -1
    return picture == other_picture or field == other_field or is_same_form


def _captcha(survey: Survey, pair: Pair, *, guessed: bool = False) -> Captcha:
    (points, picture_words, field_words), picture, field = pair
    size = f"{picture.width:.0f}x{picture.height:.0f} pixels"
    shown = SHOWN.get(picture.kind, f"<{picture.kind}>")
    row = f"a row of {field.capacity} boxes" if field.kind == "boxes" else "a text field"
    submit = _find_submit(survey.buttons, field)
    return Captcha(
        Choice(picture, _why(f"{shown} of {size}", picture_words), points),
        Choice(field, _why(f"{row}, {_location(picture, field)}", field_words), points),
        submit,
        _find_refresh(survey, picture, submit.element if submit else None),
        guessed,
    )


def _only_pair(survey: Survey) -> Pair | None:
    """The picture and the field of a form that has no other ones, whatever they are called."""
    for form in {field.form for field in survey.fields} - {-1}:
        pictures = [each for each in survey.pictures if each.form == form]
        fields = [each for each in survey.fields if each.form == form]
        if len(pictures) != 1 or len(fields) != 1:
            continue
        (picture,), (field,) = pictures, fields
        picture_words = split_words(picture.attributes)
        field_words = split_words(f"{field.attributes} {field.label} {field.before[-40:]}")
        if (
            _is_within(picture, WIDTHS, HEIGHTS)
            and not field.required
            and score(picture_words, "not_the_picture")[0] >= 0
            and score(field_words, "not_the_field")[0] >= 0
        ):
            return (0.0, [], []), picture, field
    return None


def find_dismiss(buttons: Sequence[Element]) -> Choice | None:
    """Return the button that closes a cover over the form; `buttons` are those of the cover."""
    if len(buttons) == 1 and not buttons[0].submits:
        return Choice(buttons[0], "the only button of the cover over the form", 0)
    scored = ((*_score_with_context(button, "dismiss"), button) for button in buttons)
    return _best(scored, "in the cover over the form", ENOUGH_DISMISS)


def _is_within(picture: Element, widths: tuple[int, int], heights: tuple[int, int]) -> bool:
    is_wide = widths[0] <= picture.width <= widths[1]
    return is_wide and heights[0] <= picture.height <= heights[1]


def _score_pair(picture: Element, field: Element) -> tuple[float, list[str], list[str]]:
    """Return the score of a pair and the words about picture and field; 0 for no captcha."""
    picture_score, picture_words = _score_with_context(picture, "captcha")
    field_score, field_words = _score_with_context(field, "captcha")
    if picture_score + field_score < ENOUGH_WORDS:
        return 0.0, [], []
    points = picture_score + field_score + CAPTCHA_SIZE * _is_within(picture, WIDTHS, HEIGHTS)
    points += score(split_words(picture.attributes), "not_the_picture")[0]
    points += score(split_words(f"{field.attributes} {field.label}"), "not_the_field")[0]
    if not field.label:
        # The text before the field serves as its label.
        points += score(split_words(field.before[-40:]), "not_the_field")[0] / 2
    points += WIDE * (picture.width > 1.4 * picture.height)
    points += BOXES * (field.kind == "boxes")
    points += SHORT_FIELD * (3 <= field.capacity <= 10)
    points += IN_ORDER * (field.position > picture.position)
    return points + _score_proximity(picture, field), picture_words, field_words


def _score_proximity(one: Element, other: Element) -> float:
    gap = one.gap(other)
    points = SAME_FORM if one.form == other.form != -1 else 0.0
    if gap > FAR and not points:
        return -FAR
    return points + (CLOSE if gap < NEAR else 0.0) - gap / NEAR


def _find_submit(buttons: Iterable[Element], field: Element) -> Choice | None:
    scored = []
    for button in buttons:
        if field.form not in (-1, button.form):
            continue
        points, words = score(_button_words(button), "submit")
        points += _score_proximity(field, button) + IN_ORDER * (button.position > field.position)
        points += SUBMITS * button.submits
        points += min(0.0, -score(_button_words(button), "refresh")[0])
        scored.append((points, words, button))
    return _best(scored, "sends the form", ENOUGH_SUBMIT)


def _find_refresh(survey: Survey, picture: Element, submit: Element | None) -> Choice | None:
    scored = []
    # On some pages, a click on the picture itself brings another one.
    for button in (*survey.buttons, picture):
        if (submit and button.position == submit.position) or button.gap(picture) > FAR:
            continue
        is_picture = button.position == picture.position
        text = split_words(picture.attributes) if is_picture else _button_words(button)
        points, words = score(text, "refresh")
        if is_picture and not any(word in text for word in CLICK):
            continue
        if points > 0:
            distance = button.gap(picture) / NEAR
            scored.append((points - distance - SUBMITS * button.submits, words, button))
    return _best(scored, "beside the picture", ENOUGH_REFRESH)


def _button_words(button: Element) -> str:
    return split_words(f"{button.text} {button.attributes}")


def _score_with_context(element: Element, subject: Subject) -> tuple[float, list[str]]:
    """Count an element's own words in full, and the text around it by half."""
    points, words = score(
        split_words(f"{element.attributes} {element.label} {element.text}"), subject
    )
    context, context_words = score(split_words(f"{element.before} {element.after}"), subject)
    return points + context / 2, words or context_words


def _best(
    scored: Iterable[tuple[float, list[str], Element]], why: str, enough: float
) -> Choice | None:
    best = max(scored, key=lambda each: each[0], default=None)
    if best is None or best[0] < enough:
        return None
    points, words, element = best
    text = f"says {element.text[:40]!r}" if element.text and not words else ""
    return Choice(element, _why(", ".join(filter(None, (why, text))), words), points)


def _location(picture: Element, field: Element) -> str:
    form = "in the picture's form" if picture.form == field.form != -1 else "near the picture"
    return f"{form}, {picture.gap(field):.0f} pixels from it"


def _why(reason: str, words: Sequence[str]) -> str:
    unique = dict.fromkeys(words)
    quoted = ", ".join(f"“{word}”" for word in list(unique)[:3])
    return f"{reason}; {quoted}" if quoted else reason
