"""The probe that repeats an accepted answer knows sites where a session stays verified."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from capslice import Reader
from capslice.agent.audit.probing.probes import Probes
from capslice.agent.audit.report.report import Weakness
from capslice.agent.audit.weaknesses import PROBED, REUSED_ANSWER
from capslice.agent.browser.own_browser import OwnBrowser
from capslice.agent.journal.writing import Journal
from capslice.agent.rules.pace import Pace
from capslice.training.mock_page import MockPage, Switches
from capslice.training.pictures import EllipseCaptcha
from tests.agent.judgement.sites import Verified, serve
from tests.conftest import in_a_thread, settings_for

BY_STATUS = {
    "selectors": {
        "picture": "#captcha", "input": "#answer", "submit": "#submit", "refresh": "",
        "success": "", "failure": "",
    },
    "statuses": {"accepted": [200], "rejected": [422]},
}  # fmt: skip


def probe(url: str, folder: Path, reader: Reader, **target: Any) -> Weakness:
    """The result of this probe alone."""
    settings = settings_for(url, timeout=3.0, target=target)
    others = {each.key for each in PROBED} - {REUSED_ANSWER.key}

    def run() -> Weakness:
        pace = Pace(folder / "pace.sqlite")
        with Journal(folder / "probes.sqlite") as journal, OwnBrowser(settings.browser) as own:
            (weakness,) = Probes(own, reader, settings, pace, journal).run(skip=others)
        return weakness

    weakness: Weakness = in_a_thread(run)
    return weakness


@pytest.mark.parametrize(
    ("verified", "result", "evidence"),
    [
        ("once", "not_found", "The site rejected an accepted answer"),
        ("any answer", "not_tested", "then accepted a wrong one with the same cookies as well"),
        ("no captcha", "not_tested", "then showed it no captcha any more"),
    ],
)
def test_a_session_that_stays_verified_is_no_weakness(
    verified: Verified, result: str, evidence: str, tmp_path: Path, reader: Reader
) -> None:
    with serve(EllipseCaptcha(), "status", "right", verified) as site:
        weakness = probe(site.url, tmp_path, reader, **BY_STATUS)
    assert (weakness.result, evidence in weakness.evidence) == (result, True), weakness.evidence


def test_an_answer_that_is_kept_is_a_weakness(tmp_path: Path, reader: Reader) -> None:
    switches = Switches(weaknesses=frozenset({"reused_answer"}))
    with MockPage(EllipseCaptcha(), switches, seed=1) as page:
        weakness = probe(page.url, tmp_path, reader)
    assert weakness.result == "found"
    assert page.visits.rejected == 1  # the wrong answer of the control
