"""Every error that a user can meet, with the exit status of the command that it ends.

CapsliceError
├── ModelError                   2 a model file is missing, broken, or breaks the contract
├── PictureError                 2 a file is no picture, is damaged, or is far too large
├── LabelsError                  2 the labels of a folder cannot be read
├── SheetError                   2 a sheet of pictures cannot be written
├── MissingExtra                 2 a command needs packages of an extra that is not installed
├── TrainingError                2
│   ├── GlyphError               2 a font cannot be read
│   ├── DrawingError             2 the captcha cannot show this text
│   ├── DataSetError             2 a folder or file of labelled pictures cannot be used
│   ├── NetworkError             2 no network can be built for slices of this size
│   ├── FitError                 2 the folder has no finished fit, or has one that must be kept
│   ├── ExportError              2 the exported model differs, or cannot be written
│   └── ServeError               2 the mock page cannot be served at this address
└── AgentError                   2 the agent was used wrongly
    ├── ConfigurationError       2 a wrong key or value in config.toml or the environment
    │   └── OriginNotAllowed     2 the configuration does not allow the page's origin
    ├── JournalError             2 the journal cannot be opened, read or written
    ├── AuditError               2 an audit's folder or report cannot be read or written
    ├── LearningError            2 the folder of `learn` cannot be used, or a fit in it failed
    ├── ReportError              2 the file is no audit report, or one of another version
    ├── ProtectedPage            2 reCAPTCHA, hCaptcha, Turnstile or the like: declined
    ├── BrowserError             3 the browser cannot be started or reached
    │   ├── BrowserNotFound      3 no browser is installed
    │   └── BrowserGone          3 the browser or page crashed or was closed (fresh browser)
    └── TargetError              3 the target does not behave like a captcha page
        ├── TargetRefused        3 the target answered 403 or 429: the agent stops
        ├── ElementNotFound      3 a selector matches nothing on the page
        ├── ElementCovered       3 something lies over the element to be clicked
        ├── ElementDisabled      3 the field or the button is disabled or read-only
        ├── CaptchaNotFound      3 `init` found no captcha on the page
        ├── InputTooShort        3 the field takes fewer characters than were read
        └── TransientTargetError 3 retried, on the level in brackets
            ├── TargetUnreachable  3 no answer, or a server error (fresh page)
            │   └── NothingThere 3 nothing listens at that address
            ├── PageChanged      3 the page changed while it was used (same captcha)
            ├── PictureReplaced  3 the picture changed after it was taken (same captcha)
            ├── PictureNotShown  3 the picture did not load (fresh captcha)
            └── NoVerdict        3 the page showed neither success nor failure (fresh page)
"""

from __future__ import annotations

import reprlib
from enum import IntEnum
from typing import ClassVar

# Quoted text is cut first, so that the advice at the end of a message fits in.
MOST_QUOTED = 200
MOST_MESSAGE = 2000

_short = reprlib.Repr()
_short.maxstring = _short.maxother = _short.maxlong = MOST_QUOTED // 2


def one_line(text: str, most: int = MOST_QUOTED) -> str:
    """Text as one line of at most `most` characters, with control characters escaped."""
    words = " ".join(text.split())
    shown = in_line(words[: most + 1])
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"


def harmless(text: str) -> str:
    """Text of a page or a file, of any length, with the characters escaped that move a terminal.

    Lines and tabs stay.
    """
    return "\n".join("\t".join(map(in_line, line.split("\t"))) for line in text.split("\n"))


