"""Decides on the next step from the answers sent and the rounds finished, and from nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from capslice.agent.learning.answers import Answer, accepted
from capslice.agent.learning.folder import Round, taken
from capslice.json_output.learning import Ending
from capslice.models.intervals import Rate

# What to do next: send answers, fit a model, or end for a reason.
Step = Literal["answer", "fit"] | Ending


@dataclass(frozen=True)
class Rhythm:
    """When to fit, and when to give up.

    sizes:  how many answers come before the first fit, the second, and so on; the last holds on.
    latest: how many answers of one model tell whether the target is reached.
    first:  after so many answers of a model, less than the share `least` accepted is too few to
            learn from.
    labels: so many new labels of a person are worth a fit of their own.
    fewest: so many labels, accepted answers included, are enough for a fit.
    """

    sizes: tuple[int, ...] = (200, 300, 500)
    latest: int = 200
    first: int = 100
    least: float = 0.03
    labels: int = 20
    fewest: int = 10

    def size(self, rounds: int) -> int:
        """How many answers come before the next fit."""
        return self.sizes[min(rounds, len(self.sizes) - 1)]


@dataclass(frozen=True)
class Goals:
    """When to end: the share of accepted answers, the most answers, and the most seconds."""

    until: float
    submissions: int
    seconds: float


@dataclass(frozen=True)
class Segment:
    """The answers between two fits, and the round whose model gave them; 0 is the first model."""

    model: int
    start: int
    answers: list[Answer]

    @property
    def rate(self) -> Rate:
        """How many of the answers were accepted."""
        return Rate(accepted(self.answers), len(self.answers))


@dataclass(frozen=True)
class Progress:
    """What the folder holds: answers, finished rounds, and labels made by a person.

    about_case: the few answers that were sent to find out whether the site minds case.
    """

    answers: list[Answer]
    about_case: list[Answer]
    rounds: list[Round]
    labels: int

    @property
    def sent(self) -> int:
        """How many answers were sent in all."""
        return len(self.answers) + len(self.about_case)

    @property
    def labelled(self) -> int:
        """How many labels there are: accepted answers, and labels made by a person."""
        return accepted(self.answers) + self.labels

    @property
    def segments(self) -> list[Segment]:
        """The answers by the model that gave them, in order; the last may still grow."""
        ends = [0, *(each.after for each in self.rounds), len(self.answers)]
        return [
            Segment(taken(self.rounds[:number]), start, self.answers[start:end])
            for number, (start, end) in enumerate(pairwise(ends))
        ]

    @property
    def of_model(self) -> list[Answer]:
        """The answers of the last model that was taken."""
        return self.answers_of(taken(self.rounds))

    def answers_of(self, model: int) -> list[Answer]:
        """The answers of the model of a round; 0 is the first model."""
        return [answer for each in self.segments if each.model == model for answer in each.answers]

    @property
    def best(self) -> int:
        """The last model that was taken, or an earlier one that surely did better on the page."""
        last = best = taken(self.rounds)
        _, highest = _interval(self.answers_of(last))
        for model in {each.model for each in self.segments}:
            low, _ = _interval(self.answers_of(model))
            if low > highest:
                best, highest = model, low
        return best

    @property
    def seconds(self) -> float:
        """The time that sessions and fits have taken."""
        answers = sum(each.seconds for each in (*self.answers, *self.about_case))
        return answers + sum(each.seconds for each in self.rounds)


def _interval(answers: list[Answer]) -> tuple[float, float]:
    return Rate(accepted(answers), len(answers)).interval if answers else (0.0, 1.0)


def next_step(progress: Progress, goals: Goals, rhythm: Rhythm) -> Step:
    """The next step."""
    rounds, of_model = progress.rounds, progress.of_model
    fitted = rounds[-1] if rounds else None
    if progress.labels - (fitted.labels if fitted else 0) >= rhythm.labels:
        return "fit"
    latest = of_model[-rhythm.latest :]
    if len(latest) == rhythm.latest and accepted(latest) >= goals.until * len(latest):
        return "target"
    first, worse = of_model[: rhythm.first], progress.best != taken(rounds)
    if len(first) == rhythm.first and not worse and accepted(first) < rhythm.least * len(first):
        return "labels"
    if progress.sent >= goals.submissions:
        return "submissions"
    if progress.seconds >= goals.seconds:
        return "minutes"
    since = len(progress.answers) - (fitted.after if fitted else 0)
    due = since >= rhythm.size(len(rounds)) or worse  # a model that is surely worse ends its round
    if not due or progress.labelled < rhythm.fewest:
        return "answer"
    return "fit" if is_getting_better(progress) else "no_better"


def is_getting_better(progress: Progress) -> bool:
    """Whether one of the last two models did better than every model before them."""
    rates = [each.rate.value for each in progress.segments if each.answers]
    return len(rates) < 3 or max(rates[-2:]) > max(rates[:-2])
