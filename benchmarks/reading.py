"""Reading one picture, from the content of a PNG file to text.

Each reader has its own process, which measures the time of each reading. Ours and one other take
turns on the same pictures, first with one thread each, then with one thread per core.

The readers of other projects were not made for such captchas, and are told what is known: six
digits, and which can occur. Of the output of ddddocr's network, with its default or its beta model,
only these digits are kept, and the most probable text of six is chosen by the same decoder as for
ours. RapidOCR runs its recognition alone, without detection and without a classifier of angles, and
its output is treated in the same way. These two programs offer less themselves: ddddocr can delete
other characters from the text that it has chosen, and RapidOCR has no such option. Tesseract reads
the picture as one line of text (`--psm 7`) and gets the digits as a list of allowed characters
(`tessedit_char_whitelist`). It has no option for the length.
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

from benchmarks.measure import Comparison, Finding, Table, compare, measure_growth
from benchmarks.readers.process import ReaderProcess
from benchmarks.readers.specs import ReaderSpec, all_readers
from capslice import Reader
from capslice.command_line import follow
from capslice.models.card import SHIPPED
from capslice.models.decoding import Known
from capslice.models.intervals import Rate
from capslice.training.pictures import Captcha, EllipseCaptcha, VariedCaptcha, draw_set

BATCH = 32
SEED = 5
# `make bench` fits the article's six networks into this folder; `write_slices` adds ONNX files.
ARTICLE = Path("experiments/six-networks-1")


def run(quick: bool) -> Iterator[Finding]:
    """A quick run leaves out the other readers; any run leaves out those that are not installed."""
    reader = Reader()
    captcha = EllipseCaptcha()
    ((_, content),) = labelled(captcha, 1)
    picture = reader.decode(content, "the picture")[np.newaxis]
    pairs = 100 if quick else 1000
    yield compare(
        "overhead",
        ("`Reader`, PNG to text", lambda: reader.read(reader.decode(content, "the picture"))),
        # Little more than running the ONNX session.
        ("the network alone", lambda: reader.probabilities(picture)),
        pairs,
    )
    original = Reader(Path("original"))
    yield compare(
        "original",
        ("the network of `original`", lambda: original.probabilities(picture)),
        ("the network of `ellipses`", lambda: reader.probabilities(picture)),
        pairs,
    )
    pictures = draw_set(captcha, BATCH, np.random.default_rng(SEED)).pictures
    yield compare(
        "batch",
        (f"a picture in a batch of {BATCH}", lambda: reader.read_many(pictures)),
        ("a picture by itself", lambda: [reader.read(each) for each in pictures]),
        10 if quick else 50,
        pieces=BATCH,
    )
    if not quick:
        yield from compare_readers(reader)


def labelled(captcha: Captcha, count: int) -> Iterator[tuple[str, bytes]]:
    """Yield texts, and captchas of them as the content of PNG files; always the same ones."""
    rng = np.random.default_rng(SEED)
    for _ in range(count):
        text, file = captcha.random_text(rng), io.BytesIO()
        captcha.draw(text, rng).save(file, "PNG")
        yield text, file.getvalue()


@dataclass
class Outcome:
    """The times of a reader on some pictures, and whether it read each right."""

    seconds: list[float] = field(default_factory=list)
    right: list[bool] = field(default_factory=list)

    @property
    def rate(self) -> Rate:
        """The rate of whole captchas read right."""
        return Rate(sum(self.right), len(self.right))


def compare_readers(ours: Reader, count: int = 200, starts: int = 5) -> Iterator[Finding]:
    """Compare ours with each other reader, on the same pictures."""
    if ARTICLE.is_dir():
        write_slices(ARTICLE)
    known = Known(ours.card.length, ours.card.length, ours.card.charset)
    specs = all_readers(SHIPPED, known, ARTICLE if ARTICLE.is_dir() else None)
    captchas: dict[str, Captcha] = {
        "the article's captcha": EllipseCaptcha(),
        "varied, held-out families": VariedCaptcha().held_out(),
    }
    rates: dict[str, list[str]] = {spec.name: [] for spec in specs}
    for threads in sorted({1, os.cpu_count() or 1}):
        for name, captcha in captchas.items():
            for spec in specs[1:]:
                us, other = take_turns((specs[0], spec), captcha, count, threads)
                yield Comparison(
                    f"{spec.name}, {threads}",
                    "capslice",
                    f"{spec.name}: {name}, {threads} thread{'s' * (threads > 1)}",
                    np.array([us.seconds, other.seconds]).T,
                )
                if threads == 1:
                    rates[spec.name].append(str(other.rate))
            if threads == 1:
                rates[specs[0].name].append(str(us.rate))
    costs = {spec.name: startup_costs(spec, starts) for spec in specs}
    yield Table(
        ("reader", *captchas, "start to first answer", "peak memory", "model on disk"),
        [
            (
                spec.name,
                *rates[spec.name],
                f"{np.median(costs[spec.name][0]):.2f} s",
                f"{np.median(costs[spec.name][1]):.0f} MB",
                f"{spec.size / 1e6:.3g} MB",
            )
            for spec in specs
        ],
    )
    yield (
        f"The rates are those of whole captchas read right, of {count} of each kind, drawn with "
        f"seed {SEED}. The starts and the memory are the medians of {starts} processes on one "
        "core. The sizes on disk are those of the model files, without libraries."
    )
    yield explain_limit(ours)


def take_turns(
    pair: tuple[ReaderSpec, ReaderSpec], captcha: Captcha, count: int, threads: int
) -> list[Outcome]:
    """Let both read the same pictures; which is first alternates."""
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


def startup_costs(spec: ReaderSpec, times: int) -> NDArray[np.float64]:
    """float64 (2, times): seconds from a process's start to its first answer; peak memory in MB."""
    ((_, content),) = labelled(EllipseCaptcha(), 1)
    costs = []
    for _ in range(times):
        with ReaderProcess(spec, 1) as process:
            process.read(content)
            costs.append((process.startup_seconds, process.peak_megabytes()))
    return np.array(costs).T


