"""From a picture to its text: run the ONNX model, and say how sure it is.

The reader knows no geometry of its own. Size, charset and length come from the
card inside the model file; slicing and normalising are inside the graph.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import Timer

import numpy as np
import onnxruntime
from msgspec import Struct
from numpy.typing import NDArray

from capslice.errors import ModelError, one_line, quoted
from capslice.files import read_at_most
from capslice.models.card import HERE, SHIPPED, Card, named
from capslice.models.pictures import decode, open_picture
from capslice.models.test_time_augmentation import predict_with_tta

Level = onnxruntime.GraphOptimizationLevel

# A hundred times the shipped model. While it is loaded, ONNX Runtime keeps several copies.
MOST_BYTES = 50_000_000
# ONNX has a tensor in another file by this key, and protobuf writes a string as it is, in one
# piece: without the word there is no such tensor.
OTHER_FILE = b"location"
ROUNDING = 1e-3  # how far from 1 the probabilities of a position may add up
# A model is a program, and need not be ours. So many pictures at once take the shipped one a
# tenth of the memory and less than a hundredth of the time that are given to any.
AT_ONCE = 32
MOST_MEMORY = 300_000_000  # bytes
MOST_SECONDS = 20.0


class Reading(Struct, frozen=True):
    """What a picture says.

    text:       the most probable character at each position.
    probabilities: the probability of each of them, in [0, 1].
    confidence: their product, the probability that the whole text is right if
                the positions err independently, in [0, 1].
    """

    text: str
    probabilities: tuple[float, ...]

    @property
    def confidence(self) -> float:
        """The product of the digits' probabilities, in [0, 1]."""
        return float(np.prod(self.probabilities))


