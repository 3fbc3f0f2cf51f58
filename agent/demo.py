"""The whole way once, on this machine alone: serve the mock page, and solve its captcha."""

from __future__ import annotations

from pathlib import Path

from agent.errors import MissingExtra
from agent.runs import solve_target
from agent.settings import Settings, Target
from agent.solving import Solution

try:
    from training.mock_page import MockPage, Switches
    from training.pictures import EllipseCaptcha
except ImportError as error:
    raise MissingExtra(
        f"the demo serves a mock page of its own, for which {error.name} is missing: "
        "pip install 'capslice[mock]'"
    ) from None


def demo(
    settings: Settings,
    *,
    reject_first: int = 0,
    end_screenshot: Path | None = None,
    typed_screenshot: Path | None = None,
) -> Solution:
    """Solve a captcha of the mock page, which is served for as long as that takes.

    All settings but the target are used. The page rejects the first
    `reject_first` answers, whatever they are.

    Raises what `agent.solving.solve_target` raises.
    """
    with MockPage(EllipseCaptcha(), Switches(reject_first=reject_first)) as page:
        here = settings.model_copy(update={"target": Target(url=page.url)})
        return solve_target(here, end_screenshot=end_screenshot, typed_screenshot=typed_screenshot)
