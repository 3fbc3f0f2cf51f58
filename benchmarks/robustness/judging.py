"""Draws the groups of pictures, lets a model read them, and records the outcomes."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.robustness import canvas_renderer, skia_renderer
from benchmarks.robustness.canvas_renderer import Canvas
from benchmarks.robustness.groups import GROUPS, Group
from benchmarks.robustness.scenes import Scene, random_scene
from capslice import Reader
from capslice.training.pictures.fonts import Face

RENDERERS = (skia_renderer.NAME, canvas_renderer.NAME)
AT_ONCE = 200


@dataclass(frozen=True)
class Sample:
    """A picture, uint8 (80, 310), with its scene, its group and its renderer."""

    picture: NDArray[np.uint8]
    scene: Scene
    group: Group
    renderer: str

    def png(self) -> bytes:
        """The picture as the content of a PNG file."""
        return _encode(self.picture, "PNG")


@dataclass(frozen=True)
class Outcome:
    """Whether a model read a picture right, and its confidence from 0 to 1."""

    face: Face
    group: Group
    renderer: str
    right: bool
    confidence: float


def parts_of(faces: Sequence[Face]) -> list[tuple[Group, str]]:
    """Combine each group that has a face with each renderer."""
    groups = [group for group in GROUPS if any(map(group.includes, faces))]
    return [(group, renderer) for group in groups for renderer in RENDERERS]


def draw_part(
    part: tuple[Group, str],
    faces: Sequence[Face],
    total: int,
    charset: str,
    canvas: Canvas,
    seed: int,
) -> list[Sample]:
    """Draw a group with a renderer: its share of `total` pictures.

    Each part has its own random numbers, so a smaller `total` gives the first of the same pictures.
    """
    group, renderer = part
    rng = np.random.default_rng((seed, GROUPS.index(group), RENDERERS.index(renderer)))
    suitable = [face for face in faces if group.includes(face)]
    shares = sum(group.share for group, _ in parts_of(faces))
    scenes = [
        random_scene(suitable[rng.integers(len(suitable))], group.size, group.pepper, charset, rng)
        for _ in range(round(total * group.share / shares))
    ]
    if renderer == canvas_renderer.NAME:
        pictures = canvas.draw(scenes)
    else:
        pictures = [*map(skia_renderer.draw, scenes)]
    if group.jpeg:
        pictures = [_compress(picture, group.jpeg) for picture in pictures]
    return [
        Sample(picture, scene, group, renderer)
        for picture, scene in zip(pictures, scenes, strict=True)
    ]


def judge(reader: Reader, samples: Sequence[Sample]) -> Iterator[Outcome]:
    """Let a model read samples, `AT_ONCE` at a time."""
    for first in range(0, len(samples), AT_ONCE):
        batch = samples[first : first + AT_ONCE]
        readings = reader.read_many(np.stack([each.picture for each in batch]))
        for each, reading in zip(batch, readings, strict=True):
            right = reading.text == each.scene.text
            yield Outcome(each.scene.face, each.group, each.renderer, right, reading.confidence)


def _compress(picture: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(_encode(picture, "JPEG", quality=quality))))


def _encode(picture: NDArray[np.uint8], format_: str, **options: int) -> bytes:
    content = io.BytesIO()
    Image.fromarray(picture).save(content, format_, **options)
    return content.getvalue()
