"""Fits a reader to the evidence of a site, in one round of learning, and exports it.

A round is a folder, which is whole or not there:

    fit.json, reader.weights.h5, ...   the fit, from which the next round starts
    model.onnx                         the exported reader
    round.json                         what the round came to
"""

from __future__ import annotations

import json
import time
from itertools import starmap
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import keras
import numpy as np

from capslice.errors import FitError
from capslice.models.decoding import Decoder, Known
from capslice.models.decoding.decoder import in_case
from capslice.models.decoding.known import Case
from capslice.models.labels import LABELS_FILE, rows_of
from capslice.training.exporting.export import export
from capslice.training.fitting.data_sources import general_drawings, of_evidence
from capslice.training.fitting.fit import fit
from capslice.training.fitting.fit_result import Fit, load_reader
from capslice.training.fitting.judge import predict
from capslice.training.fitting.recipe import Parts, Recipe
from capslice.training.fitting.warm_start import WarmStart, warm_started_reader
from capslice.training.learning.letter_case import LetterCase, with_texts
from capslice.training.learning.round_folder import round_folder
from capslice.training.learning.settings import (
    BATCH,
    FEWEST,
    GENERAL,
    HELD_OUT_SHARE,
    LEARNING_RATE,
    MOST_HELD_OUT,
    Settings,
)
from capslice.training.machine import has_bfloat16
from capslice.training.pictures import (
    Captcha,
    DataSet,
    FolderCaptcha,
    FolderDescription,
    Mixture,
    Pool,
    Stream,
    captcha_named,
    load,
    load_evidence,
)

if TYPE_CHECKING:
    from capslice.json_output import RoundJson

MODEL_FILE = "model.onnx"
ROUND_FILE = "round.json"


def run_round(evidence: Path, settings: Settings, out: Path) -> RoundJson:
    """Do one round in this process, and return what it came to.

    Raises FitError where `out` exists already, and the errors of `fit_round`.
    """
    with round_folder(out) as folder:
        result = fit_round(evidence, settings, folder)
    return {**result, "model": str(out / MODEL_FILE)}


def fit_round(evidence: Path, settings: Settings, folder: Path) -> RoundJson:
    """Fit to the labels, the rejected and the guessed texts in `evidence`, and export the reader.

    The latest labels only validate the fit. Returns what the round came to, as in its round.json,
    where the model's path is relative to `folder`.

    Raises FitError where the start is not a network of columns, or where there are too few labels;
    LabelsError and DataSetError where the evidence cannot be read; ExportError as `export` does;
    and KeyboardInterrupt on Ctrl-C.
    """
    started = time.monotonic()
    start, captcha = _start(settings.start, evidence)
    recipe = _recipe(start, settings)
    reader = warm_started_reader(captcha, recipe, start)
    parts, count = _parts(evidence, captcha, settings, reader)
    fitted = fit(captcha, parts, recipe, folder, warm_start=reader)
    if fitted.interrupted:
        raise KeyboardInterrupt
    # In 8 bits, the few pictures of a first round would not show all ranges of values.
    export(captcha, folder, folder / MODEL_FILE, numbers="float32")
    _, reader = load_reader(captcha, folder)
    case: Case = "fold" if settings.ignore_case else "keep"
    read = _read(reader, captcha, parts.validation, case)
    right = [a == in_case(b, case) for a, b in zip(read, parts.validation.texts, strict=True)]
    result: RoundJson = {
        "model": MODEL_FILE,
        "labels": count.labels,
        "rejected": count.rejected,
        "guessed": count.guessed,
        "validation": {"right": sum(right), "of": len(right)},
        "seconds": round(time.monotonic() - started, 1),
    }
    (folder / ROUND_FILE).write_text(json.dumps(result) + "\n")
    return result


class _Count(NamedTuple):
    labels: int
    rejected: int
    guessed: int


