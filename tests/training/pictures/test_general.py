"""General captchas: reproducible, of all lengths and options, with middles where the ink is."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capslice.training.pictures import captcha_named
from capslice.training.pictures.captcha import PAD, codes_of, texts_of
from capslice.training.pictures.fonts import find_faces
from capslice.training.pictures.general.general import GeneralCaptcha
from capslice.training.pictures.general.imitations import IMITATIONS, WORDS_LOOK
from capslice.training.pictures.general.letters import repertoire
from capslice.training.pictures.general.strokes import blend
from capslice.training.pictures.general.texts import ALPHABETS, OPERATORS
from capslice.training.pictures.general.variety import LOWER, NARROWER, Variety

EASY = replace(
    Variety(),
    imitation_share=0,
    calm_share=1,
    dark_share=0,
    several_inks_share=0,
    strokes=(("plain", 1.0),),
    gaps=(((0.4, 0.6), 1.0),),
    tilt=(((0, 0), 1.0),),
    blur_share=0,
    noise_share=0,
    palette_share=0,
)
OPTIONS = [
    (field.name, option)
    for field in fields(Variety)
    if field.name in ("grounds", "strokes", "clutter", "clutter_order", "warps")
    for option, _ in getattr(Variety(), field.name)
]


def test_it_is_one_of_the_captchas() -> None:
    assert type(captcha_named("general")) is GeneralCaptcha


def test_the_same_seed_draws_the_same_pixels() -> None:
    captcha = GeneralCaptcha()
    drawn = []
    for _ in range(2):
        rng = np.random.default_rng(5)
        codes = captcha.random_codes(40, rng)
        drawn.append((codes, *captcha.draw_with_middles(codes, rng)))
    for first, again in zip(*drawn, strict=True):
        assert np.array_equal(first, again, equal_nan=first.dtype == float)


def test_pictures_middles_and_codes_fit_together(rng: np.random.Generator) -> None:
    captcha = GeneralCaptcha()
    codes = captcha.random_codes(200, rng)
    pictures, middles = captcha.draw_with_middles(codes, rng)
    assert pictures.shape == (200, 64, 192)
    assert pictures.dtype == np.uint8
    assert middles.shape == codes.shape == (200, captcha.length)
    assert np.array_equal(np.isnan(middles), codes == PAD)
    assert (np.nan_to_num(middles) >= 0).all()
    assert (np.nan_to_num(middles) <= 192).all()
    assert (pictures.max((1, 2)) > pictures.min((1, 2)) + 10).all()


def test_middles_go_from_left_to_right(rng: np.random.Generator) -> None:
    captcha = GeneralCaptcha()
    _, middles = captcha.draw_with_middles(captcha.random_codes(200, rng), rng)
    steps = np.diff(middles, axis=1)
    assert (steps[~np.isnan(steps)] > 0).mean() > 0.995


def test_texts_have_all_lengths_and_characters(rng: np.random.Generator) -> None:
    captcha = GeneralCaptcha()
    texts = texts_of(captcha.random_codes(5000, rng), captcha.charset)
    assert {len(text) for text in texts} == set(range(captcha.shortest, captcha.length + 1))
    assert set("".join(texts)) == set(captcha.charset)
    sums = [text for text in texts if set(text) & set(OPERATORS)]
    assert 0.03 < len(sums) / len(texts) < 0.07
    others = set(texts) - set(sums)
    assert all(any(set(text) <= set(each) for each in ALPHABETS.values()) for text in others)


def test_only_texts_of_many_small_letters_have_the_look_of_two_words() -> None:
    captcha = GeneralCaptcha(variety=replace(Variety(), words_look_share=1))
    for text, alike in (("coldriver", True), ("coldRiver", False), ("river", False)):
        rng, same = (np.random.default_rng(2) for _ in range(2))
        same.random()  # which decides about the look
        picture, _ = captcha.draw_in_own_size(text, rng)
        words = IMITATIONS[WORDS_LOOK](text, captcha._evenly, same).picture
        assert np.array_equal(picture, words) == alike, text


@pytest.mark.parametrize(("field", "option"), OPTIONS)
def test_each_option_can_be_drawn(field: str, option: str, rng: np.random.Generator) -> None:
    clutter = ((1, 1.0),) if field.startswith("clutter") else ((0, 1.0),)
    variety = replace(Variety(), imitation_share=0, calm_share=0, clutter_kinds=clutter)
    captcha = GeneralCaptcha(variety=replace(variety, **{field: ((option, 1.0),)}))
    pictures = captcha.draw_many(captcha.random_codes(5, rng), rng)
    assert (pictures.max((1, 2)) > pictures.min((1, 2)) + 10).all()


def test_easy_pictures_have_less_of_everything_that_makes_them_hard() -> None:
    variety = Variety()
    assert variety.eased(1) == variety
    easy = variety.eased(0.5)
    for name in (*LOWER, *NARROWER):
        (low, high), (easy_low, easy_high) = getattr(variety, name), getattr(easy, name)
        assert low <= easy_low <= easy_high < high, name
    assert all(
        high == before / 2
        for ((_, high), _), ((_, before), _) in zip(easy.tilt, variety.tilt, strict=True)
    )
    assert variety.eased(0).shear == (0, 0)


def test_middles_point_at_the_ink(rng: np.random.Generator) -> None:
    captcha = GeneralCaptcha(variety=EASY)
    codes = codes_of(["MOWN"] * 60, captcha.charset, captcha.length)
    pictures, middles = captcha.draw_with_middles(codes, rng)
    for picture, row in zip(pictures, middles[:, :4], strict=True):
        difference = np.abs(picture - np.median(picture)).max(0)
        inked = difference > difference.max() / 3
        columns = np.flatnonzero(inked) + 0.5
        nearest = np.abs(columns[:, np.newaxis] - row).argmin(-1)
        for position, middle in enumerate(row):
            own = columns[nearest == position]
            assert abs((own[0] + own[-1]) / 2 - middle) < 6


def test_faces_without_small_letters_show_capitals_and_digits_alone() -> None:
    by_family = {face.family: face for face in find_faces()}
    for family in ("BebasNeue", "Cinzel", "PermanentMarker"):
        assert not any(character.islower() for character in repertoire(by_family[family]))
        assert repertoire(by_family[family]) >= set("ABCXYZ0123456789")
    for family in ("Roboto", "Orbitron", "DejaVuSans"):
        assert repertoire(by_family[family]) == set(GeneralCaptcha.charset)


def test_the_kept_families_are_never_drawn() -> None:
    kept = ("Liberation", "Nimbus", "URW", "OpenSans", "Lato", "Cantarell", "Carlito", "Inter")
    assert not [name for name in GeneralCaptcha().fonts if name.startswith(kept)]


@given(st.integers(-40, 60), st.integers(-40, 60))
def test_a_letter_is_cut_at_the_edges(x: int, y: int) -> None:
    mask = np.full((9, 14), 255, np.uint8)
    picture, wide = np.zeros((20, 30), np.uint8), np.zeros((220, 230), np.uint8)
    blend(picture, mask, (x, y), 200)
    # An even number of pixels more, so that halves are rounded the same way.
    blend(wide, mask, (x + 100, y + 100), 200)
    assert (picture == wide[100:120, 100:130]).all()
