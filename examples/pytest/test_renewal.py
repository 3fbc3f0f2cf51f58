"""End-to-end tests of a form with a captcha. pytest-playwright provides `page`."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from capslice import Settings
from capslice.agent.pytest_plugin import PageAgent


def test_a_card_is_renewed(
    page: Page, capslice_agent: PageAgent, capslice_settings: Settings
) -> None:
    page.goto(capslice_settings.target.url)
    capslice_agent.solve()
    expect(page.get_by_text("Your card is renewed")).to_be_visible()


def test_a_wrong_answer_renews_nothing(page: Page, capslice_settings: Settings) -> None:
    page.goto(capslice_settings.target.url)
    page.fill("#answer", "000000")
    page.click("#submit")
    expect(page.locator("#failure")).to_be_visible()
