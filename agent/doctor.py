"""Checks everything that a solve needs, step by step, and whether the model is for the captcha."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from capslice.agent.browser.launch import open_browser
from capslice.agent.browser.scripts import checked
from capslice.agent.browser.session import own_session
from capslice.agent.collecting.fresh_pictures import fresh_pictures
from capslice.agent.discovery.answer_hints import Misfit, find_clues, misfits
from capslice.agent.discovery.field_pattern import DIGITS
from capslice.agent.page.error_translation import translated_synchronously
from capslice.agent.page.sync_captcha_page import SyncCaptchaPage
from capslice.agent.reading.reader import Reader
from capslice.agent.reading.suitability import SURE, WHAT_TO_DO, doubts, picture_size
from capslice.agent.rules.guard import Guard
from capslice.agent.rules.redaction import redacted
from capslice.agent.settings import Settings
from capslice.errors import CapsliceError, ModelError, PictureError
from capslice.files import CONFIG_FILE, write_whole
from capslice.models.decoding.known import span

# JavaScript on the fields of the answer: how many characters they take together; 0 is any number.
CAPACITY = """
fields => fields.some(field => !(field.maxLength > 0)) ? 0
    : fields.reduce((sum, field) => sum + field.maxLength, 0)
"""
# What keeps a model from reading what the page does not take.
NARROWER = "model.characters, model.case and model.length"


@dataclass(frozen=True)
class Check:
    """The name of a check, what it found, and the exit status if it failed, else 0.

    A check with `warning` passed, but something may be wrong. After one with `ready`, `solve` will
    mostly be right.
    """

    name: str
    finding: str
    exit_status: int = 0
    warning: bool = False
    ready: bool = False

    @property
    def passed(self) -> bool:
        """Whether the check passed."""
        return self.exit_status == 0


def examine(
    load_settings: Callable[[], Settings], config: Path | None, kept: Path
) -> Iterator[Check]:
    """Check settings, model, browser, target, selectors, picture and captcha, in this order.

    Each check needs the previous one, so the first failure is the last check. Reads up to five
    pictures, and keeps the first as the file `kept`. Types nothing and submits nothing. `config`
    is the file that `load_settings` was told to read, or None.
    """
    name = "configuration"
    try:
        with ExitStack() as stack:
            settings = load_settings()
            target = settings.target
            read = config or CONFIG_FILE
            source = str(read.absolute()) if read.exists() else f"defaults, as there is no {read}"
            Guard(target.allowed_origins).check(target.url)
            allowed = ", ".join(target.allowed_origins)
            yield Check(name, f"{source}: target {redacted(target.url)}, allowed {allowed}")

            name = "model"
            reader = Reader.of(settings.model)
            yield Check(name, describe(reader, settings.model.path))

            name = "browser"
            browser = stack.enter_context(open_browser(settings.browser))
            yield Check(name, f"{browser.browser_type.name} {browser.version}")

            name = "target"
            context = own_session(browser, settings.browser)
            stack.callback(context.close)
            page = stack.enter_context(
                SyncCaptchaPage(context.new_page(), target, settings.browser.timeout)
            )
            page.open()
            yield Check(name, f"{page.url} answers")

            name = "selectors"
            page.wait_for_controls()
            page.check_success_is_hidden()
            yield Check(name, "input, submit and refresh are on the page, and success is hidden")

            name = "picture"
            taken = page.picture()
            # A script may have shown more of the page by now.
            page.check_success_is_hidden()
            _keep(taken, kept)
            reading = reader.read_content(taken, "the captcha's picture")
            found = f"reads {reading.text} (confidence {reading.confidence:.4f})"
            yield Check(name, f"{found}; the picture is in {kept}")

            name = "captcha"
            yield _judge(page, reader, settings, taken)
    except CapsliceError as error:
        yield Check(name, str(error), error.exit_status)


def _judge(page: SyncCaptchaPage, reader: Reader, settings: Settings, first: bytes) -> Check:
    """Check that the answer fits into its field, and that the model is made for the captcha.

    `first` is the picture that the page shows. Raises TargetError if the page shows no fresh one.
    """
    name, card, decoder = "captcha", reader.card, reader.decoder
    with translated_synchronously(page.page, settings.browser.timeout):
        found = page.coroutines.elements.locator("input").evaluate_all(CAPACITY)
    capacity = checked(found, int)
    if 0 < capacity < decoder.shortest:
        length = span(decoder.shortest, decoder.longest)
        found = f"the input takes {capacity} characters, and the model reads {length}"
        return Check(name, f"{found}: {WHAT_TO_DO}", ModelError.exit_status)
    misfit = _misfits(page, reader)
    if refused := [each.finding for each in misfit if each.takes_none]:
        found = f"the page would send no answer: {', and '.join(refused)}"
        return Check(name, f"{found}: {WHAT_TO_DO}", ModelError.exit_status)
    pictures = list(fresh_pictures(page, settings, first))
    sizes = {size for picture in pictures if (size := picture_size(picture))}
    readings = [reader.read_content(picture, "the captcha's picture") for picture in pictures]
    confidences = [reading.confidence for reading in readings]
    other_size, unsure = doubts(card, sizes, ()), doubts(card, (), confidences)
    if unsure:
        reasons = ", and ".join([*other_size, *unsure])
        found = f"the model is not made for this captcha: {reasons}"
        return Check(name, f"{found}: {WHAT_TO_DO}", ModelError.exit_status)
    mean = sum(confidences) / len(confidences)
    found = f"mean confidence {mean:.4f} in {len(confidences)} pictures, as the card lets expect"
    ready = mean >= SURE
    if not ready:
        found = f"{found}, but most readings are wrong: make a better one with `capslice learn`"
    in_part = [f"{each.finding}: set {NARROWER} as the page wants" for each in misfit]
    warning = bool(other_size or in_part) or not ready
    findings = "; ".join([*other_size, *in_part, found])
    return Check(name, findings, warning=warning, ready=ready)


def _misfits(page: SyncCaptchaPage, reader: Reader) -> list[Misfit]:
    """What the field for the answer does not take of what the reader gives."""
    clues, decoder = find_clues(page.coroutines.elements.locator("input")), reader.decoder
    if clues is None:
        return []
    if reader.answer == "sum":
        return misfits(clues, DIGITS, None)
    return misfits(clues, decoder.characters, (decoder.shortest, decoder.longest))


def _keep(picture: bytes, file: Path) -> None:
    try:
        write_whole(file, picture)
    except OSError as error:
        raise PictureError(
            f"{file} cannot be written ({error.strerror or error}): name another file with "
            "--picture"
        ) from None


def describe(reader: Reader, path: Path) -> str:
    """Describe in one line what a reader reads, and how well."""
    card, accuracy, decoder = reader.card, reader.card.accuracy, reader.decoder
    length = span(decoder.shortest, decoder.longest)
    return (
        f"{path.name} reads {length} of {decoder.characters} in {card.width}x{card.height} pixels; "
        f"{accuracy.captchas_right} of {accuracy.pictures} held-out captchas right"
    )
