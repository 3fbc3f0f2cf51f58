"""Takes fresh pictures from a captcha page, at the configured pace and without an answer."""

from __future__ import annotations

from collections.abc import Iterator

from capslice.agent.page.sync_captcha_page import SyncCaptchaPage
from capslice.agent.rules.pace import Pace
from capslice.agent.settings import Settings

# So many unsure readings of a good model leave no doubt.
PICTURES = 5


def fresh_picture(page: SyncCaptchaPage, settings: Settings) -> bytes:
    """Wait for the pace, bring a fresh captcha, and take its picture.

    It may be one that the page has shown before. Raises TargetError if the page shows no fresh one.
    """
    pace = Pace(settings.pace.path)
    for seconds in pace.waits(settings.target.url, settings.pace):
        page.page.wait_for_timeout(seconds * 1000)
    page.refresh()
    return page.picture()


def fresh_pictures(page: SyncCaptchaPage, settings: Settings, first: bytes) -> Iterator[bytes]:
    """Yield `first`, which the page shows, and up to four fresh pictures, each only once.

    Raises TargetError if the page shows no fresh one.
    """
    seen = {first}
    yield first
    for _ in range(PICTURES - 1):
        picture = fresh_picture(page, settings)
        if picture not in seen:
            seen.add(picture)
            yield picture
