"""What a round of learning does, with the values that did best (docs/learning.md)."""

from __future__ import annotations

from typing import NamedTuple

GENERAL = "general"  # the shipped reader

BATCH, LEARNING_RATE = 48, 1e-3
# How often a fit shows a label at most, within these steps. More of it learns the labels by heart.
# Labels made by hand, of a captcha that the start does not read yet, need more.
PASSES, FEWEST_STEPS, FEWEST_STEPS_IF_NEW, MOST_STEPS = 20, 60, 200, 600
# A 0 that is read as an O is never accepted, so accepted answers alone do not tell the two apart.
REJECTED_SHARE = 0.25  # of a step's pictures
FEWEST = 10  # labels to fit to
HELD_OUT_SHARE, MOST_HELD_OUT = 0.1, 64  # the latest labels, which only validate


class Settings(NamedTuple):
    """What a round does.

    start:          folder of the round or fit whose weights it starts from, or `general`.
    steps:          of the fit, of 48 pictures each; None for as many as suit the number of labels.
    rejected_share: share of a step's pictures that show rejected texts.
    general_share:  share of a step's pictures that are drawn as for `general`.
    ignore_case:    whether the site ignores case, so that labels say nothing of it.
    """

    start: str = GENERAL
    steps: int | None = None
    rejected_share: float = REJECTED_SHARE
    general_share: float = 0.0
    ignore_case: bool = False
    seed: int = 1

    def steps_for(self, labels: int, *, new: bool) -> int:
        """The steps of a fit to so many labels; `new` if the start reads less than half of them."""
        fewest = FEWEST_STEPS_IF_NEW if new else FEWEST_STEPS
        return self.steps or min(max(round(PASSES * labels / BATCH), fewest), MOST_STEPS)
