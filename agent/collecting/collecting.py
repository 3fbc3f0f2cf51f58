"""Collects fresh pictures of a captcha page in a folder, without submitting an answer.

The browser is the agent's own, with the same guard, pace and User-Agent as for `solve`. After a
fault that may pass, it opens the page in a new session. A refusal (403 or 429) ends the collecting.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    stop_before_delay,
)

from capslice.agent.browser.own_browser import OwnBrowser
from capslice.agent.collecting.fresh_pictures import fresh_picture
from capslice.agent.collecting.picture_folder import PictureFolder
from capslice.agent.page.sync_captcha_page import SyncCaptchaPage
from capslice.agent.reading.reader import Reader
from capslice.agent.reading.readings_file import (
    FileReading,
    add_reading,
    read_all,
    write_readings,
)
from capslice.agent.reading.suitability import picture_size
from capslice.agent.retrying import growing_wait
from capslice.agent.rules.guard import Guard
from capslice.agent.rules.origins import Origin
from capslice.agent.rules.pace import Pace
from capslice.agent.settings import Settings
from capslice.errors import (
    AgentError,
    ElementNotFound,
    NothingThere,
    PictureError,
    PictureNotShown,
    TargetRefused,
)
from capslice.json_output import CollectionJson
from capslice.models.pictures import decode

# If the page shows so many known pictures in a row, it has no others. Where two of three are known,
# that happens by chance once in a billion times.
KNOWN_IN_A_ROW = 50
MOST_SIZES = 5  # that the summary names
BLANK = 16  # greys, of 255, between the darkest and the lightest pixel of a blank picture


@dataclass
class Collection:
    """What a page has shown.

    folder:     the pictures, with those that were there before.
    new:        how many were added.
    duplicates: how many pictures were shown that the folder had already.
    faults:     what the page showed in place of a captcha, and how often.
    readings:   what the model reads in the pictures of the folder; empty without a model.
    exhausted:  whether the page shows only known pictures any more.
    seconds:    how long it took.
    """

    folder: PictureFolder
    new: int = 0
    duplicates: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    readings: dict[Path, FileReading] = field(default_factory=dict)
    exhausted: bool = False
    seconds: float = 0.0

    @property
    def confidence(self) -> float | None:
        """The mean confidence of the readings, in [0, 1]; None without any."""
        if not self.readings:
            return None
        return sum(each.confidence for each in self.readings.values()) / len(self.readings)

    def as_json(self) -> CollectionJson:
        """Return what `capslice collect --json` prints."""
        return {
            "folder": str(self.folder.folder),
            "pictures": len(self.folder.paths),
            "new": self.new,
            "duplicates": self.duplicates,
            "faults": dict(self.faults),
            "sizes": dict(self.folder.sizes),
            "confidence": self.confidence,
            "exhausted": self.exhausted,
            "seconds": self.seconds,
        }

    def __str__(self) -> str:
        pictures, sizes = self.folder.paths, self.folder.sizes.most_common()
        lines = [
            f"{len(pictures)} pictures in {self.folder.folder}: {self.new} new in "
            f"{self.seconds:.0f} s, {self.duplicates} duplicates, {self.faults.total()} faults"
        ]
        if len(sizes) > 1:
            shown = ", ".join(f"{size} ({often})" for size, often in sizes[:MOST_SIZES])
            more = f" and {len(sizes) - MOST_SIZES} more" if sizes[MOST_SIZES:] else ""
            lines.append(f"sizes: {shown}{more}")
        if self.confidence is not None:
            lines.append(f"mean confidence of the model: {self.confidence:.3f}")
        return "\n".join(lines)


class Collector:
    """Collects the pictures of the configured target in `folder`.

    collection: what it has seen so far.
    reader:     reads each picture into the folder's readings.csv, if it is given.
    notify:     is called with each line that the user should see.

    Raises OriginNotAllowed if the configuration does not allow the target's origin.
    """

    def __init__(
        self,
        settings: Settings,
        folder: PictureFolder,
        reader: Reader | None,
        notify: Callable[[str], None],
    ) -> None:
        Guard(settings.target.allowed_origins).check(settings.target.url)
        self.collection = Collection(folder)
        self._settings = settings
        self._reader = reader
        self._notify = notify
        self._page: SyncCaptchaPage | None = None
        self._has_shown_one = False
        self._known_in_a_row = 0

    def pictures(self, count: int) -> Generator[Path]:
        """Yield each new file, until the folder has `count` pictures or the page no other ones.

        Raises AgentError: the error that ended it, such as TargetRefused, or a fault that came more
        often in a row than the settings allow. Raises PictureError and LabelsError if the folder
        cannot be written to.
        """
        collection, started = self.collection, time.monotonic()
        folder = collection.folder
        if self._reader:
            collection.readings = read_all(self._reader, folder.paths)
            if folder.paths:
                write_readings(folder.folder, collection.readings)
        if len(folder.paths) >= count:
            return
        try:
            with OwnBrowser(self._settings.browser) as own:
                while len(folder.paths) < count and not collection.exhausted:
                    picture = self._retrying(self._next_picture, own)
                    if path := self._keep(picture):
                        yield path
        finally:
            collection.seconds = time.monotonic() - started

    def _keep(self, picture: bytes) -> Path | None:
        """Add a picture to the folder; return its file, or None if it is known."""
        collection = self.collection
        size, usual = picture_size(picture), collection.folder.usual_size()
        is_first_of_its_size = size not in collection.folder.sizes
        path = collection.folder.add(picture)
        if path is None:
            collection.duplicates += 1
            self._known_in_a_row += 1
            if self._known_in_a_row == KNOWN_IN_A_ROW:
                collection.exhausted = True
                self._notify("note: the page shows the same pictures again and again")
            return None
        collection.new += 1
        self._known_in_a_row = 0
        if usual and is_first_of_its_size:
            self._notify(f"note: {path} is {size}, not {usual}: is it a captcha?")
        if self._reader:
            reading = self._reader.read_content(picture, str(path))
            collection.readings[path] = FileReading(reading.text, reading.confidence)
            add_reading(collection.folder.folder, path, collection.readings[path])
        return path

    def _next_picture(self, own: OwnBrowser) -> bytes:
        """Take the picture of the next captcha, on a new page after a fault."""
        page, self._page = self._page, None  # it counts again if all goes well
        if page is None:
            page = SyncCaptchaPage(
                own.new_page(), self._settings.target, self._settings.browser.timeout
            )
            page.attach()
            page.open()
            picture = page.picture()
        else:
            picture = fresh_picture(page, self._settings)
        if np.ptp(decode(picture, "the picture", warn=False)) < BLANK:
            raise PictureNotShown(f"{page.url} shows a blank picture in place of a captcha")
        self._page, self._has_shown_one = page, True
        return picture

    @property
    def _retrying(self) -> Retrying:
        retries = self._settings.retries
        return Retrying(
            stop=stop_after_attempt(1 + retries.faults) | stop_before_delay(retries.total),
            wait=growing_wait(retries),
            retry=retry_if_exception(self._may_pass),
            before_sleep=self._note,
            reraise=True,
        )

    def _may_pass(self, error: BaseException) -> bool:
        if isinstance(error, TargetRefused):
            self._keep_away(error)
        if isinstance(error, ElementNotFound | NothingThere):
            return self._has_shown_one
        return isinstance(error, PictureError) or (
            isinstance(error, AgentError) and error.retry_level is not None
        )

    def _note(self, state: RetryCallState) -> None:
        message = str(state.outcome and state.outcome.exception())
        if message not in self.collection.faults:
            self._notify(f"note: {message}")
        self.collection.faults[message] += 1

    def _keep_away(self, refusal: TargetRefused) -> None:
        """Reserve the time for which the site asks, for all processes of this user."""
        pace, origin = self._settings.pace, Origin.of(self._settings.target.url)
        interval = pace.interval_at(origin)
        if interval > 0:
            Pace(pace.path).postpone(str(origin), refusal.retry_after or interval)
