"""The Perl site of examples/securityimage works. The tests read the answers from its files."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page

from capslice import Verdict
from capslice.agent.page.sync_captcha_page import SyncCaptchaPage
from capslice.models.sums import value
from tests.commands import run
from tests.perl import EXAMPLE, SITE, needs_perl

pytestmark = needs_perl(*SITE)

LIFETIME = 60
SELECTORS = tomllib.loads((EXAMPLE / "config.toml").read_text())["target"]["selectors"]
Visit = Callable[..., SyncCaptchaPage]


@dataclass
class PerlSite:
    url: str
    answers: Path

    def file(self, page: Page) -> Path:
        """The file with the answer that the server expects from a page's session."""
        (cookie,) = page.context.cookies()
        return self.answers / cookie["value"]


@pytest.fixture(scope="module")
def perl_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PerlSite]:
    state = tmp_path_factory.mktemp("state")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = {"port": port, "lifetime": LIFETIME, "state": state}
    given = [f"--{name}={value}" for name, value in options.items()]
    with subprocess.Popen(
        ["perl", EXAMPLE / "site.pl", *given], stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout
            assert server.stdout.readline() == f"serving http://127.0.0.1:{port}/\n"
            yield PerlSite(f"http://127.0.0.1:{port}/", state / "answers")
        finally:
            server.terminate()


@pytest.fixture
def opened(perl_site: PerlSite, visit: Visit) -> SyncCaptchaPage:
    steps = visit(perl_site.url, selectors=SELECTORS)
    steps.open()
    steps.picture()
    return steps


def answered(steps: SyncCaptchaPage, text: str) -> Verdict:
    steps.type_answer(text)
    steps.submit()
    return Verdict(steps.verdict())


def test_doctor_accepts_the_page_with_its_config(perl_site: PerlSite, tmp_path: Path) -> None:
    kept = ("--picture", tmp_path / "captcha.png")
    done = run("doctor", perl_site.url, "--config", EXAMPLE / "config.toml", *kept)
    assert "selectors: input, submit and refresh are on the page" in done.stdout


def test_the_right_answer_is_accepted(perl_site: PerlSite, opened: SyncCaptchaPage) -> None:
    assert answered(opened, perl_site.file(opened.page).read_text()) is Verdict.ACCEPTED
    assert opened.page.url == perl_site.url + "signed"
    opened.page.goto(perl_site.url + "signed")
    assert opened.page.url == perl_site.url, "a welcome that outlives the answer"


def test_a_wrong_answer_is_rejected(perl_site: PerlSite, opened: SyncCaptchaPage) -> None:
    right = perl_site.file(opened.page).read_text()
    wrong = right.translate(str.maketrans("0123456789", "1234567890"))
    assert answered(opened, wrong) is Verdict.REJECTED
    opened.picture()
    assert perl_site.file(opened.page).read_text() != right, "not a new captcha"


def test_the_link_shows_another_picture(perl_site: PerlSite, opened: SyncCaptchaPage) -> None:
    before = perl_site.file(opened.page).read_text()
    opened.refresh()
    opened.picture()
    after = perl_site.file(opened.page).read_text()
    assert after != before
    assert answered(opened, after) is Verdict.ACCEPTED


def test_an_answer_is_valid_once(perl_site: PerlSite, opened: SyncCaptchaPage) -> None:
    # Sent without a browser, which would load a new picture in between.
    answer = perl_site.file(opened.page).read_text()
    assert _posted(opened.page, perl_site, answer) == 303
    assert _posted(opened.page, perl_site, answer) == 200, "the form again"


def test_only_one_of_many_simultaneous_answers_is_accepted(
    perl_site: PerlSite, opened: SyncCaptchaPage
) -> None:
    answer = perl_site.file(opened.page).read_text()
    (cookie,) = opened.page.context.cookies()
    at_once = threading.Barrier(4)

    def post(_: int) -> bool:
        body = f"answer={answer}"
        head = (
            "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
            f"Cookie: {cookie['name']}={cookie['value']}\r\nContent-Length: {len(body)}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
        )
        port = int(perl_site.url.rstrip("/").rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as connection:
            at_once.wait()
            connection.sendall((head + body).encode())
            return connection.makefile("rb").readline().startswith(b"HTTP/1.1 303")

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(post, range(4))) == 1


def test_an_answer_expires(perl_site: PerlSite, opened: SyncCaptchaPage) -> None:
    file = perl_site.file(opened.page)
    answer, drawn = file.read_text(), file.stat().st_mtime
    os.utime(file, (drawn, drawn - LIFETIME))
    assert answered(opened, answer) is Verdict.REJECTED
    assert "too old" in opened.page.inner_text("#failure")


def _posted(page: Page, site: PerlSite, answer: str) -> int:
    response = page.request.post(site.url, form={"answer": answer}, max_redirects=0)
    return response.status


DRAW_A_SUM = """
use Drawing;
my ( undef, $text, $answer ) = Drawing::picture( %Drawing::DEFAULTS, sums => 1 );
print "$text $answer";
"""


def test_the_answer_to_a_sum_is_its_value() -> None:
    command = ["perl", f"-I{EXAMPLE}", "-e", DRAW_A_SUM]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    text, answer = done.stdout.split()
    assert value(text) == int(answer)
