"""Which of a page's elements are the captcha: the picture, its input, and the buttons about it.

Every pair of a picture and a field is weighed by its words, its looks and how near the two lie;
the best pair is the captcha, if it is good enough. The weights stand in `words`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from msgspec import Struct

from capslice.agent.discovery import words
from capslice.agent.discovery.words import Weights, spoken, weigh


class Element(Struct, frozen=True):
    """What survey.js tells of an element; lengths are CSS pixels from the page's corner."""

    kind: str  # img, canvas, svg, object, background; field, boxes; button, link
    names: tuple[str, ...]  # selectors, the most lasting first
    own: str  # its id, name, alt and so on
    label: str
    before: str  # the text before it, and after it
    after: str
    text: str  # what a button says
    x: float
    y: float
    width: float
    height: float
    form: int  # which of the page's forms it is in; -1: none
    place: int  # in the order of the page
    submits: bool
    capacity: int  # characters that a field takes; 0: any number
    others: tuple[str, ...]  # what its form wants besides

    def gap(self, other: Element) -> float:
        """The pixels between the two, 0 where they touch."""
        across = max(self.x, other.x) - min(self.x + self.width, other.x + other.width)
        down = max(self.y, other.y) - min(self.y + self.height, other.y + other.height)
        return max(across, down, 0.0)


class Survey(Struct, frozen=True):
    """A page's elements that could be of a captcha."""

    pictures: tuple[Element, ...]
    fields: tuple[Element, ...]
    buttons: tuple[Element, ...]


@dataclass(frozen=True)
class Chosen:
    """An element that was found, and why it."""

    element: Element
    why: str
    points: float


@dataclass(frozen=True)
class Captcha:
    """What was found of a captcha. Without a submit button, one presses Enter."""

    picture: Chosen
    input: Chosen
    submit: Chosen | None
    refresh: Chosen | None

    @property
    def points(self) -> float:
        """How good the picture and its field are, to compare one frame of a page with another."""
        return self.picture.points


def find_captcha(survey: Survey) -> Captcha | None:
    """The best picture with the best field to it, if they are good enough for a captcha."""
    pairs = [
        (_pair(picture, field), picture, field)
        for picture in survey.pictures
        if _fits(picture)
        for field in survey.fields
    ]
    best = max(pairs, key=lambda pair: pair[0][0], default=None)
    if best is None or best[0][0] < words.ENOUGH_CAPTCHA:
        return None
    (points, of_picture, of_field), picture, field = best
    size = f"{picture.width:.0f}x{picture.height:.0f} pixels"
    shown = {"background": "a CSS background"}.get(picture.kind, f"<{picture.kind}>")
    row = f"a row of {field.capacity} boxes" if field.kind == "boxes" else "a text field"
    submit = _submit(survey.buttons, field)
    refresh = _refresh(survey, picture, submit.element if submit else None)
    return Captcha(
        Chosen(picture, _why(f"{shown} of {size}", of_picture), points),
        Chosen(field, _why(f"{row}, {_where(picture, field)}", of_field), points),
        submit,
        refresh,
    )


def find_dismiss(buttons: Sequence[Element]) -> Chosen | None:
    """Of what can be clicked in something that lies over the form, what gets rid of it."""
    if len(buttons) == 1:
        return Chosen(buttons[0], _why("all that can be clicked in what lies over the form", []), 0)
    return _best(
        ((*_said(button, words.DISMISS), button) for button in buttons), "lies over the form", 1
    )


def _fits(picture: Element) -> bool:
    return (
        words.WIDTHS[0] <= picture.width <= words.WIDTHS[1]
        and words.HEIGHTS[0] <= picture.height <= words.HEIGHTS[1]
    )


