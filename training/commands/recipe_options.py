"""The options of `capslice fit` that make the recipe: network, optimizer, loss and schedule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import click

from capslice.command_line import NumberRange
from capslice.training.commands.options import PositiveIntegers

if TYPE_CHECKING:
    from capslice.training.fitting.recipe import Recipe
    from capslice.training.fitting.warm_start import WarmStart
    from capslice.training.pictures import Captcha, DataSet

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

GENERAL = "general"  # the shipped reader that a fit may start from
EPOCHS_FROM_GENERAL = 6
SHARE = NumberRange(0, 1, max_open=True)

OPTIONS = (
    click.option(
        "--slices",
        help="How to cut the picture: `equal` windows about the characters, `even` parts, `seed` "
        "(the article's cuts), or `own` of your captcha  [default: what suits the captcha].",
    ),
    click.option(
        "--networks",
        type=click.Choice(["shared", "each", "whole", "columns"]),
        help="One network for all slices, one for each slice, or one for the whole picture: "
        "`whole` for texts of one length, `columns` for texts of any length (CTC)  "
        "[default: chosen from 200 pictures].",
    ),
    click.option(
        "--blocks",
        type=click.IntRange(1),
        help="Number of convolution blocks  [default: one for each of --filters].",
    ),
    click.option(
        "--filters",
        type=PositiveIntegers(","),
        help="Filters of each block, such as 12,16,32,32  [default: by --networks].",
    ),
    click.option(
        "--strided-blocks",
        type=click.IntRange(0),
        help="Number of first blocks with a stride of 2 in place of pooling  [default: 2].",
    ),
    click.option(
        "--batch-norm/--no-batch-norm",
        default=None,
        help="Use batch normalisation behind each convolution  [default: --batch-norm].",
    ),
    click.option(
        "--dense",
        type=click.IntRange(1),
        help="Units of the hidden dense layer  [default: by --networks].",
    ),
    click.option(
        "--context-features",
        type=click.IntRange(0),
        help="Features of a column's surroundings that the attention of `whole` sees  "
        "[default: 32].",
    ),
    click.option(
        "--residual/--no-residual",
        default=None,
        help="Use residual blocks  [default: with `columns`].",
    ),
    click.option(
        "--peer-attention",
        type=click.IntRange(0),
        help="Features that each character of `whole` gets from the others by self-attention  "
        "[default: 0].",
    ),
    click.option("--dropout", type=SHARE, help="Dropout of the dense units, 0 to 1  [default: 0]."),
    click.option(
        "--epochs",
        type=click.IntRange(1),
        help="Passes through the training part  [default: 20; 6 from the general reader].",
    ),
    click.option(
        "--patience",
        type=click.IntRange(0),
        default=0,
        help="End the fit after so many epochs without a lower validation loss  "
        "[default: 0, never].",
        show_default=False,
    ),
    click.option(
        "--batch", type=click.IntRange(1), help="Captchas in a step  [default: by --networks]."
    ),
    click.option(
        "--optimizer",
        type=click.Choice(["adam", "adamw", "muon", "rmsprop"]),
        help="Optimizer  [default: by --networks].",
    ),
    click.option(
        "--learning-rate",
        type=NumberRange(0, min_open=True),
        help="Highest learning rate; it falls to 0 along a cosine  [default: by --optimizer].",
    ),
    click.option(
        "--warm-up",
        type=SHARE,
        help="Share of the steps in which the learning rate rises from 0  "
        "[default: by --networks].",
    ),
    click.option(
        "--weight-decay",
        type=NumberRange(0),
        help="Weight decay of `adamw` and `muon`  [default: by --networks].",
    ),
    click.option(
        "--label-smoothing",
        type=SHARE,
        help="Label smoothing, from 0 to 1  [default: by --networks].",
    ),
    click.option(
        "--attention-supervision",
        type=NumberRange(0),
        default=0.5,
        help="Weight of the loss that shows the attention of `whole` where the characters are, "
        "if that is known.",
    ),
    click.option(
        "--column-supervision",
        type=NumberRange(0),
        help="Weight of the cross-entropy of each column of `columns`, beside CTC  "
        "[default: 0.5; 0 if it is not known where the characters are].",
    ),
    click.option(
        "--ctc-from",
        type=SHARE,
        help="Share of the steps of `columns` after which CTC begins; before, only the columns are "
        "supervised  [default: 0.4; 0 for a warm start].",
    ),
    click.option(
        "--bfloat16/--float32",
        default=None,
        help="Fit in bfloat16, which takes about half the time on processors that have it  "
        "[default: with --networks columns, if the processor has it].",
    ),
    click.option("--seed", type=click.IntRange(0), default=1, help="Same seed, same weights."),
)


def recipe_options(command: Decorated) -> Decorated:
    """Add all options of a recipe to a command."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


# The options that are fields of the network's shape.
SHAPE = (
    *("blocks", "filters", "dense", "context_features", "residual", "peer_attention", "dropout"),
    *("strided_blocks", "batch_norm"),
)
OF_NETWORK = ("networks", "slices", *SHAPE)  # options that rule out the shipped reader's network


def make_recipe(
    captcha: Captcha,
    samples: DataSet,
    start: WarmStart | None = None,
    *,
    networks: Any,
    slices: str | None,
    **options: Any,
) -> Recipe:
    """The recipe of these options; an option that is None was not given.

    The networks of a warm start are those that it has. Else `samples` choose them. The networks
    decide the other defaults.
    """
    from capslice.training.fitting.network_choice import choose_networks
    from capslice.training.fitting.recipe import Recipe
    from capslice.training.machine import has_bfloat16

    given = {name: value for name, value in options.items() if value is not None}
    of_shape = {name: given.pop(name) for name in SHAPE if name in given}
    if "filters" in of_shape:
        of_shape.setdefault("blocks", len(of_shape["filters"]))
    if networks is None and start:
        networks = start.networks
    if networks is None:
        sliced = Recipe.usual("shared")
        networks, reason = choose_networks(
            samples,
            sliced.model_copy(update={"slices": slices}).slices_of(captcha),
            replace(sliced.shape, **of_shape),
        )
        click.echo(f"--networks {networks}: {reason}", err=True)
    usual = Recipe.usual(networks, given.get("optimizer"))
    update: dict[str, Any] = {"slices": slices}
    if networks == "columns":
        update["bfloat16"] = has_bfloat16()
        if samples.middles is None:
            update["column_supervision"] = 0.0
    if start:
        update |= {"ctc_from": 0.0, "learning_rate": usual.learning_rate / 2}
    if start and start.name == GENERAL:
        update["epochs"] = EPOCHS_FROM_GENERAL
    shape = replace(start.shape if start else usual.shape, **of_shape)
    return usual.model_copy(update={**update, "shape": shape, **given})
