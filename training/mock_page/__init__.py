"""A page with a captcha, on one's own machine, for an agent to be tried against."""

from capslice.training.mock_page.app import create_app
from capslice.training.mock_page.desk import Desk, Switches, Verdict, Visits, Weakness
from capslice.training.mock_page.faults import Faults
from capslice.training.mock_page.server import MockPage
from capslice.training.mock_page.variant import Variant

__all__ = [
    "Desk",
    "Faults",
    "MockPage",
    "Switches",
    "Variant",
    "Verdict",
    "Visits",
    "Weakness",
    "create_app",
]
