"""Every error that a user can meet, and the exit status that it ends a command with.

CapsliceError                      (models/errors.py)
├── ModelError                   2 a model file is missing, broken, or not of this contract
├── SheetError                   2 a sheet of pictures cannot be written
├── TrainingError                2 (training/errors.py)
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
    ├── MissingExtra             2 a command needs packages of an extra that is not installed
    ├── JournalError             2 the journal cannot be written or read
    ├── PictureError             2 not a picture, damaged, or far too large
    ├── ProtectedPage            2 reCAPTCHA, hCaptcha, Turnstile or the like: declined
    ├── BrowserError             3 the browser cannot be started, or went away
    │   └── BrowserNotFound      3 there is no browser
    └── TargetError              3 the target does not do what a captcha page does
        ├── TargetRefused        3 it answered 403 or 429: the agent stops
        ├── ElementNotFound      3 a selector matches nothing on the page
        └── PassingTargetError   3 may pass: worth another try on a page opened anew
            ├── TargetUnreachable  3 no answer, or a server error
            ├── PageChanged      3 the page moved on while it was being used
            ├── PictureNotShown  3 the picture did not load, or changed while it was taken
            └── NoVerdict        3 neither success nor failure was shown in time
"""

from __future__ import annotations

from models import CapsliceError, ModelError, SheetError

__all__ = [
    "AgentError",
    "BrowserError",
    "BrowserNotFound",
    "CapsliceError",
    "ConfigurationError",
    "ElementNotFound",
    "JournalError",
    "MissingExtra",
    "ModelError",
    "NoVerdict",
    "OriginNotAllowed",
    "PageChanged",
    "PassingTargetError",
    "PictureError",
    "PictureNotShown",
    "ProtectedPage",
    "SheetError",
    "TargetError",
    "TargetRefused",
    "TargetUnreachable",
]


class AgentError(CapsliceError):
    """The agent was used wrongly, or could not do what it was asked to."""


class ConfigurationError(AgentError):
    """A setting has a key or a value that it cannot have."""


class OriginNotAllowed(ConfigurationError):
    """A page lies on an origin that the configuration does not name."""


class MissingExtra(AgentError):
    """A command needs packages that a plain `pip install capslice` does not bring."""


class JournalError(AgentError):
    """The journal cannot be written or read, or is not a journal of this version."""


class PictureError(AgentError):
    """A file or screenshot is not a picture, or is damaged, or far too large."""


class ProtectedPage(AgentError):
    """The page is protected by a kind of captcha that this project declines to touch."""


class BrowserError(AgentError):
    """The browser cannot be started, or has gone away."""

    exit_status = 3


class BrowserNotFound(BrowserError):
    """No browser is installed where Playwright or the system would put one."""


class TargetError(AgentError):
    """The target page does not do what a captcha page does."""

    exit_status = 3


class TargetRefused(TargetError):
    """The target said no (403) or slower (429), and the agent obeys."""


class ElementNotFound(TargetError):
    """A selector of the configuration matches nothing on the page."""


class PassingTargetError(TargetError):
    """A fault that may pass: the page is opened anew and tried again."""


class TargetUnreachable(PassingTargetError):
    """The target did not answer, or answered with a server error."""


class PageChanged(PassingTargetError):
    """The page loaded anew, or was drawn anew, in the middle of an action."""


class PictureNotShown(PassingTargetError):
    """The captcha's picture did not load, or changed while it was taken."""


class NoVerdict(PassingTargetError):
    """Neither success nor failure was shown in time after the answer was submitted."""
