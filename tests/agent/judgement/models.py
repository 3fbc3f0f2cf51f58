"""Model files that suit the captcha `ellipses` or do not, each as a real ONNX file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from capslice.models.card import METADATA_KEY, SHIPPED
from tests.fuzz.models import shipped_card, small_model


def made_for_it() -> bytes:
    """The shipped model."""
    return SHIPPED.read_bytes()


def for_another_look() -> bytes:
    """A model of the same shape that is sure of each character, and wrong."""
    model = onnx.load(SHIPPED)
    helper.set_model_props(model, {METADATA_KEY: shipped_card(charset="345682")})
    return model.SerializeToString()


def for_another_shape() -> bytes:
    """A model of smaller pictures and letters."""
    card = shipped_card(charset="abcdef", width=150, height=60)
    image = (TensorProto.UINT8, ["n", 60, 150])
    return small_model(card=card, image=image, weight=1.0).SerializeToString()


def badly_fitted() -> bytes:
    """The shipped model as a bad fit would leave it: it reads as well, and is sure of nothing."""
    return less_sure(1 / 8)


def less_sure(power: float) -> bytes:
    """The shipped model, with each probability raised to `power`: it reads as well."""
    model = onnx.load(SHIPPED)
    model.graph.node[-1].output[0] = "sharp"
    exponent = numpy_helper.from_array(np.float32(power), "exponent")
    last = numpy_helper.from_array(np.array([-1]), "last")
    model.graph.initializer.extend([exponent, last])
    model.graph.node.extend(
        [
            helper.make_node("Pow", ["sharp", "exponent"], ["flat"]),
            helper.make_node("ReduceSum", ["flat", "last"], ["sum"]),
            helper.make_node("Div", ["flat", "sum"], ["probabilities"]),
        ]
    )
    return model.SerializeToString()


MODELS: dict[str, Callable[[], bytes]] = {
    "made for it": made_for_it,
    "same shape": for_another_look,
    "other shape": for_another_shape,
    "badly fitted": badly_fitted,
}


def write(name: str, folder: Path) -> Path:
    """Write the model with this name into the folder."""
    file = folder / f"{name.replace(' ', '-')}.onnx"
    file.write_bytes(MODELS[name]())
    return file
