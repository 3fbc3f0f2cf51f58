"""What a page says of answers, found by giving some and looking at what was not there before.

One answer is wrong on purpose; then some are read by the model, until one is accepted. What is
visible after the one and at no other time is the message of failure, and so with success.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

import msgspec
from msgspec import Struct
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, Request, Response

from capslice.agent.discovery import scripts as script
from capslice.agent.discovery import words
from capslice.agent.discovery.form import Finding, Form, Show, be_idle
from capslice.agent.discovery.words import Weights, spoken, weigh
from capslice.agent.page.sync_captcha_page import SyncCaptchaPage
from capslice.agent.reading.reader import Reader
from capslice.agent.rules.pace import Pace
from capslice.agent.settings import Settings, Statuses
from capslice.errors import TargetError

MOST_RIGHT = 4  # captchas that are looked at for one that is accepted
LOOK = 0.2  # seconds between two looks at the page
SAME = 3  # looks that show the same, and the page has said what it has to say
SILENT = 10  # the same where it has said nothing yet


class Message(Struct, frozen=True):
    """What survey.js tells of something that can be read on a page."""

    names: tuple[str, ...]  # selectors that it would be known by on any page
    own: str  # its id, classes, role
    text: str
    clickable: bool


@dataclass(frozen=True)
class After:
    """What a page shows once it has answered.

    status: of the last answer to what was submitted; None: nothing was asked of the site.
    form:   whether the input is still there.
    """

    messages: tuple[Message, ...]
    status: int | None = None
    form: bool = True

    @property
    def names(self) -> set[str]:
        """All that is shown, by its names."""
        return {name for message in self.messages for name in message.names}


@dataclass
class Answers:
    """What was seen before any answer, after a wrong one, and after a right one."""

    before: set[str] = field(default_factory=set)
    wrong: After | None = None
    right: After | None = None
    text: str = ""  # that was accepted


def find_messages(
    fresh: Callable[[], Page],
    form: Form,
    settings: Settings,
    reader: Reader,
    show: Show,
) -> Form:
    """The form with its messages of success and failure, or the statuses that tell instead.

    Submits one wrong answer, and then up to MOST_RIGHT that `reader` reads. `show` is called
    with "failure" and "success" when they are to be seen. What could not be found is left a
    guess, and a note says why. Raises what ends a run.
    """
    if form.others:
        wanted = ", ".join(dict.fromkeys(form.others))
        return _noted(
            form,
            f"the form also wants {wanted}, which is never typed here: nothing was submitted, so "
            "its messages could not be found",
        )
    trial = _Trial(fresh, form, settings, reader)
    try:
        trial.give_a_wrong_answer()
        form = trial.form = _having_told(trial.form, trial.answers)
        show("failure", trial.tab, form)
        trial.give_right_answers()
        form = _having_told(trial.form, trial.answers)
        if trial.answers.right:
            show("success", trial.tab, form)
    except TargetError as error:
        form = _noted(trial.form, f"its messages could not all be found: {error}")
    return _explained(form, trial.answers)


class _Trial:
    """Answers given on pages of their own, one after the other."""

    def __init__(
        self, fresh: Callable[[], Page], form: Form, settings: Settings, reader: Reader
    ) -> None:
        self.fresh = fresh
        self.form = form
        self.settings = settings
        self.reader = reader
        self.pace = Pace(settings.pace.path)
        self.answers = Answers()
        self.tab: Page  # what shows the verdict

    def give_a_wrong_answer(self) -> None:
        self._open()
        self._try_refresh()
        text, _ = self._read()
        self.answers.wrong = self._answer(_wrong(text, self.reader, self.form.capacity))

    def give_right_answers(self) -> None:
        for _ in range(MOST_RIGHT):
            self._open()
            text, confidence = self._read()
            if confidence < self.settings.model.min_confidence:
                continue
            after = self._answer(text)
            if self._is_accepted(after):
                self.answers.right, self.answers.text = after, text
                return

    def _open(self) -> None:
        self.page = self.tab = self.fresh()
        self.steps = SyncCaptchaPage(self.page, self.form.target, self.settings.browser.timeout)
        self.steps.begin()
        self.steps.open()
        be_idle(self.page, self.settings.browser.timeout)

    def _try_refresh(self) -> None:
        """Leave the refresh away if it brings no fresh captcha."""
        self.steps.picture()
        if not self.form.selector("refresh"):
            return
        try:
            self.steps.refresh()
            self.steps.picture()
        except TargetError:
            why = (
                f"{self.form.selector('refresh')} brought no fresh captcha: the page is opened anew"
            )
            self.form = self.form.having(refresh=Finding("", why))
            self._open()

    def _read(self) -> tuple[str, float]:
        picture = self.steps.picture()
        reading = self.reader.read(self.reader.decode(picture, "the captcha's screenshot"))
        return reading.text, reading.confidence

    def _answer(self, text: str) -> After:
        """Submit an answer, and wait until the page has said what it has to say."""
        self.answers.before |= _look(self.page, self.form).names
        self.steps.answer(text)
        before = _look(self.page, self.form)
        self.answers.before |= before.names
        seconds = self.pace.reserve_at(self.page.url, self.settings.pace)
        self.page.wait_for_timeout(1000 * seconds)
        heard = _Heard(self.page, bool(self.form.selector("frame")))
        self.steps.submit()
        after = self._settled(before, heard)
        self.steps.check_protection()
        return after

    def _settled(self, before: After, heard: _Heard) -> After:
        end = time.monotonic() + self.settings.browser.timeout
        last, same = before, 0
        while time.monotonic() < end:
            self.page.wait_for_timeout(1000 * LOOK)
            self.tab = self.page.context.pages[-1]
            try:
                after = replace(_look(self.tab, self.form), status=heard.status)
            except PlaywrightError:
                continue  # between two documents
            same = same + 1 if after == last and not heard.waiting else 0
            told = after.names != before.names
            if same >= (SAME if told else SILENT) and (told or heard.status is not None):
                return after
            last = after
        return last

    def _is_accepted(self, after: After) -> bool:
        wrong = self.answers.wrong
        if wrong is None:
            return False
        if after.status != wrong.status or (wrong.form and not after.form):
            return True
        known = {each.text for each in wrong.messages}
        fresh = [each for each in after.messages if each.text not in known]
        said = spoken(" ".join(f"{each.own} {each.text}" for each in fresh))
        return weigh(said, words.SUCCESS)[0] > weigh(said, words.FAILURE)[0]


class _Heard:
    """The site's answers to what is submitted from now on.

    waiting: requests that are not answered yet.
    status:  of the last answer.
    """

    def __init__(self, page: Page, in_frame: bool) -> None:
        self.in_frame = in_frame
        self.waiting: set[Request] = set()
        self.status: int | None = None
        page.context.on("request", self._on_request)
        page.context.on("response", self._on_response)
        page.context.on("requestfinished", self._on_end)
        page.context.on("requestfailed", self._on_end)

    def _on_request(self, request: Request) -> None:
        if self._matters(request):
            self.waiting.add(request)

    def _on_end(self, request: Request) -> None:
        self.waiting.discard(request)

    def _on_response(self, response: Response) -> None:
        if self._matters(response.request):
            self.status = response.status

    def _matters(self, request: Request) -> bool:
        if request.resource_type != "document":
            return request.resource_type in ("xhr", "fetch") and request.method == "POST"
        try:
            return self.in_frame or request.frame.parent_frame is None
        except PlaywrightError:
            return True  # of a tab that is just being opened


def _look(page: Page, form: Form) -> After:
    frame = form.selector("frame")
    # A tab shows the verdict alone, without what stood around the frame.
    framed = frame and page.locator(frame).count() > 0
    place = page.frame_locator(frame) if framed else page
    root = place.locator(":root")
    found = msgspec.convert(script.run_on(root, "messages()"), tuple[Message, ...])
    return After(found, form=place.locator(form.selector("input")).count() > 0)


def _wrong(text: str, reader: Reader, capacity: int) -> str:
    """What is not `text`, at any of its characters, and no longer than the field takes."""
    other = reader.unlike(text)
    return other[:capacity] if capacity else other


def _having_told(form: Form, answers: Answers) -> Form:
    """The form with what tells a wrong answer from a right one."""
    before, wrong, right = answers.before, answers.wrong, answers.right
    if wrong is None:
        return form
    not_failure = before | (right.names if right else set())
    failure = _told(wrong.messages, not_failure, words.FAILURE, words.SUCCESS)
    if failure:
        form = form.having(failure=failure)
    elif right and right.status != wrong.status and None not in (right.status, wrong.status):
        # Where one of the two is told by its status, the other may be as well.
        accepted, rejected = (right.status or 0,), (wrong.status or 0,)
        return replace(
            form.having(
                failure=Finding("", f"no message; HTTP status {wrong.status} tells"),
                success=Finding("", f"HTTP status {right.status} tells"),
            ),
            statuses=Statuses(accepted=accepted, rejected=rejected),
        )
    elif wrong.status is not None and wrong.status >= 400:
        form = replace(
            form.having(failure=Finding("", f"no message; HTTP status {wrong.status} tells")),
            statuses=Statuses(rejected=(wrong.status,)),
        )
    if right:
        success = _told(right.messages, before | wrong.names, words.SUCCESS, words.FAILURE)
        if success:
            form = form.having(success=success)
    return form


def _told(
    messages: Iterable[Message], known: set[str], fitting: Weights, other: Weights
) -> Finding | None:
    """The message that fits best, by its best name among those that are not known."""
    best: tuple[float, Finding] | None = None
    for message in messages:
        fresh = [name for name in message.names if name not in known]
        if not fresh:
            continue
        said = spoken(f"{message.own} {message.text}")
        points = weigh(said, fitting)[0] - weigh(said, other)[0] / 2
        # A name holds for the next message too, where a text is that of this one.
        points += 3 * ("text" not in fresh[0]) - 3 * message.clickable - len(message.text) / 100
        if best is None or points > best[0]:
            best = points, Finding(fresh[0], f"“{message.text}”")
    return best[1] if best else None


def _explained(form: Form, answers: Answers) -> Form:
    """The form with notes on what is still a guess."""
    if form.found["failure"].guessed and answers.wrong:
        form = _noted(form, "a wrong answer changed nothing that could be told: failure is a guess")
    if form.found["success"].guessed and answers.wrong:
        form = _noted(form, "no answer was seen to be accepted: success is a guess")
    return form


def _noted(form: Form, note: str) -> Form:
    return replace(form, notes=(*form.notes, note))
