"""Mock pages with variants and faults."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from capslice.training.mock_page import Faults, MockPage, Switches, Variant
from capslice.training.pictures import EllipseCaptcha

Mock = Callable[..., MockPage]


@pytest.fixture
def mock(captcha: EllipseCaptcha) -> Iterator[Mock]:
    """Serve a mock page with the given variant, faults and switches until the test ends."""
    with ExitStack() as stack:

        def mock(
            variant: Variant | None = None,
            faults: Faults | None = None,
            **switches: Any,
        ) -> MockPage:
            page = MockPage(
                captcha, Switches(**switches), variant=variant or Variant(), faults=faults, seed=1
            )
            return stack.enter_context(page)

        yield mock
