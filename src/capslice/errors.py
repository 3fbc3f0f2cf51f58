"""Every error that a user can meet, and the exit status that it ends a command with.

CapsliceError
├── ModelError                   2 a model file is missing, broken, or not of this contract
├── PictureError                 2 not a picture, damaged, or far too large
├── LabelsError                  2 a folder's labels, or the list of them, cannot be read
├── SheetError                   2 a sheet of pictures cannot be written
├── MissingExtra                 2 a command needs packages of an extra that is not installed
├── TrainingError                2
│   ├── GlyphError               2 a font cannot be read
│   ├── DrawingError             2 a text that the captcha cannot show
│   ├── DataSetError             2 a folder or file of labelled pictures cannot be used
│   ├── NetworkError             2 a network cannot be built for such slices
│   ├── FitError                 2 no finished fit there, or one that must not be lost
│   ├── ExportError              2 the exported model differs, or cannot be written
│   └── ServeError               2 the mock page cannot be served there
└── AgentError
    ├── ConfigurationError       2 a wrong key or value in config.toml or the environment
    │   └── OriginNotAllowed     2 a page on an origin that the configuration does not name
    ├── JournalError             2 the journal cannot be opened, read or written
    ├── AuditError               2 an audit's folder or report cannot be read or written
    ├── ReportError              2 not the report of an audit, or one of another version
    ├── ProtectedPage            2 reCAPTCHA, hCaptcha, Turnstile or the like: declined
    ├── BrowserError             3 the browser cannot be started or reached
    │   ├── BrowserNotFound      3 there is no browser
    │   └── BrowserGone          3 the browser or its page crashed or was closed (fresh browser)
    └── TargetError              3 the target does not do what a captcha page does
        ├── TargetRefused        3 it answered 403 or 429: the agent stops
        ├── ElementNotFound      3 a selector matches nothing on the page
        ├── ElementCovered       3 something lies over the element that is to be clicked
        ├── CaptchaNotFound      3 no captcha is on the page, as far as `init` can tell
        ├── InputTooShort        3 the field does not take as many characters as were read
        └── TransientTargetError 3 may pass, and is tried again, on the level in brackets
            ├── TargetUnreachable  3 no answer, or a server error (fresh page)
            │   └── NothingThere 3 nothing listens at that address
            ├── PageChanged      3 the page moved on while it was being used (same captcha)
            ├── PictureReplaced  3 another picture came after one was taken (same captcha)
            ├── PictureNotShown  3 the picture did not load (fresh captcha)
            └── NoVerdict        3 neither success nor failure was shown in time (fresh page)
"""

from __future__ import annotations

import reprlib
from enum import IntEnum
from typing import ClassVar

# What is quoted may be cut to leave room for what to do about it; the whole is cut last of all.
MOST_QUOTED = 200
MOST_MESSAGE = 2000

_short = reprlib.Repr()
_short.maxstring = _short.maxother = _short.maxlong = MOST_QUOTED // 2


def one_line(text: str, most: int = MOST_QUOTED) -> str:
    """Foreign text as one line of at most `most` characters, none of which a terminal obeys."""
    words = " ".join(text.split())
    shown = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in words[: most + 1])
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"


def quoted(value: object) -> str:
    """A value of any size and depth, as Python would write it, as `one_line`."""
    try:
        return one_line(_short.repr(value))
    except ValueError:  # Python does not write out an integer of so many digits.
        return "a number of thousands of digits"


class CapsliceError(Exception):
    """What happened, on what, and what to do about it, in one line.

    `exit_status` is what a command ends with: 1 not solved, 2 wrong use or
    configuration, 3 the target or the browser failed.
    """

    exit_status: ClassVar[int] = 2

    def __str__(self) -> str:
        return one_line(super().__str__(), MOST_MESSAGE)


class ModelError(CapsliceError):
    """A model file is missing, is not ONNX, or does not keep to the contract of its card."""


class PictureError(CapsliceError):
    """Not a picture of any known format, damaged, or far larger than any captcha."""


