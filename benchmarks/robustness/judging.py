"""Draw the groups in faces that no model was fitted on, have them read, and keep what came."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.robustness import by_skia
from benchmarks.robustness.by_canvas import NAME as CANVAS
from benchmarks.robustness.by_canvas import Canvas
from benchmarks.robustness.groups import GROUPS, Group
from benchmarks.robustness.scenes import Scene, draw_lots
from capslice import Reader
from capslice.training.pictures.fonts import Face

RENDERERS = (by_skia.NAME, CANVAS)
AT_ONCE = 200


@dataclass(frozen=True)
class Drawn:
    """A picture, uint8 (80, 310), what it shows, and how it came about."""

    picture: NDArray[np.uint8]
    scene: Scene
    group: Group
    renderer: str

    def png(self) -> bytes:
        """The picture as the content of a PNG file."""
        return _encoded(self.picture, "PNG")


@dataclass(frozen=True)
class Outcome:
    """What a model made of a picture. `confidence` is in [0, 1]."""

    face: Face
    group: Group
    renderer: str
    right: bool
    confidence: float


def parts_of(faces: Sequence[Face]) -> list[tuple[Group, str]]:
    """Each group for which there is a face, with each renderer."""
    groups = [group for group in GROUPS if any(map(group.holds, faces))]
    return [(group, renderer) for group in groups for renderer in RENDERERS]


def draw_part(
    part: tuple[Group, str],
    faces: Sequence[Face],
    total: int,
    charset: str,
    canvas: Canvas,
    seed: int,
) -> list[Drawn]:
    """A group's pictures by one renderer: its share of `total`.

    Its lots are its own, so that fewer pictures are the first of more.
    """
    group, renderer = part
    rng = np.random.default_rng((seed, GROUPS.index(group), RENDERERS.index(renderer)))
    suitable = [face for face in faces if group.holds(face)]
    shares = sum(group.share for group, _ in parts_of(faces))
    scenes = [
        draw_lots(suitable[rng.integers(len(suitable))], group.size, group.pepper, charset, rng)
        for _ in range(round(total * group.share / shares))
    ]
    pictures = canvas.draw(scenes) if renderer == CANVAS else [*map(by_skia.draw, scenes)]
    if group.jpeg:
        pictures = [_compressed(picture, group.jpeg) for picture in pictures]
    return [
        Drawn(picture, scene, group, renderer)
        for picture, scene in zip(pictures, scenes, strict=True)
    ]


def judge(reader: Reader, pictures: Sequence[Drawn]) -> Iterator[Outcome]:
    """Have pictures read, some at a time."""
    for first in range(0, len(pictures), AT_ONCE):
        batch = pictures[first : first + AT_ONCE]
        readings = reader.read_many(np.stack([each.picture for each in batch]))
        for each, reading in zip(batch, readings, strict=True):
            right = reading.text == each.scene.text
            yield Outcome(each.scene.face, each.group, each.renderer, right, reading.confidence)


def _compressed(picture: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(_encoded(picture, "JPEG", quality=quality))))


def _encoded(picture: NDArray[np.uint8], kind: str, **options: int) -> bytes:
    content = io.BytesIO()
    Image.fromarray(picture).save(content, kind, **options)
    return content.getvalue()
