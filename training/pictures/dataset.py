"""Labelled pictures: made into a folder, loaded from one, split, and ready for a network.

A data set that is made here is a folder of `<digits>-<random>.png`; what others there are,
labels.py says. Nothing here knows how a captcha is drawn or sliced.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from capslice.errors import DataSetError, PictureError
from capslice.models.pictures import open_picture
from capslice.training.pictures.captcha import Captcha

ALL_COLUMNS = slice(None)
AT_ONCE = 32
RARE = 10  # times that a character has to come, to be learned: a network sees what they share


@dataclass(frozen=True)
class DataSet:
    """n labelled pictures of one captcha, kept small as uint8 until a network asks.

    pictures: uint8 (n, height, width), 0 black to 255 white.
    codes:    int64 (n, length), each character's place in `charset`.
    middles:  float64 (n, length), the column of each character's middle, if that is known.
    """

    pictures: NDArray[np.uint8]
    codes: NDArray[np.int64]
    charset: str
    middles: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        return len(self.pictures)

    def images(self, columns: slice = ALL_COLUMNS) -> NDArray[np.float32]:
        """float32 (n, height, width, 1) in [0, 1]; of the given columns alone, if any."""
        scaled = self.pictures[:, :, columns].astype(np.float32) / np.float32(255)
        return scaled[..., np.newaxis]

    def one_hot(self, position: int) -> NDArray[np.float32]:
        """float32 (n, len(charset)): the one-hot label of the character at `position`."""
        return np.eye(len(self.charset), dtype=np.float32)[self.codes[:, position]]

    def split(self, rng: np.random.Generator, shares: Sequence[int]) -> list[DataSet]:
        """Shuffle, and divide in proportion: 2,000 by shares 2:1:1 is 1,000/500/500.

        Raises DataSetError where a part would be empty.
        """
        bounds = np.cumsum(divide(len(self), shares))
        parts = np.split(rng.permutation(len(self)), bounds[:-1])
        return [self.subset(numbers) for numbers in parts]

    def folds(self, rng: np.random.Generator, count: int) -> Iterator[tuple[DataSet, DataSet]]:
        """Shuffle, and give all but a part, and that part, so that each picture is in one part.

        Raises DataSetError where there are fewer pictures than parts.
        """
        if count > len(self):
            raise DataSetError(f"{len(self)} pictures do not make {count} folds: take fewer")
        numbers = rng.permutation(len(self))
        for fold in np.array_split(np.arange(len(self)), count):
            yield self.subset(np.delete(numbers, fold)), self.subset(numbers[fold])

    def rare(self) -> dict[str, int]:
        """The characters that come less than ten times, and how often they do."""
        often = np.bincount(self.codes.ravel(), minlength=len(self.charset)).tolist()
        return {c: n for c, n in zip(self.charset, often, strict=True) if n < RARE}

    def subset(self, numbers: NDArray[np.int64]) -> DataSet:
        """The pictures of these numbers, in their order."""
        return DataSet(
            self.pictures[numbers],
            self.codes[numbers],
            self.charset,
            None if self.middles is None else self.middles[numbers],
        )


def divide(count: int, shares: Sequence[int]) -> list[int]:
    """How many of `count` pictures each share has: of 2,000 by 2:1:1, 1,000, 500 and 500.

    Raises DataSetError where one would have none.
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
    """What was loaded, and one line on each file that was not."""

    data: DataSet
    skipped: tuple[str, ...]


def generate(
    captcha: Captcha, folder: Path, count: int, rng: np.random.Generator
) -> Iterator[Path]:
    """Write `count` fresh captchas into `folder`, yielding each path once it is there.

    No file is ever overwritten. Names have lots of their own, so that what is
    already in the folder does not change the pictures that a seed gives.

    Raises DataSetError where the folder cannot be written to.
    """
    (name_rng,) = rng.spawn(1)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for _ in range(count):
            text = captcha.random_text(rng)
            png = io.BytesIO()
            captcha.draw(text, rng).save(png, "PNG")
            yield _write_new(folder, text, png.getvalue(), name_rng)
    except OSError as error:
        raise DataSetError(f"{folder} cannot be written to: {error.strerror or error}") from None


def _write_new(folder: Path, text: str, png: bytes, rng: np.random.Generator) -> Path:
    """Write under a name that is not taken: four random digits, one more at each clash."""
    for digits in itertools.count(4):
        path = folder / f"{text}-{rng.integers(10 ** (digits - 1), 10**digits)}.png"
        try:
            with path.open("xb") as file:
                file.write(png)
        except FileExistsError:
            continue
        break
    return path


def draw_set(captcha: Captcha, count: int, rng: np.random.Generator) -> DataSet:
    """`count` fresh captchas in memory, without a folder."""
    codes = captcha.random_codes(count, rng)
    # Few at once, so that what is worked on stays in the processor's cache.
    parts = [
        captcha.draw_with_middles(part, rng)
        for part in np.split(codes, range(AT_ONCE, count, AT_ONCE))
    ]
    pictures, middles = zip(*parts, strict=True)
    return _stacked(pictures, codes, captcha.charset, middles)


def joined(parts: Sequence[DataSet]) -> DataSet:
    """The pictures of several sets of one captcha, one after the other."""
    codes = np.concatenate([part.codes for part in parts])
    charset = parts[0].charset
    return _stacked([p.pictures for p in parts], codes, charset, [p.middles for p in parts])


def _stacked(
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
    """Load the pictures of these files, in their order, as a model would see them.

    A file whose label the captcha cannot have, whose picture is broken or of another shape,
    or whose pixels are those of an earlier one, is skipped and reported, or under `strict`
    an error. `watch` wraps the files for a progress bar.

    Raises DataSetError where there is nothing to load.
    """
    seen: dict[bytes, Path] = {}
    texts, pictures, skipped = [], [], []
    for path in watch(list(labels)):
        text = labels[path]
        try:
            if len(text) != captcha.length or not set(text) <= set(captcha.charset):
                raise DataSetError(
                    f"{path}: its label {text!r} is not {captcha.length} of {captcha.charset}"
                )
            picture = _picture(path, captcha)
            first = seen.setdefault(picture.tobytes(), path)
            if first is not path:
                raise DataSetError(f"{path}: the same picture as {first}")
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
    return LoadReport(_stack(captcha, pictures, texts), tuple(skipped))


def _picture(path: Path, captcha: Captcha) -> NDArray[np.uint8]:
    """uint8 (height, width); DataSetError where the file does not hold such a picture."""
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


def _stack(
    captcha: Captcha, pictures: Sequence[NDArray[np.uint8]], texts: Sequence[str]
) -> DataSet:
    codes = [[captcha.charset.index(character) for character in text] for text in texts]
    return DataSet(np.stack(pictures), np.array(codes, np.int64), captcha.charset)
