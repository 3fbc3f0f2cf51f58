"""The demo: serves the mock page on this machine, and solves its captcha."""

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
    """Serve the mock page, solve its captcha, and stop serving.

    Uses all settings except the target. The page rejects the first `reject_first` answers.

    Raises what `capslice.solve_target` raises.
    """
    with MockPage(EllipseCaptcha(), Switches(reject_first=reject_first)) as page:
        settings = settings.model_copy(update={"target": Target(url=page.url)})
        return solve_target(
            settings, end_screenshot=end_screenshot, typed_screenshot=typed_screenshot
        )
