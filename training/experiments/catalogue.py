"""Defines every experiment as data.

The experiments of the article come first, in its order. They use its first slice, 1,000 pictures
to learn from and 500 to validate on. The article does not name its optimizer, so they use RMSprop
with the defaults of Keras, as the book that the article follows does. The other experiments answer
what the article left open.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from capslice.training.fitting.recipe import Recipe
from capslice.training.networks.reader import multiply_adds
from capslice.training.networks.shape import SEED, SMALL, NetworkShape
from capslice.training.pictures import Captcha

Group = Literal["article", "slices", "sharing", "pictures", "size", "default"]

THREE_SEEDS = (1, 2, 3)


class Experiment(BaseModel):
    """A recipe that is fitted once per seed and tested on fresh pictures.

    pictures: how many captchas an epoch has.
    streamed: whether each epoch draws fresh captchas; if not, all epochs use the same ones.
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

    def miniature(self) -> Experiment:
        """A copy that runs in seconds, to check that it works; its figures mean nothing."""
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
        """Count the parameters of all its networks together. Raises NetworkError."""
        return int(self.recipe.build(captcha).count_params())

    def multiply_adds(self, captcha: Captcha) -> int:
        """Count the multiply-adds that its networks need to read one captcha."""
        return multiply_adds(self.recipe.build(captcha))


def _article(name: str, *, epochs: int = 30, pictures: int = 1000, **shape: Any) -> Experiment:
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
    return Experiment(name=name, group="article", recipe=recipe, pictures=pictures)


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

# The article's fourth slice is too narrow for its network, so these slices are of equal width.
SIX_NETWORKS = Experiment(
    name="six-networks",
    group="slices",
    recipe=FIRST.recipe.model_copy(update={"slices": "equal", "positions": None}),
    tests=10_000,
    seeds=(1,),
)

DEFAULT_RECIPE = Recipe.usual("shared")

# Epochs by number of pictures. Each fit takes 1,000 steps of 32 captchas, except with 100 pictures:
# 1,000 steps would be 320 epochs, and the network has memorised them before the hundredth.
CAPTCHAS_SEEN = 32_000
EPOCHS = {100: 100, 300: 106, 1000: 32, 3000: 11, 10_000: 3}
SHARING = tuple(
    Experiment(
        name=f"{networks}-{slices}",
        group="sharing",
        recipe=DEFAULT_RECIPE.model_copy(
            update={"networks": networks, "slices": slices, "epochs": EPOCHS[1000]}
        ),
    )
    for networks in ("each", "shared")
    for slices in ("even", "equal")
)

PICTURES = tuple(
    Experiment(
        name=f"{pictures}-captchas",
        group="pictures",
        recipe=DEFAULT_RECIPE.model_copy(update={"epochs": epochs}),
        pictures=pictures,
        tests=10_000,
    )
    for pictures, epochs in EPOCHS.items()
)
STREAMED = Experiment(
    name="streamed",
    group="pictures",
    recipe=DEFAULT_RECIPE.model_copy(update={"epochs": 10}),
    pictures=CAPTCHAS_SEEN // 10,
    streamed=True,
    tests=10_000,
)


def _small(*filters: int, dense: int) -> NetworkShape:
    return replace(SMALL, filters=filters, dense=dense)


SHAPES = {
    "double": _small(24, 32, 64, 64, dense=128),
    "half": _small(6, 8, 16, 16, dense=32),
    "quarter": _small(3, 4, 8, 8, dense=16),
    "pooled": replace(SMALL, strided_blocks=0),
    "plain": replace(SMALL, batch_norm=False),
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

DEFAULT = Experiment(
    name="default",
    group="default",
    recipe=DEFAULT_RECIPE,
    pictures=10_000,
    streamed=True,
    tests=100_000,
    seeds=(1,),
)

EXPERIMENTS: dict[str, Experiment] = {
    experiment.name: experiment
    for experiment in (*ARTICLE, DEFAULT, SIX_NETWORKS, *SHARING, *PICTURES, STREAMED, *SIZES)
}
