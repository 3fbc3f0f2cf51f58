"""The figures of an audit's report: counts and rates, times, evidence, characters and repeats.

The descriptions of the fields are their documentation, here and in the JSON schema. Every rate
comes with the counts behind it.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

# Fisher's exact test takes a tenth of a second for so many, and grows with them.
MOST = 10_000_000

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0, le=MOST)]
Seconds = Annotated[float, Field(ge=0)]


class StrictModel(BaseModel):
    """Rejects unknown fields, and numbers that JSON cannot represent."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Rate(StrictModel):
    """A share, the counts behind it, and its 95 % Wilson score interval."""

    count: Count
    of: Count
    rate: Share = Field(description="`count / of`, or 0 if `of` is 0")
    low: Share = Field(description="Lower end of the interval")
    high: Share = Field(description="Upper end of the interval")

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        if self.count > self.of:
            raise ValueError(f"{self.count} of {self.of} is impossible")
        return self


class Times(StrictModel):
    """Percentiles and a histogram of durations in seconds."""

    of: Count = Field(description="Number of durations")
    p5: Seconds
    p25: Seconds
    p50: Seconds
    p75: Seconds
    p95: Seconds
    p99: Seconds
    max: Seconds
    edges: tuple[Seconds, ...] = Field(
        description="Edges of the bins, one more than there are bins"
    )
    counts: tuple[Count, ...] = Field(description="Durations in each bin")


class Stage(StrictModel):
    """One stage of an attempt, and the time it takes."""

    name: Literal["page", "picture", "reading", "typing", "waiting", "verdict"]
    of: Count = Field(description="Attempts that reached this stage")
    p50: Seconds
    p95: Seconds
    share: Share = Field(description="Share of the total time of all stages")


class Solving(StrictModel):
    """How often the agent solved the captcha.

    A session is one visit: the agent answers captchas until one answer is accepted or it gives up.
    """

    planned: Count = Field(description="Sessions asked for; 0 if only the time was limited")
    sessions: Rate = Field(description="Sessions that ended with an accepted answer")
    failed: Count = Field(description="Sessions ended by an error; they count as not solved")
    errors: dict[str, Count] = Field(
        description="These errors and their counts; varying numbers and names are replaced by `…`"
    )
    ended_early: Count = Field(
        description="Sessions interrupted by Ctrl-C or a crash; they do not count"
    )
    answers: Rate = Field(description="Accepted answers among the answers sent")
    captchas: Rate = Field(description="Accepted answers among all captchas read")
    unsure: Count = Field(description="Captchas not answered because the reading was too unsure")
    by_attempt: tuple[Rate, ...] = Field(
        description="Sessions solved within one captcha, within two, and so on"
    )


class AtThreshold(StrictModel):
    """What a machine reaches that types only readings of at least this confidence."""

    confidence: Share
    typed: Rate = Field(description="Readings typed, among all pictures")
    answers: Rate = Field(description="Accepted answers among those typed")
    captchas: Rate = Field(description="Accepted answers among all pictures: the solve rate")
    per_minute: float | None = Field(
        description="Accepted answers a minute with one worker that keeps no pace; null if no time "
        "was measured"
    )


class Thresholds(StrictModel):
    """The solve rate by the confidence from which readings are typed."""

    seconds_per_picture: Seconds = Field(description="Mean time to load and read a picture")
    seconds_per_answer: Seconds = Field(description="Mean time to type an answer and get a verdict")
    best: Share | None = Field(
        description="The threshold with the most accepted answers a minute, of those below which "
        "typing does not pay (95 % confidence); null if no answer was accepted. It was chosen on "
        "the same answers"
    )
    rows: tuple[AtThreshold, ...]


class Evidence(StrictModel):
    """What the model is made for, what the site showed, and how much of it the model read."""

    pictures: Count = Field(description="Pictures read")
    sure: Count = Field(description="Pictures read with at least `min_confidence`")
    min_confidence: Share = Field(description="The setting `model.min_confidence`")
    captcha: str = Field(description="The kind of captcha that the model was fitted to")
    charset: str = Field(description="Characters the model can read")
    length: Count = Field(description="Characters in an answer of the model")
    size: str = Field(description="Size of the model's input in pixels, such as `180x50`")
    sizes: dict[str, Count] = Field(
        description="Number of the site's pictures by size, the ten most frequent"
    )
    doubts: tuple[str, ...] = Field(
        default=(), description="Reasons why the model is not made for the captcha of this site"
    )
    expected: float | None = Field(
        default=None,
        description="Answers that would be accepted if the model's confidence held here; null in "
        "reports of earlier releases",
    )
    shortest: Count | None = Field(
        default=None, description="Characters in its shortest answer, if lengths vary"
    )


class Cost(StrictModel):
    """The machine time that solving takes."""

    workers: Count
    elapsed: Seconds = Field(description="Working time of the audit, without pauses between runs")
    per_hour: float = Field(description="Captchas solved per hour by all workers together")
    hours_per_thousand: float | None = Field(
        description="Hours one worker needs for 1,000 solved captchas; null if none was solved"
    )


class Confidence(StrictModel):
    """The confidence of the model, compared with the verdicts of the site."""

    of: Count = Field(description="Captchas read")
    edges: tuple[Share, ...] = Field(description="Edges of the bins of confidence")
    counts: tuple[Count, ...] = Field(description="Captchas read, by bin")
    accepted: tuple[Count, ...] = Field(description="Accepted answers, by bin")
    answered: tuple[Count, ...] = Field(description="Answers with a verdict, by bin")
    mean: Share | None = Field(description="Mean confidence of the answers with a verdict")
    right: Rate = Field(description="Accepted answers among the answers with a verdict")
    calibration_error: Share | None = Field(
        description="Expected calibration error; null if no answer has a verdict"
    )


class Alphabet(StrictModel):
    """How often each character occurs at each position, in accepted answers."""

    of: Count = Field(description="Accepted answers")
    charset: str = Field(description="Characters the model can read")
    length: Count = Field(description="Characters in the longest answer")
    shortest: Count | None = Field(
        default=None, description="Characters in the shortest answer, if lengths vary"
    )
    sums: bool = Field(
        default=False,
        description="Whether answers are the values of sums; then only the answers that were seen "
        "are known to be possible",
    )
    counts: tuple[tuple[Count, ...], ...] = Field(
        description="One row per position, with one count per character of the charset; a single "
        "row for all positions together if lengths vary, and none for sums"
    )
    missing: str = Field(description="Characters of the charset that never occurred")
    unused: str = Field(
        default="", description="Digits 0 to 9 that never occurred, if the charset has only digits"
    )
    bits: float | None = Field(
        description="Entropy of an answer in bits (Miller-Madow), if its characters are "
        "independent; of whole answers for sums"
    )
    possible_bits: float = Field(
        description="Entropy in bits of random answers of these lengths from ten characters, or "
        "from the charset if that is larger; for sums, of the distinct answers seen"
    )
    uniform_p: float | None = Field(
        description="p-value of the chi-square test for equal frequencies of the characters"
    )


class Repeats(StrictModel):
    """How often pictures and answers repeat."""

    pictures: Count
    distinct_pictures: Count
    answers: Count = Field(description="Accepted answers to different pictures")
    distinct_answers: Count
    expected_distinct: float | None = Field(
        description="Distinct answers to expect if all answers are equally likely"
    )
    distinct_p: float | None = Field(
        description="Probability of this few distinct answers if all are equally likely"
    )
