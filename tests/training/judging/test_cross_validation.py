"""From labelled pictures to what can be said of them: folds, a learning curve, the worst."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from capslice.errors import DataSetError, FitError, NetworkError
from capslice.models.intervals import Rate
from capslice.training.exporting.calibration import last_layers
from capslice.training.fitting.data_sources import Source, drawn
from capslice.training.fitting.fit import fit
from capslice.training.fitting.fit_result import Fit, load_reader
from capslice.training.fitting.network_choice import recommend
from capslice.training.fitting.recipe import Parts, Recipe
from capslice.training.fitting.warm_start import begun_with
from capslice.training.judging.learning_curve import Point, needed
from capslice.training.judging.misread_sheet import Judged, write_worst
from capslice.training.networks.slices import SMALL, NetworkShape, is_large_enough, slice_network
from capslice.training.pictures import (
    DataSet,
    EllipseCaptcha,
    FolderCaptcha,
    FolderDescription,
    Pool,
    SecurityImageCaptcha,
    Stream,
    draw_set,
)
from tests.commands import error_of, run

SHAPE = NetworkShape(filters=(4, 4, 4, 4, 8), blocks=5, dense=8)
RECIPE = Recipe(networks="whole", shape=SHAPE, epochs=1, batch=8)
CAPTCHA = FolderCaptcha(FolderDescription(size=(40, 20), charset="abc", length=2))


def pictures(count: int, charset: str = "abc") -> DataSet:
    rng = np.random.default_rng(1)
    return DataSet(
        rng.integers(256, size=(count, 20, 40)).astype(np.uint8),
        rng.integers(len(charset), size=(count, 2)),
        charset,
    )


def keys(data: DataSet) -> set[bytes]:
    return {picture.tobytes() for picture in data.pictures}


def test_folds_leak_nothing_and_judge_by_all() -> None:
    data = pictures(40)
    source = Source(CAPTCHA, data, count=16, vary=True)
    judged: set[bytes] = set()
    for parts in source.folds(1, 4):
        learned = parts.learned_from()
        assert isinstance(parts.training, Stream)
        assert isinstance(parts.test, DataSet)
        assert learned
        assert keys(learned) | keys(parts.validation) | keys(parts.test) == keys(data)
        assert len(learned) + len(parts.validation) + len(parts.test) == 40
        judged |= keys(parts.test)
    assert judged == keys(data)
    with pytest.raises(DataSetError, match="give --data"):
        next(Source(CAPTCHA, None, count=16).folds(1, 4))


def test_a_part_of_what_there_is_to_learn_from() -> None:
    data = pictures(40)
    for vary in (False, True):
        parts = Source(CAPTCHA, data, count=16, vary=vary).parts(1)
        whole, half = parts.learned_from(), parts.fewer(0.5).learned_from()
        assert whole
        assert half
        assert (len(whole), len(half)) == (32, 16)
        assert keys(half) < keys(whole)
        assert type(parts.fewer(0.5).training) is type(parts.training)
    parts = Source(EllipseCaptcha(), None, count=30).parts(1)
    assert parts.learned_from() is None
    with pytest.raises(DataSetError, match="give --data"):
        parts.fewer(0.5)


def test_a_pool_is_drawn_once() -> None:
    captcha = SecurityImageCaptcha()
    parts = Source(captcha, None, count=30, pool=70).parts(5)
    assert isinstance(parts.training, Stream)
    assert isinstance(parts.training.source, Pool)
    pool = parts.training.source.data
    again = drawn(captcha, 5, 70)
    assert len(pool) == 70
    assert np.array_equal(pool.pictures, again.pictures)
    assert pool.middles is not None
    assert (len(parts.training), len(parts.validation), len(parts.test)) == (24, 3, 3)


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [((640, 320, 160), 12_800), ((80, 40, 20), 1600), ((20, 20, 20), np.inf)],
)
def test_how_many_would_do(wrong: tuple[int, ...], expected: float) -> None:
    of = 2000
    points = [
        Point(n, Rate(of - errors, of)) for n, errors in zip((400, 800, 1600), wrong, strict=True)
    ]
    found = needed(points, 0.99)
    assert found.low <= found.pictures <= found.high
    if np.isfinite(expected):
        assert found.pictures == pytest.approx(expected, rel=0.05)
        assert found.low < expected < found.high
    if expected == np.inf:
        assert found.pictures >= 1600


def test_none_would_do() -> None:
    points = [Point(n, Rate(900, 1000)) for n in (400, 800)]
    assert str(needed(points, 0.99)) == "more pictures would not do it"


def test_slices_or_the_whole_picture(rng: np.random.Generator) -> None:
    fixed, wandering = EllipseCaptcha(), SecurityImageCaptcha()
    even = fixed.slicings["equal"]
    stays = recommend(draw_set(fixed, 200, rng), even)
    assert (stays.networks, stays.why.split(": ")[1]) == ("shared", "each keeps to its own")
    data = draw_set(wandering, 200, rng)
    assert recommend(data, even).networks == "whole"
    assert recommend(replace(data, middles=None), even).networks == "whole"
    assert recommend(data, fixed.slicings["seed"]).networks == "each"
    placed = draw_set(replace(wandering, at_columns=True), 200, rng)
    assert recommend(placed, even).networks == "shared"


def test_slices_that_are_too_small_for_a_network_are_no_choice(rng: np.random.Generator) -> None:
    stays = draw_set(EllipseCaptcha(), 200, rng)
    narrow = tuple((left, left + 32) for left, _ in EllipseCaptcha().slicings["equal"])
    assert recommend(stays, narrow) == (
        "whole",
        "a slice of 32x80 pixels is too small for 4 blocks",
    )
    assert recommend(stays, narrow, replace(SMALL, blocks=3)).networks == "shared"
    # What it is sure of, a network can be built from.
    for width in range(20, 50):
        if is_large_enough(60, width, SMALL):
            slice_network(60, width, 8, SMALL)
        else:
            with pytest.raises(NetworkError, match="or `--networks whole`"):
                slice_network(60, width, 8, SMALL)


def test_the_worst_come_first(tmp_path: Path) -> None:
    data = pictures(4)
    sure = np.full((4, 2, 3), 0.05, np.float32)
    np.put_along_axis(sure, data.codes[..., np.newaxis], 0.9, -1)
    assert write_worst([Judged(data, sure)], tmp_path / "none.png") == 0
    assert not (tmp_path / "none.png").exists()
    wrong = np.roll(sure, 1, axis=-1)
    mixed = np.where(np.arange(4)[:, np.newaxis, np.newaxis] == 2, wrong, sure)
    judged = Judged(data, mixed)
    assert judged.surprises().argmax() == 2
    assert write_worst([Judged(data, sure), judged], tmp_path / "worst.png") == 1
    with Image.open(tmp_path / "worst.png") as sheet:
        assert sheet.height < 80, "one row"


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fit to a few pictures that say nothing."""
    folder = tmp_path_factory.mktemp("fits") / "fitted"
    fit(CAPTCHA, Source(CAPTCHA, pictures(30), count=16).parts(1), RECIPE, folder)
    return folder


