"""The frames of a moving picture are read together."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from capslice import Reader
from capslice.agent.reading.read_files import read_files
from capslice.models.moving import MOST_FRAMES
from capslice.models.pictures import MAX_PIXELS, decode, decode_views
from capslice.training.mock_page.moving import moving
from capslice.training.pictures import EllipseCaptcha

GREYS = (0, 120, 240)  # of three frames


def animated(frames: list[Image.Image], kind: str, **options: object) -> bytes:
    content = io.BytesIO()
    given = {"save_all": True, "append_images": frames[1:], "duration": 50} | options
    frames[0].save(content, kind, **given)  # type: ignore[arg-type]
    return content.getvalue()


@pytest.mark.parametrize(
    ("kind", "options"), [("GIF", {}), ("PNG", {}), ("WEBP", {"lossless": True})]
)
def test_a_moving_picture_has_three_views(kind: str, options: dict[str, object]) -> None:
    frames = [Image.new("RGB", (30, 20), (grey,) * 3) for grey in GREYS]
    for number, frame in enumerate(frames):
        frame.paste((200,) * 3, (number * 10, 0, number * 10 + 10, 20))
    mean, dark, light = decode_views(animated(frames, kind, **options), "x")
    for column, others in ((5, (120, 240)), (15, (0, 240)), (25, (0, 120))):
        greys = (200, *others)
        assert mean[3, column] == round(sum(greys) / 3)
        assert (dark[3, column], light[3, column]) == (min(greys), max(greys))


def test_a_decoded_moving_picture_is_the_mean_of_its_frames() -> None:
    frames = [Image.new("L", (30, 20), grey) for grey in GREYS]
    assert (decode(animated(frames, "GIF"), "x") == 120).all()


def test_every_view_has_the_size_of_the_model() -> None:
    frames = [Image.new("L", (30, 20), grey) for grey in GREYS]
    assert decode_views(animated(frames, "GIF"), "x", (60, 40)).shape == (3, 40, 60)


def test_a_still_picture_has_one_view() -> None:
    for kind in ("GIF", "PNG", "WEBP", "JPEG", "BMP"):
        content = io.BytesIO()
        Image.new("L", (30, 20), 120).save(content, kind)
        assert decode_views(content.getvalue(), "x").shape == (1, 20, 30)


def test_only_so_many_frames_are_read() -> None:
    frames = [Image.new("L", (30, 20), 100 + number) for number in range(MOST_FRAMES)]
    mean, *_ = decode_views(animated([*frames, Image.new("L", (30, 20), 0)], "GIF"), "x")
    assert mean[0, 0] == round(100 + (MOST_FRAMES - 1) / 2)


def test_only_so_many_pixels_are_read() -> None:
    # Two frames have more pixels than a picture may have.
    frames = [Image.new("L", (2000, MAX_PIXELS // 2000 - 10), grey) for grey in GREYS]
    assert (decode_views(animated(frames, "GIF"), "x") == GREYS[0]).all()


@pytest.fixture
def gifs(tmp_path: Path, rng: np.random.Generator) -> dict[Path, str]:
    """Captchas of which no frame shows everything, and their texts."""
    captcha, labels = EllipseCaptcha(), {}
    for number in range(10):
        text = captcha.random_text(rng)
        file = tmp_path / f"{number}.gif"
        file.write_bytes(moving(np.asarray(captcha.draw(text, rng)), rng))
        labels[file] = text
    return labels


def test_what_no_frame_shows_is_read(reader: Reader, gifs: dict[Path, str]) -> None:
    read = [reader.read_content(file.read_bytes(), file.name).text for file in gifs]
    assert sum(text == label for text, label in zip(read, gifs.values(), strict=True)) >= 9
    for file, label in gifs.items():
        with Image.open(file) as first_frame:
            assert reader.read(np.asarray(first_frame.convert("L"))).text != label


def test_moving_and_still_files_are_read_in_order(
    reader: Reader, gifs: dict[Path, str], tmp_path: Path, rng: np.random.Generator
) -> None:
    still, broken = tmp_path / "still.png", tmp_path / "broken.gif"
    EllipseCaptcha().draw("234568", rng).save(still)
    broken.write_bytes(next(iter(gifs)).read_bytes()[:50])
    files = [still, *gifs, broken, still]
    texts: list[str | None] = []
    for batch in read_files(reader, files, at_once=5):
        readings = reader.readings(batch.probabilities)
        assert len(batch.pictures) == len(readings)
        texts += [
            readings[each].text if isinstance(each, int) else None for _, each in batch.outcomes
        ]
    alone = [reader.read_content(file.read_bytes(), file.name).text for file in gifs]
    assert texts == ["234568", *alone, None, "234568"]


def test_the_surest_view_counts(reader: Reader, rng: np.random.Generator) -> None:
    # Two characters are in all frames, the others in one of thirty, and so too pale in the mean.
    captcha = EllipseCaptcha().draw("234568", rng)
    frames = [captcha]
    for number in range(1, MOST_FRAMES):
        frames.append(captcha.copy())
        # Pillow would write equal frames as one.
        frames[-1].paste(220 + number % 2, (100, 0, *captcha.size))
    content = animated(frames, "GIF")
    assert reader.read(reader.decode(content, "x")).text != "234568"
    assert reader.read_content(content, "x").text == "234568"
