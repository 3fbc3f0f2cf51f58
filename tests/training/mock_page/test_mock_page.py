"""The mock page from outside, over real HTTP; without a server only where time must pass."""

import http.client
import io
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.cookiejar import CookieJar
from urllib.parse import urlencode, urljoin

import pytest
from PIL import Image

from capslice.errors import ServeError
from capslice.training.mock_page import Desk, MockPage, Switches, Verdict, create_app
from capslice.training.pictures import EllipseCaptcha

CAPTCHA = EllipseCaptcha()


def opener(*handlers):
    """What opens addresses, whatever proxy the environment names."""
    return urllib.request.build_opener(urllib.request.ProxyHandler({}), *handlers)


class Visitor:
    """A browser of sorts: follows redirects, keeps cookies, remembers all that it received."""

    def __init__(self, page: MockPage) -> None:
        self.page = page
        self.cookies = CookieJar()
        self.received = ""
        self._opener = opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def request(self, path="", **fields):
        """(status, final path, headers, body)"""
        data = urlencode(fields).encode() if fields else None
        try:
            response = self._opener.open(urljoin(self.page.url, path), data, timeout=10)
        except urllib.error.HTTPError as error:
            response = error
        with response:
            body = response.read()
        self.received += response.url + str(response.headers) + body.decode("latin-1")
        self.received += "".join(str(cookie.value) for cookie in self.cookies)
        path = "/" + response.url.removeprefix(self.page.url)
        return response.status, path, response.headers, body

    def ask(self):
        """A fresh form; returns the captcha's id."""
        *_, body = self.request()
        return captcha_id_in(body)

    def picture(self, captcha_id):
        return self.request(f"/captcha/{captcha_id}.png")

    def submit(self, answer):
        """(final path, what the failure says, if anything)"""
        _, path, _, body = self.request(answer=answer)
        failure = re.search(r'id="failure" role="alert">([^<]+)<', body.decode())
        return path, failure and failure[1]

    def solve(self):
        return self.submit(self.page.answer_of(self.ask()))


def captcha_id_in(body):
    return re.search(r'src="/captcha/([0-9a-f]{32})\.png"', body.decode())[1]


def serve(seed=None, **switches):
    return MockPage(CAPTCHA, Switches(**switches), seed=seed)


@pytest.fixture
def page():
    with serve() as page:
        yield page


@pytest.fixture
def visitor(page):
    return Visitor(page)


def another(answer):
    return answer[::-1] if answer != answer[::-1] else f"{(int(answer) + 1) % 10**6:06}"


# The form


def test_right_answer_is_welcomed(visitor):
    assert visitor.solve() == ("/welcome", None)
    *_, body = visitor.request("/welcome")
    assert b'id="success"' in body
    assert Verdict.RIGHT.value in body.decode()


def test_welcome_ends_with_the_next_form(visitor):
    visitor.solve()
    visitor.ask()
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


def test_all_that_the_form_refers_to_is_there(visitor):
    *_, body = visitor.request()
    paths = re.findall(r'(?:src|href)="(/[^"]+)"', body.decode())
    assert len(paths) == 2
    for path in paths:
        assert visitor.request(path)[0] == 200, path


def test_each_form_has_a_fresh_captcha(visitor):
    first, second = visitor.ask(), visitor.ask()
    assert first != second
    with pytest.raises(KeyError):
        visitor.page.answer_of(first)
    assert visitor.picture(first)[0] == 404
    assert visitor.picture(second)[0] == 200


def test_picture_is_the_captcha_and_stays_the_same(visitor):
    captcha_id = visitor.ask()
    _, _, headers, png = visitor.picture(captcha_id)
    assert headers["Content-Type"] == "image/png"
    assert headers["Cache-Control"] == "no-store"
    with Image.open(io.BytesIO(png)) as image:
        assert (image.size, image.mode) == ((310, 80), "L")
    assert visitor.picture(captcha_id)[3] == png


def test_failure_stands_on_a_form_with_a_fresh_captcha(visitor):
    first = visitor.ask()
    _, path, _, body = visitor.request(answer=another(visitor.page.answer_of(first)))
    assert path == "/"
    assert Verdict.WRONG.value in body.decode()
    assert captcha_id_in(body) != first
    assert b"failure" not in visitor.request()[3]


def test_submissions_are_answered_with_see_other(page):
    host = page.url.removeprefix("http://").rstrip("/")
    with closing(http.client.HTTPConnection(host, timeout=10)) as connection:
        connection.request("POST", "/", "answer=1")
        response = connection.getresponse()
        assert (response.status, response.headers["Location"]) == (303, "/")


def test_empty_answer_is_told_apart(visitor):
    captcha_id = visitor.ask()
    assert visitor.submit("  ") == ("/", Verdict.EMPTY.value)
    with pytest.raises(KeyError):
        visitor.page.answer_of(captcha_id)


def test_space_around_the_answer_does_no_harm(visitor):
    assert visitor.submit(f" {visitor.page.answer_of(visitor.ask())}\n")[0] == "/welcome"


# What must not be possible


