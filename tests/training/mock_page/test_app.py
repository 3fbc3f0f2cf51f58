"""The form and the verdicts of the mock page, over real HTTP where time does not matter."""

import http.client
import io
import re
from contextlib import closing

import pytest
from PIL import Image

from capslice.training.mock_page import CaptchaStore, Switches, Verdict, create_app
from tests.training.mock_page.visitor import CAPTCHA, Visitor, captcha_id_in


def wrong_answer(answer):
    return answer[::-1] if answer != answer[::-1] else f"{(int(answer) + 1) % 10**6:06}"


# The form


def test_a_right_answer_leads_to_the_welcome_page(visitor):
    assert visitor.solve() == ("/welcome", None)
    *_, body = visitor.request("/welcome")
    assert b'id="success"' in body
    assert Verdict.RIGHT.value in body.decode()


def test_the_next_form_ends_access_to_the_welcome_page(visitor):
    visitor.solve()
    visitor.open_form()
    _, path, _, body = visitor.request("/welcome")
    assert path == "/"
    assert b'id="success"' not in body


def test_form_has_what_an_agent_needs(visitor):
    *_, body = visitor.request()
    html = body.decode()
    for element in ("captcha", "answer", "submit", "refresh"):
        assert html.count(f'id="{element}"') == 1
    assert 'width="310" height="80"' in re.sub(r"\s+", " ", html)
    assert 'autocomplete="off"' in html
    assert 'inputmode="numeric"' in html
    assert "required" not in html
    assert "failure" not in html
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', html)


def test_all_links_of_the_form_work(visitor):
    *_, body = visitor.request()
    paths = re.findall(r'(?:src|href)="(/[^"]+)"', body.decode())
    assert len(paths) == 2
    for path in paths:
        assert visitor.request(path)[0] == 200, path


def test_each_form_has_a_new_captcha(visitor):
    first, second = visitor.open_form(), visitor.open_form()
    assert first != second
    with pytest.raises(KeyError):
        visitor.page.answer_of(first)
    assert visitor.picture(first)[0] == 404
    assert visitor.picture(second)[0] == 200


def test_picture_is_the_captcha_and_stays_the_same(visitor):
    captcha_id = visitor.open_form()
    _, _, headers, png = visitor.picture(captcha_id)
    assert headers["Content-Type"] == "image/png"
    assert headers["Cache-Control"] == "no-store"
    with Image.open(io.BytesIO(png)) as image:
        assert (image.size, image.mode) == ((310, 80), "L")
    assert visitor.picture(captcha_id)[3] == png


def test_a_wrong_answer_shows_a_message_and_a_new_captcha(visitor):
    first = visitor.open_form()
    _, path, _, body = visitor.request(answer=wrong_answer(visitor.page.answer_of(first)))
    assert path == "/"
    assert Verdict.WRONG.value in body.decode()
    assert captcha_id_in(body) != first
    assert b"failure" not in visitor.request()[3]


def test_a_submission_is_redirected_with_status_303(page):
    host = page.url.removeprefix("http://").rstrip("/")
    with closing(http.client.HTTPConnection(host, timeout=10)) as connection:
        connection.request("POST", "/", "answer=1")
        response = connection.getresponse()
        assert (response.status, response.headers["Location"]) == (303, "/")


def test_an_empty_answer_has_its_own_message(visitor):
    captcha_id = visitor.open_form()
    assert visitor.submit("  ") == ("/", Verdict.EMPTY.value)
    with pytest.raises(KeyError):
        visitor.page.answer_of(captcha_id)


def test_spaces_around_the_answer_are_ignored(visitor):
    assert visitor.submit(f" {visitor.page.answer_of(visitor.open_form())}\n")[0] == "/welcome"


# Attacks that must fail


def test_captcha_is_used_up_by_a_wrong_answer(visitor):
    captcha_id = visitor.open_form()
    answer = visitor.page.answer_of(captcha_id)
    visitor.submit(wrong_answer(answer))
    assert visitor.picture(captcha_id)[0] == 404
    assert visitor.submit(answer) == ("/", Verdict.WRONG.value)


def test_captcha_is_used_up_by_a_right_answer(visitor):
    answer = visitor.page.answer_of(visitor.open_form())
    assert visitor.submit(answer)[0] == "/welcome"
    assert visitor.submit(answer) == ("/", Verdict.GONE.value)


def test_a_refreshed_captcha_is_no_longer_valid(visitor):
    answer = visitor.page.answer_of(visitor.open_form())
    visitor.open_form()
    assert visitor.submit(answer) == ("/", Verdict.WRONG.value)


def test_another_visitor_neither_sees_nor_uses_a_captcha(page):
    first, second = Visitor(page), Visitor(page)
    captcha_id = first.open_form()
    assert second.picture(captcha_id)[0] == 404
    assert second.submit(page.answer_of(captcha_id)) == ("/", Verdict.GONE.value)
    second.open_form()
    assert second.picture(captcha_id)[0] == 404
    assert second.submit(page.answer_of(captcha_id)) == ("/", Verdict.WRONG.value)
    assert first.submit(page.answer_of(captcha_id))[0] == "/welcome"


def test_the_welcome_page_needs_a_solved_captcha(page):
    Visitor(page).solve()
    _, path, _, body = Visitor(page).request("/welcome")
    assert path == "/"
    assert b'id="success"' not in body


def test_unknown_picture_is_not_found(visitor):
    visitor.open_form()
    assert visitor.picture("0" * 32)[0] == 404


def test_the_visitor_never_receives_the_answer(page):
    for _ in range(20):
        visitor = Visitor(page)
        captcha_id = visitor.open_form()
        answer = page.answer_of(captcha_id)
        visitor.picture(captcha_id)
        (cookie,) = visitor.cookies
        assert re.fullmatch("[0-9a-f]{32}", cookie.value)
        assert answer not in visitor.received
        assert answer not in captcha_id


def test_a_request_at_the_same_time_does_not_undo_that_an_answer_was_accepted():
    def ask_for_another(_seconds):
        at_the_same_time.get("/captcha")

    store = CaptchaStore(CAPTCHA, Switches(verdict_delay=1))
    app = create_app(store, pause=ask_for_another)
    client, at_the_same_time = app.test_client(), app.test_client()
    captcha_id = captcha_id_in(client.get("/").data)
    at_the_same_time.set_cookie("session", client.get_cookie("session").value)
    client.post("/", data={"answer": store.answer_of(captcha_id)})
    # A browser keeps the cookie that comes last.
    client.set_cookie("session", at_the_same_time.get_cookie("session").value)
    assert client.get("/welcome").status_code == 200


def test_captcha_expires():
    now = 1000.0
    store = CaptchaStore(CAPTCHA, Switches(lifetime=120), timer=lambda: now)
    client = create_app(store).test_client()

    def late_by(seconds):
        nonlocal now
        captcha_id = captcha_id_in(client.get("/").data)
        answer = store.answer_of(captcha_id)
        now += seconds
        status = client.get(f"/captcha/{captcha_id}.png").status_code
        reply = client.post("/", data={"answer": answer}, follow_redirects=True)
        return status, reply.request.path, Verdict.GONE.value in reply.text

    assert late_by(119) == (200, "/welcome", False)
    assert late_by(121) == (404, "/", True)


def test_the_number_of_stored_captchas_is_limited():
    store = CaptchaStore(CAPTCHA)
    first = store.issue()
    for _ in range(1024):
        last = store.issue()
    assert store.picture(first) is None
    assert store.picture(last) is not None
