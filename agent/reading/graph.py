"""Counts what a model file has to do before ONNX Runtime loads it, which nothing can interrupt.

The time to load a file grows with its nodes, and doubles with each function that calls another one
twice. The file is a protobuf message, whose fields have the numbers of onnx.proto.
"""

from __future__ import annotations

from collections.abc import Iterator

MOST_NODES = 20_000  # the largest shipped model has 200
DEEPEST = 20  # graphs within graphs
GRAPH, FUNCTIONS = 7, 25  # in a model
NODE = 1  # in a graph
ATTRIBUTE = 5  # in a node
SUBGRAPHS = (6, 11)  # in an attribute
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
SIZES = {FIXED64: 8, FIXED32: 4}


def check_graph(content: bytes) -> None:
    """Raise ValueError if the content is no protobuf message, has functions, or too many nodes."""
    nodes = 0
    waiting = []
    for number, part in _messages(memoryview(content)):
        if number == FUNCTIONS:
            raise ValueError("it has functions, which may take for ever to load")
        if number == GRAPH:
            waiting.append((part, 0))
    while waiting:
        graph, depth = waiting.pop()
        if depth > DEEPEST:
            raise ValueError(f"its graphs are nested more than {DEEPEST} deep")
        for node in _parts(graph, NODE):
            nodes += 1
            if nodes > MOST_NODES:
                raise ValueError(f"it has more than {MOST_NODES:,} nodes")
            for attribute in _parts(node, ATTRIBUTE):
                waiting += ((inner, depth + 1) for inner in _parts(attribute, *SUBGRAPHS))


def _parts(message: memoryview, *numbers: int) -> Iterator[memoryview]:
    return (part for number, part in _messages(message) if number in numbers)


def _messages(message: memoryview) -> Iterator[tuple[int, memoryview]]:
    """The number and the content of each field that may hold a message. Raises ValueError."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        number, kind = key >> 3, key & 7
        if kind == VARINT:
            _, at = _varint(message, at)
            continue
        if kind == BYTES:
            size, at = _varint(message, at)
        elif kind in SIZES:
            size = SIZES[kind]
        else:
            raise ValueError("it is no protobuf message")
        if at + size > len(message):
            raise ValueError("it is cut off")
        if kind == BYTES:
            yield number, message[at : at + size]
        at += size


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """A number, and where the next field begins."""
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(message):
            raise ValueError("it is cut off")
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise ValueError("it is no protobuf message")