def test_captcha_is_used_up_by_a_wrong_answer(visitor):
    captcha_id = visitor.ask()
    answer = visitor.page.answer_of(captcha_id)
    visitor.submit(another(answer))
    assert visitor.picture(captcha_id)[0] == 404
    assert visitor.submit(answer) == ("/", Verdict.WRONG.value)


def test_captcha_is_used_up_by_a_right_answer(visitor):
    answer = visitor.page.answer_of(visitor.ask())
    assert visitor.submit(answer)[0] == "/welcome"
    assert visitor.submit(answer) == ("/", Verdict.GONE.value)


def test_old_cookie_does_not_bring_a_used_captcha_back(visitor):
    answer = visitor.page.answer_of(visitor.ask())
    old = list(visitor.cookies)
    visitor.submit(answer)
    for cookie in old:
        visitor.cookies.set_cookie(cookie)
    assert visitor.submit(answer) == ("/", Verdict.GONE.value)


def test_old_cookie_does_not_bring_a_refreshed_captcha_back(visitor):
    answer = visitor.page.answer_of(visitor.ask())
    old = list(visitor.cookies)
    visitor.ask()
    for cookie in old:
        visitor.cookies.set_cookie(cookie)
    assert visitor.submit(answer) == ("/", Verdict.GONE.value)


def test_another_visitor_neither_sees_nor_uses_a_captcha(page):
    first, second = Visitor(page), Visitor(page)
    captcha_id = first.ask()
    assert second.picture(captcha_id)[0] == 404
    assert second.submit(page.answer_of(captcha_id)) == ("/", Verdict.GONE.value)
    second.ask()
    assert second.picture(captcha_id)[0] == 404
    assert second.submit(page.answer_of(captcha_id)) == ("/", Verdict.WRONG.value)
    assert first.submit(page.answer_of(captcha_id))[0] == "/welcome"


def test_welcome_is_for_those_who_solved(page):
    Visitor(page).solve()
    _, path, _, body = Visitor(page).request("/welcome")
    assert path == "/"
    assert b'id="success"' not in body


def test_unknown_picture_is_not_found(visitor):
    visitor.ask()
    assert visitor.picture("0" * 32)[0] == 404


def test_answer_is_nowhere_in_what_the_visitor_receives(page):
    # The session cookie is signed but legible: it is looked at both as it is and decoded.
    app = create_app(Desk(CAPTCHA))
    serializer = app.session_interface.get_signing_serializer(app)
    for _ in range(20):
        visitor = Visitor(page)
        captcha_id = visitor.ask()
        answer = page.answer_of(captcha_id)
        visitor.picture(captcha_id)
        (cookie,) = visitor.cookies
        _, session = serializer.loads_unsafe(cookie.value)
        assert session == {"captcha": captcha_id}
        assert answer not in visitor.received
        assert answer not in captcha_id


def test_captcha_expires():
    now = 1000.0
    desk = Desk(CAPTCHA, Switches(lifetime=120), timer=lambda: now)
    client = create_app(desk).test_client()

    def late_by(seconds):
        nonlocal now
        captcha_id = captcha_id_in(client.get("/").data)
        answer = desk.answer_of(captcha_id)
        now += seconds
        status = client.get(f"/captcha/{captcha_id}.png").status_code
        reply = client.post("/", data={"answer": answer}, follow_redirects=True)
        return status, reply.request.path, Verdict.GONE.value in reply.text

    assert late_by(119) == (200, "/welcome", False)
    assert late_by(121) == (404, "/", True)


def test_captchas_are_kept_in_bounded_memory():
    desk = Desk(CAPTCHA)
    first = desk.issue()
    for _ in range(1024):
        last = desk.issue()
    assert desk.picture(first) is None
    assert desk.picture(last) is not None


# The switches


def test_first_submissions_are_rejected():
    with serve(reject_first=2) as page:
        visitor = Visitor(page)
        paths = [visitor.solve()[0] for _ in range(4)]
    assert paths == ["/", "/", "/welcome", "/welcome"]
    assert (page.visits.rejected, page.visits.accepted) == (2, 2)


def test_all_submissions_are_rejected():
    with serve(reject_all=True) as page:
        assert [Visitor(page).solve() for _ in range(3)] == [("/", Verdict.WRONG.value)] * 3


@pytest.mark.parametrize("status", [403, 429])
def test_submissions_are_refused(status):
    with serve(refuse_with=status) as page:
        visitor = Visitor(page)
        answer = page.answer_of(visitor.ask())
        assert visitor.request(answer=answer)[:2] == (status, "/")
        assert visitor.request("/welcome")[1] == "/"
    assert (page.visits.rejected, page.visits.accepted) == (1, 0)


def test_pictures_are_broken():
    with serve(broken_pictures=True) as page:
        visitor = Visitor(page)
        status, _, _, png = visitor.picture(visitor.ask())
    assert (status, png[:4]) == (200, b"\x89PNG")
    with pytest.raises(OSError, match="Truncated"):
        Image.open(io.BytesIO(png))