class Reader:
    """Reads captchas with one model file, or a shipped one by its name (`original`).

    Raises ModelError where the file is missing, is not ONNX, or does not keep to
    the contract that its card states.
    """

    def __init__(self, model: Path = SHIPPED, threads: int = 1) -> None:
        self.model = model = named(model)
        try:
            content = read_at_most(model, MOST_BYTES)
        except OSError as error:
            raise ModelError(
                f"model {model} cannot be read ({error.strerror}): correct model.path, or make one "
                "with `capslice export`"
            ) from None
        if OTHER_FILE in content:
            raise ModelError(
                f"model {model} names another file to read its weights from: save it with all of "
                "them inside"
            )
        # A shipped one is as good as the code beside it; any other may be by anyone. Nothing is
        # computed while it is loaded without optimisation: all of it in the trial.
        ours = model.parent == HERE
        level = Level.ORT_ENABLE_ALL if ours else Level.ORT_DISABLE_ALL
        self._session = self._load(content, threads, level)
        metadata, found = self._declared()
        self.card = card = Card.from_metadata(metadata, f"model {model}")
        agreed = [
            ("image", "tensor(uint8)", [card.height, card.width]),
            ("probabilities", "tensor(float)", [card.length, len(card.charset)]),
        ]
        if found != agreed:
            raise ModelError(
                f"model {model} has inputs and outputs {quoted(found)} where its card promises "
                f"{agreed}: make one with `capslice export`"
            )
        if not ours:
            self._try()
            self._session = self._load(content, threads, Level.ORT_ENABLE_ALL)

    def _try(self) -> None:
        # What it declares need not be what it does, nor need it come to an end: what it does in
        # time now, it does in time later. Two, since one may be all that it can take.
        options = onnxruntime.RunOptions()
        end = Timer(MOST_SECONDS, setattr, (options, "terminate", True))
        end.daemon = True
        end.start()
        try:
            self._run(np.zeros((2, self.card.height, self.card.width), np.uint8), options)
        finally:
            end.cancel()

    def _load(
        self, content: bytes, threads: int, level: onnxruntime.GraphOptimizationLevel
    ) -> onnxruntime.InferenceSession:
        with self._as_model_error():
            return _session(content, threads, level)

    def _declared(self) -> tuple[dict[str, str], list[tuple[str, str, list[object]]]]:
        """The metadata, and name, type and shape of inputs and outputs, but for how many."""
        with self._as_model_error():
            values = (*self._session.get_inputs(), *self._session.get_outputs())
            metadata: dict[str, str] = self._session.get_modelmeta().custom_metadata_map
            return metadata, [(value.name, value.type, value.shape[1:]) for value in values]

    @contextmanager
    def _as_model_error(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # ONNX Runtime's errors have no common class of their own.
            raise ModelError(
                f"model {self.model} is not an ONNX file that can be run "
                f"({one_line(str(error))}): make one with `capslice export`"
            ) from None

    def probabilities(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """float32 (n, length, len(charset)) for grey uint8 pictures (n, height, width).

        Applies test-time augmentation where the card says so. Raises ModelError if the network
        runs out of its memory, fails, or does not return probabilities.
        """
        return predict_with_tta(self._predict, pictures, self.card.tta_below, self.card.tta_moves)

    def _predict(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        # None at all make an empty array of the right shape, too.
        starts = range(0, max(len(pictures), 1), AT_ONCE)
        return np.concatenate([self._run(pictures[i : i + AT_ONCE]) for i in starts])

    def _run(
        self, pictures: NDArray[np.uint8], options: onnxruntime.RunOptions | None = None
    ) -> NDArray[np.float32]:
        result: NDArray[np.float32]
        try:
            (result,) = self._session.run(["probabilities"], {"image": pictures}, options)
        except Exception as error:
            raise ModelError(
                f"model {self.model} cannot be run ({one_line(str(error))}): make one with "
                "`capslice export`"
            ) from None
        shape = (len(pictures), self.card.length, len(self.card.charset))
        # A comparison with what is not finite is false.
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
        return self.readings(self.probabilities(pictures))

    def readings(self, probabilities: NDArray[np.float32]) -> list[Reading]:
        """What `probabilities` (n, length, classes) say, n of them."""
        codes = probabilities.argmax(axis=-1)
        best = probabilities.max(axis=-1)
        return [
            Reading("".join(self.card.charset[code] for code in row), tuple(map(float, each)))
            for row, each in zip(codes, best, strict=True)
        ]

    def read(self, picture: NDArray[np.uint8]) -> Reading:
        """Read one grey picture, uint8 (height, width) of the card's size."""
        return self.read_many(picture[np.newaxis])[0]

    def unlike(self, text: str) -> str:
        """Another text that a picture may show, of which no character is that of `text`."""
        charset = self.card.charset
        return "".join(charset[(charset.index(each) + 1) % len(charset)] for each in text)

    def open(self, file: Path) -> NDArray[np.uint8]:
        """Grey pixels of a picture file, of the card's size. Raises PictureError."""
        return open_picture(file, (self.card.width, self.card.height), self.card.sizes)

    def decode(self, content: bytes, source: str) -> NDArray[np.uint8]:
        """Grey pixels of a picture file's content, of the card's size. Raises PictureError."""
        return decode(content, source, (self.card.width, self.card.height), self.card.sizes)


def _session(
    content: bytes, threads: int, level: onnxruntime.GraphOptimizationLevel
) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = level
    # One small picture at a time: more threads only take the browser's cores.
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Errors come as exceptions; the library need not print them as well.
    options.log_severity_level = 4
    # Its other format, flatbuffers, is taken as it is: we have no files of it.
    options.add_session_config_entry("session.load_model_format", "ONNX")
    _bound_memory()
    options.add_session_config_entry("session.use_env_allocators", "1")
    return onnxruntime.InferenceSession(
        content, options, providers=["CPUExecutionProvider"], enable_fallback=0
    )


@cache
def _bound_memory() -> None:
    """Once in a process: the memory from which all readers' tensors come has an end."""
    memory = onnxruntime.OrtMemoryInfo(
        "Cpu",
        onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR,
        0,
        onnxruntime.OrtMemType.DEFAULT,
    )
    bounds = onnxruntime.OrtArenaCfg({"max_mem": MOST_MEMORY})
    onnxruntime.create_and_register_allocator(memory, bounds)
