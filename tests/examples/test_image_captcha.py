"""The site of examples/image_captcha, as one meets it who knows the answer."""

from __future__ import annotations

import runpy
import tomllib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from werkzeug.serving import make_server

from capslice import Verdict
from capslice.agent.page.sync_captcha_page import SyncCaptchaPage
from tests.agent.conftest import served
from tests.conftest import ROOT
from tests.examples.test_library_captchas import PYPI

pytestmark = PYPI

EXAMPLE = ROOT / "examples" / "image_captcha"
SELECTORS = tomllib.loads((EXAMPLE / "config.toml").read_text())["target"]["selectors"]


@pytest.fixture
def site() -> Iterator[dict[str, Any]]:
    """What the program knows, while it is served at `url`."""
    known = runpy.run_path(str(EXAMPLE / "site.py"))
    known["app"].config.update(CHARSET="0123456789", LENGTH=4)
    # Not the program's own server, which can be ended from its own thread alone.
    with served(make_server("127.0.0.1", 0, known["app"], threaded=True)) as url:
        yield known | {"url": url}


def test_its_config_is_good_for_all_that_is_done_there(
    site: dict[str, Any], visit: Callable[..., SyncCaptchaPage]
) -> None:
    steps = visit(site["url"], selectors=SELECTORS)
    steps.open()
    steps.picture()
    ((visitor, first),) = site["answers"].items()
    steps.refresh()
    steps.picture()
    second = site["answers"][visitor]
    for answer, verdict in (("x", Verdict.REJECTED), (None, Verdict.ACCEPTED)):
        steps.type_answer(answer or site["answers"][visitor])
        steps.submit()
        assert Verdict(steps.verdict()) is verdict
        if not answer:
            break
        steps.picture()
    assert first != second
    assert visitor not in site["answers"], "an answer that holds twice"