def _pair(picture: Element, field: Element) -> tuple[float, list[str], list[str]]:
    """Points, and the words that speak for the picture and for the field. 0: no captcha."""
    for_picture, of_picture = _said(picture, words.CAPTCHA)
    for_field, of_field = _said(field, words.CAPTCHA)
    if for_picture + for_field < words.ENOUGH_WORDS:
        return 0.0, [], []
    points = for_picture + for_field + words.SHAPE
    points += weigh(spoken(picture.own), words.NOT_THE_PICTURE)[0]
    points += weigh(spoken(f"{field.own} {field.label}"), words.NOT_THE_FIELD)[0]
    if not field.label:
        # The text before it is as good as a label.
        points += weigh(spoken(field.before[-40:]), words.NOT_THE_FIELD)[0] / 2
    points += words.BROAD * (picture.width > 1.4 * picture.height)
    points += words.BOXES * (field.kind == "boxes")
    points += words.SHORT * (3 <= field.capacity <= 10)
    points += words.IN_ORDER * (field.place > picture.place)
    return points + _together(picture, field), of_picture, of_field


def _together(one: Element, other: Element) -> float:
    gap = one.gap(other)
    points = words.SAME_FORM if one.form == other.form != -1 else 0.0
    if gap > words.FAR and not points:
        return -words.FAR
    return points + (words.CLOSE if gap < words.NEAR else 0.0) - gap / words.NEAR


def _submit(buttons: Iterable[Element], field: Element) -> Chosen | None:
    weighed = []
    for button in buttons:
        if field.form not in (-1, button.form):
            continue
        points, said = weigh(_words_of(button), words.SUBMIT)
        points += _together(field, button) + words.IN_ORDER * (button.place > field.place)
        points += words.SUBMITS * button.submits
        points += min(0.0, -weigh(_words_of(button), words.REFRESH)[0])
        weighed.append((points, said, button))
    return _best(weighed, "sends the form", words.ENOUGH_SUBMIT)


def _refresh(survey: Survey, picture: Element, submit: Element | None) -> Chosen | None:
    weighed = []
    # In some pages the picture itself is to be clicked.
    for button in (*survey.buttons, picture):
        if (submit and button.place == submit.place) or button.gap(picture) > words.FAR:
            continue
        itself = button.place == picture.place
        # A link about the picture may say so by the text that stands before it.
        text = spoken(picture.own) if itself else _words_of(button)
        points, said = weigh(text, words.REFRESH)
        if itself and not any(each in text for each in ("click", "klick", "clic", "нажм", "点")):
            continue
        if points > 0:
            near = button.gap(picture) / words.NEAR
            weighed.append((points - near - words.SUBMITS * button.submits, said, button))
    return _best(weighed, "beside the picture", words.ENOUGH_REFRESH)


def _words_of(button: Element) -> str:
    return spoken(f"{button.text} {button.own}")


def _said(element: Element, weights: Weights) -> tuple[float, list[str]]:
    """What an element says of itself in full, and the text about it for half."""
    points, said = weigh(spoken(f"{element.own} {element.label} {element.text}"), weights)
    about, heard = weigh(spoken(f"{element.before} {element.after}"), weights)
    return points + about / 2, said or heard


def _best(
    weighed: Iterable[tuple[float, list[str], Element]], why: str, enough: float
) -> Chosen | None:
    found = max(weighed, key=lambda each: each[0], default=None)
    if found is None or found[0] < enough:
        return None
    points, said, element = found
    shown = f"says {element.text[:40]!r}" if element.text and not said else ""
    return Chosen(element, _why(", ".join(filter(None, (why, shown))), said), points)


def _where(picture: Element, field: Element) -> str:
    form = "in the picture's form" if picture.form == field.form != -1 else "by the picture"
    return f"{form}, {picture.gap(field):.0f} pixels from it"


def _why(what: str, said: Sequence[str]) -> str:
    unique = dict.fromkeys(said)
    quoted = ", ".join(f"“{word}”" for word in list(unique)[:3])
    return f"{what}; {quoted}" if quoted else what
