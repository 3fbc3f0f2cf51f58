"""The browser agent: reads a simple picture captcha with an ONNX model and answers it.

Names are loaded when they are first asked for, so that `import agent` and the
command line's `--help` cost nothing of ONNX Runtime or Playwright.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.browsing.browser import new_page, open_browser
    from agent.browsing.captcha_page import CaptchaPage, Verdict
    from agent.reader import Reader, Reading
    from agent.settings import Settings
    from agent.solving import Attempt, Solution, solve

__all__ = [
    "Attempt",
    "CaptchaPage",
    "Reader",
    "Reading",
    "Settings",
    "Solution",
    "Verdict",
    "new_page",
    "open_browser",
    "solve",
]

_HOMES = {
    "Attempt": "agent.solving",
    "CaptchaPage": "agent.browsing.captcha_page",
    "Reader": "agent.reader",
    "Reading": "agent.reader",
    "Settings": "agent.settings",
    "Solution": "agent.solving",
    "Verdict": "agent.browsing.captcha_page",
    "new_page": "agent.browsing.browser",
    "open_browser": "agent.browsing.browser",
    "solve": "agent.solving",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'agent' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