def test_no_lifetime_means_nothing_is_valid():
    with serve(lifetime=0) as page:
        visitor = Visitor(page)
        assert visitor.picture(visitor.ask())[0] == 404
        assert visitor.submit("123456") == ("/", Verdict.GONE.value)


def test_answers_are_delayed():
    waited = []
    desk = Desk(CAPTCHA, Switches(picture_delay=3, verdict_delay=5))
    client = create_app(desk, pause=waited.append).test_client()
    client.get(f"/captcha/{captcha_id_in(client.get('/').data)}.png")
    assert waited == [3]
    client.post("/", data={"answer": "1"})
    assert waited == [3, 5]


def test_slow_picture_holds_up_nobody_else_nor_the_end():
    start = time.monotonic()
    with serve(picture_delay=60) as page:
        slow = Visitor(page)
        captcha_id = slow.ask()
        waiting = threading.Thread(target=slow.picture, args=[captcha_id])
        waiting.start()
        while not page.visits.pictures:
            assert time.monotonic() - start < 30
            time.sleep(0.001)
        assert Visitor(page).solve()[0] == "/welcome"
    waiting.join(10)
    assert not waiting.is_alive()
    assert time.monotonic() - start < 30


# The seed


def pictures_of(**how):
    with serve(**how) as page:
        visitor = Visitor(page)
        return [visitor.picture(visitor.ask())[3] for _ in range(3)]


def test_same_seed_same_pictures():
    assert pictures_of(seed=7) == pictures_of(seed=7)


def test_other_seed_or_none_other_pictures():
    sets = [pictures_of(seed=7), pictures_of(seed=8), pictures_of(), pictures_of()]
    assert len({tuple(pictures) for pictures in sets}) == 4


# The server


def test_what_happened_is_counted(page):
    visitor = Visitor(page)
    visitor.picture(visitor.ask())
    visitor.submit("no")
    visitor.solve()
    visits = page.visits
    assert (visits.pages, visits.pictures, visits.accepted, visits.rejected) == (3, 1, 1, 1)
    (user_agent,) = visits.user_agents
    assert user_agent.startswith("Python-urllib")


def test_server_does_not_introduce_itself(visitor):
    assert "Server" not in visitor.request()[2]


def test_concurrent_visitors_each_solve_their_own(page):
    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(lambda _: Visitor(page).solve()[0], range(64)))
    assert outcomes == ["/welcome"] * 64
    visits = page.visits
    assert (visits.pages, visits.accepted, visits.rejected) == (64, 64, 0)


def port_of(page):
    return int(page.url.rstrip("/").rpartition(":")[2])


def test_taken_port_is_an_error_of_one_line(page):
    with pytest.raises(ServeError) as caught:
        MockPage(CAPTCHA, port=port_of(page))
    message = str(caught.value)
    assert f"127.0.0.1:{port_of(page)} (Address already in use)" in message
    assert "choose another port" in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("host", "port"), [("192.0.2.1", 0), ("no.such.host.invalid", 0), ("127.0.0.1", 65536)]
)
def test_address_that_is_not_ours_is_an_error(host, port):
    with pytest.raises(ServeError, match=f"served on {host}:{port} "):
        MockPage(CAPTCHA, host=host, port=port)


def test_page_ends_without_a_trace(capfd):
    def threads():
        return {t.name for t in threading.enumerate() if t.name.startswith(("waitress", "mock"))}

    assert not threads()
    with serve() as page:
        Visitor(page).solve()
        idle = http.client.HTTPConnection("127.0.0.1", port_of(page), timeout=10)
        idle.request("GET", "/")
        idle.getresponse().read()
        assert threads()
    with closing(idle):
        assert idle.sock.recv(1) == b""
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", port_of(page)), timeout=1).close()
    # A worker may still be on its last line when the page has closed.
    for thread in threading.enumerate():
        if thread.name.startswith("waitress"):
            thread.join(5)
    assert not threads()
    assert capfd.readouterr() == ("", "")


def test_port_is_free_again():
    with serve() as first:
        Visitor(first).solve()
    with MockPage(CAPTCHA, port=port_of(first)) as second:
        assert second.url == first.url
        assert Visitor(second).solve()[0] == "/welcome"


def test_error_in_the_block_closes_the_page_and_goes_on():
    with pytest.raises(ZeroDivisionError), serve() as page:
        raise ZeroDivisionError
    with MockPage(CAPTCHA, port=port_of(page)):
        pass


SERVE_FOREVER = """
import signal
from capslice.training.mock_page import MockPage
from capslice.training.pictures import EllipseCaptcha

# Whoever runs the tests in the background may have had it ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
page = MockPage(EllipseCaptcha())
print(page.url, flush=True)
page.serve_forever()
print(page.visits.pages)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT to send")
def test_serve_forever_ends_with_ctrl_c():
    with subprocess.Popen(
        [sys.executable, "-c", SERVE_FOREVER],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            url = process.stdout.readline().strip()
            with opener().open(url, timeout=10) as response:
                assert response.status == 200
            process.send_signal(signal.SIGINT)
            assert process.communicate(timeout=10) == ("1\n", "")
            assert process.returncode == 0
        finally:
            process.kill()
