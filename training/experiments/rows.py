"""What is measured: one row an experiment, as data.

The rows of the article come first, in its order: its first slice, its 1,000
pictures to learn from and 500 to validate on. It does not name its optimizer, so
Keras' RMSprop of the book that it follows is used, as it is. The other rows answer
what the article left open. How a row is run, and what comes of it, is not here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from capslice.training.fitting.recipe import Recipe
from capslice.training.networks.slices import SEED, SMALL, NetworkShape, multiply_adds
from capslice.training.pictures import Captcha

Group = Literal["article", "slices", "sharing", "pictures", "size", "default"]

THREE_SEEDS = (1, 2, 3)


class Row(BaseModel):
    """One experiment: a recipe, fitted once with each seed, and judged on fresh pictures.

    It learns from `pictures` captchas again and again, or, where `streamed`, from
    fresh ones, of which each epoch has that many.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    group: Group
    recipe: Recipe
    pictures: int = 1000
    streamed: bool = False
    validation: int = 500
    tests: int = 5000
    seeds: tuple[int, ...] = THREE_SEEDS

    def miniature(self) -> Row:
        """The same row in seconds, to see that it runs; its figures mean nothing."""
        return self.model_copy(
            update={
                "recipe": self.recipe.model_copy(update={"epochs": 2}),
                "pictures": min(self.pictures, 64),
                "validation": 32,
                "tests": 64,
                "seeds": self.seeds[:1],
            }
        )

    def parameters(self, captcha: Captcha) -> int:
        """How many parameters its networks have together. Raises NetworkError."""
        return int(self.recipe.build(captcha).count_params())

    def multiply_adds(self, captcha: Captcha) -> int:
        """How many multiplications and additions its networks do to read one captcha."""
        return multiply_adds(self.recipe.build(captcha))


def _article(name: str, *, epochs: int = 30, pictures: int = 1000, **shape: Any) -> Row:
    recipe = Recipe(
        slices="seed",
        positions=(0,),
        networks="each",
        shape=replace(SEED, **{"dense": 128, **shape}),
        epochs=epochs,
        batch=32,
        optimizer="rmsprop",
        schedule="constant",
        learning_rate=1e-3,
        keep="last",
    )
    return Row(name=name, group="article", recipe=recipe, pictures=pictures)


FIRST = _article("first", epochs=40, dense=512)
ARTICLE = (
    FIRST,
    _article("dense-128"),
    _article("three-blocks", blocks=3),
    _article("dropout", blocks=3, dropout=0.5),
    _article("two-blocks", blocks=2),
    _article("pooling-5", blocks=2, last_pooling=5),
    _article("100-pictures", pictures=100),
    _article("100-dropout", pictures=100, dropout=0.5),
)

# The article's own cuts leave its network too little of the fourth slice, so these are equal.
SIX = Row(
    name="six-networks",
    group="slices",
    recipe=FIRST.recipe.model_copy(update={"slices": "equal", "positions": None}),
    tests=10_000,
    seeds=(1,),
)

DEFAULT = Recipe.usual("shared")

# By number of pictures, for 1,000 steps of 32 captchas in all; but 100 pictures, of which
# that would be 320 epochs, are learned by heart before the hundredth.
SEEN = 32_000
EPOCHS = {100: 100, 300: 106, 1000: 32, 3000: 11, 10_000: 3}
SHARING = tuple(
    Row(
        name=f"{networks}-{slices}",
        group="sharing",
        recipe=DEFAULT.model_copy(
            update={"networks": networks, "slices": slices, "epochs": EPOCHS[1000]}
        ),
    )
    for networks in ("each", "shared")
    for slices in ("even", "equal")
)

PICTURES = tuple(
    Row(
        name=f"{pictures}-captchas",
        group="pictures",
        recipe=DEFAULT.model_copy(update={"epochs": epochs}),
        pictures=pictures,
        tests=10_000,
    )
    for pictures, epochs in EPOCHS.items()
)
STREAMED = Row(
    name="streamed",
    group="pictures",
    recipe=DEFAULT.model_copy(update={"epochs": 10}),
    pictures=SEEN // 10,
    streamed=True,
    tests=10_000,
)


def _small(*filters: int, dense: int) -> NetworkShape:
    return replace(SMALL, filters=filters, dense=dense)


SHAPES = {
    "double": _small(24, 32, 64, 64, dense=128),
    "half": _small(6, 8, 16, 16, dense=32),
    "quarter": _small(3, 4, 8, 8, dense=16),
    "pooled": replace(SMALL, strided=0),
    "plain": replace(SMALL, normalised=False),
}
SIZES = tuple(
    STREAMED.model_copy(
        update={
            "name": name,
            "group": "size",
            "recipe": STREAMED.recipe.model_copy(update={"shape": shape}),
        }
    )
    for name, shape in SHAPES.items()
)

READER = Row(
    name="default",
    group="default",
    recipe=DEFAULT,
    pictures=10_000,
    streamed=True,
    tests=100_000,
    seeds=(1,),
)

ROWS: dict[str, Row] = {
    row.name: row for row in (*ARTICLE, READER, SIX, *SHARING, *PICTURES, STREAMED, *SIZES)
}
