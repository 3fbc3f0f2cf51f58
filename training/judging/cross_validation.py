"""From one source to what can be said of it: a fit, several to fewer pictures, or one a fold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

import keras

from capslice.models.intervals import Rate
from capslice.training.fitting.data_sources import Source
from capslice.training.fitting.fit import fit, predict
from capslice.training.fitting.fit_result import FIT_FILE, Fit, load_reader
from capslice.training.fitting.recipe import Parts, Recipe
from capslice.training.fitting.warm_start import begun_with
from capslice.training.judging.learning_curve import Needed, Point, needed
from capslice.training.judging.misread_sheet import WORST_FILE, Judged, write_worst
from capslice.training.pictures import DataSet

WANTED = 0.99  # of captchas
FEWER = {"quarter": 0.25, "half": 0.5}  # of the pictures to learn from, and the fit's folder


class Outcome(NamedTuple):
    """What came of it: the fits, judged by other pictures each, and what they say together.

    `misread` counts what they read wrong of `sheet`, which was written if it is not 0. `curve`
    is by how many pictures were learned from, and `needed` how many would do.
    """

    fits: tuple[Fit, ...]
    misread: int
    sheet: Path
    curve: tuple[Point, ...] = ()
    needed: Needed | None = None

    @property
    def captchas(self) -> Rate:
        """How many were right."""
        return _captchas(self.fits)

    @property
    def character_accuracy(self) -> float:
        """The share of single digits that were."""
        right = sum(each.character_accuracy * each.tested_on for each in self.fits)
        return right / self.captchas.of

    @property
    def interrupted(self) -> bool:
        """Whether the last of them was."""
        return self.fits[-1].interrupted

    def as_json(self) -> dict[str, Any]:
        """What `capslice fit --json` prints; rates in [0, 1]."""
        if len(self.fits) == 1:
            told = self.fits[0].as_json()
        else:
            told = {
                "captcha_accuracy": self.captchas.value,
                "character_accuracy": self.character_accuracy,
                "folds": [each.as_json() for each in self.fits],
            }
        told |= {"captcha_interval": self.captchas.interval, "misread": self.misread}
        if self.curve and self.needed:
            told |= {
                "curve": [
                    {"pictures": n, "right": right.right, "of": right.of} for n, right in self.curve
                ],
                "needed": self.needed._asdict(),
            }
        return told


@dataclass(frozen=True)
class Trials:
    """Fits of one recipe to one source, in folders in and about `out`.

    Of pictures that are there, `say` is told before each fit how many it learns from, and where.
    """

    source: Source
    recipe: Recipe
    out: Path
    begin: Path | None = None
    overwrite: bool = False
    resume: bool = False
    callbacks: Sequence[keras.callbacks.Callback] = ()
    say: Callable[[str], object] = lambda line: None

    def done(self, folds: int | None = None, learning_curve: bool = False) -> Outcome:
        """A fit, or one a fold; for a learning curve also to a quarter and to half of the pictures.

        Raises FitError as `fit` does, and DataSetError where the source has not got the pictures.
        """
        shares = FEWER if learning_curve else {}
        fewer: dict[str, list[Fit]] = {name: [] for name in shares}
        fits, judged = [], []
        for parts, folder in self._splits(folds):
            for name, share in shares.items():
                result = self._fit(parts.fewer(share), folder / name)
                if result.interrupted:
                    return Outcome((result,), 0, self.out / WORST_FILE)
                fewer[name].append(result)
            fits.append(self._fit(parts, folder))
            judged.append((parts, folder))
            if fits[-1].interrupted:
                break
        outcome = self._judged(tuple(fits), judged)
        if learning_curve and not outcome.interrupted:
            curve = tuple(
                Point(round(fmean(each.fitted_on for each in group)), _captchas(group))
                for group in (*fewer.values(), fits)
            )
            outcome = outcome._replace(curve=curve, needed=needed(curve, WANTED))
        return outcome

    def _splits(self, folds: int | None) -> Iterator[tuple[Parts, Path]]:
        seed = self.recipe.seed
        if folds is None:
            yield self.source.parts(seed), self.out
            return
        for number, parts in enumerate(self.source.folds(seed, folds), start=1):
            yield parts, self.out / f"fold-{number}"

    def _fit(self, parts: Parts, folder: Path) -> Fit:
        captcha = self.source.captcha
        # What an interrupted trial has finished is not done again.
        if self.resume and folder != self.out and (kept := self._finished(folder)):
            return kept
        if (learned := parts.learned_from()) is not None:
            self.say(f"fitting to {len(learned)} of the pictures, in {folder}")
        begin = begun_with(captcha, self.recipe, self.begin) if self.begin else None
        return fit(
            captcha,
            parts,
            self.recipe,
            folder,
            overwrite=self.overwrite,
            resume=self.resume,
            begin=begin,
            callbacks=self.callbacks,
        )

    def _finished(self, folder: Path) -> Fit | None:
        if not (folder / FIT_FILE).exists():
            return None
        result = Fit.load(folder)
        return None if result.interrupted or result.recipe != self.recipe else result

    def _judged(self, fits: tuple[Fit, ...], by: list[tuple[Parts, Path]]) -> Outcome:
        judged = []
        for parts, folder in by if self.source.pictures else ():
            _, reader = load_reader(self.source.captcha, folder)
            # Of those that were learned from as well: what was not learned may be labelled wrong.
            known = [parts.learned_from(), parts.validation] if len(by) == 1 else []
            judged += [
                Judged(part, predict(reader, part.pictures))
                for part in (*known, parts.test)
                if isinstance(part, DataSet)
            ]
        sheet = self.out / WORST_FILE
        return Outcome(fits, write_worst(judged, sheet), sheet)


def _captchas(fits: Sequence[Fit]) -> Rate:
    return Rate(sum(each.captchas_right for each in fits), sum(each.tested_on for each in fits))
