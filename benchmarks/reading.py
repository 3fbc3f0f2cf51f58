"""Reading one picture, from the content of a PNG file to text.

Each reader has a process of its own; ours and one other read picture after picture in turns, and
the time is taken inside. First each has one thread, then as many as there are cores. The readers
that were not made for such captchas are told the six digits that they are of.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper

from benchmarks.measure import Comparison, Finding, Table, grow, interleave
from benchmarks.readers.kinds import Kind, kinds
from benchmarks.readers.process import ReaderProcess
from capslice import Reader
from capslice.command_line import follow
from capslice.models.card import SHIPPED
from capslice.models.intervals import Rate
from capslice.training.pictures import Captcha, EllipseCaptcha, VariedCaptcha, draw_set

BATCH = 32
SEED = 5
# Where `make bench` puts the six networks of the article: a fit, and their ONNX files.
ARTICLE = Path("experiments/six-networks-1")


def run(quick: bool) -> Iterator[Finding]:
    """The peers are left out of a quick run, and so is whatever is not there."""
    reader = Reader()
    captcha = EllipseCaptcha()
    ((_, content),) = labelled(captcha, 1)
    alone = reader.decode(content, "the picture")[np.newaxis]
    times = 100 if quick else 1000
    yield interleave(
        "overhead",
        ("`Reader`, PNG to text", lambda: reader.read(reader.decode(content, "the picture"))),
        # Little more than the ONNX session's run.
        ("the network alone", lambda: reader.probabilities(alone)),
        times,
    )
    original = Reader(Path("original"))
    yield interleave(
        "original",
        ("the network of `original`", lambda: original.probabilities(alone)),
        ("that of `ellipses`", lambda: reader.probabilities(alone)),
        times,
    )
    pictures = draw_set(captcha, BATCH, np.random.default_rng(SEED)).pictures
    yield interleave(
        "batch",
        (f"a picture in a batch of {BATCH}", lambda: reader.read_many(pictures)),
        ("a picture by itself", lambda: [reader.read(each) for each in pictures]),
        10 if quick else 50,
        pieces=BATCH,
    )
    if not quick:
        yield from beside_others(reader)


def labelled(captcha: Captcha, count: int) -> Iterator[tuple[str, bytes]]:
    """Texts, and fresh captchas of them as PNG files; the same ones each time."""
    rng = np.random.default_rng(SEED)
    for _ in range(count):
        text, file = captcha.random_text(rng), io.BytesIO()
        captcha.draw(text, rng).save(file, "PNG")
        yield text, file.getvalue()


@dataclass
class Outcome:
    """What a reader made of the pictures of one kind: how long, and how many right."""

    seconds: list[float] = field(default_factory=list)
    right: list[bool] = field(default_factory=list)

    @property
    def rate(self) -> Rate:
        """Of whole captchas."""
        return Rate(sum(self.right), len(self.right))


def beside_others(ours: Reader, count: int = 200, starts: int = 5) -> Iterator[Finding]:
    """Every reader on the same pictures."""
    if ARTICLE.is_dir():
        write_slices(ARTICLE)
    readers = kinds(SHIPPED, ours.card.charset, ARTICLE if ARTICLE.is_dir() else None)
    captchas: dict[str, Captcha] = {
        "the article's captcha": EllipseCaptcha(),
        "varied, held-out families": VariedCaptcha().unseen(),
    }
    cores = os.cpu_count() or 1
    rates: dict[str, list[str]] = {kind.name: [] for kind in readers}
    for threads in sorted({1, cores}):
        for name, captcha in captchas.items():
            for kind in readers[1:]:
                us, other = take_turns((readers[0], kind), captcha, count, threads)
                yield Comparison(
                    f"{kind.name}, {threads}",
                    "capslice",
                    f"{kind.name}: {name}, {threads} thread{'s' * (threads > 1)}",
                    np.array([us.seconds, other.seconds]).T,
                )
                if threads == 1:
                    rates[kind.name].append(str(other.rate))
            if threads == 1:
                rates[readers[0].name].append(str(us.rate))
    weights = {kind.name: start(kind, starts) for kind in readers}
    yield Table(
        ("reader", *captchas, "start to first answer", "most memory", "model on disk"),
        [
            (
                kind.name,
                *rates[kind.name],
                f"{np.median(weights[kind.name][0]):.2f} s",
                f"{np.median(weights[kind.name][1]):.0f} MB",
                f"{kind.size / 1e6:.3g} MB",
            )
            for kind in readers
        ],
    )
    yield (
        f"Right are whole captchas, of {count} of each kind, seed {SEED}. Starts are the median "
        f"of {starts} processes on one core; their model files count on disk, not the libraries."
    )
    yield limit(ours)


def take_turns(
    pair: tuple[Kind, Kind], captcha: Captcha, count: int, threads: int
) -> list[Outcome]:
    """Both read the same pictures; which is first alternates."""
    outcomes = [Outcome(), Outcome()]
    with ReaderProcess(pair[0], threads) as one, ReaderProcess(pair[1], threads) as other:
        turns = list(zip((one, other), outcomes, strict=True))
        pictures = follow(
            labelled(captcha, count + 1), count + 1, f"{pair[1].name}, {captcha.name}"
        )
        for number, (text, content) in enumerate(pictures):
            for process, outcome in turns if number % 2 else reversed(turns):
                answer = process.read(content)
                if number:  # the first only warms up
                    outcome.seconds.append(answer.seconds)
                    outcome.right.append(answer.text == text)
    return outcomes


def start(kind: Kind, times: int) -> NDArray[np.float64]:
    """float64 (2, times): seconds from a process's start to its first answer, and its MB."""
    ((_, content),) = labelled(EllipseCaptcha(), 1)
    found = []
    for _ in range(times):
        with ReaderProcess(kind, 1) as process:
            process.read(content)
            found.append((process.started, process.megabytes()))
    return np.array(found).T


