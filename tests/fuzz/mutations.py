"""Random damage to files of any kind, as from disks, networks and attackers."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

MOST = 2_000_000  # bytes, at most, of a mutated file

# Numbers at which lengths, counts and signs go wrong.
EDGES = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)

Mutation = Callable[[random.Random, bytearray, Sequence[bytes]], None]


def mutated(rng: random.Random, files: Sequence[bytes]) -> bytes:
    """One of the files with one to eight changes; a change may copy a part of another file."""
    content = bytearray(rng.choice(files))
    for _ in range(rng.choice((1, 1, 1, 2, 3, 5, 8))):
        rng.choice(MUTATIONS)(rng, content, files)
    return bytes(content[:MOST])


def offset(rng: random.Random, content: bytearray) -> int:
    """A random offset; half of them prefer the beginning, where files have their headers."""
    return int(len(content) * rng.random() ** rng.choice((1, 3)))


def part(rng: random.Random, content: bytearray) -> slice:
    start = offset(rng, content)
    return slice(start, start + rng.choice((1, 2, 4, 8, 12, 33, 200, 4000)))


def flip_bits(rng: random.Random, content: bytearray, _: Sequence[bytes]) -> None:
    for _ in range(rng.choice((1, 1, 4, 20)) if content else 0):
        content[offset(rng, content)] ^= 1 << rng.randrange(8)


def insert(rng: random.Random, content: bytearray, _: Sequence[bytes]) -> None:
    at = offset(rng, content)
    content[at:at] = rng.randbytes(rng.choice((1, 2, 4, 100)))


def delete(rng: random.Random, content: bytearray, _: Sequence[bytes]) -> None:
    del content[part(rng, content)]


def truncate(rng: random.Random, content: bytearray, _: Sequence[bytes]) -> None:
    del content[rng.randrange(len(content) + 1) :]


def duplicate(rng: random.Random, content: bytearray, _: Sequence[bytes]) -> None:
    chunk = part(rng, content)
    content[chunk.start : chunk.start] = content[chunk] * rng.choice((1, 2, 50))


def swap(rng: random.Random, content: bytearray, _: Sequence[bytes]) -> None:
    one, other = part(rng, content), part(rng, content)
    content[one], content[other] = content[other], content[one]


def splice(rng: random.Random, content: bytearray, files: Sequence[bytes]) -> None:
    other = bytearray(rng.choice(files))
    content[offset(rng, content) :] = other[offset(rng, other) :]


def overwrite_number(rng: random.Random, content: bytearray, _: Sequence[bytes]) -> None:
    """Overwrite 1 to 8 bytes with an edge value, in either byte order."""
    size = rng.choice((1, 2, 4, 8))
    number = (rng.choice(EDGES) + rng.randint(-1, 1)) % 256**size
    at = offset(rng, content)
    content[at : at + size] = number.to_bytes(size, rng.choice(("little", "big")))


MUTATIONS: tuple[Mutation, ...] = (
    flip_bits,
    insert,
    delete,
    truncate,
    duplicate,
    swap,
    splice,
    overwrite_number,
    overwrite_number,
)
