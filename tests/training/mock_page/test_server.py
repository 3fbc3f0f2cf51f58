"""The server of the mock page: its port, its threads, its end and its restart."""

import http.client
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from capslice.errors import ServeError
from capslice.training.mock_page import MockPage, Verdict
from tests.training.mock_page.visitor import CAPTCHA, Visitor, opener, port_of, serve


def test_visits_are_counted(page):
    visitor = Visitor(page)
    visitor.picture(visitor.open_form())
    visitor.submit("no")
    visitor.solve()
    visits = page.visits
    assert (visits.pages, visits.pictures, visits.accepted, visits.rejected) == (3, 1, 1, 1)
    (user_agent,) = visits.user_agents
    assert user_agent.startswith("Python-urllib")


def test_the_server_does_not_send_its_name(visitor):
    assert "Server" not in visitor.request()[2]


def test_concurrent_visitors_each_solve_their_own(page):
    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(lambda _: Visitor(page).solve()[0], range(64)))
    assert outcomes == ["/welcome"] * 64
    visits = page.visits
    assert (visits.pages, visits.accepted, visits.rejected) == (64, 64, 0)


def test_a_taken_port_is_an_error_of_one_line(page):
    with pytest.raises(ServeError) as caught:
        MockPage(CAPTCHA, port=port_of(page))
    message = str(caught.value)
    assert f"127.0.0.1:{port_of(page)} (Address already in use)" in message
    assert "choose another port" in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("host", "port"), [("192.0.2.1", 0), ("no.such.host.invalid", 0), ("127.0.0.1", 65536)]
)
def test_an_address_of_another_machine_is_an_error(host, port):
    with pytest.raises(ServeError, match=f"served on {host}:{port} "):
        MockPage(CAPTCHA, host=host, port=port)


def test_the_page_leaves_no_thread_connection_or_output(capfd):
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
    # A worker may still be ending when the page has closed.
    for thread in threading.enumerate():
        if thread.name.startswith("waitress"):
            thread.join(5)
    assert not threads()
    assert capfd.readouterr() == ("", "")


def test_the_port_is_free_afterwards():
    with serve() as first:
        Visitor(first).solve()
    with MockPage(CAPTCHA, port=port_of(first)) as second:
        assert second.url == first.url
        assert Visitor(second).solve()[0] == "/welcome"


def test_an_error_in_the_block_closes_the_page():
    with pytest.raises(ZeroDivisionError), serve() as page:
        raise ZeroDivisionError
    with MockPage(CAPTCHA, port=port_of(page)):
        pass


SERVE_FOREVER = """
import signal
from capslice.training.mock_page import MockPage
from capslice.training.pictures import EllipseCaptcha

# A shell makes background processes ignore SIGINT.
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


def test_a_restart_cuts_connections_and_loses_sessions() -> None:
    with serve() as page:
        idle = http.client.HTTPConnection("127.0.0.1", port_of(page), timeout=10)
        idle.request("GET", "/")
        idle.getresponse().read()
        visitor = Visitor(page)
        captcha_id = visitor.open_form()
        url = page.url
        page.restart()
        with closing(idle):
            assert idle.sock.recv(1) == b""
        assert page.url == url
        assert visitor.picture(captcha_id)[0] == 404
        assert visitor.submit(page.answer_of(captcha_id)) == ("/", Verdict.GONE.value)
        assert visitor.solve()[0] == "/welcome"
    assert (page.visits.accepted, page.visits.rejected) == (1, 1), "the restart lost the counts"


def wait_until_gone(page: MockPage, restarting: threading.Thread) -> None:
    while restarting.is_alive():
        try:
            socket.create_connection(("127.0.0.1", port_of(page)), timeout=10).close()
        except ConnectionRefusedError:
            return
        except ConnectionResetError:
            continue  # the page is closing


def test_leaving_the_page_ends_a_restart() -> None:
    with serve() as page:
        restarting = threading.Thread(target=page.restart, args=[600])
        restarting.start()
        wait_until_gone(page, restarting)
        restarting.join(1)
        assert restarting.is_alive()
        with pytest.raises(urllib.error.URLError, match="refused"):
            Visitor(page).request()
    restarting.join(30)
    assert not restarting.is_alive()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port_of(page)), timeout=10)


def test_the_page_can_restart_several_times() -> None:
    with serve() as page:
        page.restart(away=0.05)
        page.restart(away=0.05)
        assert Visitor(page).solve()[0] == "/welcome"