class LabelsError(CapsliceError):
    """A folder of labelled pictures, or the list of its labels, cannot be read or used."""


class SheetError(CapsliceError):
    """A sheet of pictures has none to show, or cannot be written."""


class RetryLevel(IntEnum):
    """On which level a fault that may pass is tried again; each does more than the one before."""

    SAME_CAPTCHA = 1
    FRESH_CAPTCHA = 2
    FRESH_PAGE = 3
    FRESH_BROWSER = 4


class AgentError(CapsliceError):
    """The agent was used wrongly, or could not do what it was asked to.

    `retry_level` is None where trying again would change nothing.
    """

    retry_level: ClassVar[RetryLevel | None] = None


class ConfigurationError(AgentError):
    """A setting has a key or a value that it cannot have."""


class OriginNotAllowed(ConfigurationError):
    """A page lies on an origin that the configuration does not name."""


class MissingExtra(CapsliceError):
    """A command needs packages that a plain `pip install capslice` does not bring."""


class JournalError(AgentError):
    """The journal's file cannot be opened, read or written."""


class AuditError(AgentError):
    """An audit's folder, or a report, cannot be read or written."""


class ReportError(AgentError):
    """A file is not the report of an audit, or is one of another version."""


class ProtectedPage(AgentError):
    """The page is protected by a kind of captcha that this project declines to touch."""


class BrowserError(AgentError):
    """The browser cannot be started or reached."""

    exit_status = 3


class BrowserNotFound(BrowserError):
    """No browser is installed where Playwright or the system would put one."""


class BrowserGone(BrowserError):
    """The browser, or the page in it, crashed or was closed."""

    retry_level = RetryLevel.FRESH_BROWSER


class TargetError(AgentError):
    """The target page does not do what a captcha page does."""

    exit_status = 3


class TargetRefused(TargetError):
    """The target said no (403) or slower (429), and the agent obeys.

    retry_after: seconds after which the target says that it may be asked again, if it does.
    """

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ElementNotFound(TargetError):
    """A selector of the configuration matches nothing on the page."""


class ElementCovered(TargetError):
    """Something else, a banner perhaps, lies over what is to be clicked."""


class CaptchaNotFound(TargetError):
    """The page shows no picture captcha, or none that could be found."""


class InputTooShort(TargetError):
    """The field, or the row of fields, does not take as many characters as were read."""


class TransientTargetError(TargetError):
    """A fault that may pass."""

    retry_level = RetryLevel.FRESH_PAGE


class TargetUnreachable(TransientTargetError):
    """The target did not answer, or answered with a server error."""


class NothingThere(TargetUnreachable):
    """Nothing listens at the target's address, or it has none."""


class PageChanged(TransientTargetError):
    """The page loaded anew, or was drawn anew, in the middle of an action."""

    retry_level = RetryLevel.SAME_CAPTCHA


class PictureReplaced(TransientTargetError):
    """The page showed another picture after one was taken, and before it was answered."""

    retry_level = RetryLevel.SAME_CAPTCHA


class PictureNotShown(TransientTargetError):
    """The captcha's picture did not load, or no fresh one came."""

    retry_level = RetryLevel.FRESH_CAPTCHA


class NoVerdict(TransientTargetError):
    """Neither success nor failure was shown in time after the answer was submitted."""


class TrainingError(CapsliceError):
    """A training command was given something that it cannot work with."""


class GlyphError(TrainingError):
    """A font cannot be read, or lacks a character of the charset."""


class DrawingError(TrainingError):
    """A captcha cannot show the text that it was asked to show."""


class DataSetError(TrainingError):
    """A folder has no labelled pictures, or (under --strict) one that is broken."""


class NetworkError(TrainingError):
    """A network cannot be built for pictures of this shape."""


class FitError(TrainingError):
    """A folder does not hold a finished fit, or holds one that must not be lost."""


class ExportError(TrainingError):
    """The exported model does not compute what the fitted one does, or cannot be written."""


class ServeError(TrainingError):
    """The mock page cannot be served at this address."""
