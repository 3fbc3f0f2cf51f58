"""Data sets of labelled pictures: drawing, writing, loading and splitting them.

`generate` writes a folder of files named `<text>-<random>.png`, and a `labels.csv` if file names
cannot hold the texts. `load` reads any labelled files; see capslice/models/labels.py.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from capslice.errors import DataSetError, PictureError
from capslice.models.labels import fits_names, label_for_name, labels_file
from capslice.models.pictures import open_picture
from capslice.training.pictures.captcha import PAD, Captcha, codes_of, texts_of

ALL_COLUMNS = slice(None)
AT_ONCE = 32  # pictures drawn together; so few stay in the processor's cache
RARE = 10  # a character that occurs less often can hardly be learned
# A column network has a column for every four pixels or more, and never fewer than 32 in a picture
# that is wide enough. A text needs one for each character, and one between equal neighbours.
PIXELS_A_COLUMN, COLUMNS = 4, 32


@dataclass(frozen=True)
class DataSet:
    """n labelled pictures of one captcha.

    pictures: uint8 (n, height, width), 0 black to 255 white.
    codes:    int64 (n, length), the index of each character in `charset`; PAD after a text's end.
    charset:  the characters that can occur.
    middles:  float64 (n, length), the column of the middle of each character, if it is known; NaN
              after a text's end.
    rejected: bool (n,), whether the picture shows another text than this: a site rejected it. None
              if all texts are labels.
    """

    pictures: NDArray[np.uint8]
    codes: NDArray[np.int64]
    charset: str
    middles: NDArray[np.float64] | None = None
    rejected: NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        return len(self.pictures)

    @property
    def texts(self) -> list[str]:
        """The text of each picture."""
        return texts_of(self.codes, self.charset)

    def images(self, columns: slice = ALL_COLUMNS) -> NDArray[np.float32]:
        """Return the given columns as float32 (n, height, width, 1) in [0, 1]."""
        scaled = self.pictures[:, :, columns].astype(np.float32) / np.float32(255)
        return scaled[..., np.newaxis]

    def split(self, rng: np.random.Generator | None, shares: Sequence[int]) -> list[DataSet]:
        """Shuffle and split in proportion: 2,000 by shares 2:1:1 gives 1,000, 500 and 500.

        Without `rng`, the pictures keep their order. Raises DataSetError if a part would be empty.
        """
        bounds = np.cumsum(divide(len(self), shares))
        order = rng.permutation(len(self)) if rng else np.arange(len(self))
        parts = np.split(order, bounds[:-1])
        return [self.subset(indices) for indices in parts]

    def folds(self, rng: np.random.Generator, count: int) -> Iterator[tuple[DataSet, DataSet]]:
        """Shuffle, and yield `count` pairs for cross-validation: the other folds, and one fold.

        Each picture is in exactly one fold. Raises DataSetError if there are fewer pictures than
        folds.
        """
        if count > len(self):
            raise DataSetError(f"{len(self)} pictures do not make {count} folds: take fewer")
        indices = rng.permutation(len(self))
        for fold in np.array_split(np.arange(len(self)), count):
            yield self.subset(np.delete(indices, fold)), self.subset(indices[fold])

    def rare(self) -> dict[str, int]:
        """Return the characters that occur less than ten times, with their counts."""
        counts = np.bincount(self.codes[self.codes != PAD], minlength=len(self.charset)).tolist()
        return {c: n for c, n in zip(self.charset, counts, strict=True) if n < RARE}

    def subset(self, indices: NDArray[np.int64]) -> DataSet:
        """Copy the pictures with these indices, in this order."""
        return DataSet(
            self.pictures[indices],
            self.codes[indices],
            self.charset,
            None if self.middles is None else self.middles[indices],
            None if self.rejected is None else self.rejected[indices],
        )


def divide(count: int, shares: Sequence[int]) -> list[int]:
    """Divide a number of pictures in proportion: 2,000 by 2:1:1 gives [1000, 500, 500].

    Raises DataSetError if a part would be empty.
    """
    bounds = [0, *np.cumsum(shares) * count // sum(shares)]
    counts: list[int] = np.diff(bounds).tolist()
    if not all(counts):
        raise DataSetError(
            f"{count} pictures cannot be split {':'.join(map(str, shares))} "
            "without an empty part: use more pictures"
        )
    return counts


@dataclass(frozen=True)
class LoadReport:
    """The loaded pictures, and one line about each file that was skipped."""

    data: DataSet
    skipped: tuple[str, ...]


def generate(
    captcha: Captcha, folder: Path, count: int, rng: np.random.Generator
) -> Iterator[Path]:
    """Write `count` fresh captchas into `folder`, and yield each path after writing it.

    If the captcha has a character that does not fit a file name, the labels are in `labels.csv`.
    Never overwrites a file. The names have a random generator of their own, so that files already
    in the folder do not change the pictures of a seed.

    Raises DataSetError if the folder cannot be written to, and LabelsError if its labels.csv
    cannot.
    """
    (name_rng,) = rng.spawn(1)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        named = fits_names(captcha.charset)
        with nullcontext() if named else labels_file(folder) as add_label:
            for _ in range(count):
                text = captcha.random_text(rng)
                picture = captcha.draw(text, rng)
                path = _new_file(folder, label_for_name(text), name_rng)
                if add_label:
                    add_label(path, text)
                picture.save(path, "PNG")
                yield path
    except OSError as error:
        raise DataSetError(f"{folder} cannot be written to: {error.strerror or error}") from None


def _new_file(folder: Path, label: str, rng: np.random.Generator) -> Path:
    """Make an empty file, with four random digits in its name, and one more after each clash."""
    for digits in itertools.count(4):
        path = folder / f"{label}-{rng.integers(10 ** (digits - 1), 10**digits)}.png"
        try:
            path.touch(exist_ok=False)
        except FileExistsError:
            continue
        break
    return path


def draw_set(captcha: Captcha, count: int, rng: np.random.Generator) -> DataSet:
    """Draw `count` fresh captchas in memory."""
    codes = captcha.random_codes(count, rng)
    parts = [
        captcha.draw_with_middles(part, rng)
        for part in np.split(codes, range(AT_ONCE, count, AT_ONCE))
    ]
    pictures, middles = zip(*parts, strict=True)
    return _concatenated(pictures, codes, captcha.charset, middles)


def joined(parts: Sequence[DataSet]) -> DataSet:
    """Concatenate several data sets of one size and charset."""
    longest = max(part.codes.shape[1] for part in parts)
    padding = [((0, 0), (0, longest - part.codes.shape[1])) for part in parts]
    codes = [
        np.pad(part.codes, pad, constant_values=PAD)
        for part, pad in zip(parts, padding, strict=True)
    ]
    middles = [
        None if part.middles is None else np.pad(part.middles, pad, constant_values=np.nan)
        for part, pad in zip(parts, padding, strict=True)
    ]
    data = _concatenated(
        [part.pictures for part in parts], np.concatenate(codes), parts[0].charset, middles
    )
    if all(part.rejected is None for part in parts):
        return data
    rejected = [
        np.zeros(len(part), bool) if part.rejected is None else part.rejected for part in parts
    ]
    return replace(data, rejected=np.concatenate(rejected))


def _concatenated(
    pictures: Sequence[NDArray[np.uint8]],
    codes: NDArray[np.int64],
    charset: str,
    middles: Sequence[NDArray[np.float64] | None],
) -> DataSet:
    known = [each for each in middles if each is not None]
    return DataSet(
        np.concatenate(pictures),
        codes,
        charset,
        np.concatenate(known) if len(known) == len(middles) else None,
    )


def load(
    captcha: Captcha,
    labels: Mapping[Path, str],
    *,
    strict: bool = False,
    watch: Callable[[Sequence[Path]], Iterable[Path]] = iter,
) -> LoadReport:
    """Load labelled files in their order, with the pixels that a model would see.

    Skips and reports a file if its label does not fit the captcha, if its picture is broken or
    has another size, or if its pixels equal those of an earlier file. `watch` wraps the files in
    a progress bar.

    Raises DataSetError if no file can be loaded, or, with `strict`, instead of skipping a file.
    """
    first_with: dict[bytes, Path] = {}
    texts, pictures, skipped = [], [], []
    for path in watch(list(labels)):
        text = labels[path]
        try:
            picture = picture_of(path, text, captcha)
            first = first_with.setdefault(picture.tobytes(), path)
            if first is not path:
                other = f", with the label {labels[first]!r}" if labels[first] != text else ""
                raise DataSetError(f"{path}: the same picture as {first}{other}")
        except DataSetError as error:
            if strict:
                raise
            skipped.append(str(error))
        else:
            pictures.append(picture)
            texts.append(text)
    if not texts:
        raise DataSetError(
            f"there is no picture that can be used ({len(skipped)} files skipped"
            + (f", such as {skipped[0]})" if skipped else ")")
        )
    codes = codes_of(texts, captcha.charset, captcha.length)
    data = DataSet(np.stack(pictures), codes, captcha.charset)
    return LoadReport(data, tuple(skipped))


def _problem(label: str, captcha: Captcha) -> str | None:
    """What keeps the captcha from showing this label, if anything."""
    width, _ = captcha.size
    if not has_room(label, width):
        return f"has {len(label)} characters, too many for a picture {width} pixels wide"
    if not captcha.shortest <= len(label) <= captcha.length:
        return f"has {len(label)} characters, not {captcha.lengths}"
    others = "".join(dict.fromkeys(c for c in label if c not in captcha.charset))
    return f"has {others!r}, not only characters of {captcha.charset}" if others else None


def has_room(text: str, width: int) -> bool:
    """Whether the characters of a text can be told apart in a picture `width` pixels wide."""
    needed = len(text) + sum(first == second for first, second in itertools.pairwise(text))
    return needed <= min(width // PIXELS_A_COLUMN, COLUMNS)


def picture_of(path: Path, text: str, captcha: Captcha) -> NDArray[np.uint8]:
    """Read the picture of a file with this label or other text: uint8 (height, width).

    Raises DataSetError if the captcha cannot show the text, or if the picture cannot be read or has
    the wrong size.
    """
    if problem := _problem(text, captcha):
        raise DataSetError(f"{path}: its label {text!r} {problem}")
    try:
        size = None if captcha.sizes == "one" else captcha.size
        picture = open_picture(path, size, captcha.sizes, warn=False)
    except PictureError as error:
        raise DataSetError(str(error)) from None
    height, width = picture.shape
    if (width, height) != captcha.size:
        right = "{}x{}".format(*captcha.size)
        raise DataSetError(f"{path}: a picture of {width}x{height}, not {right}")
    return picture