def explain_limit(reader: Reader) -> str:
    """Compare the parts of a reading with what the processor can do."""
    ((_, content),) = labelled(EllipseCaptcha(), 1)
    picture = reader.decode(content, "the picture")[np.newaxis]
    parts = compare(
        "decoding",
        ("decoding", lambda: reader.decode(content, "the picture")),
        ("the network", lambda: reader.probabilities(picture)),
        500,
    )
    milliseconds = np.median(parts.seconds, axis=0) * 1000
    products = multiply_adds(onnx.load(SHIPPED))
    rate = products / milliseconds[1] / 1e6
    peak = peak_rate() / 1e9
    return (
        f"The limit is arithmetic: of {milliseconds.sum():.2f} ms, decoding the PNG takes "
        f"{milliseconds[0]:.2f} and the network {milliseconds[1]:.2f}. The network does "
        f"{products / 1e6:.1f} million multiply-adds, {rate:.0f} billion per second. A large "
        f"matrix product in 8-bit integers reaches {peak:.0f} billion on the same core, so the "
        f"network runs at {rate / peak:.0%} of the possible speed. It loses the rest in its first "
        "convolution, which uses floats, and in layers that are too small to keep the processor "
        "busy."
    )


def multiply_adds(model: onnx.ModelProto) -> int:
    """Count the multiply-adds of a model's convolutions for one picture."""
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


def peak_rate(side: int = 512, times: int = 50) -> float:
    """Measure the 8-bit multiply-adds per second of ONNX Runtime on one thread."""
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
    inputs = {"a": np.ones(shape, np.uint8)}
    runs = measure_growth("", "products", (1,), lambda _: session.run(None, inputs), times)
    return float(side**3 / np.median(runs.seconds))


def write_slices(fitted: Path) -> None:
    """Write each of the six networks of a fit to an ONNX file in its folder."""
    from capslice.training.tensorflow import prepare_tensorflow

    prepare_tensorflow()
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
