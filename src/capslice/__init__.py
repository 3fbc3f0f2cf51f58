"""capslice reads picture captchas with small neural networks, and answers them in a real browser.

    solve(page)                 solve the captcha on a Playwright page of yours
    await solve_async(page)     the same, on a page of the asynchronous API
    solve_target(settings)      the same, in a browser that capslice opens and closes
    Settings.load()             read config.toml and the environment
    Reader()                    load a model; it reads pictures without a browser
    open_browser(), new_page()  open a browser as the settings describe it
    Journal(path)               write down what is done

A call returns a `Solution`, which holds an `Attempt` with a `Verdict` for each captcha. Every
error that a call raises is a `CapsliceError`; `capslice.errors` has the whole tree. A name is
loaded when it is first used, so `import capslice` loads neither ONNX Runtime nor Playwright.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from capslice.agent.browser.launch import open_browser
    from capslice.agent.browser.session import new_page
    from capslice.agent.journal.writing import Journal
    from capslice.agent.page.verdict import Verdict
    from capslice.agent.reading.reader import Reader, Reading
    from capslice.agent.settings import Settings
    from capslice.agent.solution import Attempt, Solution
    from capslice.agent.solve import solve, solve_async, solve_target
    from capslice.errors import CapsliceError

    __version__: str

__all__ = [
    "Attempt",
    "CapsliceError",
    "Journal",
    "Reader",
    "Reading",
    "Settings",
    "Solution",
    "Verdict",
    "__version__",
    "new_page",
    "open_browser",
    "solve",
    "solve_async",
    "solve_target",
]

_HOMES = {
    "Attempt": "capslice.agent.solution",
    "CapsliceError": "capslice.errors",
    "Journal": "capslice.agent.journal.writing",
    "Reader": "capslice.agent.reading.reader",
    "Reading": "capslice.agent.reading.reader",
    "Settings": "capslice.agent.settings",
    "Solution": "capslice.agent.solution",
    "Verdict": "capslice.agent.page.verdict",
    "new_page": "capslice.agent.browser.session",
    "open_browser": "capslice.agent.browser.launch",
    "solve": "capslice.agent.solve",
    "solve_async": "capslice.agent.solve",
    "solve_target": "capslice.agent.solve",
}


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        return version("capslice")
    if name not in _HOMES:
        raise AttributeError(f"module 'capslice' has no attribute {name!r}")
    found = getattr(import_module(_HOMES[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return __all__
