"""`init` waits for the verdict, and takes nothing else that follows an answer for one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from capslice import Reader, solve
from capslice.agent.discovery import MOST_RIGHT
from capslice.errors import NoVerdict
from tests.agent.discovery.conftest import Finder
from tests.agent.discovery.pages.moments import BY_SCRIPT, FORM
from tests.agent.discovery.pages.site import SitePage
from tests.agent.judgement.models import less_sure
from tests.conftest import settings_for

FormSite = Callable[[str, str, str], str]
RIGHT, WRONG = "<p class=note>Bedankt</p>", "<p class=note>Kod yanlış</p>"

SHOW = """const p = document.createElement("div"); p.textContent = "{interim}";
    document.body.append(p);
    const show = () => {{ p.textContent = text == "Wrong" ? "Wrong code" : "Thank you"; }};"""
CHECKING = SHOW.format(interim="Checking your answer, please wait")
UNKNOWN = SHOW.format(interim="Kontrolleras")
# The page asks for its verdict some times before the server has it.
ASKING = """for (let i = 0; i < 15; i++) {
    await fetch("/not-yet"); await new Promise(done => setTimeout(done, 250)); } show();"""

INTERIM = {
    "words of waiting": CHECKING + "setTimeout(show, 3500);",
    "other words": UNKNOWN + "setTimeout(show, 1700);",
    "requests that follow": UNKNOWN + ASKING,
}


# In a quick run, one of them stands for all.
CASES = [
    pytest.param(each, marks=[pytest.mark.slow] * (each != "words of waiting")) for each in INTERIM
]


@pytest.mark.parametrize("name", CASES)
def test_a_text_before_the_verdict_is_not_the_verdict(
    name: str, finder: Finder, serve_page: Callable[[SitePage], str], tmp_path: Path, reader: Reader
) -> None:
    page = SitePage(BY_SCRIPT.format(script=INTERIM[name]), "Wrong", "Right")
    found = finder.form_and_messages(serve_page(page))
    assert found.findings["failure"].why == "“Wrong code”"
    assert found.findings["success"].why == "“Thank you”"
    assert finder.solves(found, tmp_path / "config.toml")


@pytest.mark.parametrize("power", [1, 1 / 8], ids=["sure", "unsure"])
def test_a_verdict_that_does_not_come_in_time_is_no_failure(
    power: float,
    new_session: Callable[[], Page],
    serve_page: Callable[[SitePage], str],
    tmp_path: Path,
) -> None:
    finder = Finder(new_session, _reader(tmp_path, power))
    page = SitePage(BY_SCRIPT.format(script=CHECKING), "Wrong", "Right")
    found = finder.form_and_messages(serve_page(page), timeout=3.0)
    assert found.findings["failure"].guessed
    assert found.findings["success"].guessed
    failure, success = found.notes
    assert "still showed 'Checking your answer, please wait' when 3 s were over" in failure
    nobody = "nobody can say if the page accepted the model's answer"
    assert (nobody if power == 1 else "no right answer was sent") in success


def _reader(folder: Path, power: float) -> Reader:
    model = folder / "model.onnx"
    model.write_bytes(less_sure(power))
    return Reader(model)


@pytest.mark.slow
def test_a_text_after_all_answers_is_a_failure_only_if_its_words_say_so(
    finder: Finder, form_site: FormSite
) -> None:
    found = finder.form_and_messages(form_site(FORM, WRONG, WRONG + FORM))
    assert found.findings["failure"].guessed
    assert "yanlış" not in found.selector("failure")
    assert "a wrong answer and the model's answers all brought 'Kod yanlış'" in found.notes[0]
    said = "<p class=note>Wrong code</p>"
    found = finder.form_and_messages(form_site(FORM, said, said + FORM))
    assert found.selector("failure") == 'p:text-is("Wrong code")'
    assert found.notes == (
        f"init sent {MOST_RIGHT} answers of the model, and no answer was accepted: success is a "
        "guess, so check selectors.success",
    )


def test_answers_that_come_too_soon(finder: Finder, form_site: FormSite) -> None:
    hasty = "<p class=note>You are too fast</p>"
    found = finder.form_and_messages(form_site(FORM, hasty, hasty + FORM))
    (note,) = (note for note in found.notes if "think" in note)
    assert note.startswith(
        "answers brought 'You are too fast': write think = 3 or more under [pace]"
    )


def test_another_error_in_the_same_element_is_no_failure(
    finder: Finder, form_site: FormSite, reader: Reader
) -> None:
    wrong = "<p class=error>Wrong code</p>"
    url = form_site(FORM, wrong, f"<p class=error>Please enter your e-mail.</p>{FORM}")
    found = finder.form_and_messages(url)
    assert found.selector("failure") == 'p:text-is("Wrong code")'
    assert not found.findings["failure"].guessed
    sent, other = found.notes
    assert "no answer was accepted" in sent
    assert "after the model's answers the page showed 'Please enter your e-mail.'" in other
    settings = settings_for(url, 2.0, target=dict(found.target), retries={"faults": 0})
    with pytest.raises(NoVerdict):
        solve(finder.new_session(), settings, reader=reader)


@pytest.mark.parametrize("power", [1 / 4, 1 / 8], ids=["likely", "unlikely"])
def test_init_sends_what_is_likely_right_and_says_what_it_sent(
    power: float,
    new_session: Callable[[], Page],
    form_site: FormSite,
    tmp_path: Path,
) -> None:
    finder = Finder(new_session, _reader(tmp_path, power))
    found = finder.form_and_messages(form_site(FORM, WRONG, RIGHT))
    (note,) = found.notes
    if power == 1 / 4:
        assert found.selector("success") == 'p:text-is("Bedankt")'
        assert "init also sent answers of confidence 0." in note
        assert "below model.min_confidence (0.95)" in note
    else:
        assert found.findings["success"].guessed
        assert "no right answer was sent, because the model was not sure enough of any" in note
        assert "(best 0." in note