def _start(name: str, evidence: Path) -> tuple[WarmStart, FolderCaptcha]:
    """The weights to start from, and the captcha of the evidence with the characters of both."""
    known: Captcha
    if name == GENERAL:
        start, known = WarmStart.general(), captcha_named(name)
    else:
        start, known = WarmStart.of_fit(Path(name)), Fit.load(Path(name)).load_captcha()
    if start.networks != "columns":
        raise FitError(
            f"the fit in {name} has networks of the kind {start.networks!r}, and learning from "
            "answers takes `columns`: start from `general`, or fit with --networks columns"
        )
    texts = [text for _, text in rows_of(evidence, evidence / LABELS_FILE)]
    new = dict.fromkeys(each for each in "".join(texts) if each not in start.charset)
    charset = start.charset + "".join(new)
    lengths = {*map(len, texts), known.shortest, known.length}
    # A text has letters and digits, and such signs as labels show.
    usual = "".join(each for each in charset if each.isalnum() or each in "".join(texts))
    description = FolderDescription(
        size=known.size,
        sizes=known.sizes,
        charset=charset,
        length=max(lengths),
        shortest=min(lengths),
        usual=usual,
    )
    return start, FolderCaptcha(description)


def _parts(
    evidence: Path, captcha: FolderCaptcha, settings: Settings, reader: keras.Model
) -> tuple[Parts, _Count]:
    """The parts of the evidence, and how many texts of each kind there are.

    If the site ignores case, the texts have the case in which `reader` reads their letters.
    """
    labels = dict(rows_of(evidence, evidence / LABELS_FILE))
    labelled = load(captcha, labels).data
    if len(labelled) < FEWEST:
        raise FitError(
            f"{evidence} has {len(labelled)} labels that can be used, too few to learn from: "
            f"label at least {FEWEST} pictures with `capslice label`"
        )
    found = load_evidence(captcha, evidence, labels)
    if settings.ignore_case:
        pairs = [*zip(labelled.texts, _read(reader, captcha, labelled, "keep"), strict=True)]
        case = LetterCase(pairs)
        labelled = with_texts(labelled, starmap(case.of, pairs))
        rejected, guessed = (
            each and with_texts(each, map(case.of, each.texts)) for each in found[:2]
        )
        found = found._replace(rejected=rejected, guessed=guessed)
    held_out = min(MOST_HELD_OUT, max(1, round(HELD_OUT_SHARE * len(labelled))))
    order = np.arange(len(labelled))
    validation = labelled.subset(order[-held_out:])
    others = of_evidence(found, settings.rejected_share)
    if settings.general_share:
        others.append((general_drawings(captcha), settings.general_share))
    learned = Pool(labelled.subset(order[:-held_out]))
    source = Mixture(learned, tuple(others)) if others else learned
    read = _read(reader, captcha, validation, "keep")
    known = sum(a.casefold() == b.casefold() for a, b in zip(read, validation.texts, strict=True))
    steps = settings.steps_for(len(labelled), new=2 * known < held_out)
    training = Stream(source, settings.seed, steps * BATCH)
    counts = (0 if each is None else len(each) for each in (found.rejected, found.guessed))
    return Parts(training, validation, validation), _Count(len(labelled), *counts)


def _recipe(start: WarmStart, settings: Settings) -> Recipe:
    update = {
        "shape": start.shape,
        "epochs": 1,
        "batch": BATCH,
        "learning_rate": LEARNING_RATE,
        "ctc_from": 0.0,
        "column_supervision": 0.0,
        "bfloat16": has_bfloat16(),
        "seed": settings.seed,
    }
    return Recipe.usual("columns").model_copy(update=update)


def _read(reader: keras.Model, captcha: FolderCaptcha, data: DataSet, case: Case) -> list[str]:
    """What a reader reads of these pictures."""
    decoder = Decoder(
        captcha.charset,
        captcha.shortest,
        captcha.length,
        ctc=True,
        usual=captcha.usual,
        known=Known(case=case),
    )
    return [each.text for each in decoder.decode(predict(reader, data.pictures))]