def in_line(text: str) -> str:
    """Like `harmless`, for a part of a line: lines and tabs are escaped, too."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def quoted(value: object) -> str:
    """The repr of any value, cut and escaped like `one_line`."""
    try:
        return one_line(_short.repr(value))
    except ValueError:  # Python refuses to write out such a long integer.
        return "a number of thousands of digits"


class CapsliceError(Exception):
    """One line that says what happened, on what, and what to do about it.

    `exit_status` is the status of the command that it ends: 2 for wrong use or
    configuration, 3 if the target or the browser failed.
    """

    exit_status: ClassVar[int] = 2

    def __str__(self) -> str:
        return one_line(super().__str__(), MOST_MESSAGE)


class ModelError(CapsliceError):
    """A model file is missing, is not ONNX, or breaks the contract of its card."""


class PictureError(CapsliceError):
    """A file is no picture of a known format, is damaged, or is far larger than any captcha."""


class LabelsError(CapsliceError):
    """A folder of labelled pictures, or its list of labels, cannot be read or used."""


class SheetError(CapsliceError):
    """A sheet has no picture to show, or cannot be written."""


class RetryLevel(IntEnum):
    """What is renewed before a retry; each level renews more than the one before."""

    SAME_CAPTCHA = 1
    FRESH_CAPTCHA = 2
    FRESH_PAGE = 3
    FRESH_BROWSER = 4


class AgentError(CapsliceError):
    """The agent was used wrongly, or could not do its work.

    `retry_level` is None if a retry would change nothing.
    """

    retry_level: ClassVar[RetryLevel | None] = None


class ConfigurationError(AgentError):
    """A setting has a wrong key or value."""


class OriginNotAllowed(ConfigurationError):
    """The configuration does not allow the page's origin."""


class MissingExtra(CapsliceError):
    """A command needs packages that a plain `pip install capslice` does not install."""


class JournalError(AgentError):
    """The journal's file cannot be opened, read or written."""


class AuditError(AgentError):
    """An audit's folder, or a report, cannot be read or written."""


class LearningError(AgentError):
    """The folder of `learn` cannot be used, or a fit in it failed."""


class ReportError(AgentError):
    """A file is no audit report, or one of another version."""


class ProtectedPage(AgentError):
    """A service such as reCAPTCHA protects the page, and capslice declines to touch those."""


class BrowserError(AgentError):
    """The browser cannot be started or reached."""

    exit_status = 3


class BrowserNotFound(BrowserError):
    """No browser is installed by Playwright or by the system."""


class BrowserGone(BrowserError):
    """The browser, or the page in it, crashed or was closed."""

    retry_level = RetryLevel.FRESH_BROWSER


class TargetError(AgentError):
    """The target does not behave like a captcha page."""

    exit_status = 3


class TargetRefused(TargetError):
    """The target answered 403 or 429, and the agent stops.

    retry_after: seconds that the target asks to wait (its Retry-After header), or None.
    """

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ElementNotFound(TargetError):
    """A selector of the configuration matches nothing on the page."""


class ElementCovered(TargetError):
    """Something else, such as a banner, lies over the element to be clicked."""


class ElementDisabled(TargetError):
    """The field takes no text, or the button no clicks."""


class CaptchaNotFound(TargetError):
    """`init` found no picture captcha on the page."""


class InputTooShort(TargetError):
    """The field, or the row of fields, takes fewer characters than were read."""


class TransientTargetError(TargetError):
    """A fault of the target that may pass, so it is worth a retry."""

    retry_level = RetryLevel.FRESH_PAGE


class TargetUnreachable(TransientTargetError):
    """The target did not answer, or answered with a server error."""


class NothingThere(TargetUnreachable):
    """Nothing listens at the target's address, or its name cannot be resolved."""


class PageChanged(TransientTargetError):
    """The page reloaded or was redrawn in the middle of an action."""

    retry_level = RetryLevel.SAME_CAPTCHA


class PictureReplaced(TransientTargetError):
    """The page replaced the picture after it was taken and before the answer was submitted."""

    retry_level = RetryLevel.SAME_CAPTCHA


class PictureNotShown(TransientTargetError):
    """The captcha's picture did not load, or a refresh brought no new one."""

    retry_level = RetryLevel.FRESH_CAPTCHA


class NoVerdict(TransientTargetError):
    """The page showed neither success nor failure in time after the answer was submitted."""


class TrainingError(CapsliceError):
    """A training command got something that it cannot work with."""


class GlyphError(TrainingError):
    """A font cannot be read, or lacks a character of the charset."""


class DrawingError(TrainingError):
    """A captcha cannot show the given text."""


class DataSetError(TrainingError):
    """A folder has no labelled pictures, or (with --strict) a broken one."""


class NetworkError(TrainingError):
    """A network cannot be built for pictures of this shape."""


class FitError(TrainingError):
    """A folder holds no finished fit, or one that must not be overwritten."""


class ExportError(TrainingError):
    """The exported model computes something else than the fitted one, or cannot be written."""


class ServeError(TrainingError):
    """The mock page cannot be served at this address."""
