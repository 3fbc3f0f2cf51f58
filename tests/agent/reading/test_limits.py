"""A model file cannot take more than its share of memory and time."""

from __future__ import annotations

import signal
import subprocess
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from capslice import Reader
from capslice.agent.reading.graph import check_graph
from capslice.errors import ModelError
from tests.commands import command
from tests.fuzz.models import shipped_card, small_model


def saved(folder: Path, model: onnx.ModelProto) -> Path:
    (folder / "x.onnx").write_bytes(model.SerializeToString())
    return folder / "x.onnx"


def test_a_model_that_needs_too_much_memory(tmp_path: Path) -> None:
    model = small_model(card=shipped_card())
    huge = numpy_helper.from_array(np.array([100_000_000, 30]), "huge")
    model.graph.initializer.append(huge)
    model.graph.node.insert(0, helper.make_node("ConstantOfShape", ["huge"], ["zeros"]))
    model.graph.node.insert(1, helper.make_node("ReduceMax", ["zeros"], ["zero"], keepdims=0))
    model.graph.node.insert(2, helper.make_node("Cast", ["zero"], ["axis"], to=TensorProto.INT64))
    (cut,) = (node for node in model.graph.node if node.op_type == "Slice")
    cut.input.extend(["", "axis"])
    with pytest.raises(ModelError, match="cannot be run"):
        Reader(saved(tmp_path, model))


def looping(above: float, reduce: str = "ReduceMax") -> onnx.ModelProto:
    """A model that loops without end if the highest or lowest pixel is above this value."""
    model = small_model(card=shipped_card())
    names = ("again", "same")
    kinds = (TensorProto.BOOL, TensorProto.FLOAT)
    values = {name: (kind, []) for name, kind in zip(names, kinds, strict=True)}
    inputs = [helper.make_tensor_value_info(name, *kind) for name, kind in values.items()]
    outputs = [helper.make_tensor_value_info(f"{name}_", *kind) for name, kind in values.items()]
    turn = helper.make_tensor_value_info("turn", TensorProto.INT64, [])
    body = helper.make_graph(
        [helper.make_node("Identity", [name], [f"{name}_"]) for name in values],
        *("body", [turn, *inputs], outputs),
    )
    model.graph.initializer.append(numpy_helper.from_array(np.array(above, np.float32), "above"))
    first, *others = model.graph.node
    nodes = [
        helper.make_node(reduce, ["grey"], ["highest"], keepdims=0),
        helper.make_node("Greater", ["highest", "above"], ["go_on"]),
        helper.make_node("Loop", ["", "go_on", "highest"], ["looped"], body=body),
    ]
    del model.graph.node[:]
    model.graph.node.extend([first, *nodes, *others])
    return model


@pytest.mark.parametrize("above", [-1, 0], ids=["always", "unless the picture is black"])
def test_a_model_that_never_ends_is_stopped(
    above: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("capslice.agent.reading.session.MOST_SECONDS", 0.5)
    with pytest.raises(ModelError, match=r"takes more than 0\.5 s"):
        Reader(saved(tmp_path, looping(above)))


def test_each_run_has_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Reader(saved(tmp_path, looping(200, "ReduceMin")))
    monkeypatch.setattr("capslice.agent.reading.session.MOST_SECONDS", 0.5)
    with pytest.raises(ModelError, match=r"takes more than 0\.5 s"):
        reader.read(np.full((80, 310), 255, np.uint8))


def test_ctrl_c_ends_a_run(tmp_path: Path) -> None:
    model, picture = saved(tmp_path, looping(0)), tmp_path / "1.png"
    program = (
        "import onnxruntime\n"
        "run = onnxruntime.InferenceSession.run\n"
        "def begin(*arguments):\n"
        "    print('begins', flush=True)\n"
        "    return run(*arguments)\n"
        "onnxruntime.InferenceSession.run = begin\n"
        "from capslice.__main__ import main\n"
        "main()"
    )
    line = [command()[0], "-c", program, "read", str(picture), "--model", str(model)]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as done:
        assert done.stdout
        # First it reads black pictures, then noise.
        assert [done.stdout.readline() for _ in range(2)] == ["begins\n"] * 2
        done.send_signal(signal.SIGINT)
        _, said = done.communicate(timeout=60)
    assert (done.returncode, said.strip()) == (130, "error: interrupted")


def test_a_model_with_too_many_nodes(tmp_path: Path) -> None:
    model = small_model(card=shipped_card())
    last = model.graph.node[-1]
    names = [last.input[0], *(f"copy{i}" for i in range(20_000))]
    steps = [helper.make_node("Identity", [a], [b]) for a, b in pairwise(names)]
    last.input[0] = names[-1]
    nodes = [*model.graph.node[:-1], *steps, last]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    with pytest.raises(ModelError, match="it has more than 20,000 nodes"):
        Reader(saved(tmp_path, model))


def test_functions_that_double(tmp_path: Path) -> None:
    model = small_model(card=shipped_card())
    opset = helper.make_opsetid("f", 1)
    model.opset_import.append(opset)
    for i in range(40):
        steps = [
            helper.make_node(f"F{i - 1}", [a], [b], domain="f") for a, b in (("x", "m"), ("m", "y"))
        ]
        first = [helper.make_node("Identity", ["x"], ["y"])]
        opsets = [opset] if i else [helper.make_opsetid("", 18)]
        model.functions.append(
            helper.make_function("f", f"F{i}", ["x"], ["y"], steps if i else first, opsets)
        )
    with pytest.raises(ModelError, match="it has functions"):
        Reader(saved(tmp_path, model))


def test_graphs_within_graphs() -> None:
    graph = helper.make_graph([], "innermost", [], [])
    for _ in range(30):
        graph = helper.make_graph([helper.make_node("If", [], [], then_branch=graph)], "g", [], [])
    with pytest.raises(ValueError, match="nested more than 20 deep"):
        check_graph(helper.make_model(graph).SerializeToString())


def test_a_model_far_too_large_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "x.onnx").open("wb") as file:
        file.truncate(10**12)
    with pytest.raises(ModelError, match="it has more than 50,000,000 bytes"):
        Reader(tmp_path / "x.onnx")
