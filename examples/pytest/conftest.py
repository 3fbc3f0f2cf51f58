"""Starts the system's Chromium if Playwright has installed no browser."""

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
    """Override pytest-playwright's fixture. After `playwright install`, delete this file."""
    if Path(playwright.chromium.executable_path).exists():
        return browser_type_launch_args
    system = shutil.which("chromium") or shutil.which("chromium-headless-shell")
    return {"executable_path": system, **browser_type_launch_args}
