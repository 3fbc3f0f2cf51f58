"""What goes wrong on the mock page, over real HTTP: each fault does what its name says."""

from __future__ import annotations

import http.client
import io
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
from collections import Counter
from contextlib import closing
from typing import get_args, get_type_hints

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from capslice.errors import ServeError
from capslice.training.commands.serve import VARIANTS
from capslice.training.mock_page import (
    Desk,
    Faults,
    MockPage,
    Switches,
    Variant,
    Verdict,
    create_app,
)
from capslice.training.mock_page.faults import ALL, OF
from capslice.training.pictures import EllipseCaptcha
from tests.commands import command, error_of, run
from tests.training.mock_page.test_mock_page import Visitor, captcha_id_in, opener, port_of

CAPTCHA = EllipseCaptcha()


def serve(*kinds: str, share: float = 1.0, variant: Variant | None = None, **switches):
    """A page on which these go wrong, always."""
    return MockPage(
        CAPTCHA,
        Switches(**switches),
        variant=variant or Variant(),
        faults=Faults(share, seed=1, kinds=kinds, slow=0),
        seed=1,
    )


# Chance


def drawn(faults: Faults, answers: list[str]) -> dict[str, list[str | None]]:
    """What was drawn for each kind of answer, in turn."""
    found: dict[str, list[str | None]] = {answer: [] for answer in OF}
    for answer in answers:
        found[answer].append(faults.draw(answer))
    return found


answers = st.lists(st.sampled_from(sorted(OF)), max_size=60)


@given(answers, st.integers(0, 2**64), st.floats(0, 1), st.randoms())
def test_each_kind_of_answer_has_its_own_sequence(order, seed, share, random) -> None:
    shuffled = random.sample(order, len(order))
    assert drawn(Faults(share, seed), order) == drawn(Faults(share, seed), shuffled)


def test_other_seeds_or_none_are_other_sequences() -> None:
    sequences = [
        tuple(drawn(Faults(0.5, seed), ["picture"] * 50)["picture"]) for seed in (1, 2, None, None)
    ]
    assert len(set(sequences)) == 4


@given(answers, st.integers(0, 2**32), st.sets(st.sampled_from(ALL)))
def test_a_share_of_0_is_none_and_of_1_is_all(order, seed, kinds) -> None:
    assert set().union(*drawn(Faults(0.0, seed, kinds), order).values()) <= {None}
    for answer, faults in drawn(Faults(1.0, seed, kinds), order).items():
        possible = kinds & set(OF[answer])
        assert set(faults) <= (possible or {None})


def test_the_share_is_the_share_and_all_kinds_are_as_frequent() -> None:
    found = Counter(drawn(Faults(0.4, 7), ["submit"] * 7000)["submit"])
    assert set(found) == {None, *OF["submit"]}
    # Four standard deviations to either side.
    assert abs(found.pop(None) - 4200) < 4 * (7000 * 0.4 * 0.6) ** 0.5
    assert all(abs(times - 400) < 80 for times in found.values())


def test_each_fault_belongs_to_an_answer_and_each_answer_to_an_address() -> None:
    assert set().union(*OF.values()) == set(ALL)
    app = create_app(Desk(CAPTCHA), Variant(frame=True))
    assert {rule.endpoint for rule in app.url_map.iter_rules()} == {*OF, "static"}


def test_a_picture_is_replaced_50_to_150_ms_after_the_page_has_loaded() -> None:
    faults, again = Faults(1, 3), Faults(1, 3)
    moments = [faults.moment() for _ in range(2000)]
    assert {min(moments), max(moments)} == {50, 150}
    assert moments[:5] == [again.moment() for _ in range(5)]


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_that_cannot_be_is_an_error(share: float) -> None:
    with pytest.raises(ServeError, match="choose one from 0 to 1"):
        Faults(share)


