"""Only the response to the answer is a verdict or ends a run, not those to other requests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest
from playwright.async_api import async_playwright
from playwright.sync_api import Browser, Page

from capslice import Verdict, new_page
from capslice.agent.browser.launch import system_browser
from capslice.agent.browser.sync_async import run_synchronously
from capslice.agent.page.captcha_page import CaptchaPage
from capslice.agent.settings import Target
from capslice.errors import AgentError, NoVerdict, TargetRefused, TargetUnreachable
from tests.agent.conftest import Answer, Site
from tests.conftest import in_a_thread

Start = Callable[..., Site]

FIELD = "<input id=answer name=answer>"
BOXES = "<div id=answer>" + "<input name=digit maxlength=1>" * 6 + "</div>"
FORM = "<form id=form method=post action=/check {more}>{field}<button id=submit>go</button></form>"
BY_SCRIPT = "form.onsubmit = async e => {{ e.preventDefault(); {script} }};"
# The ways in which pages send an answer: the field, and the script that sends it.
SENT = {
    "form": (FORM.format(field=FIELD, more=""), ""),
    "form by GET": (FORM.format(field=FIELD, more="").replace("post", "get"), ""),
    "form in a tab": (FORM.format(field=FIELD, more="target=_blank"), ""),
    "form with parts": (FORM.format(field=FIELD, more="enctype=multipart/form-data"), ""),
    **{
        name: (FORM.format(field=BOXES if "boxes" in name else FIELD, more=""), script)
        for name, script in {
            "JSON": "await post('/check', JSON.stringify({answer: answer.value}))",
            "FormData": "await post('/check', new FormData(form))",
            "boxes": "await post('/check', new URLSearchParams(new FormData(form)))",
            "boxes with numbers": "await post('/check', JSON.stringify(Object.fromEntries("
            "[...new FormData(form).values()].map((value, i) => [i, value]))))",
            "address": "await fetch('/check?answer=' + answer.value)",
            "path": "await fetch('/check/' + answer.value)",
            "hash": "await post('/check', btoa(answer.value))",
            "XMLHttpRequest": "const x = new XMLHttpRequest(); x.open('POST', '/check'); "
            "x.send(new URLSearchParams({answer: answer.value}))",
            "redirected": "await post('/moved', answer.value)",
            "document after it": "await post('/asked', answer.value); location = '/check'",
        }.items()
    },
}
# Requests of the page itself: before the submit, while someone types, and when they submit.
BACKGROUND = """
const post = (url, body) => fetch(url, {method: "POST", body});
post("/beat"); setInterval(() => post("/beat"), 20);
form.addEventListener("input", e => post("/draft", e.target.value));
form.addEventListener("submit", () => post("/stats", "seen=1234567"));
"""
FIRST = "await post('/stats'); "


def page_of(way: str) -> Answer:
    html, script = SENT[way]
    by_script = BY_SCRIPT.format(script=FIRST + script) if script else ""
    return Answer(f"{html}<script>{BACKGROUND}{by_script}</script>".encode())


def site_of(site: Start, way: str, *, check: int, background: int) -> Site:
    """A site that answers the submission with one status, and all other requests with another."""
    checked, other = Answer(b"checked", check), Answer(b"other", background)
    answers = {"/": page_of(way), "/check": checked, "/check/526328": checked}
    answers |= dict.fromkeys(("/beat", "/draft", "/stats"), other)
    answers |= {"/asked": Answer(status=299), "/moved": Answer(status=307, location="/check")}
    return site(answers)


async def judge(page: Page, url: str, timeout: float = 10.0, **statuses: Any) -> Verdict:
    """The verdict on an answer, by the HTTP status alone."""
    selectors = {"picture": "body", "success": "", "failure": "", "refresh": ""}
    statuses = {"accepted": [200], "rejected": [422]} | statuses
    target = Target.model_validate({"url": url, "selectors": selectors, "statuses": statuses})
    captcha_page = CaptchaPage(page, target, timeout)
    await captcha_page.attach()
    try:
        await captcha_page.open()
        await captcha_page.type_answer("526328")
        await captcha_page.submit()
        return await captcha_page.verdict()
    finally:
        await captcha_page.detach()


@pytest.fixture
def judged(browser: Browser) -> Callable[..., Verdict]:
    def judged(url: str, timeout: float = 10.0, **statuses: Any) -> Verdict:
        page = new_page(browser)
        try:
            return run_synchronously(judge(page, url, timeout, **statuses))
        finally:
            page.context.close()

    return judged


@pytest.mark.parametrize("way", SENT)
def test_only_the_response_to_the_answer_is_a_verdict(
    way: str, site: Start, judged: Callable[..., Verdict]
) -> None:
    wrong, right = (site_of(site, way, check=c, background=b) for c, b in ((422, 200), (200, 422)))
    assert judged(wrong.url) is Verdict.REJECTED
    assert judged(right.url) is Verdict.ACCEPTED


def test_the_asynchronous_api_knows_the_response_too(site: Start) -> None:
    async def judge_all() -> dict[str, Verdict]:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=system_browser())
            verdicts = {}
            for way in SENT:
                page = await browser.new_page()
                url = site_of(site, way, check=422, background=200).url
                verdicts[way] = await judge(cast(Page, page), url)
                await page.close()
            return verdicts

    assert in_a_thread(asyncio.run, judge_all()) == dict.fromkeys(SENT, Verdict.REJECTED)


@pytest.mark.parametrize("status", [500, 403])
@pytest.mark.parametrize("way", ["form", "JSON"])
def test_other_requests_do_not_end_a_run(
    way: str, status: int, site: Start, judged: Callable[..., Verdict]
) -> None:
    there = site_of(site, way, check=422, background=status)
    me = "<script>fetch('/me'); setInterval(() => fetch('/me'), 50)</script><img src=/me>"
    there.answers["/me"] = Answer(status=status)
    there.answers["/"].body += me.encode()
    assert judged(there.url) is Verdict.REJECTED


@pytest.mark.parametrize(
    ("status", "error"), [(403, TargetRefused), (429, TargetRefused), (500, TargetUnreachable)]
)
@pytest.mark.parametrize("way", ["form", "JSON", "redirected"])
def test_an_error_in_response_to_the_answer_ends_the_attempt(
    way: str, status: int, error: type[AgentError], site: Start, judged: Callable[..., Verdict]
) -> None:
    there = site_of(site, way, check=status, background=200)
    with pytest.raises(error, match=f"/check answers {status}"):
        judged(there.url)


@pytest.mark.parametrize("way", ["form", "JSON", "document after it"])
@pytest.mark.parametrize("status", [403, 500])
def test_a_configured_status_is_a_verdict(
    status: int, way: str, site: Start, judged: Callable[..., Verdict]
) -> None:
    there = site_of(site, way, check=status, background=200)
    assert judged(there.url, rejected=[status]) is Verdict.REJECTED
    assert judged(there.url, accepted=[status]) is Verdict.ACCEPTED


def test_429_is_no_verdict(site: Start, judged: Callable[..., Verdict]) -> None:
    there = site_of(site, "JSON", check=429, background=200)
    with pytest.raises(TargetRefused):
        judged(there.url, rejected=[429])


def test_an_answer_that_cannot_be_recognised_has_no_verdict(
    site: Start, judged: Callable[..., Verdict]
) -> None:
    there = site_of(site, "JSON", check=200, background=200)
    encrypted = b"answer: [...answer.value].map(each => each * 7)"
    there.answers["/"].body = there.answers["/"].body.replace(b"answer: answer.value", encrypted)
    with pytest.raises(NoVerdict, match="a status of 422, 200 in response to the answer"):
        judged(there.url, 1)
    # The site refuses what seems to be the answer.
    there.answers["/check"] = Answer(status=403)
    with pytest.raises(TargetRefused, match="/check answers 403"):
        judged(there.url, 1)


def test_of_two_requests_with_the_answer_the_rejection_counts(
    site: Start, judged: Callable[..., Verdict]
) -> None:
    there = site_of(site, "JSON", check=422, background=200)
    draft = b"post('/draft', answer.value); await post('/check'"
    there.answers["/"].body = there.answers["/"].body.replace(b"await post('/check'", draft)
    assert judged(there.url) is Verdict.REJECTED
