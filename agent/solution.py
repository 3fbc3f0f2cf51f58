"""The result of a solve: its attempts, the faults on the way, and whether it succeeded."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from capslice.agent.page.verdict import Verdict

if TYPE_CHECKING:
    from capslice.json_output import AttemptJson, SolutionJson


@dataclass(frozen=True)
class Attempt:
    """One captcha that was read.

    text:          the text that the model read.
    answer:        what was typed: the text, or the value of the sum that it shows; None if it
                   shows none.
    confidence:    the probability that the whole text is right, in [0, 1].
    probabilities: the probability of each character, in [0, 1].
    verdict:       the page's verdict, or `unsure` if the answer was not typed.
    size:          the size of the picture in pixels, such as `150x40`; None if it is unknown.
    """

    text: str
    answer: str | None
    confidence: float
    probabilities: tuple[float, ...]
    verdict: Verdict
    size: str | None = None

    def as_json(self) -> AttemptJson:
        """The fields but the size, as plain values."""
        return {
            "text": self.text,
            "answer": self.answer,
            "confidence": self.confidence,
            "probabilities": list(self.probabilities),
            "verdict": self.verdict.value,
        }


@dataclass
class Solution:
    """The result of a solve.

    url:      the page's address at the end.
    seconds:  how long the solve took.
    attempts: every captcha that was read, in order.
    faults:   the transient errors that were retried, as messages.
    trace:    the file of the Playwright trace, if one was written.
    """

    url: str = ""
    seconds: float = 0.0
    attempts: list[Attempt] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    trace: Path | None = None

    @property
    def solved(self) -> bool:
        """Whether the last answer was accepted."""
        return bool(self.attempts) and self.attempts[-1].verdict is Verdict.ACCEPTED

    def as_json(self) -> SolutionJson:
        """The object that `capslice solve --json` prints."""
        last = self.attempts[-1] if self.attempts else None
        return {
            "solved": self.solved,
            "text": last.text if last else None,
            "answer": last.answer if last else None,
            "confidence": last.confidence if last else None,
            "attempts": len(self.attempts),
            "seconds": round(self.seconds, 3),
            "url": self.url,
            "history": [attempt.as_json() for attempt in self.attempts],
            "faults": self.faults,
            "trace": str(self.trace) if self.trace else None,
        }

    def __str__(self) -> str:
        count = len(self.attempts)
        if self.solved:
            last = self.attempts[-1]
            text = last.text if last.answer == last.text else f"{last.text} with {last.answer}"
            return (
                f"solved {text} on attempt {count} in {self.seconds:.1f} s "
                f"(confidence {last.confidence:.4f})"
            )
        unsure = sum(attempt.verdict is Verdict.UNSURE for attempt in self.attempts)
        return (
            f"not solved: {count - unsure} answers rejected, {unsure} captchas too unsure to "
            f"answer, in {self.seconds:.1f} s at {self.url}"
            + (f" (trace: {self.trace})" if self.trace else "")
        )
