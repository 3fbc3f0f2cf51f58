"""A web page with a captcha, served on this machine to test an agent against."""

from capslice.training.mock_page.app import create_app
from capslice.training.mock_page.captcha_store import (
    CaptchaStore,
    Switches,
    Verdict,
    Visits,
    Weakness,
)
from capslice.training.mock_page.faults import Faults
from capslice.training.mock_page.server import MockPage
from capslice.training.mock_page.variant import Variant

__all__ = [
    "CaptchaStore",
    "Faults",
    "MockPage",
    "Switches",
    "Variant",
    "Verdict",
    "Visits",
    "Weakness",
    "create_app",
]
