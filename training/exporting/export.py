"""Exports a fitted reader to one ONNX file, with its card.

The file is only written if ONNX Runtime computes the same probabilities as Keras, or nearly the
same in 8 bits. It is written under a temporary name first, so that no half file is ever there.
"""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from importlib.metadata import version
from pathlib import Path
from statistics import fmean

import keras
import numpy as np
import onnx
import onnxruntime
import tensorflow as tf
import tf2onnx
from numpy.typing import NDArray
from scipy.stats import binomtest

from capslice.errors import ExportError
from capslice.models.alignment import right_characters
from capslice.models.card import METADATA_KEY, Accuracy, Card, Numbers
from capslice.models.decoding import Decoder
from capslice.models.tta import (
    DIAGONAL,
    ROWS,
    SIDEWAYS,
    TTA_BELOW,
    Moves,
    Predict,
    apply_tta,
    predict_with_tta,
)
from capslice.training.exporting import held_out_pictures
from capslice.training.exporting.averaging import load_average
from capslice.training.exporting.calibration import apply_temperature, fit_temperature
from capslice.training.exporting.held_out_pictures import HeldOutPictures
from capslice.training.exporting.int8 import quantise
from capslice.training.fitting import general_weights
from capslice.training.fitting.judge import decoder_of, predict
from capslice.training.networks.reader import multiply_adds
from capslice.training.pictures import Captcha, DataSet, Stream

OPSET = 18
TOLERANCE = 1e-4
QUANTISED_TOLERANCE = 0.02
TEST_SEED = 3000
CALIBRATION_PICTURES = 4000
SIGNIFICANCE = 0.05  # level of the test whether TTA does harm
BATCH = 256
PACKAGES = ("keras", "tensorflow", "tf2onnx", "onnx", "onnxruntime", "numpy", "pillow")


def export(
    captcha: Captcha,
    folder: Path,
    out: Path,
    *,
    calibration_pictures: int = CALIBRATION_PICTURES,
    test_pictures: int = 2000,
    test_seed: int = TEST_SEED,
    test_captcha: Captcha | None = None,
    tolerance: float = TOLERANCE,
    numbers: Numbers = "int8",
    tta: bool | None = None,
    averaged: Sequence[Path] = (),
    weights_out: Path | None = None,
) -> Card:
    """Export the fit in `folder`, averaged with those in `averaged`, to `out`; return the card.

    The temperature is fitted on `calibration_pictures`. They also decide whether test-time
    augmentation helps, if `tta` is set; by default it is, but not for networks that read columns,
    whose texts take as long to decode as the network takes. ONNX Runtime measures the accuracy of
    the card on `test_pictures`, drawn with `test_seed`. Both are drawn in fonts that the fit has
    not seen, if the captcha has any. The test may use another captcha, `test_captcha`. With
    `numbers` of int8, 512 more pictures show the ranges of values. An export of a fit to a folder
    of pictures uses its validation and test pictures for all of this.

    Raises ExportError where Keras and ONNX Runtime differ by more than `tolerance` in any
    probability of 256 pictures, or in 8 bits by more than 0.02 on average; where the test pictures
    would be those of the fit; or where `out` cannot be written.
    """
    result, reader = load_average(captcha, (folder, *averaged))
    _prepare(out)  # fails now, and not after minutes
    pictures = (
        held_out_pictures.load(captcha, result.recipe, folder)
        if result.folder
        else held_out_pictures.draw(
            captcha, result.recipe, test_captcha, calibration_pictures, test_pictures, test_seed
        )
    )
    calibration, compared = pictures.calibration, pictures.compared
    decoder, ctc = decoder_of(captcha, result.recipe), result.recipe.networks == "columns"
    temperature = fit_temperature(
        predict(reader, calibration.pictures),
        calibration.codes,
        smoothed=result.recipe.label_smoothing > 0 or ctc,
        ctc=ctc,
    )
    weights = reader.get_weights()
    apply_temperature(reader, temperature)
    model = convert(reader)
    expected = predict(reader, compared)
    difference = float(np.abs(_run(_session(model), compared) - expected).max())
    if not difference <= tolerance:
        raise ExportError(
            f"{out} was not written: Keras and ONNX Runtime differ by {difference:.1e} on "
            f"{len(compared)} pictures, more than {tolerance:.0e}; "
            "check the versions of tensorflow and tf2onnx against constraints.txt"
        )
    if weights_out:
        about = general_weights.About(captcha.charset, captcha.size, captcha.sizes)
        _write_whole(general_weights.dump(about, weights), weights_out)
    if numbers == "int8":
        model = quantise(model, pictures.ranges)
        difference = float(np.abs(_run(_session(model), compared) - expected).mean())
        if not difference <= QUANTISED_TOLERANCE:
            raise ExportError(
                f"{out} was not written: in 8 bits its probabilities are off by "
                f"{difference:.2g} on average, more than {QUANTISED_TOLERANCE}: export it with "
                "--float"
            )
    predictor = partial(_run, _session(model))
    # Moves along a row would mix what different columns say.
    moves = (ROWS,) if ctc else (DIAGONAL,) if result.augmented else (DIAGONAL, SIDEWAYS)
    tta_below, tta_moves = 0.0, moves[0]
    if tta or (tta is None and not ctc):
        tta_below, tta_moves = _choose_tta(
            predictor, decoder, calibration, moves, expected=result.augmented and not ctc
        )
    predictor_with_tta = partial(
        predict_with_tta,
        predictor,
        below=tta_below,
        moves=tta_moves,
        confidences=decoder.confidences,
    )
    card = Card(
        captcha=captcha.name,
        charset=captcha.charset,
        length=captcha.length,
        shortest=None if captcha.shortest == captcha.length else captcha.shortest,
        decoding="ctc" if ctc else "positions",
        columns=reader.output_shape[1] if ctc else None,
        characters=captcha.usual,
        width=captcha.size[0],
        height=captcha.size[1],
        sizes=captcha.sizes,
        slices=() if ctc else result.recipe.slices_of(captcha),
        networks=result.recipe.networks,
        parameters=result.parameters,
        multiply_adds=multiply_adds(reader),
        numbers=numbers,
        fonts=captcha.fonts,
        fitted_on=result.fitted_on,
        fit_seed=result.recipe.seed,
        temperature=temperature,
        tta_below=tta_below,
        tta_moves=tta_moves,
        accuracy=_accuracy(predictor_with_tta, decoder, pictures),
        versions={name: version(name) for name in ("capslice", *PACKAGES)},
    )
    onnx.helper.set_model_props(model, {METADATA_KEY: card.as_json()})
    _write_whole(model.SerializeToString(), out)
    return card