def limit(reader: Reader) -> str:
    """What a reading is made of, beside what the processor could do."""
    ((_, content),) = labelled(EllipseCaptcha(), 1)
    picture = reader.decode(content, "the picture")[np.newaxis]
    network = interleave(
        "decoding",
        ("decoding", lambda: reader.decode(content, "the picture")),
        ("the network", lambda: reader.probabilities(picture)),
        500,
    )
    milliseconds = np.median(network.seconds, axis=0) * 1000
    done = multiply_adds(onnx.load(SHIPPED))
    rate = done / milliseconds[1] / 1e6
    most = peak() / 1e9
    return (
        f"What limits it is arithmetic: of {milliseconds.sum():.2f} ms, {milliseconds[0]:.2f} go "
        f"to decoding the PNG and {milliseconds[1]:.2f} to the network, which adds up "
        f"{done / 1e6:.1f} million products, {rate:.0f} thousand million a second. A large "
        f"product of matrices in eight bits gets {most:.0f} out of the same core, so that the "
        f"network runs at {rate / most:.0%} of what there is; the rest is lost to its first "
        "convolution, which is a float's, and to layers too small to fill the processor."
    )


def multiply_adds(model: onnx.ModelProto) -> int:
    """How many products its convolutions add up for one picture."""
    inferred = onnx.shape_inference.infer_shapes(model)
    shapes = {weights.name: list(weights.dims) for weights in inferred.graph.initializer} | {
        value.name: [each.dim_value for each in value.type.tensor_type.shape.dim]
        for value in inferred.graph.value_info
    }
    return sum(
        int(np.prod(shapes[node.output[0]][1:]) * np.prod(shapes[node.input[1]][1:]))
        for node in inferred.graph.node
        if node.op_type == "Conv"
    )


def peak(side: int = 512, times: int = 50) -> float:
    """Products of eight bits a second that ONNX Runtime adds up on one thread, in matrices."""
    shape = [side, side]
    values = [helper.make_tensor_value_info("a", TensorProto.UINT8, shape)]
    weights = np.random.default_rng(SEED).integers(-64, 64, shape, np.int8)
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["a", "b"], ["y"])],
        "product",
        values,
        [helper.make_tensor_value_info("y", TensorProto.INT32, shape)],
        [onnx.numpy_helper.from_array(weights, "b")],
    )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    given = {"a": np.ones(shape, np.uint8)}
    runs = grow("", "products", (1,), lambda _: session.run(None, given), times)
    return float(side**3 / np.median(runs.seconds))


def write_slices(fitted: Path) -> None:
    """The six networks of a fit as an ONNX file each, beside it, as the article would have them."""
    import keras
    import tensorflow as tf
    import tf2onnx

    from capslice.training.fitting.fit_result import load_reader

    captcha = EllipseCaptcha()
    fit, reader = load_reader(captcha, fitted)
    slices = fit.recipe.slices_of(captcha)
    networks = [layer for layer in reader.layers if isinstance(layer, keras.Sequential)]
    for number, (network, (left, right)) in enumerate(zip(networks, slices, strict=True)):
        shape = (None, captcha.size[1], right - left, 1)
        signature = [tf.TensorSpec(shape, tf.float32, name="slice")]
        function = tf.function(network, input_signature=signature)
        model, _ = tf2onnx.convert.from_function(function, input_signature=signature, opset=18)
        (fitted / f"slice-{number}.onnx").write_bytes(model.SerializeToString())
    (fitted / "slices.json").write_text(json.dumps(slices))
