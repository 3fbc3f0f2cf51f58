"""Makes the suggestions: reads the pictures, and after every fifty labels fits a better model.

A thread does this, so that nobody waits. A fit is a process of its own, which loads TensorFlow.
"""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from capslice.agent.labelling.labelling import Labelling
from capslice.agent.learning.fitting import GENERAL, RESULT, end_earlier, fit
from capslice.agent.reading.reader import Reader
from capslice.agent.reading.readings_file import FileReading, read_all, write_readings
from capslice.agent.settings import Settings
from capslice.errors import CapsliceError, ConfigurationError
from capslice.models.decoding.known import NOTHING_KNOWN

EVERY = 50  # labels
AT_ONCE = 64  # pictures that are read before the page gets their suggestions
FITS = ".fit"  # the folder of the fits, in the folder of the pictures
MODEL = "model.onnx"


class Suggestions:
    """Reads and fits for `labelling`, inside `with`.

    model:  the model to begin with; None for the readings that the folder has, if it has all.
    fits:   whether to fit better models.
    notify: is called with each line that the user should see.
    """

    def __init__(
        self,
        labelling: Labelling,
        settings: Settings,
        *,
        model: Path | None,
        fits: bool,
        notify: Callable[[str], None],
    ) -> None:
        self._labelling = labelling
        self._settings = settings
        self._model = model
        self._fits = fits
        self._notify = notify
        self._folder = labelling.files.folder / FITS
        self._fitted_to = self._labels
        self._fitting: Path | None = None
        self._closing = False
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._work, name="suggestions", daemon=True)

    def __enter__(self) -> None:
        self._labelling.on_label = self._wake.set
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._closing = True
        self._wake.set()
        # A fit that has just begun may not have noted its process yet.
        while self._thread.is_alive():
            if fitting := self._fitting:
                end_earlier(fitting.with_suffix(".pid"))
            self._thread.join(0.2)

    @property
    def _labels(self) -> int:
        return len(self._labelling.files.texts)

    def _work(self) -> None:
        try:
            self._begin()
            while not self._closing:
                self._wake.wait()
                self._wake.clear()
                while self._fits and not self._closing and self._labels >= self._fitted_to + EVERY:
                    self._fit()
        except (CapsliceError, OSError) as error:
            if not self._closing:
                self._notify(f"note: suggestions do not get better any more: {error}")

    def _begin(self) -> None:
        """Read the pictures with the model to begin with, or with that of the last fit."""
        latest = self._latest()
        fitted_to = self._labels_of(latest) if latest else 0
        if self._model is None:
            self._fitted_to = fitted_to
            model = latest / MODEL if latest else Path(GENERAL)
            # A model that was fitted here has learned the labels that are checked.
            if self._labelling.check or self._labelling.has_all_readings:
                return
        else:
            model, fitted_to = self._model, 0
        self._read(model, fitted_to)

    def _read(self, model: Path, fitted_to: int) -> None:
        of_model = self._settings.model
        try:
            reader = Reader(model, 1, of_model.known)
        except ConfigurationError:  # the configuration is for another model
            reader = Reader(model, 1, NOTHING_KNOWN)
        files = self._labelling.files
        self._labelling.change_model(fitted_to)
        readings: dict[Path, FileReading] = {}
        # Those without a label first, for they are shown next.
        paths = sorted(files.pictures, key=lambda path: path in files.texts)
        for start in range(0, len(paths), AT_ONCE):
            if self._closing:
                return
            found = read_all(reader, paths[start : start + AT_ONCE])
            self._labelling.suggest(found)
            readings.update(found)
        write_readings(files.folder, readings)

    def _fit(self) -> None:
        """Fit to all labels, from the weights of the last fit, and go on with the new model."""
        labels, latest = self._labels, self._latest()
        number = int(latest.name.rpartition("-")[2]) + 1 if latest else 1
        out = self._folder / f"round-{number:03}"
        self._folder.mkdir(exist_ok=True)
        self._fitted_to, self._labelling.fitting, self._fitting = labels, labels, out
        try:
            fit(
                self._labelling.files.folder,
                latest or GENERAL,
                out,
                self._folder / "fit.log",
                # One core is for the browser.
                ("--threads", str(max(1, (os.cpu_count() or 1) - 1))),
            )
        finally:
            self._labelling.fitting = self._fitting = None
        self._read(out / MODEL, labels)
        if latest:
            shutil.rmtree(latest, ignore_errors=True)

    def _latest(self) -> Path | None:
        return max((file.parent for file in self._folder.glob(f"*/{RESULT}")), default=None)

    def _labels_of(self, fitted: Path) -> int:
        with suppress(OSError, ValueError, LookupError, TypeError):
            return int(json.loads((fitted / RESULT).read_bytes())["labels"])
        return 0
