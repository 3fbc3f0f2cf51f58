"""Tries models on a few pictures of the captcha, and chooses the one that is surest.

The confidence of a model is calibrated: its mean says how many of the readings are right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page

from capslice.agent.collecting.fresh_pictures import fresh_pictures
from capslice.agent.discovery.answer_hints import Hints, find_hints
from capslice.agent.discovery.form import Form
from capslice.agent.page.sync_captcha_page import SyncCaptchaPage
from capslice.agent.reading.reader import Reader, Reading
from capslice.agent.reading.suitability import SURE, WHAT_TO_DO, doubts, picture_size
from capslice.agent.settings import Model, Settings
from capslice.errors import ConfigurationError, TargetError
from capslice.models.card import HERE
from capslice.models.decoding.known import span
from capslice.models.pictures import decode, decode_views
from capslice.models.sheet import write_sheet

WHITE = 255
MAKE_ONE = (
    "make a model of this captcha with `capslice learn`, from what the page says to answers, or "
    "with `capslice fit --captcha folder --data FOLDER`, from labelled pictures; write the name of "
    "the model file into model.path"
)


@dataclass(frozen=True)
class Candidate:
    """A model that was tried.

    name:     its name or file, as for [model] path.
    reader:   the model itself.
    readings: what it reads in each picture; empty if it cannot give such answers.
    doubt:    why it is not made for the captcha; "" if it is.
    warning:  what else is unlike the captchas that it is made for; "" if nothing is.
    """

    name: str
    reader: Reader
    readings: tuple[Reading, ...]
    doubt: str
    warning: str = ""

    @property
    def confidence(self) -> float:
        """The mean confidence of its readings, in [0, 1]; 0 without any."""
        return sum(each.confidence for each in self.readings) / max(len(self.readings), 1)

    @property
    def reads_any(self) -> bool:
        """Whether it reads the pictures, and is made for any size, and so for any site."""
        return bool(self.readings) and self.reader.card.sizes != "one"

    def as_json(self) -> dict[str, Any]:
        """Return what `capslice init --json` prints of it."""
        return {
            "model": self.name,
            "texts": [each.text for each in self.readings],
            "confidence": self.confidence if self.readings else None,
            "doubt": self.doubt,
        }


@dataclass(frozen=True)
class Choice:
    """What was found out about the answers.

    hints:      what the form says.
    pictures:   those that the models read.
    candidates: the models that were tried.
    named:      whether the settings name the model, so that there is no other candidate.
    """

    hints: Hints
    pictures: tuple[bytes, ...]
    candidates: tuple[Candidate, ...]
    named: bool

    @property
    def chosen(self) -> Candidate | None:
        """The surest model that is made for the captcha; None if there is none."""
        sure = (each for each in self.candidates if each.readings and not each.doubt)
        return max(sure, key=lambda each: each.confidence, default=None)

    @property
    def best(self) -> Candidate:
        """The model to go on with: the chosen one, or else one for captchas of any kind."""
        general = [each for each in self.candidates if each.reads_any]
        return self.chosen or max(general or self.candidates, key=lambda each: each.confidence)

    @property
    def note(self) -> str:
        """What the user should know; "" if a model was chosen, and nothing is unlike."""
        if self.chosen:
            return self.chosen.warning
        if not self.pictures:
            return "the page showed no picture to try a model on"
        if self.named:
            doubt = self.candidates[0].doubt
            return f"the model is not made for this captcha: {doubt}: {WHAT_TO_DO}"
        so = f", so model.path is {self.best.name} for now" if self.best.reads_any else ""
        return f"no shipped model is sure of these pictures{so}: {MAKE_ONE}"

    @property
    def settings(self) -> dict[str, str]:
        """What belongs into the section [model]."""
        if self.named:
            # Hints that the named model cannot follow may be mistaken.
            return self.hints.values if self.chosen else {}
        belongs = self.chosen or self.best.reads_any
        return self.hints.values | ({"path": self.best.name} if belongs else {})

    def as_json(self) -> dict[str, Any]:
        """Return what `capslice init --json` prints of it."""
        return {
            "model": self.chosen.name if self.chosen else None,
            "answers": self.hints.values,
            "candidates": [each.as_json() for each in self.candidates],
        }


def choose_model(page: Page, form: Form, settings: Settings) -> Choice:
    """Open the form on `page`, see what it says about answers, and try the models.

    These are the one that `settings` name, or all shipped ones. Raises ModelError if one cannot be
    loaded.
    """
    hints, pictures = _look(page, form, settings)
    given = settings.model.model_fields_set
    hints = hints.but(given)
    named = "path" in given
    models = [settings.model.path] if named else _shipped_models()
    tried = (try_model(each, settings.model, hints.values, pictures) for each in models)
    return Choice(hints, tuple(pictures), tuple(tried), named)


def _look(page: Page, form: Form, settings: Settings) -> tuple[Hints, list[bytes]]:
    """What the form says about answers, and as many pictures as it shows, at most PICTURES."""
    hints = Hints()
    pictures: list[bytes] = []  # a page may show only some
    with (
        suppress(TargetError, PlaywrightError),
        SyncCaptchaPage(page, form.target, settings.browser.timeout) as captcha_page,
    ):
        captcha_page.open()
        hints = find_hints(captcha_page.coroutines.elements.locator("input"))
        pictures.extend(fresh_pictures(captcha_page, settings, captcha_page.picture()))
    return hints, pictures


def _shipped_models() -> list[Path]:
    return [Path(file.stem) for file in sorted(HERE.glob("*.onnx"))]


def try_model(
    model: Path, settings: Model, known: Mapping[str, str], pictures: Sequence[bytes]
) -> Candidate:
    """Read pictures with a model under `settings`, and under what else is `known` of the answers.

    `known` are values for keys of [model]. Raises ModelError if the model cannot be loaded.
    """
    wanted = Model.model_validate({**dict(settings), **known, "path": model})
    try:
        reader = Reader.of(wanted)
    except ConfigurationError:
        own = Reader(model, settings.threads)
        length = span(own.decoder.shortest, own.decoder.longest)
        doubt = f"it reads {length} of {own.decoder.characters}, and the form wants other answers"
        return Candidate(str(model), own, (), doubt)
    readings = tuple(_read(reader, each) for each in pictures)
    sizes = {size for each in pictures if (size := picture_size(each))}
    confidences = [each.confidence for each in readings]
    doubt, warning = "", ", and ".join(doubts(reader.card, sizes, ()))
    if doubts(reader.card, (), confidences):
        doubt = ", and ".join(doubts(reader.card, sizes, confidences))
    elif readings and sum(confidences) < SURE * len(readings):
        doubt = f"its mean confidence is below {SURE}"
    return Candidate(str(model), reader, readings, doubt, warning)


def write_readings(candidates: Sequence[Candidate], pictures: Sequence[bytes], file: Path) -> None:
    """Write a PNG of the pictures, each with what each model reads. Raises SheetError."""
    grey = [decode(each, "the captcha's picture", warn=False) for each in pictures]
    height, width = np.max([each.shape for each in grey], axis=0)
    tiles = []
    for number, each in enumerate(grey):
        missing = ((0, height - each.shape[0]), (0, width - each.shape[1]))
        said = "    ".join(
            f"{candidate.name}: {reading.text} ({reading.confidence:.3f})"
            for candidate in candidates
            for reading in candidate.readings[number : number + 1]
        )
        tiles.append((np.pad(each, missing, constant_values=WHITE), [(said, False)]))
    write_sheet(tiles, file)


def _read(reader: Reader, picture: bytes) -> Reading:
    size = (reader.card.width, reader.card.height)
    # Another size is no news here, since the model may not be made for the captcha.
    views = decode_views(picture, "the captcha's picture", size, reader.card.sizes, warn=False)
    return max(reader.read_many(views), key=lambda reading: reading.confidence)