def test_an_unknown_fault_is_an_error_that_names_all() -> None:
    with pytest.raises(ServeError, match="no fault is called 'flood': choose from picture_slow, "):
        Faults(0.5, 1, ["reset", "flood"])


# The same over HTTP


def history(share: float, seed: int) -> tuple[list[object], dict[str, int]]:
    """What became of a number of visits, and the faults that were counted."""
    faults = Faults(share, seed, slow=0)
    outcomes: list[object] = []
    with MockPage(CAPTCHA, faults=faults, seed=1) as page:
        visitor = Visitor(page)
        for _ in range(25):
            for path, fields in (("", {}), ("captcha", {}), ("", {"answer": "1"})):
                try:
                    status, *_ = visitor.request(path, **fields)
                except (OSError, http.client.HTTPException) as error:
                    outcomes.append(type(error))
                else:
                    outcomes.append(status)
    return outcomes, dict(page.visits.faults)


def test_the_same_seed_has_the_same_history() -> None:
    assert history(0.5, 1) == history(0.5, 1)
    assert history(0.5, 1) != history(0.5, 2)


def test_without_faults_nothing_goes_wrong_and_nothing_is_counted() -> None:
    outcomes, counted = history(0.0, 1)
    assert set(outcomes) == {200}
    assert counted == {}


# Pictures


def picture_with(fault: str) -> tuple[MockPage, int, str, bytes]:
    with serve(fault) as page:
        visitor = Visitor(page)
        status, _, headers, body = visitor.picture(visitor.ask())
    assert page.visits.faults == {fault: 1}
    return page, status, headers["Content-Type"], body


def test_picture_missing() -> None:
    page, status, *_ = picture_with("picture_missing")
    assert status == 404
    assert page.visits.pictures == 0


def test_picture_truncated() -> None:
    _, status, kind, png = picture_with("picture_truncated")
    assert (status, kind, png[:4]) == (200, "image/png", b"\x89PNG")
    with Image.open(io.BytesIO(png)) as image, pytest.raises(OSError, match="truncated"):
        image.load()


def test_picture_wrong_type() -> None:
    _, status, kind, html = picture_with("picture_wrong_type")
    assert (status, kind) == (200, "text/html; charset=utf-8")
    assert html.startswith(b"<!doctype html>")


def test_slow_pictures_and_verdicts_take_their_time() -> None:
    waited: list[float] = []
    desk = Desk(CAPTCHA)
    faults = Faults(1, kinds=["picture_slow", "verdict_slow"], slow=7)
    client = create_app(desk, faults=faults, pause=waited.append).test_client()
    captcha_id = captcha_id_in(client.get("/").data)
    assert client.get(f"/captcha/{captcha_id}.png").mimetype == "image/png"
    assert waited == [7]
    assert client.post("/", data={"answer": desk.answer_of(captcha_id)}).location == "/welcome"
    assert waited == [7, 7]


def test_picture_replaced_says_when() -> None:
    with serve("picture_replaced") as page:
        *_, body = Visitor(page).request()
        assert 50 <= int(body.split(b'data-replaced="')[1].split(b'"')[0]) <= 150
        assert b"page.js" in body


def test_what_replaces_a_picture_is_what_is_valid() -> None:
    with serve("picture_replaced") as page:
        visitor = Visitor(page)
        first = visitor.ask()
        second = captcha_id_in(visitor.request("captcha")[3])
        assert visitor.picture(first)[0] == 404
        assert visitor.submit(page.answer_of(second))[0] == "/welcome"


def test_same_picture() -> None:
    with serve("same_picture") as page:
        visitor = Visitor(page)
        first = visitor.ask()
        answer = page.answer_of(first)
        assert visitor.ask() == captcha_id_in(visitor.request("captcha")[3]) == first
        assert page.visits.faults == {"same_picture": 2}, "the first cannot be the same"
        assert visitor.submit(answer)[0] == "/welcome"
        assert visitor.ask() != first, "what was used up does not come back"


