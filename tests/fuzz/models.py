"""Small ONNX models that keep the contract but read nothing, and random damage to them."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import numpy as np
import onnx
from google.protobuf.message import Message
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from capslice.models.card import METADATA_KEY, SHIPPED, Card
from tests.fuzz.mutations import EDGES

LENGTH, CLASSES, HEIGHT, WIDTH = 6, 6, 80, 310


def shipped_card(**changes: object) -> str:
    """The shipped model's card, with other values for some fields."""
    (card,) = (prop.value for prop in onnx.load(SHIPPED).metadata_props if prop.key == METADATA_KEY)
    return msgspec.structs.replace(Card.from_json(card), **changes).as_json()


def small_model(
    *,
    card: str | None,
    image: tuple[int, list[Any]] = (TensorProto.UINT8, ["n", HEIGHT, WIDTH]),
    probabilities: tuple[int, list[Any]] = (TensorProto.FLOAT, ["n", LENGTH, CLASSES]),
    weight: float = 0.01,
) -> onnx.ModelProto:
    """A model that keeps the contract: softmax of the first pixels, times a weight."""
    graph = helper.make_graph(
        [
            helper.make_node("Cast", ["image"], ["grey"], to=TensorProto.FLOAT),
            helper.make_node("Slice", ["grey", "from", "to"], ["corner"]),
            helper.make_node("Unsqueeze", ["corner", "one"], ["channel"]),
            helper.make_node("Conv", ["channel", "kernel"], ["seen"], pads=[1, 1, 1, 1]),
            helper.make_node("Reshape", ["seen", "shape"], ["flat"]),
            helper.make_node("Softmax", ["flat"], ["soft"], axis=-1),
            helper.make_node("Cast", ["soft"], ["probabilities"], to=probabilities[0]),
        ],
        "small",
        [helper.make_tensor_value_info("image", *image)],
        [helper.make_tensor_value_info("probabilities", *probabilities)],
        [
            numpy_helper.from_array(np.array([0, 0, 0]), "from"),
            numpy_helper.from_array(np.array([2**31, LENGTH, CLASSES]), "to"),
            numpy_helper.from_array(np.array([1]), "one"),
            numpy_helper.from_array(np.array([-1, LENGTH, CLASSES]), "shape"),
            numpy_helper.from_array(np.full((1, 1, 3, 3), weight, np.float32), "kernel"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    if card is not None:
        helper.set_model_props(model, {METADATA_KEY: card})
    return model


# The picture of a CTC model below has a row for each class and a column for each column.
CTC_CHARSET, CTC_COLUMNS = "abAB01", 12


def ctc_card(**changes: object) -> str:
    """The card of `ctc_model`, with other values for some fields."""
    usual: dict[str, object] = {
        **{"charset": CTC_CHARSET, "shortest": 2, "length": 5, "slices": (), "tta_below": 0.0},
        **{"decoding": "ctc", "columns": CTC_COLUMNS, "networks": "columns"},
        **{"width": CTC_COLUMNS, "height": len(CTC_CHARSET) + 1},
    }
    return shipped_card(**{**usual, **changes})


def ctc_model(card: str | None = None) -> onnx.ModelProto:
    """A CTC model whose picture is its output: white rows are the probable classes.

    The softmax of pixels / 32 makes white 2,900 times as probable as black.
    """
    classes = len(CTC_CHARSET) + 1
    graph = helper.make_graph(
        [
            helper.make_node("Cast", ["image"], ["grey"], to=TensorProto.FLOAT),
            helper.make_node("Transpose", ["grey"], ["columns"], perm=[0, 2, 1]),
            helper.make_node("Div", ["columns", "scale"], ["logits"]),
            helper.make_node("Softmax", ["logits"], ["probabilities"], axis=-1),
        ],
        "ctc",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, ["n", classes, CTC_COLUMNS])],
        [
            helper.make_tensor_value_info(
                "probabilities", TensorProto.FLOAT, ["n", CTC_COLUMNS, classes]
            )
        ],
        [numpy_helper.from_array(np.array(32, np.float32), "scale")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    helper.set_model_props(model, {METADATA_KEY: card or ctc_card()})
    return model


def ctc_picture(path: str) -> NDArray[np.uint8]:
    """The picture, uint8 (classes, columns), of a path such as "-a-bb": "-" is nothing."""
    classes = f"{CTC_CHARSET}-"
    picture = np.zeros((len(classes), CTC_COLUMNS), np.uint8)
    shown = [classes.index(each) for each in path.ljust(CTC_COLUMNS, "-")]
    picture[shown, np.arange(CTC_COLUMNS)] = 255
    return picture


def messages(message: Message) -> list[Message]:
    """The message and all messages within it."""
    found = [message]
    for field, value in message.ListFields():
        if field.message_type:
            for inner in value if field.is_repeated else [value]:
                found += messages(inner)
    return found


def damage(rng: random.Random, model: onnx.ModelProto) -> None:
    """Change one field; the file stays protobuf, but perhaps is no model."""
    message = rng.choice(messages(model))
    field = rng.choice(message.DESCRIPTOR.fields)
    donors = [m for m in messages(model) if m.DESCRIPTOR is field.message_type]
    if rng.random() < 0.2 or (field.message_type and not donors):
        message.ClearField(field.name)
        return
    if field.message_type:
        donor = type(rng.choice(donors))()
        donor.CopyFrom(rng.choice(donors))  # a copy, because a donor may contain its receiver
        new: Any = donor
    else:
        new = odd(rng, field, model)
    if field.is_repeated:
        repeated = getattr(message, field.name)
        if repeated and rng.random() < 0.6:
            del repeated[rng.randrange(len(repeated))]
        repeated.insert(rng.randint(0, len(repeated)), new)
    elif field.message_type:
        getattr(message, field.name).CopyFrom(new)
    else:
        setattr(message, field.name, new)


def odd(rng: random.Random, field: Any, model: onnx.ModelProto) -> Any:
    if field.enum_type:
        return rng.choice(field.enum_type.values).number
    if field.cpp_type in (field.CPPTYPE_FLOAT, field.CPPTYPE_DOUBLE):
        return rng.choice((float("nan"), float("inf"), -1.0, 0.0, 1e38, 1e-45))
    if field.type == field.TYPE_BYTES:
        return rng.randbytes(rng.choice((0, 1, 4, 36, 400)))
    if field.type == field.TYPE_STRING:
        names = [text for node in model.graph.node for text in (*node.input, *node.output)]
        odd_names = ("", "nothing", "image", "probabilities", "com.microsoft", "Loop", "Expand")
        return rng.choice((*names, *odd_names, *OPERATORS, "x" * 5000))
    if field.cpp_type == field.CPPTYPE_INT32:
        return rng.choice((0, 1, 2, 7, 8, 11, 16, 23, 99, -1, 2**31 - 1))
    if field.cpp_type == field.CPPTYPE_INT64:
        return rng.choice((*EDGES, -1, -2, 2**40, 2**63 - 1, -(2**63), 6, 18, 80, 310))
    return rng.choice(EDGES)


OPERATORS = (
    *("Conv", "Reshape", "Softmax", "Slice", "Cast", "Expand", "Tile", "Pad", "Resize", "Gather"),
    *("MatMul", "Gemm", "Relu", "MaxPool", "ReduceMean", "Transpose", "Concat", "Split", "Sqrt"),
    *("ConstantOfShape", "Range", "NonZero", "TopK", "LSTM", "If", "Loop", "Scan", "Div", "Log"),
)
