"""A page, and visitors of it."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser

from capslice.training.mock_page import Faults, MockPage, Switches, Variant
from capslice.training.pictures import EllipseCaptcha
from tests.training.mock_page.browser_visitor import BrowserVisitor, VisitInBrowser
from tests.training.mock_page.visitor import Visitor, serve


@pytest.fixture
def page():
    with serve() as page:
        yield page


@pytest.fixture
def visitor(page):
    return Visitor(page)


@pytest.fixture
def visit_in_browser(browser: Browser, captcha: EllipseCaptcha) -> Iterator[VisitInBrowser]:
    """Serve a page of a variant, and open it in a browser, until the test ends."""
    with ExitStack() as stack:

        def visit(
            variant: Variant, faults: Faults | None = None, switches: Switches | None = None
        ) -> BrowserVisitor:
            mock = MockPage(captcha, switches or Switches(), variant=variant, faults=faults, seed=1)
            stack.enter_context(mock)
            visitor = BrowserVisitor(browser, mock, variant)
            stack.callback(visitor.context.close)
            return visitor

        yield visit
