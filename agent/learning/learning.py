"""The loop of `learn`: answer, fit, go on with the better model, until there is a reason to end.

Each step is chosen from what the folder holds, so it does not matter which process put it there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from capslice.agent.audit.workers import Outcome
from capslice.agent.journal.attempts import Filter
from capslice.agent.journal.evidence import evidence
from capslice.agent.journal.export import export
from capslice.agent.journal.writing import Journal
from capslice.agent.learning.answering import send_answers
from capslice.agent.learning.answers import accepted, read_answers
from capslice.agent.learning.case import MOST_SESSIONS, OtherCase, found_case, sure_enough
from capslice.agent.learning.fitting import GENERAL, Fitted, fit
from capslice.agent.learning.folder import LearningFolder, Round, taken
from capslice.agent.learning.steps import Goals, Progress, Rhythm, next_step
from capslice.agent.learning.summary import summarise
from capslice.agent.page.verdict import Verdict
from capslice.agent.reading.reader import Reader
from capslice.agent.reading.suitability import picture_size
from capslice.agent.rules.guard import Guard
from capslice.agent.rules.origins import joined
from capslice.agent.rules.redaction import redacted
from capslice.agent.settings import Settings
from capslice.agent.solution import Solution
from capslice.errors import LearningError
from capslice.files import write_text
from capslice.models.card import model_path
from capslice.models.intervals import Rate, wilson
from capslice.models.labels import labels_of
from capslice.models.pictures import content_of

if TYPE_CHECKING:
    from capslice.json_output import LearnJson
    from capslice.json_output.learning import Ending
    from capslice.models.decoding import Case

SHOWN_EVERY = 50  # answers
MOST_SILENT = 20  # sessions, of up to five captchas each by default
RHYTHM = Rhythm()


class Learning:
    """One `learn`: the page, the folder, and when to end.

    settings:    `model.path` is the model to begin with.
    fit_options: options of `python -m capslice.training.learning`.
    say:         prints a line about the progress.
    """

    def __init__(
        self,
        settings: Settings,
        folder: LearningFolder,
        goals: Goals,
        rhythm: Rhythm = RHYTHM,
        fit_options: Sequence[str] = (),
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.settings = settings
        self.folder = folder
        self.goals = goals
        self.rhythm = rhythm
        self.fit_options = fit_options
        self.say = say
        self._labels = 0
        self._shown = 0
        self._silent = 0  # sessions in a row without a verdict
        self._case_tried = -1  # the number of the model with which the case was looked for

    def prepare(self, labels: Path | None = None) -> int:
        """Make the folder, and add the labelled pictures of `labels`.

        Returns how many answers may be sent, which is 0 if there is a reason to end already.

        Raises OriginNotAllowed, ModelError, LabelsError, JournalError and LearningError.
        """
        Guard(self.settings.target.allowed_origins).check(self.settings.target.url)
        Reader.of(self.settings.model)  # if it cannot be loaded, nothing needs to begin
        with self.folder.owned(), Journal(self.folder.journal):
            self._check_page()
            if labels:
                self._add_labels(labels)
            self._export()
        step = next_step(self.progress(), self.goals, self.rhythm)
        return self._left() if step in ("answer", "fit") else 0

    def run(self) -> Ending:
        """Take one step after the other; return the reason to end.

        Whatever ends it, the next run goes on from there. Raises what a session or a fit raises.
        """
        with self.folder.owned(), Journal(self.folder.journal) as journal:
            while True:
                self.folder.show_model(self._model())
                progress = self.progress()
                step = next_step(progress, self.goals, self.rhythm)
                if step == "fit":
                    self._fit()
                elif step == "answer":
                    self._find_case(progress)
                    self._answer(journal)
                else:
                    self._export()
                    self.folder.show_model(self._model(progress.best))
                    return step

    def summarise(self, ended: Ending) -> LearnJson:
        """Write summary.json, and return its content."""
        progress = self.progress()
        summary = summarise(
            progress,
            url=redacted(self.settings.target.url),
            model=self.folder.model,
            ended=ended,
            until=self.goals.until,
            case=self.case,
            latest=self.rhythm.latest,
        )
        write_text(self.folder.summary, json.dumps(summary, indent=2), LearningError)
        return summary

    def progress(self) -> Progress:
        """What the folder holds now."""
        answers = read_answers(self.folder.journal)
        about_case = read_answers(self.folder.case_journal)
        return Progress(answers, about_case, self.folder.rounds(), self._labels)

    @property
    def case(self) -> Case:
        """The setting `model.case` that holds for this site, as far as it is known."""
        configured = self.settings.model.case
        return found_case(self.folder) or configured if configured == "keep" else configured

    def _check_page(self) -> None:
        url = redacted(self.settings.target.url)
        for answer in read_answers(self.folder.journal)[:1]:
            if joined(answer.url, "") != joined(url, ""):
                raise LearningError(
                    f"{self.folder.path} holds what was learned from {answer.url}, not from {url}: "
                    "name another folder with --out"
                )

    def _model(self, number: int | None = None) -> Path:
        """The model of a round, or of the last one that was taken; 0 is the first model."""
        number = taken(self.folder.rounds()) if number is None else number
        return self.folder.model_of(number) if number else model_path(self.settings.model.path)

    def _settings(self) -> Settings:
        model = self.settings.model.model_copy(update={"path": self._model(), "case": self.case})
        return self.settings.model_copy(update={"model": model})

    def _left(self) -> int:
        """How many more answers may be sent."""
        return self.goals.submissions - self.progress().sent

    def _answer(self, journal: Journal) -> None:
        """Send answers until another step is due."""
        settings = self._settings()

        def left() -> int:
            progress = self.progress()
            step = next_step(progress, self.goals, self.rhythm)
            due = step != "answer" or self._sure_enough(progress) is not None
            return 0 if due else self.goals.submissions - progress.sent

        send_answers(settings, Reader.of(settings.model), journal, left, self._show)

    def _sure_enough(self, progress: Progress) -> float | None:
        """How sure a reading has to be to be sent in the other case; None if none is to be."""
        model = self.settings.model
        if self._case_tried == taken(progress.rounds) or model.answer != "text":
            return None
        if model.case != "keep" or found_case(self.folder):
            return None
        return sure_enough(progress.of_model)

    def _find_case(self, progress: Progress) -> None:
        """Find out whether the site minds case, if readings are sure enough for that."""
        least = self._sure_enough(progress)
        if least is None:
            return
        self._case_tried = taken(progress.rounds)
        settings, seen = self._settings(), iter(range(MOST_SESSIONS))

        def left() -> int:
            done = found_case(self.folder) or next(seen, None) is None
            return 0 if done else self._left()

        with Journal(self.folder.case_journal) as journal:
            reader = OtherCase.of(settings.model)
            send_answers(settings, reader, journal, left, min_confidence=least)
        if found_case(self.folder) == "fold":
            self.say("the site ignores case: from now on, so does the reading")

    def _add_labels(self, labels: Path) -> None:
        with evidence(self.folder.evidence) as known:
            for file, text in labels_of(labels).items():
                if picture_size(content := content_of(file)):
                    known.label(content, text)

    def _export(self) -> None:
        done = export(self.folder.journal, Filter(), self.folder.evidence)
        self._labels = done.by_hand

    def _fit(self) -> None:
        """Fit a model to everything that is known, and take it unless it is worse."""
        self._export()
        progress = self.progress()
        number, before = len(progress.rounds) + 1, progress.best
        right, by_hand = accepted(progress.answers), progress.labels
        self.say(
            f"round {number}: fits to {right} accepted answers of {len(progress.answers)}"
            + (f" and {by_hand} labels made by hand" if by_hand else "")
        )
        start = self.folder.round(before) if before else GENERAL
        out, log = self.folder.round(number), self.folder.log
        ignoring_case = () if self.case == "keep" else ("--ignore-case",)
        options = (*self.fit_options, *ignoring_case)
        fitted = fit(self.folder.evidence, start, out, log, options)
        is_better = _is_not_worse(fitted, progress)
        self.folder.end_round(
            number,
            Round(
                after=len(progress.answers),
                labels=by_hand,
                right=fitted.right,
                of=fitted.of,
                seconds=fitted.seconds,
                taken=is_better,
            ),
        )
        self.say(
            f"round {number}: the new model reads {fitted.right} of {fitted.of} held-out pictures "
            f"right, after {fitted.seconds:.0f} s; it "
            + ("answers from now on" if is_better else "is worse, and the earlier one goes on")
        )

    def _show(self, outcome: Outcome) -> None:
        self._count_silent(outcome)
        answers = self.progress().of_model
        before, self._shown = self._shown, len(answers) // SHOWN_EVERY
        if self._shown > before:
            self.say(f"{len(answers)} answers by this model: {accepted(answers)} accepted")

    def _count_silent(self, outcome: Outcome) -> None:
        """Raise LearningError after too many sessions in a row without a verdict.

        They would go on for ever: no answer is sent that --submissions could count.
        """
        judged = isinstance(outcome, Solution) and any(
            each.verdict in (Verdict.ACCEPTED, Verdict.REJECTED) for each in outcome.attempts
        )
        self._silent = 0 if judged else self._silent + 1
        if self._silent >= MOST_SILENT:
            raise LearningError(
                f"{MOST_SILENT} sessions in a row brought no verdict, because no reading was an "
                "answer, or the page said nothing: run `capslice doctor`, and correct the section "
                "[model] or [target] of config.toml"
            )


def _is_not_worse(fitted: Fitted, progress: Progress) -> bool:
    """Whether the new model's rate on held-out pictures may be as high as that of the old one.

    The old one's is its rate on the site since the last fit.
    """
    rate: Rate = progress.segments[-1].rate
    return not fitted.of or not rate.of or wilson(fitted.right, fitted.of)[1] >= rate.value
