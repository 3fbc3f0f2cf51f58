"""The site of examples/image_captcha works, for a visitor who knows the answer."""

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
    """Serve the site; return its globals, and its address as `url`."""
    program = runpy.run_path(str(EXAMPLE / "site.py"))
    program["app"].config.update(CHARSET="0123456789", LENGTHS=[4])
    # Not the program's own server, which only its own thread can stop.
    with served(make_server("127.0.0.1", 0, program["app"], threaded=True)) as url:
        yield program | {"url": url}


def test_its_config_fits_the_site(
    site: dict[str, Any], visit: Callable[..., SyncCaptchaPage]
) -> None:
    page = visit(site["url"], selectors=SELECTORS)
    page.open()
    page.picture()
    ((visitor, first),) = site["answers"].items()
    page.refresh()
    page.picture()
    assert site["answers"][visitor] != first
    page.type_answer("x")
    page.submit()
    assert page.verdict() is Verdict.REJECTED
    page.picture()
    page.type_answer(site["answers"][visitor])
    page.submit()
    assert page.verdict() is Verdict.ACCEPTED
    assert visitor not in site["answers"], "an answer that is valid twice"
