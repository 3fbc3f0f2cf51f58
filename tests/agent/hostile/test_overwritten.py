"""A page that overwrites what the agent's scripts call brings one of our errors, or nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser

from capslice.agent.browser.scripts import source
from capslice.agent.browser.session import own_session
from capslice.agent.page.sync_captcha_page import SyncCaptchaPage
from capslice.agent.settings import Browser as BrowserSettings
from capslice.agent.settings import Target
from capslice.errors import AgentError
from tests.agent.conftest import Site

# What the scripts call by name; the page overwrites what the browser has of that name.
SCRIPTS = source("capslice.agent.page")
CALLED, OWN = re.findall(r"(\w+)\(", SCRIPTS), re.findall(r"function (\w+)", SCRIPTS)
NAMES = sorted({*CALLED, "Symbol.iterator", "toJSON", "keys"} - {*OWN})
QUICK = ("map", "join", "querySelectorAll", "ceil")
OVERWRITE = """
const classes = Object.getOwnPropertyNames(window).filter(each => /^[A-Z]/.test(each))
const owners = classes.flatMap(each => [window[each], window[each]?.prototype])
for (const owner of [window, document, ...owners.filter(each => Object(each) === each)])
    try { if (Object.hasOwn(owner, NAME) || NAME === "toJSON") owner[NAME] = REPLACEMENT } catch {}
"""
REPLACEMENTS = ("() => ({})", "() => { throw 1 }", '() => "x"', "() => [{}, 1, null]", "null")


@pytest.mark.parametrize(
    "name",
    [pytest.param(each, marks=() if each in QUICK else pytest.mark.slow) for each in NAMES],
)
def test_an_overwritten_method_brings_no_traceback(
    name: str, browser: Browser, serve_hostile: Callable[[str], tuple[Target, Site]]
) -> None:
    for replacement in REPLACEMENTS if name not in QUICK else REPLACEMENTS[1:4:2]:
        script = OVERWRITE.replace("REPLACEMENT", replacement)
        script = script.replace("NAME", name if "." in name else json.dumps(name))
        target, _ = serve_hostile(f'<!doctype html><input id="input"><script>{script}</script>')
        context = own_session(browser, BrowserSettings())
        try:
            with SyncCaptchaPage(context.new_page(), target, 1) as page:
                page.open()
                page.picture()
                page.type_answer("526328")
                page.submit()
                page.verdict()
        except AgentError as error:
            assert str(error)
        finally:
            context.close()
