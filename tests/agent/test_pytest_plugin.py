"""The pytest fixtures in another project: the example, and what may go wrong."""

from __future__ import annotations

import shutil
from xml.etree import ElementTree

import pytest

from capslice.training.mock_page import MockPage, Switches
from capslice.training.pictures import EllipseCaptcha
from tests.agent.journal.journals import submit
from tests.conftest import ROOT

EXAMPLE = ROOT / "examples" / "pytest"
SOLVES = """
def test_it(page, capslice_agent, capslice_settings):
    page.goto(capslice_settings.target.url)
    capslice_agent.solve()
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """An empty project with the example's conftest.py, which finds a browser."""
    shutil.copy(EXAMPLE / "conftest.py", pytester.path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return pytester


def settings(project: pytest.Pytester, url: str, more: str = "") -> None:
    (project.path / "config.toml").write_text(f'[target]\nurl = "{url}"\n{more}')


def is_one_line(done: pytest.RunResult, message: str) -> None:
    """The message stands once among the failures, without a traceback or another error."""
    failures = done.stdout.str().partition("short test summary")[0]
    assert failures.count(message) == 1
    assert "Traceback" not in failures
    assert "another exception" not in failures


def test_the_example(project: pytest.Pytester, captcha: EllipseCaptcha) -> None:
    shutil.copytree(EXAMPLE, project.path, dirs_exist_ok=True)
    report = project.path / "report.xml"
    with MockPage(captcha, Switches(reject_first=1)) as mock:
        settings(project, mock.url)
        project.runpytest_subprocess("--junit-xml", report).assert_outcomes(passed=2)
        assert mock.visits.accepted == 1
    properties = {
        each.get("name"): each.get("value") for each in ElementTree.parse(report).iter("property")
    }
    assert properties == {"captcha_attempts": "2"}


def test_the_example_in_the_clone(
    project: pytest.Pytester, captcha: EllipseCaptcha, monkeypatch: pytest.MonkeyPatch
) -> None:
    with MockPage(captcha) as mock:
        monkeypatch.setenv("CAPSLICE_TARGET__URL", mock.url)
        done = project.runpytest_subprocess(EXAMPLE, "-p", "no:cacheprovider")
    done.assert_outcomes(passed=2)
    # The clone's own settings turn a warning of another plugin into an error.
    done.stdout.fnmatch_lines([f"rootdir: {EXAMPLE}"])


def test_a_captcha_that_is_not_solved_fails_the_test(
    project: pytest.Pytester, captcha: EllipseCaptcha
) -> None:
    project.makepyfile(SOLVES)
    retries = "[retries]\nattempts = 2\nfirst_wait = 0\njitter = 0\n"
    with MockPage(captcha, Switches(reject_all=True)) as mock:
        settings(project, mock.url, f"{retries}[journal]\npath = 'journal.sqlite'\n")
        submit(project.path / "journal.sqlite", mock.url)
        done = project.runpytest_subprocess()
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["not solved: 2 answers rejected, 0 captchas too unsure*"])
    done.stdout.fnmatch_lines(["*the model no longer reads this captcha as it did: 100 %*"])


def test_another_settings_file(project: pytest.Pytester, captcha: EllipseCaptcha) -> None:
    project.makepyfile(SOLVES)
    project.makeini("[pytest]\ncapslice_config = staging.toml\n")
    with MockPage(captcha) as mock:
        settings(project, "http://127.0.0.1:9/")
        (project.path / "config.toml").rename(project.path / "other.toml")
        (project.path / "staging.toml").write_text(f'[target]\nurl = "{mock.url}"\n')
        project.runpytest_subprocess().assert_outcomes(passed=1)


def test_a_wrong_key_is_one_line(project: pytest.Pytester) -> None:
    project.makepyfile(SOLVES)
    settings(project, "http://127.0.0.1:9/", "[brwser]\n")
    done = project.runpytest_subprocess()
    done.assert_outcomes(errors=1)
    is_one_line(done, "config.toml or environment: brwser is no setting")


def test_an_origin_that_is_not_allowed(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        def test_it(page, capslice_agent):
            page.route("**/*", lambda route: route.fulfill(body="<p>here"))
            page.goto("http://example.org/")
            capslice_agent.solve()
        """
    )
    done = project.runpytest_subprocess()
    done.assert_outcomes(failed=1)
    is_one_line(done, "http://example.org is not an allowed origin")


def test_unused_fixtures_load_nothing(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import sys

        def test_it():
            assert not {"onnxruntime", "pydantic", "capslice.agent.solve"} & set(sys.modules)
        """
    )
    project.runpytest_subprocess("-p", "no:playwright").assert_outcomes(passed=1)


def test_an_asynchronous_page_is_one_line(project: pytest.Pytester) -> None:
    (project.path / "conftest.py").write_text(
        "import pytest\n\n"
        "class Page:\n    __module__ = 'playwright.async_api._generated'\n\n"
        "@pytest.fixture\ndef page():\n    return Page()\n"
    )
    project.makepyfile(SOLVES)
    done = project.runpytest_subprocess()
    done.assert_outcomes(errors=1)
    is_one_line(done, "use `await solve_async(page)` from")
