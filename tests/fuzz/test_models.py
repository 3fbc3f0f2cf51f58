"""Damaged models are refused with ModelError, or keep the contract."""

from __future__ import annotations

import random
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import onnx

from capslice import Reader
from capslice.models.card import METADATA_KEY, SHIPPED
from tests.fuzz.conftest import Fuzz
from tests.fuzz.models import damage, shipped_card, small_model
from tests.fuzz.mutations import mutated


@cache
def whole_models() -> tuple[bytes, ...]:
    small = small_model(card=shipped_card()).SerializeToString()
    return (small, small, SHIPPED.read_bytes())


def load(content: bytes) -> str:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "fuzz.onnx"
        file.write_bytes(content)
        reader = Reader(file)
    pictures = np.random.default_rng(1).integers(
        0, 256, (3, reader.card.height, reader.card.width), np.uint8
    )
    for reading in reader.read_many(pictures):
        assert len(reading.text) == reader.card.length
        assert 0 <= reading.confidence <= 1.01
    return "read"


def mutated_model(rng: random.Random) -> str:
    """Damage to the bytes of the file."""
    return load(mutated(rng, whole_models()))


def damaged_model(rng: random.Random) -> str:
    """Damage to the fields; the file stays protobuf."""
    model = onnx.load_from_string(rng.choice(whole_models()))
    for _ in range(rng.choice((1, 1, 2, 4))):
        damage(rng, model)
    return load(model.SerializeToString())


def damaged_card(rng: random.Random) -> str:
    """Damage to the bytes of the card, which need not stay text."""
    card = mutated(rng, [shipped_card().encode(), b'{"charset": ' * 3000, b"[" * 50_000])
    entry = b"\x0a" + sized(METADATA_KEY.encode()) + b"\x12" + sized(card)
    return load(small_model(card=None).SerializeToString() + b"\x72" + sized(entry))


def sized(content: bytes) -> bytes:
    """The content after its length, as protobuf writes it."""
    length, size = len(content), bytearray()
    while length >= 0x80:
        size.append(length & 0x7F | 0x80)
        length >>= 7
    return bytes((*size, length)) + content


def test_whole_models_are_read() -> None:
    for content in whole_models():
        assert load(content) == "read"


def test_mutated_models(fuzz: Fuzz) -> None:
    assert set(fuzz(mutated_model, 300)) == {"read", "ModelError"}


def test_damaged_models(fuzz: Fuzz) -> None:
    assert set(fuzz(damaged_model, 300)) == {"read", "ModelError"}


def test_damaged_cards(fuzz: Fuzz) -> None:
    assert set(fuzz(damaged_card, 300)) == {"read", "ModelError"}
