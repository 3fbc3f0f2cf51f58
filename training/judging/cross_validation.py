"""Fits one recipe to a data source and judges it: one fit, one per fold, or a learning curve."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, NamedTuple

import keras

from capslice.models.intervals import Rate
from capslice.models.learning_curve import PicturesNeeded, Point, pictures_needed
from capslice.training.fitting.data_sources import DataSource
from capslice.training.fitting.fit import fit
from capslice.training.fitting.fit_result import (
    FIT_FILE,
    HISTORY_FILE,
    Fit,
    load_reader,
    read_history,
)
from capslice.training.fitting.judge import decoder_of, predict
from capslice.training.fitting.recipe import Parts, Recipe
from capslice.training.fitting.warm_start import WarmStart, warm_started_reader
from capslice.training.judging.misread_sheet import MISREAD_FILE, Predicted, write_misread_sheet
from capslice.training.judging.outcome import Outcome, in_words, outcome_of
from capslice.training.pictures import DataSet

if TYPE_CHECKING:
    from capslice.json_output import FitJson

TARGETS = 0.9, 0.99  # shares of captchas read right, for the learning curve
FEWER = {"quarter": 0.25, "half": 0.5}  # subfolder, and its share of the training pictures


class FitReport(NamedTuple):
    """The fits, and their common result. Each fit was tested on other pictures.

    misread: number of pictures that were read wrong; if it is not 0, `sheet` shows some of them.
    curve:   captchas read right, by the number of training pictures.
    needed:  how many training pictures would bring 90 % and 99 %.
    outcome: what the last fit has come to, and `advice` the same in words.
    """

    fits: tuple[Fit, ...]
    misread: int
    sheet: Path
    curve: tuple[Point, ...] = ()
    needed: tuple[PicturesNeeded, ...] = ()
    outcome: Outcome = Outcome.UNKNOWN
    advice: str = ""

    @property
    def captchas(self) -> Rate:
        """How many test captchas were read right, over all fits."""
        return _captchas(self.fits)

    @property
    def character_accuracy(self) -> float:
        """The share of characters that were read right, over all fits, in [0, 1]."""
        right = sum(sum(each.characters_right) for each in self.fits)
        return right / sum(sum(each.characters) for each in self.fits)

    @property
    def by_length(self) -> dict[int, Rate]:
        """How many test captchas of each length were read right; empty if all have one length."""
        lengths = sorted({length for each in self.fits for length in each.by_length})
        counts = {n: [each.by_length.get(n, (0, 0)) for each in self.fits] for n in lengths}
        return {
            length: Rate(*(sum(column) for column in zip(*pairs, strict=True)))
            for length, pairs in counts.items()
        }

    @property
    def interrupted(self) -> bool:
        """Whether the last fit was interrupted."""
        return self.fits[-1].interrupted

    def as_json(self) -> FitJson:
        """What `capslice fit --json` prints; rates are in [0, 1]."""
        if len(self.fits) == 1:
            report: FitJson = self.fits[0].as_json()
        else:
            report = {
                "captcha_accuracy": self.captchas.value,
                "character_accuracy": self.character_accuracy,
                "by_length": {
                    length: (each.right, each.of) for length, each in self.by_length.items()
                },
                "folds": [each.as_json() for each in self.fits],
            }
        report["captcha_interval"] = self.captchas.interval
        report["misread"] = self.misread
        report["outcome"] = self.outcome.value
        if self.curve:
            report["curve"] = [
                {"pictures": n, "right": right.right, "of": right.of} for n, right in self.curve
            ]
            report["needed"] = [each.as_json() for each in self.needed]
        return report


@dataclass(frozen=True)
class CrossValidation:
    """Fits of one recipe to one data source, in the folder `out` and its subfolders.

    warm_start: the weights that each fit starts from.
    overwrite:  replace fits that are there already.
    resume:     continue an interrupted fit, and keep the finished ones.
    notify:     gets a line before each fit to labelled pictures.
    """

    source: DataSource
    recipe: Recipe
    out: Path
    warm_start: WarmStart | None = None
    overwrite: bool = False
    resume: bool = False
    callbacks: Sequence[keras.callbacks.Callback] = ()
    notify: Callable[[str], object] = lambda line: None

    def run(self, folds: int | None = None, learning_curve: bool = False) -> FitReport:
        """Fit once, or once for each of `folds`.

        A `learning_curve` takes two more fits, to a quarter and to half of the training pictures.

        Raises FitError as `fit` does, and DataSetError where the source has too few pictures.
        """
        shares = FEWER if learning_curve else {}
        fewer: dict[str, list[Fit]] = {name: [] for name in shares}
        fits, splits = [], []
        for parts, folder in self._splits(folds):
            for name, share in shares.items():
                result = self._fit(parts.fewer(share), folder / name)
                if result.interrupted:
                    return FitReport((result,), 0, self.out / MISREAD_FILE)
                fewer[name].append(result)
            fits.append(self._fit(parts, folder))
            splits.append((parts, folder))
            if fits[-1].interrupted:
                break
        report = self._report(tuple(fits), splits)
        if learning_curve and not report.interrupted:
            curve = tuple(
                Point(round(fmean(each.fitted_on for each in group)), _captchas(group))
                for group in (*fewer.values(), fits)
            )
            needed = tuple(pictures_needed(curve, target) for target in TARGETS)
            report = report._replace(curve=curve, needed=needed)
        return report

    def _splits(self, folds: int | None) -> Iterator[tuple[Parts, Path]]:
        seed = self.recipe.seed
        if folds is None:
            yield self.source.parts(seed), self.out
            return
        for number, parts in enumerate(self.source.folds(seed, folds), start=1):
            yield parts, self.out / f"fold-{number}"

    def _fit(self, parts: Parts, folder: Path) -> Fit:
        captcha = self.source.captcha
        # A fold that was finished before the interruption is not fitted again.
        if self.resume and folder != self.out and (finished := self._finished(folder)):
            return finished
        stored = parts.training_pictures()
        drawn = f"captchas that are drawn, {len(parts.training)} in an epoch"
        shown = drawn if stored is None else f"{len(stored)} of the pictures"
        self.notify(f"fitting to {shown}, in {folder}")
        warm_start = None
        if self.warm_start:
            warm_start = warm_started_reader(captcha, self.recipe, self.warm_start)
        return fit(
            captcha,
            parts,
            self.recipe,
            folder,
            overwrite=self.overwrite,
            resume=self.resume,
            warm_start=warm_start,
            callbacks=self.callbacks,
        )

    def _finished(self, folder: Path) -> Fit | None:
        if not (folder / FIT_FILE).exists():
            return None
        result = Fit.load(folder)
        return None if result.interrupted or result.recipe != self.recipe else result

    def _report(self, fits: tuple[Fit, ...], splits: list[tuple[Parts, Path]]) -> FitReport:
        predicted = []
        for parts, folder in splits if self.source.pictures else ():
            _, reader = load_reader(self.source.captcha, folder)
            decoder = decoder_of(self.source.captcha, self.recipe)
            # The sheet shows training pictures as well: what was not learned may be labelled wrong.
            # With folds, each picture is in a test part anyway.
            others = [parts.training_pictures(), parts.validation] if len(splits) == 1 else []
            predicted += [
                Predicted(
                    replace(part, codes=self.recipe.labels(part.codes)),
                    predict(reader, part.pictures),
                    decoder,
                )
                for part in (*others, parts.test)
                if isinstance(part, DataSet)
            ]
        sheet = self.out / MISREAD_FILE
        (parts, folder), last = splits[-1], fits[-1]
        history = read_history(folder / HISTORY_FILE)
        stored = parts.training_pictures() is not None
        outcome = Outcome.UNKNOWN
        if not last.interrupted:
            outcome = outcome_of(history, self.recipe.monitored, stored=stored)
        return FitReport(
            fits,
            write_misread_sheet(predicted, sheet),
            sheet,
            outcome=outcome,
            advice=in_words(outcome, last, history),
        )


def _captchas(fits: Sequence[Fit]) -> Rate:
    return Rate(sum(each.captchas_right for each in fits), sum(each.tested_on for each in fits))
