"""Streams draw in other processes what this process would draw, in order, from any start."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
from contextlib import closing
from itertools import islice

import numpy as np

from capslice.training.pictures import EllipseCaptcha, Stream


def test_a_stream_depends_only_on_its_seed(captcha: EllipseCaptcha) -> None:
    stream = Stream(captcha, seed=5, epoch=40)
    with closing(stream.batches(7, start=3)) as batches:
        for index, batch in enumerate(islice(batches, 20), start=3):
            here = Stream(captcha, seed=5, epoch=40).batch(7, index)
            assert np.array_equal(batch.pictures, here.pictures)
            assert np.array_equal(batch.codes, here.codes)
    assert stream.taken == 20


def test_late_batches_bring_more_workers(captcha: EllipseCaptcha) -> None:
    """Who takes each batch at once is always ahead of those who draw it."""
    stream = Stream(captcha, seed=5, epoch=40, workers=2)
    with closing(stream.batches(64)) as batches:
        drawn = list(islice(batches, 80))
        assert len(multiprocessing.active_children()) == 2
    assert not multiprocessing.active_children()
    assert stream.late > 0
    for index, batch in enumerate(drawn):
        assert np.array_equal(batch.pictures, stream.batch(64, index).pictures)


def test_other_seeds_and_other_batches_differ(captcha: EllipseCaptcha) -> None:
    drawn = [Stream(captcha, seed, 7).batch(7, index) for seed in (1, 2) for index in (0, 1)]
    assert len({data.pictures.tobytes() for data in drawn}) == 4


def test_a_batch_equals_pictures_drawn_one_by_one(captcha: EllipseCaptcha) -> None:
    batch = Stream(captcha, seed=5, epoch=40).batch(1, 0)
    rng = np.random.default_rng((5, 0))
    text = captcha.random_text(rng)
    assert [captcha.charset.index(character) for character in text] == batch.codes[0].tolist()
    assert np.array_equal(captcha.draw(text, rng), batch.pictures[0])


def test_workers_end_when_their_parent_is_killed() -> None:
    parent = (
        "from capslice.training.pictures import EllipseCaptcha, Stream\n"
        "if __name__ == '__main__':\n"
        "    batches = Stream(EllipseCaptcha(), 1, 96).batches(32)\n"
        "    print(len(next(batches).codes), flush=True)\n"
        "    input()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", parent], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == b"32\n"
        run.kill()
        # A worker that is left would hold the pipe open, and there would be no end of file.
        rest, _ = run.communicate(timeout=60)
    assert rest == b""