def test_rerender_is_said_to_the_script() -> None:
    with serve("rerender") as page:
        *_, body = Visitor(page).request()
    assert b"data-rerender" in body


# Verdicts


def test_verdict_never_leaves_all_as_it_was() -> None:
    with serve("verdict_never") as page:
        visitor = Visitor(page)
        captcha_id = visitor.ask()
        status, _, _, body = visitor.request(answer=page.answer_of(captcha_id))
        assert (status, body) == (204, b"")
        assert page.answer_of(captcha_id)
    assert (page.visits.accepted, page.visits.rejected) == (0, 0)


@pytest.mark.parametrize(
    ("fault", "message"), [("session_expired", Verdict.LOST), ("captcha_expired", Verdict.GONE)]
)
@pytest.mark.parametrize("way", ["redirect", "in_place"])
def test_what_has_expired_is_said(fault: str, message: Verdict, way) -> None:
    with serve(fault, variant=Variant(verdict=way)) as page:
        visitor = Visitor(page)
        captcha_id = visitor.ask()
        *_, body = visitor.request(answer=page.answer_of(captcha_id))
        assert message.value in body.decode()
        assert captcha_id_in(body) != captcha_id
        with pytest.raises(KeyError):
            page.answer_of(captcha_id)
    assert page.visits.faults == {fault: 1}
    assert page.visits.rejected == 1


# Whatever is asked for


@pytest.mark.parametrize("status", [500, 502])
def test_errors_of_the_server(status: int) -> None:
    with serve(f"error_{status}") as page:
        visitor = Visitor(page)
        assert [visitor.request(path)[0] for path in ("", "captcha", "welcome")] == [status] * 3
        assert visitor.request(answer="1")[0] == status
    assert page.visits.faults == {f"error_{status}": 4}
    assert (page.visits.pages, page.visits.rejected) == (0, 0)


def test_reset_closes_without_an_answer(capfd) -> None:
    with serve("reset") as page:
        for data in (None, b"answer=1"):
            with pytest.raises(http.client.RemoteDisconnected):
                opener().open(page.url, data, timeout=10)
    assert page.visits.faults == {"reset": 2}
    assert page.visits.pages == 0
    assert capfd.readouterr() == ("", "")


def test_reset_in_body_closes_in_the_middle(capfd) -> None:
    with serve("reset_in_body") as page, opener().open(page.url, timeout=10) as response:
        with pytest.raises(http.client.IncompleteRead) as caught:
            response.read()
        assert response.status == 200
        got, lacking = len(caught.value.partial), caught.value.expected
        assert got in (lacking, lacking - 1)
        assert caught.value.partial.startswith(b"<!doctype html>")
    assert page.visits.faults == {"reset_in_body": 1}
    assert capfd.readouterr() == ("", "")


# Refusals


@pytest.mark.parametrize("status", [403, 429])
def test_refusals_end_after_the_first_ones(status: int) -> None:
    with serve(refuse_with=status, refuse_first=2, retry_after=5) as page:
        visitor = Visitor(page)
        for _ in range(2):
            answer = page.answer_of(visitor.ask())
            found, _, headers, body = visitor.request(answer=answer)
            assert (found, headers["Retry-After"]) == (status, "5")
            assert Verdict.REFUSED.value in body.decode()
        assert visitor.solve()[0] == "/welcome"
    assert (page.visits.rejected, page.visits.accepted) == (2, 1)


def test_a_refusal_need_not_say_when_to_come_back() -> None:
    with serve(refuse_with=429) as page:
        assert "Retry-After" not in Visitor(page).request(answer="1")[2]


# A restart


