"""The captcha `original`: the right mixture of styles, visible digits and known middles."""

from __future__ import annotations

import numpy as np
import pytest

from capslice.training.pictures import CAPTCHAS, EllipseCaptcha, OriginalCaptcha, draw_set
from capslice.training.pictures.article.layout import TILE_MIDDLE
from capslice.training.pictures.fonts import HELD_OUT, find_faces
from capslice.training.pictures.securityimage.original import Member, members
from capslice.training.pictures.securityimage.styles import STYLES


def test_it_is_reproducible_and_knows_its_middles() -> None:
    captcha = OriginalCaptcha()
    assert CAPTCHAS["original"] is OriginalCaptcha
    first, again, other = (draw_set(captcha, 40, np.random.default_rng(n)) for n in (1, 1, 2))
    assert (first.pictures == again.pictures).all()
    assert (first.codes == again.codes).all()
    assert (first.pictures != other.pictures).any()
    assert first.middles is not None
    assert np.array_equal(first.middles, again.middles)
    # Each digit is right of the one before, with rare exceptions where the pitch is small.
    assert (np.diff(first.middles) > 0).mean() > 0.99
    assert 0 < first.middles.min() < first.middles.max() < captcha.size[0]


def test_members_occur_in_proportion_to_their_shares(rng: np.random.Generator) -> None:
    one, other = (Known(codes) for codes in ("0123456789", "9876543210"))
    captcha = OriginalCaptcha(members=(Member(one, 3), Member(other, 1)))
    codes = captcha.random_codes(4000, rng)
    _, middles = captcha.draw_with_middles(codes, rng)
    of_other = middles[:, 0] != codes[:, 0]
    assert (middles[of_other] == 9 - codes[of_other]).all()
    assert 900 < of_other.sum() < 1100


class Known(EllipseCaptcha):
    """Returns the digits themselves as middles, to show which member drew a picture."""

    def __init__(self, charset: str) -> None:
        super().__init__(charset)

    def draw_with_middles(self, codes, rng):  # type: ignore[no-untyped-def]
        digits = np.array([int(character) for character in self.charset])
        return super().draw_with_middles(codes, rng)[0], digits[codes].astype(float)


def test_members_cover_all_styles() -> None:
    assert {getattr(captcha, "style", None) for captcha, _ in members()} == set(STYLES)
    assert sum(share for _, share in members()) == pytest.approx(1)
    assert {captcha.charset for captcha, _ in members()} == {"0123456789"}


def test_digits_are_visible_in_all_styles(rng: np.random.Generator) -> None:
    for captcha, _ in members():
        data = draw_set(captcha, 8, rng)
        assert data.middles is not None
        assert (data.pictures.std((1, 2)) > 20).all()
        other = captcha.draw_many(np.roll(data.codes, 1, axis=1), np.random.default_rng(1))
        same = captcha.draw_many(data.codes, np.random.default_rng(1))
        assert (same != other).any((1, 2)).all()


def test_no_member_fits_on_held_out_families() -> None:
    held_out = {face.family for face in find_faces(HELD_OUT)}
    assert not set(OriginalCaptcha().fonts) & held_out
    assert set(OriginalCaptcha().held_out().fonts) == held_out


def test_the_articles_captcha_with_ten_digits(rng: np.random.Generator) -> None:
    captcha = EllipseCaptcha("0123456789")
    codes = captcha.random_codes(20, rng)
    six = EllipseCaptcha()
    scatter = captcha.scatter(20, rng)
    pictures = captcha.render(codes, scatter)
    shown = [[captcha.charset[code] in six.charset for code in row] for row in codes]
    alike = np.array([[six.charset.find(captcha.charset[code]) for code in row] for row in codes])
    of_six = six.render(alike, scatter)
    for column, same in zip(captcha.columns, np.array(shown).T, strict=True):
        tiles = slice(column, column + 2 * TILE_MIDDLE)
        equal = (pictures[:, :, tiles] == of_six[:, :, tiles]).all((1, 2))
        assert (equal == same).all()
