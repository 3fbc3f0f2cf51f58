"""A page and a visitor of it."""

import pytest

from tests.training.mock_page.visitor import Visitor, serve


@pytest.fixture
def page():
    with serve() as page:
        yield page


@pytest.fixture
def visitor(page):
    return Visitor(page)
