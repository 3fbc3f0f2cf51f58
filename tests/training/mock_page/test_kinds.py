"""What the mock page can ask for: texts of any length, sums, and moving pictures."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from capslice.errors import DrawingError
from capslice.models.labels import labels_of
from capslice.models.sums import value
from capslice.training.mock_page import (
    CaptchaStore,
    MockPage,
    Switches,
    Variant,
    Verdict,
    create_app,
)
from capslice.training.mock_page.moving import FRAMES, moving
from capslice.training.pictures import EllipseCaptcha, LettersCaptcha, SumCaptcha
from capslice.training.pictures.folder import ShownFolder
from tests.training.mock_page.visitor import Visitor


def form_of(store: CaptchaStore, variant: Variant) -> str:
    return create_app(store, variant).test_client().get("/").text


def test_the_form_says_how_long_a_text_can_be() -> None:
    html = form_of(CaptchaStore(LettersCaptcha()), Variant(field="maxlength"))
    assert "The 4 to 6 characters in the picture" in html
    assert "4 to 6 characters to copy" in html
    assert 'maxlength="6"' in html
    assert form_of(CaptchaStore(LettersCaptcha()), Variant(field="boxes")).count("<input") == 6


def test_the_answer_to_a_sum_is_its_value() -> None:
    with MockPage(SumCaptcha(), Switches(sum=True), seed=1) as page:
        visitor = Visitor(page)
        answers = set()
        for _ in range(20):
            answers.add(page.answer_of(visitor.open_form()))
            assert visitor.solve()[0] == "/welcome"
    assert all(re.fullmatch("[0-9]+", answer) for answer in answers)
    assert len(answers) > 5


def test_the_form_asks_for_the_answer_to_a_sum() -> None:
    html = form_of(CaptchaStore(SumCaptcha(), Switches(sum=True)), Variant())
    assert "solve the sum below" in html
    assert "The answer to the sum" in html
    assert 'inputmode="numeric"' in html


def test_sums_need_a_captcha_that_shows_them() -> None:
    with pytest.raises(DrawingError, match=r"'ellipses' shows '\d{6}', which is no sum"):
        CaptchaStore(EllipseCaptcha(), Switches(sum=True))


def test_a_captcha_never_shows_its_missing_character() -> None:
    switches = Switches(sum=True, weaknesses=frozenset({"missing_digit"}))
    shown: list[str] = []

    class Watched(SumCaptcha):
        def draw(self, text: str, rng: np.random.Generator) -> Image.Image:
            shown.append(text)
            return super().draw(text, rng)

    store = CaptchaStore(Watched(), switches, seed=1)
    answers = [store.answer_of(store.issue()) for _ in range(50)]
    assert answers == [str(value(text)) for text in shown]
    assert "9" not in "".join(shown)


def test_a_page_can_ignore_case() -> None:
    for ignore, verdict in ((True, Verdict.RIGHT), (False, Verdict.WRONG)):
        store = CaptchaStore(LettersCaptcha(charset="ABC"), Switches(ignore_case=ignore), seed=1)
        captcha_id = store.issue()
        answer = store.answer_of(captcha_id)
        assert store.judge(captcha_id, answer.lower()) is verdict


def test_pictures_of_a_folder_are_served(tmp_path: Path) -> None:
    Image.new("RGB", (60, 30), "red").save(tmp_path / "ab-1.png")
    Image.new("P", (60, 30)).save(tmp_path / "cd.gif")
    with MockPage(ShownFolder(labels_of(tmp_path)), seed=1) as page:
        visitor = Visitor(page)
        shown = set()
        for _ in range(20):
            captcha_id = visitor.open_form()
            with Image.open(io.BytesIO(visitor.picture(captcha_id)[3])) as image:
                shown.add((page.answer_of(captcha_id), image.getpixel((0, 0))))
            assert visitor.solve()[0] == "/welcome"
    assert shown == {("ab", (255, 0, 0)), ("cd", (0, 0, 0))}


def frames_of(gif: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(gif)) as image:
        assert image.format == "GIF"
        return np.stack([np.asarray(frame.convert("L")) for frame in ImageSequence.Iterator(image)])


def test_a_moving_picture_is_served_whole() -> None:
    with MockPage(LettersCaptcha(), Switches(gif=True), seed=1) as page:
        visitor = Visitor(page)
        address = re.search(r'src="(/captcha/[0-9a-f]{32}\.gif)"', visitor.request()[3].decode())
        assert address
        status, _, headers, gif = visitor.request(address[1])
    assert (status, headers["Content-Type"]) == (200, "image/gif")
    assert frames_of(gif).shape == (FRAMES, 60, 160)


def test_a_moving_picture_can_be_a_part_of_the_page() -> None:
    html = form_of(CaptchaStore(LettersCaptcha(), Switches(gif=True)), Variant(picture="data"))
    assert 'src="data:image/gif;base64,' in html


def test_every_frame_lacks_something_that_most_frames_show(rng: np.random.Generator) -> None:
    picture = np.full((60, 160), 200, np.uint8)
    picture[20:40] = 100
    frames = frames_of(moving(picture, rng))
    as_it_is = (abs(frames[:, 20:40].astype(int) - picture[20:40]) <= 2).mean(axis=1)
    for frame in as_it_is:
        assert (frame == 0).mean() > 0.1  # the bar
        assert (frame < 0.6).mean() > 0.2  # the bar and the faint strips
    assert (as_it_is > 0.7).mean(axis=0).min() > 0.5