def weights(reader: object) -> list[NDArray[np.float32]]:
    return [np.asarray(weight) for weight in reader.weights]  # type: ignore[attr-defined]


def test_to_begin_with_an_earlier_fit(fitted: Path) -> None:
    _, earlier = load_reader(CAPTCHA, fitted)
    same = begun_with(CAPTCHA, RECIPE, fitted)
    assert all(map(np.array_equal, weights(same), weights(earlier)))
    # Another charset as large, and another height: the last layer and a kernel are new.
    other = FolderCaptcha(FolderDescription(size=(40, 30), charset="xyz", length=2))
    begun = begun_with(other, RECIPE, fitted)
    equal = [*map(np.array_equal, weights(begun), weights(earlier))]
    assert sum(equal) >= len(equal) - 4
    assert not np.array_equal(last_layers_of(begun), last_layers_of(earlier))
    for other_layers in (
        {"networks": "shared", "shape": NetworkShape(blocks=2)},
        {"shape": replace(SHAPE, residual=True)},
        {"shape": replace(SHAPE, peers=8)},
        {"shape": replace(SHAPE, dense=16)},
        {"shape": replace(SHAPE, filters=(4, 4, 4, 4, 6))},
    ):
        with pytest.raises(FitError, match="are of other layers"):
            begun_with(CAPTCHA, RECIPE.model_copy(update=other_layers), fitted)


def last_layers_of(reader: object) -> NDArray[np.float32]:
    (layer,) = last_layers(reader)
    return np.asarray(layer.kernel)


def test_a_fit_may_end_early(tmp_path: Path) -> None:
    data = pictures(24)
    recipe = RECIPE.model_copy(update={"epochs": 30, "patience": 1, "learning_rate": 0.05})
    result = fit(CAPTCHA, Parts(data, data, data), recipe, tmp_path / "fit")
    assert result.epochs == result.best_epoch + 1 < 30


def test_a_fit_says_whether_its_pictures_were_varied(fitted: Path, tmp_path: Path) -> None:
    assert not Fit.load(fitted).augmented
    parts = Source(CAPTCHA, pictures(30), count=16, vary=True).parts(1)
    assert fit(CAPTCHA, parts, RECIPE, tmp_path / "fit").augmented


@pytest.mark.slow
def test_trials_of_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    data = pictures(60)
    for number, (picture, row) in enumerate(zip(data.pictures, data.codes, strict=True)):
        text = "".join("abc"[code] for code in row)
        Image.fromarray(picture).save(folder / f"{text}-{number}.png")
    Image.fromarray(data.pictures[0][::-1]).save(folder / "ad.png")
    given = ("fit", "--captcha", "folder", "--data", folder, "--networks", "whole", "--filters",
             "4,4,4,4,8", "--dense", 8, "--epochs", 1, "--count", 32)  # fmt: skip
    error = error_of(run(*given, "--strict", cwd=tmp_path, status=2))
    assert "too rare to be learned well: 'd' 1 times" in error
    done = run(*given, "--folds", 2, "--json", cwd=tmp_path)
    told = json.loads(done.stdout)
    assert [each["tested_on"] for each in told["folds"]] == [31, 30]
    assert told["captcha_interval"][0] <= told["captcha_accuracy"] <= told["captcha_interval"][1]
    assert (tmp_path / "fitted" / "worst.png").exists()
    before = (tmp_path / "fitted" / "fold-1" / "fit.json").stat().st_mtime_ns
    run(*given, "--folds", 2, "--resume", cwd=tmp_path)
    assert (tmp_path / "fitted" / "fold-1" / "fit.json").stat().st_mtime_ns == before
    done = run(*given, "--learning-curve", "--from", "fitted/fold-1", cwd=tmp_path)
    assert "with 12, " in done.stdout
    assert "fitting to 12 of the pictures, in fitted/quarter" in done.stderr
    assert "for 99 %: " in done.stdout
    # Over all folds each point is judged by all pictures.
    given = (*given, "--folds", 2, "--learning-curve", "--out", "curve", "--json")
    told = json.loads(run(*given, cwd=tmp_path).stdout)
    assert [point["of"] for point in told["curve"]] == [61, 61, 61]
    assert [point["pictures"] for point in told["curve"]] == [6, 14, 26]
