"""Where Playwright has no browser of its own, the system's Chromium does as well."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Playwright


@pytest.fixture(scope="session")
def browser_type_launch_args(
    browser_type_launch_args: dict[str, Any], playwright: Playwright
) -> dict[str, Any]:
    """Overrides pytest-playwright's; leave this file out after `playwright install`."""
    if Path(playwright.chromium.executable_path).exists():
        return browser_type_launch_args
    return {"executable_path": shutil.which("chromium"), **browser_type_launch_args}
