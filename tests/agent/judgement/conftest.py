"""One Chromium for all sites of this folder."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent.browser.chromium import running_chromium


@pytest.fixture(scope="session")
def cdp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running Chromium; only one client at a time sees the alerts of a page."""
    with running_chromium(tmp_path_factory.mktemp("profile")) as (address, _):
        yield address


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder for the model files."""
    return tmp_path_factory.mktemp("models")


@pytest.fixture(autouse=True)
def no_log_of_requests(caplog: pytest.LogCaptureFixture) -> None:
    """The sites log each request, which tells nothing here."""
    caplog.set_level(logging.ERROR, "werkzeug")
