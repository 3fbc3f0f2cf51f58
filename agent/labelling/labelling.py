"""Which picture is labelled next, what is suggested for it, and how often suggestions are right.

Nothing here knows of HTTP. Several threads may use one `Labelling`.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal, TypedDict

from capslice.agent.labelling.label_files import LabelFiles
from capslice.agent.reading.readings_file import FileReading
from capslice.models.intervals import Rate
from capslice.models.learning_curve import Point, pictures_needed

By = Literal["name", "doubt"]
AHEAD = 4  # pictures that the page knows in advance
LATELY = 50  # labels
LEAST = 20  # suggestions that tell how good a model is
WANTED = 0.9  # share of suggestions that are right


class Item(TypedDict):
    """A picture as the page shows it.

    label:      its label, or null.
    suggestion: what a model reads in it, or null.
    confidence: the probability that this is right, in [0, 1], or null.
    """

    file: str
    label: str | None
    suggestion: str | None
    confidence: float | None


class State(TypedDict):
    """What the page knows: the next pictures, the first one first, and what was done."""

    next: list[Item]
    pictures: int
    labelled: int
    unreadable: int
    left: int
    lines: list[str]


class Labelling:
    """The pictures to label, in the order of their names, or the most doubtful first.

    With `check`, those with a label are shown that the readings contradict, the surest readings
    first.

    fitting:  how many labels a model is being fitted to; None if there is no fit.
    on_label: is called after each new label.
    """

    def __init__(
        self,
        files: LabelFiles,
        readings: Mapping[Path, FileReading],
        *,
        by: By = "name",
        check: bool = False,
    ) -> None:
        self.files = files
        self.check = check
        self.fitting: int | None = None
        self.on_label: Callable[[], None] = lambda: None
        self._by = by
        self._paths = {path.name: path for path in files.pictures}
        self._seen: set[Path] = set()  # skipped, or checked
        self._right: deque[bool] = deque(maxlen=LATELY)
        # By how many labels the model was fitted to: how many of its suggestions were right.
        self._rates: dict[int, Rate] = {}
        self._fitted_to = 0  # if unknown, and for the shipped models
        self._worth = ""
        self._lock = threading.Lock()
        self._readings = dict(readings)
        self._latest = set(readings)  # read by the latest model
        self._order = self._ordered()

    def path(self, name: str) -> Path:
        """The picture of this name. Raises KeyError if there is none."""
        return self._paths[name]

    @property
    def has_all_readings(self) -> bool:
        """Whether there is a suggestion for each picture."""
        return all(path in self._readings for path in self.files.pictures)

    def change_model(self, fitted_to: int = 0) -> None:
        """Say that another model, which learned so many labels, makes the suggestions now."""
        with self._lock:
            self._fitted_to = fitted_to
            self._latest.clear()

    def suggest(self, readings: Mapping[Path, FileReading]) -> None:
        """Take readings of the latest model; other pictures keep those that they have."""
        with self._lock:
            self._readings.update(readings)
            self._latest.update(readings)
            self._order = self._ordered()

    def label(self, name: str, text: str) -> State:
        """Save a label. Raises KeyError, and LabelsError if it cannot be saved."""
        with self._lock:
            path = self._paths[name]
            is_new = path not in self.files.texts
            self.files.label(path, text)
            self._seen.add(path)
            if is_new and path in self._readings:
                self._count(path, self._readings[path].text == text)
        if is_new:
            self.on_label()
        return self.state()

    def mark_unreadable(self, name: str) -> State:
        """Save that a picture cannot be read. Raises KeyError and LabelsError."""
        with self._lock:
            self.files.mark_unreadable(self._paths[name])
        return self.state()

    def skip(self, name: str) -> State:
        """Show a picture again when all others are done. Raises KeyError."""
        with self._lock:
            path = self._paths[name]
            if self.check:
                self._seen.add(path)
            elif path in self._order:
                self._order.remove(path)
                self._order.append(path)
        return self.state()

    def state(self) -> State:
        """What the page shows now."""
        with self._lock:
            left = [path for path in self._order if self._is_open(path)]
            return {
                "next": [self._item(path) for path in left[:AHEAD]],
                "pictures": len(self._paths),
                "labelled": sum(path in self.files.texts for path in self._paths.values()),
                "unreadable": len(self.files.unreadable),
                "left": len(left),
                "lines": self._lines(),
            }

    def _is_open(self, path: Path) -> bool:
        if self.check:
            return path not in self._seen and path not in self.files.unreadable
        return path not in self.files.texts and path not in self.files.unreadable

    def _item(self, path: Path) -> Item:
        reading = self._readings.get(path)
        return {
            "file": path.name,
            "label": self.files.texts.get(path),
            "suggestion": reading and reading.text,
            "confidence": reading and reading.confidence,
        }

    def _ordered(self) -> list[Path]:
        readings, texts = self._readings, self.files.texts
        if self.check:
            contradicted = [p for p in texts if p in readings and readings[p].text != texts[p]]
            return sorted(contradicted, key=lambda path: -readings[path].confidence)
        if self._by == "name":
            return list(self.files.pictures)
        # Without a reading, a picture is as doubtful as can be.
        nothing = FileReading("", 0.0)
        return sorted(self.files.pictures, key=lambda path: readings.get(path, nothing).confidence)

    def _count(self, path: Path, is_right: bool) -> None:
        self._right.append(is_right)
        if not self._fitted_to or path not in self._latest:
            return
        rate = self._rates.get(self._fitted_to, Rate(0, 0))
        self._rates[self._fitted_to] = rate = Rate(rate.right + is_right, rate.of + 1)
        # The most doubtful pictures say nothing about the others.
        if self._by == "name" and rate.of % LEAST == 0:
            points = [Point(*each) for each in self._rates.items() if each[1].of >= LEAST]
            self._worth = _worth(points) if len(points) > 1 else ""

    def _lines(self) -> list[str]:
        lines = []
        if self._right:
            lines.append(
                f"{sum(self._right)} of the last {len(self._right)} suggestions were right"
            )
        if self._worth:
            lines.append(self._worth)
        if self.fitting:
            lines.append(f"a model is being fitted to {self.fitting} labels")
        return lines


def _worth(points: list[Point]) -> str:
    """How many labels are worth it, in words."""
    needed = pictures_needed(points, WANTED)
    if not math.isfinite(needed.pictures):
        return "more labels hardly make the suggestions better"
    high = f"{needed.high:,.0f}" if math.isfinite(needed.high) else "any number"
    return (
        f"about {needed.pictures:,.0f} labels ({needed.low:,.0f} to {high}) make "
        f"{100 * needed.accuracy:.0f} % of the suggestions right"
    )
