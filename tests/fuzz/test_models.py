"""Damaged models are refused with ModelError, or keep the contract."""

from __future__ import annotations

import json
import random
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import onnx

from capslice import Reader
from capslice.models.card import METADATA_KEY, SHIPPED
from tests.fuzz.conftest import Fuzz
from tests.fuzz.models import (
    CTC_CHARSET,
    ctc_card,
    ctc_model,
    damage,
    shipped_card,
    small_model,
)
from tests.fuzz.mutations import mutated


@cache
def whole_models() -> tuple[bytes, ...]:
    small = small_model(card=shipped_card()).SerializeToString()
    return (small, small, ctc_model().SerializeToString(), SHIPPED.read_bytes())


def load(content: bytes) -> str:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "fuzz.onnx"
        file.write_bytes(content)
        reader = Reader(file)
    pictures = np.random.default_rng(1).integers(
        0, 256, (3, reader.card.height, reader.card.width), np.uint8
    )
    for reading in reader.read_many(pictures):
        assert reader.decoder.can_give(reading.text)
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
    card, model = rng.choice(
        [(shipped_card(), small_model(card=None)), (ctc_card(), without_card(ctc_model()))]
    )
    content = mutated(rng, [card.encode(), b'{"charset": ' * 3000, b"[" * 50_000])
    entry = b"\x0a" + sized(METADATA_KEY.encode()) + b"\x12" + sized(content)
    return load(model.SerializeToString() + b"\x72" + sized(entry))


def odd_card(rng: random.Random) -> str:
    """A card of a CTC model with other values in the fields that its decoder uses."""
    fields: dict[str, list[object]] = {
        **{"length": [0, 1, 5, 6, 7, 12, 13, 100, "5"], "shortest": [None, 0, 1, 5, 6, 13, -1]},
        **{"columns": [None, 0, 11, 12, 13, 256, 257], "decoding": ["positions", "ctc", "", None]},
        **{"characters": [None, "", "a", "aa", "ab", "xyz", "abAB01", "\n"]},
        **{"charset": [CTC_CHARSET, "ab", "abAB0", "abAB012", "a" * 6]},
    }
    card = json.loads(ctc_card())
    for name in rng.sample(sorted(fields), rng.choice((1, 1, 2, 3))):
        card[name] = rng.choice(fields[name])
    return load(ctc_model(json.dumps(card)).SerializeToString())


def without_card(model: onnx.ModelProto) -> onnx.ModelProto:
    del model.metadata_props[:]
    return model


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


def test_odd_cards(fuzz: Fuzz) -> None:
    assert set(fuzz(odd_card, 500)) == {"read", "ModelError"}
