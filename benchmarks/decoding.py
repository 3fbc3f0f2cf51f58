"""How long decoding one CTC output takes, with and without what is known of the answer.

    OMP_NUM_THREADS=1 python -m benchmarks.decoding

The outputs have 48 columns and 70 characters. In `sure` ones five characters stand out, in `torn`
ones two characters are about equally likely at three places, and in `noise` nothing stands out.
"""

from __future__ import annotations

import string
from collections.abc import Iterator
from time import perf_counter

import click
import numpy as np
from numpy.typing import NDArray

from capslice.models.decoding import Decoder, Known

COLUMNS, COUNT = 48, 200
CHARSET = f"{string.digits}{string.ascii_letters}+-*=?@#&"
KNOWN = {
    "nothing known": Known(),
    "length 4 to 6 of these 30": Known(4, 6, CHARSET[10:40]),
    "the same, case folded": Known(4, 6, CHARSET[10:40], "fold"),
}


def outputs(kind: str) -> NDArray[np.float32]:
    """float32 (200, columns, characters + 1): softmax of noise, with characters that stand out."""
    rng = np.random.default_rng(1)
    logits = rng.normal(0, 1, (COUNT, COLUMNS, len(CHARSET) + 1))
    if kind != "noise":
        logits[..., -1] += 12
        for place in range(5):
            at = 4 + 9 * place
            for output in logits:
                first, second = rng.choice(np.arange(10, 40), 2, replace=False)
                output[at : at + 2, first] += 24
                if kind == "torn" and place < 3:
                    output[at : at + 2, second] += 24
    exps = np.exp(logits - logits.max(-1, keepdims=True))
    return (exps / exps.sum(-1, keepdims=True)).astype(np.float32)


def milliseconds(decoder: Decoder, given: NDArray[np.float32]) -> Iterator[float]:
    """The time that each output takes by itself."""
    for each in given:
        start = perf_counter()
        decoder.decode(each[np.newaxis])
        yield 1000 * (perf_counter() - start)


def main() -> None:
    """Print the median, and the tenths of the outputs that take the least and the most time."""
    for kind in ("sure", "torn", "noise"):
        given = outputs(kind)
        for name, known in KNOWN.items():
            decoder = Decoder(CHARSET, 1, 12, ctc=True, known=known)
            decoder.decode(given[:5])
            low, median, high = np.quantile([*milliseconds(decoder, given)], (0.1, 0.5, 0.9))
            click.echo(f"{kind}, {name}: {median:.2f} ms ({low:.2f} to {high:.2f})")


if __name__ == "__main__":
    main()
