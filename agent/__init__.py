"""The browser agent: reads a simple picture captcha with an ONNX model and answers it.

    solve(page)                on a page of Playwright's that is yours
    await solve_async(page)    the same with its asynchronous API
    solve_target(settings)     in a browser of its own, as `captcha-agent solve` does
    Settings.load()            what config.toml and the environment say
    Reader()                   a model: pictures to text, without any browser
    open_browser(), new_page() a browser as the settings have it
    Journal(path)              what was done

What comes back is a `Solution` of `Attempt`s with a `Verdict` each; what is raised is an
`AgentError` of `agent.errors`. Names are loaded when they are first asked for, so that
`import agent` and the command line's `--help` cost nothing of ONNX Runtime or Playwright.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.browsing.browser import new_page, open_browser
    from agent.browsing.verdict import Verdict
    from agent.errors import AgentError
    from agent.journal import Journal
    from agent.reader import Reader, Reading
    from agent.runs import solve, solve_async, solve_target
    from agent.settings import Settings
    from agent.solving import Attempt, Solution

__all__ = [
    "AgentError",
    "Attempt",
    "Journal",
    "Reader",
    "Reading",
    "Settings",
    "Solution",
    "Verdict",
    "new_page",
    "open_browser",
    "solve",
    "solve_async",
    "solve_target",
]

_HOMES = {
    "AgentError": "agent.errors",
    "Attempt": "agent.solving",
    "Journal": "agent.journal",
    "Reader": "agent.reader",
    "Reading": "agent.reader",
    "Settings": "agent.settings",
    "Solution": "agent.solving",
    "Verdict": "agent.browsing.verdict",
    "new_page": "agent.browsing.browser",
    "open_browser": "agent.browsing.browser",
    "solve": "agent.runs",
    "solve_async": "agent.runs",
    "solve_target": "agent.runs",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'agent' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
