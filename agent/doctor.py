"""Checks everything that a solve needs, step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from capslice.agent.browser.launch import open_browser
from capslice.agent.browser.session import own_session
from capslice.agent.page.sync_captcha_page import SyncCaptchaPage
from capslice.agent.reading.reader import Reader
from capslice.agent.settings import Settings
from capslice.errors import CapsliceError
from capslice.models.decoding.known import span


@dataclass(frozen=True)
class Check:
    """The name of a check, what it found, and the exit status if it failed, else 0."""

    name: str
    finding: str
    exit_status: int = 0

    @property
    def passed(self) -> bool:
        """Whether the check passed."""
        return self.exit_status == 0


def examine(load_settings: Callable[[], Settings]) -> Iterator[Check]:
    """Check settings, model, browser, target, selectors and picture; stop at the first failure.

    Each check needs the previous one. Types nothing and submits nothing.
    """
    name = "configuration"
    try:
        with ExitStack() as stack:
            settings = load_settings()
            target = settings.target
            yield Check(name, f"target {target.url}, allowed {', '.join(target.allowed_origins)}")

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
            reading = reader.read_content(taken, "the captcha's picture")
            yield Check(name, f"reads {reading.text} (confidence {reading.confidence:.4f})")
    except CapsliceError as error:
        yield Check(name, str(error), error.exit_status)


def describe(reader: Reader, path: Path) -> str:
    """Describe in one line what a reader reads, and how well."""
    card, accuracy, decoder = reader.card, reader.card.accuracy, reader.decoder
    length = span(decoder.shortest, decoder.longest)
    return (
        f"{path.name} reads {length} of {decoder.characters} in {card.width}x{card.height} pixels; "
        f"{accuracy.captchas_right} of {accuracy.pictures} fresh captchas right"
    )