def test_a_restart_cuts_connections_and_loses_sessions() -> None:
    with serve() as page:
        idle = http.client.HTTPConnection("127.0.0.1", port_of(page), timeout=10)
        idle.request("GET", "/")
        idle.getresponse().read()
        visitor = Visitor(page)
        captcha_id = visitor.ask()
        url = page.url
        page.restart()
        with closing(idle):
            assert idle.sock.recv(1) == b""
        assert page.url == url
        assert visitor.picture(captcha_id)[0] == 404
        assert visitor.submit(page.answer_of(captcha_id)) == ("/", Verdict.GONE.value)
        assert visitor.solve()[0] == "/welcome"
    assert (page.visits.accepted, page.visits.rejected) == (1, 1), "what happened is forgotten"


def wait_until_gone(page: MockPage, restarting: threading.Thread) -> None:
    while restarting.is_alive():
        try:
            socket.create_connection(("127.0.0.1", port_of(page)), timeout=10).close()
        except ConnectionRefusedError:
            return
        except ConnectionResetError:
            continue  # it is just going


def test_nobody_answers_while_the_page_is_away_and_leaving_it_ends_that() -> None:
    with serve() as page:
        restarting = threading.Thread(target=page.restart, args=[600])
        restarting.start()
        wait_until_gone(page, restarting)
        # However short or long this is, the page stays away for longer.
        restarting.join(1)
        assert restarting.is_alive()
        with pytest.raises(urllib.error.URLError, match="refused"):
            Visitor(page).request()
    restarting.join(30)
    assert not restarting.is_alive()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port_of(page)), timeout=10)


def test_after_a_while_it_is_back() -> None:
    with serve() as page:
        page.restart(away=0.05)
        page.restart(away=0.05)
        assert Visitor(page).solve()[0] == "/welcome"


# The command


def test_the_command_knows_all_variants() -> None:
    hints = get_type_hints(Variant)
    assert hints.pop("frame") is bool
    values = {name: get_args(hint) for name, hint in hints.items()}
    assert {name: tuple(v.replace("-", "_") for v in VARIANTS[name]) for name in VARIANTS} == values
    assert Variant() == Variant(**{name: values[name][0] for name in values})


def test_an_unknown_fault_is_an_error_of_one_line() -> None:
    done = run("serve", "--port", 0, "--fault", "flood", status=2)
    assert "no fault is called 'flood': choose from picture_slow" in error_of(done)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT to send")
def test_the_command_serves_variants_with_faults_and_says_which() -> None:
    options = "--port 0 --picture canvas --verdict in-place --field boxes --faults 1 --seed 1"
    only = "--fault picture_missing --fault same_picture --retry-after 3 --refuse-with 429"
    with subprocess.Popen(
        command("serve", *options.split(), *only.split()),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Whoever runs the tests in the background may have had it ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as process:
        try:
            url = process.stdout.readline().split()[3]
            with opener().open(url, timeout=10) as response:
                html = response.read().decode()
            assert "<canvas" in html
            assert 'data-verdict="in_place"' in html
            assert html.count('maxlength="1"') == CAPTCHA.length
            captcha_id = html.split('data-captcha="')[1][:32]
            with pytest.raises(urllib.error.HTTPError) as missing:
                opener().open(f"{url}captcha/{captcha_id}.png", timeout=10)
            with pytest.raises(urllib.error.HTTPError) as refused:
                opener().open(url, b"answer=1", timeout=10)
            with missing.value, refused.value:
                assert (missing.value.status, refused.value.status) == (404, 429)
                assert refused.value.headers["Retry-After"] == "3"
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=30)
        finally:
            process.kill()
    assert err == ""
    assert out.splitlines() == [
        "1 pages, 0 pictures, 0 answers accepted, 1 rejected",
        "1 x picture_missing",
    ]


def test_the_pictures_do_not_depend_on_the_faults() -> None:
    def picture(share: float) -> np.ndarray:
        with serve("rerender", share=share) as page:
            visitor = Visitor(page)
            return np.asarray(Image.open(io.BytesIO(visitor.picture(visitor.ask())[3])))

    assert np.array_equal(picture(0), picture(1))