def convert(reader: keras.Model) -> onnx.ModelProto:
    """Convert a reader to ONNX, without a card: `image` in, `probabilities` out."""
    logging.getLogger("tf2onnx").setLevel(logging.ERROR)
    _, height, width = reader.input_shape
    signature = [tf.TensorSpec((None, height, width), tf.uint8, name="image")]

    # tf2onnx.convert.from_keras does not support Keras 3; a function with a signature works.
    def read(image: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"probabilities": reader(image, training=False)}

    function = tf.function(read, input_signature=signature)
    model: onnx.ModelProto
    model, _ = tf2onnx.convert.from_function(function, input_signature=signature, opset=OPSET)
    for value, shape in (
        (model.graph.input[0], ("n", height, width)),
        (model.graph.output[0], ("n", *reader.output_shape[1:])),
    ):
        element = value.type.tensor_type.elem_type
        value.CopyFrom(onnx.helper.make_tensor_value_info(value.name, element, shape))
    onnx.checker.check_model(model, full_check=True)
    return model


def _session(model: onnx.ModelProto) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )


def _run(session: onnxruntime.InferenceSession, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    batches = np.split(pictures, range(BATCH, len(pictures), BATCH))
    return np.concatenate([session.run(None, {"image": batch})[0] for batch in batches])


def _choose_tta(
    predictor: Predict,
    decoder: Decoder,
    seen: DataSet,
    candidates: Sequence[Moves],
    *,
    expected: bool,
) -> tuple[float, Moves]:
    """The confidence below which to apply TTA (0 for never), and the moves that help the most.

    Without `expected`, TTA is used if it corrects more of the `seen` pictures than it spoils. A
    gain is `expected` if the fit learned from augmented pictures, which were moved about as far.
    A hundred pictures of a folder can hardly show such a gain, so then TTA is used unless a sign
    test shows that it does harm.
    """

    def right(predictions: NDArray[np.float32]) -> NDArray[np.bool_]:
        texts = (each.text for each in decoder.decode(predictions))
        return np.array([read == text for read, text in zip(texts, seen.texts, strict=True)])

    first = predictor(seen.pictures)
    once = right(first)

    def changed(moves: Moves) -> tuple[int, int]:
        """How many pictures TTA corrects, and how many it spoils."""
        again = right(
            apply_tta(predictor, seen.pictures, first, TTA_BELOW, moves, decoder.confidences)
        )
        return int((again & ~once).sum()), int((once & ~again).sum())

    better, worse, moves = max(
        ((*changed(candidate), candidate) for candidate in candidates),
        key=lambda counted: counted[0] - counted[1],
    )
    if expected and worse:
        used = binomtest(worse, better + worse, alternative="greater").pvalue > SIGNIFICANCE
    else:
        used = expected or better > worse
    return (TTA_BELOW if used else 0.0), moves


def _accuracy(predictor: Predict, decoder: Decoder, pictures: HeldOutPictures) -> Accuracy:
    test = pictures.test
    labelled = [
        (label, reading)
        for part in (test.portions() if isinstance(test, Stream) else [test])
        for label, reading in zip(part.texts, decoder.decode(predictor(part.pictures)), strict=True)
    ]
    return Accuracy(
        captcha=pictures.captcha,
        pictures=len(labelled),
        captchas_right=sum(label == reading.text for label, reading in labelled),
        characters_right=sum(sum(right_characters(label, each.text)) for label, each in labelled),
        seed=pictures.seed,
        confidence=fmean(reading.confidence for _, reading in labelled),
    )


@contextmanager
def _writing(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ExportError(f"{out} cannot be written: {error.strerror or error}") from None


def _prepare(out: Path) -> None:
    """Make the folder of `out`. Raises ExportError where it cannot be written."""
    with _writing(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        if out.is_dir():
            raise IsADirectoryError("it is a folder")


def _write_whole(content: bytes, out: Path) -> None:
    with (
        _writing(out),
        tempfile.NamedTemporaryFile(dir=out.parent, prefix=out.name, delete=False) as file,
    ):
        temporary = Path(file.name)
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            # Only the owner may read a temporary file, but everybody a model.
            temporary.chmod(0o644)
            temporary.replace(out)
        except BaseException:
            temporary.unlink()
            raise
