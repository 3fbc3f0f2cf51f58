"""A folder of collected pictures, each named by the hash of its content."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from capslice.agent.reading.suitability import picture_size
from capslice.errors import PictureError
from capslice.models.labels import collected_name, is_collected, save_collected

# So many pictures, and this share of them, have one size before another size is worth a line.
MANY, NEARLY_ALL = 10, 0.9


class PictureFolder:
    """The pictures of a folder, which the first picture makes if it is missing.

    paths: the pictures that are there, by name at first and then in the order of `add`.
    sizes: how many of them have each size, such as `150x40`.

    Raises PictureError if the folder cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            found = sorted(folder.iterdir()) if folder.exists() else []
            self.paths = [path for path in found if is_collected(path)]
            sizes = [picture_size(path.read_bytes()) for path in self.paths]
        except OSError as error:
            raise self._unusable(error) from None
        self.sizes = Counter(size for size in sizes if size)
        self._names = {path.name for path in self.paths}

    def add(self, picture: bytes) -> Path | None:
        """Write a picture, and return its file, or None if it is there already.

        It is written completely or not at all. Raises PictureError if that is impossible.
        """
        if collected_name(picture) in self._names:
            return None
        try:
            path = save_collected(self.folder, picture)
        except OSError as error:
            raise self._unusable(error) from None
        self._names.add(path.name)
        self.paths.append(path)
        self.sizes[picture_size(picture) or ""] += 1
        return path

    def usual_size(self) -> str | None:
        """The size that nearly all pictures have, if there is one."""
        (size, often), *_ = self.sizes.most_common(1) or [("", 0)]
        return size if often >= max(MANY, NEARLY_ALL * self.sizes.total()) else None

    def _unusable(self, error: OSError) -> PictureError:
        reason = error.strerror or error
        return PictureError(f"{self.folder} cannot be used ({reason}): name another folder")
