"""capslice reads picture captchas with small neural networks, and answers them in a real browser.

    solve(page)                 solve the captcha on a Playwright page of yours
    await solve_async(page)     the same, on a page of the asynchronous API
    solve_target(settings)      the same, in a browser that capslice opens and closes
    Settings.load()             read config.toml and the environment
    Reader()                    load a model, which reads pictures without a browser
    open_browser(), new_page()  open a browser as the settings describe it
    Journal(path)               record every attempt

A solve returns a `Solution`, which holds an `Attempt` with a `Verdict` for each captcha. Every
error that a call raises is a `CapsliceError`; `capslice.errors` has the whole tree. A name is
loaded when it is first used, so `import capslice` loads neither ONNX Runtime nor Playwright.
"""

from __future__ import annotations

import os
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

_MODULES = {
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

# ONNX Runtime reads this when it is imported. Otherwise it keeps an id of the machine, and sends
# what it does to Microsoft.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

# In a checkout, `agent` is a link. Where git may not make links it writes a text file instead.
if os.path.isfile(os.path.join(__path__[0], "agent")):  # noqa: PTH113, PTH118  faster than pathlib
    raise ImportError(
        "this checkout of capslice has text files where it needs links: on Windows, turn on "
        "Developer Mode and clone again with `git clone -c core.symlinks=true`"
    )


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        return version("capslice")
    if name not in _MODULES:
        raise AttributeError(f"module 'capslice' has no attribute {name!r}")
    value = getattr(import_module(_MODULES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
