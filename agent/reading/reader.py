"""Reads the text of a picture with an ONNX model, and says how sure it is.

Size, charset and lengths come from the card inside the model file, and what is known of the
answer narrows them. Slicing and normalisation are part of the model's graph.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import onnxruntime
from msgspec import Struct
from numpy.typing import NDArray

from capslice.agent.reading.graph import check_graph
from capslice.agent.reading.session import in_time, open_session
from capslice.errors import ConfigurationError, ModelError, one_line, quoted
from capslice.files import read_at_most
from capslice.models.card import HERE, SHIPPED, Card, model_path
from capslice.models.decoding import Decoded, Decoder, Known
from capslice.models.decoding.known import NOTHING_KNOWN
from capslice.models.pictures import content_of, decode_views
from capslice.models.sums import characters_of_sums, check_can_show_sums
from capslice.models.sums import value as sum_value
from capslice.models.tta import apply_tta

if TYPE_CHECKING:
    from capslice.agent.settings import Model

Answer = Literal["text", "sum"]
Level = onnxruntime.GraphOptimizationLevel

# A hundred times the shipped model. ONNX Runtime keeps several copies while it loads one.
MOST_BYTES = 50_000_000
# The key by which an ONNX tensor refers to another file. protobuf writes strings unchanged, so a
# file without this word has no such tensor.
OTHER_FILE = b"location"
ROUNDING = 1e-3  # how far the sum of a position's probabilities may be from 1
AT_ONCE = 32  # pictures in a batch


class Reading(Struct, frozen=True):
    """The text of a picture.

    text:          the most probable text under what is known.
    probabilities: the probability of each character, in [0, 1].
    confidence:    the probability, in [0, 1], that the whole text is right. If the model has a
                   position for each character, it is the product of the probabilities.
    answer:        the text to type, or None if the text has no answer.
    """

    text: str
    probabilities: tuple[float, ...]
    confidence: float
    answer: str | None

    def sure_answer(self, min_confidence: float) -> str | None:
        """The answer if the confidence is at least `min_confidence`, else None."""
        return self.answer if self.confidence >= min_confidence else None


class Reader:
    """Reads captchas with one model: a file, or a shipped model by name (`original`).

    Several threads may use one reader. `card` says what the model reads, and `decoder` what it
    reads under what is `known` of the text. Where the answer is the value of a sum, only the digits
    and signs of the charset are read, unless other characters are known.

    Raises ModelError if the file is missing, is not ONNX, or breaks the contract of its card, and
    ConfigurationError if it can read nothing under what is known.
    """

    def __init__(
        self,
        model: Path | str = SHIPPED,
        threads: int = 1,
        known: Known = NOTHING_KNOWN,
        answer: Answer = "text",
    ) -> None:
        self.model = model = model_path(Path(model))
        self.answer = answer
        try:
            content = read_at_most(model, MOST_BYTES)
        except OSError as error:
            raise ModelError(
                f"model {model} cannot be read ({error.strerror}): correct model.path, or make one "
                "with `capslice export`"
            ) from None
        if OTHER_FILE in content:
            raise ModelError(
                f"model {model} names another file to read its weights from: save it with all "
                "weights inside"
            )
        # A shipped model is trusted like the code. Any other is loaded without optimisation, which
        # would compute parts of the graph, until a trial run within the limits has passed.
        self._trusted = model.parent == HERE
        level = Level.ORT_ENABLE_ALL if self._trusted else Level.ORT_DISABLE_ALL
        self._session = self._load(content, threads, level)
        metadata, declared = self._declared()
        self.card = card = Card.from_metadata(metadata, f"model {model}")
        promised = [
            ("image", "tensor(uint8)", [card.height, card.width]),
            ("probabilities", "tensor(float)", [*card.output_shape]),
        ]
        if declared != promised:
            raise ModelError(
                f"model {model} has inputs and outputs {quoted(declared)} where its card promises "
                f"{promised}: make one with `capslice export`"
            )
        try:
            if answer == "sum" and known.characters is None:
                known = replace(known, characters=characters_of_sums(card.charset) or None)
            self.decoder = Decoder.of(card, known)
            if answer == "sum":
                check_can_show_sums(self.decoder.characters, self.decoder.longest)
        except ValueError as error:
            raise ConfigurationError(f"model {model} {error}, or name another model") from None
        if not self._trusted:
            self._trial_run()
            self._session = self._load(content, threads, Level.ORT_ENABLE_ALL)

    @classmethod
    def of(cls, settings: Model) -> Reader:
        """Load the model that the settings name. Raises like the constructor."""
        return cls(settings.path, settings.threads, settings.known, settings.answer)

    def _trial_run(self) -> None:
        # A graph may do something else than it declares, or never end, and that may depend on the
        # picture. Two at a time, because a graph may work for one only.
        shape = (2, self.card.height, self.card.width)
        self._run(np.zeros(shape, np.uint8))
        self._run(np.random.default_rng(0).integers(0, 256, shape, np.uint8))

    def _load(
        self, content: bytes, threads: int, level: onnxruntime.GraphOptimizationLevel
    ) -> onnxruntime.InferenceSession:
        def load() -> onnxruntime.InferenceSession:
            return open_session(content, threads, level)

        with self._as_model_error():
            if self._trusted:
                return load()
            check_graph(content)
            return in_time(load)

    def _declared(self) -> tuple[dict[str, str], list[tuple[str, str, list[object]]]]:
        """The metadata, and the name, type and shape (without n) of each input and output."""
        with self._as_model_error():
            values = (*self._session.get_inputs(), *self._session.get_outputs())
            metadata: dict[str, str] = self._session.get_modelmeta().custom_metadata_map
            return metadata, [(value.name, value.type, value.shape[1:]) for value in values]

    @contextmanager
    def _as_model_error(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # ONNX Runtime's errors have no common class.
            raise ModelError(
                f"model {self.model} is not an ONNX file that can be run "
                f"({one_line(str(error))}): make one with `capslice export`"
            ) from None

    def probabilities(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the model's output for grey uint8 pictures (n, height, width).

        It is float32 (n, length, len(charset)), or (n, columns, len(charset) + 1) with CTC.
        Applies test-time augmentation where the card says so. Raises ModelError if the network
        runs out of its memory, fails, or does not return probabilities.
        """
        return self._probabilities_and_texts(pictures)[0]

    def _probabilities_and_texts(
        self, pictures: NDArray[np.uint8]
    ) -> tuple[NDArray[np.float32], list[Decoded]]:
        first = self._predict(pictures)
        texts = self.decoder.decode(first)
        confidences = np.array([each.confidence for each in texts])
        below, moves = self.card.tta_below, self.card.tta_moves
        last = apply_tta(self._predict, pictures, first, below, moves, lambda _: confidences)
        # Decoding CTC takes about as long as the network, so only what has changed is decoded.
        for i in np.flatnonzero(confidences < below).tolist():
            texts[i : i + 1] = self.decoder.decode(last[i : i + 1])
        return last, texts

    def _predict(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        # At least one run, so that no pictures give an empty array of the right shape.
        starts = range(0, max(len(pictures), 1), AT_ONCE)
        return np.concatenate([self._run(pictures[i : i + AT_ONCE]) for i in starts])

    def _run(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        options = onnxruntime.RunOptions()

        def run() -> list[NDArray[np.float32]]:
            outputs: list[NDArray[np.float32]] = self._session.run(
                ["probabilities"], {"image": pictures}, options
            )
            return outputs

        try:
            (result,) = (
                run()
                if self._trusted
                else in_time(run, lambda: setattr(options, "terminate", True))
            )
        except Exception as error:
            raise ModelError(
                f"model {self.model} cannot be run ({one_line(str(error))}): make one with "
                "`capslice export`"
            ) from None
        shape = (len(pictures), *self.card.output_shape)
        # Comparisons with NaN are false, so this rejects it too.
        if result.shape != shape or not (
            (result >= 0).all() and (abs(result.sum(-1) - 1) <= ROUNDING).all()
        ):
            raise ModelError(
                f"model {self.model} gives no probabilities of shape {shape}: its weights are "
                "broken, or it is no reader; make one with `capslice export`"
            )
        return result

    def read_many(self, pictures: NDArray[np.uint8]) -> list[Reading]:
        """Read n grey pictures, uint8 (n, height, width) of the card's size."""
        return self._readings(self._probabilities_and_texts(pictures)[1])

    def readings(self, probabilities: NDArray[np.float32]) -> list[Reading]:
        """Decode the result of `probabilities` to n readings."""
        return self._readings(self.decoder.decode(probabilities))

    def _readings(self, texts: list[Decoded]) -> list[Reading]:
        return [Reading(*each, answer=self.answer_to(each.text)) for each in texts]

    def answer_to(self, text: str) -> str | None:
        """The answer that a captcha with this text wants, or None if there is none."""
        if self.answer == "text":
            return text
        value = sum_value(text)
        return None if value is None else str(value)

    def read(self, picture: NDArray[np.uint8]) -> Reading:
        """Read one grey picture, uint8 (height, width) of the card's size."""
        return self.read_many(picture[np.newaxis])[0]

    def read_content(self, content: bytes, source: str) -> Reading:
        """Read the content of a picture file; `source` names it in errors.

        Of the views of a moving picture, the surest reading counts. Raises PictureError.
        """
        views = self.views(content, source)
        return max(self.read_many(views), key=lambda reading: reading.confidence)

    def wrong_answer(self, reading: Reading) -> str:
        """Return an answer that is certainly wrong if the reading is right, in any case.

        A text differs at every position; a value is greater by one.
        """
        if self.answer == "text":
            return self.decoder.unlike(reading.text)
        return str(int(reading.answer or 0) + 1)

    def open(self, file: Path | str) -> NDArray[np.uint8]:
        """Load a picture file as uint8 (height, width) of the card's size. Raises PictureError."""
        return self.decode(content_of(Path(file)), str(file))

    def decode(self, content: bytes, source: str) -> NDArray[np.uint8]:
        """Like `open`, from the content of a file; `source` names it in errors."""
        first: NDArray[np.uint8] = self.views(content, source)[0]
        return first

    def views(self, content: bytes, source: str) -> NDArray[np.uint8]:
        """The views of a picture, uint8 (n, height, width) of the card's size; see `decode_views`.

        Raises PictureError.
        """
        return decode_views(content, source, (self.card.width, self.card.height), self.card.sizes)


def cached_reader(settings: Model) -> Reader:
    """Return the settings' reader, loaded once, and again only if its file has changed.

    Raises ModelError and ConfigurationError as `Reader` does.
    """
    try:
        file = model_path(settings.path).absolute()
        status = file.stat()
    except (OSError, ValueError):
        return Reader.of(settings)  # which says what is wrong
    wanted = (settings.path, settings.threads, settings.known, settings.answer)
    return _cached_reader(wanted, file, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=4)
def _cached_reader(wanted: tuple[Path, int, Known, Answer], *_: object) -> Reader:
    return Reader(*wanted)
