"""A page with a captcha, on one's own machine, for an agent to be tried against."""

from training.mock_page.app import create_app
from training.mock_page.desk import Desk, Switches, Verdict, Visits
from training.mock_page.server import MockPage

__all__ = ["Desk", "MockPage", "Switches", "Verdict", "Visits", "create_app"]
