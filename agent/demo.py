"""The whole way once, on this machine alone: serve the mock page, and solve its captcha."""

from __future__ import annotations

from pathlib import Path

from capslice.agent.settings import Settings, Target
from capslice.agent.solution import Solution
from capslice.agent.solve import solve_target
from capslice.training.mock_page import MockPage, Switches
from capslice.training.pictures import EllipseCaptcha


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

    Raises what `capslice.agent.retrying.solve_target` raises.
    """
    with MockPage(EllipseCaptcha(), Switches(reject_first=reject_first)) as page:
        here = settings.model_copy(update={"target": Target(url=page.url)})
        return solve_target(here, end_screenshot=end_screenshot, typed_screenshot=typed_screenshot)
