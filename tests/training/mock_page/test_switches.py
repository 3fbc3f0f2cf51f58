"""The switches and the seed of the mock page."""

import io
import threading
import time

import pytest
from PIL import Image

from capslice.training.mock_page import CaptchaStore, Switches, Verdict, create_app
from tests.training.mock_page.visitor import CAPTCHA, Visitor, captcha_id_in, serve


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
        answer = page.answer_of(visitor.open_form())
        assert visitor.request(answer=answer)[:2] == (status, "/")
        assert visitor.request("/welcome")[1] == "/"
    assert (page.visits.rejected, page.visits.accepted) == (1, 0)


def test_pictures_are_broken():
    with serve(broken_pictures=True) as page:
        visitor = Visitor(page)
        status, _, _, png = visitor.picture(visitor.open_form())
    assert (status, png[:4]) == (200, b"\x89PNG")
    with pytest.raises(OSError, match="Truncated"):
        Image.open(io.BytesIO(png))


def test_with_a_lifetime_of_0_no_captcha_is_valid():
    with serve(lifetime=0) as page:
        visitor = Visitor(page)
        assert visitor.picture(visitor.open_form())[0] == 404
        assert visitor.submit("123456") == ("/", Verdict.GONE.value)


def test_pictures_and_verdicts_are_delayed():
    waited = []
    store = CaptchaStore(CAPTCHA, Switches(picture_delay=3, verdict_delay=5))
    client = create_app(store, pause=waited.append).test_client()
    client.get(f"/captcha/{captcha_id_in(client.get('/').data)}.png")
    assert waited == [3]
    client.post("/", data={"answer": "1"})
    assert waited == [3, 5]


def test_a_slow_picture_delays_neither_other_visitors_nor_the_end():
    start = time.monotonic()
    with serve(picture_delay=60) as page:
        slow = Visitor(page)
        captcha_id = slow.open_form()
        waiting = threading.Thread(target=slow.picture, args=[captcha_id])
        waiting.start()
        while not page.visits.pictures:
            assert time.monotonic() - start < 30
            time.sleep(0.001)
        assert Visitor(page).solve()[0] == "/welcome"
    waiting.join(10)
    assert not waiting.is_alive()
    assert time.monotonic() - start < 30


def pictures_of(**how):
    with serve(**how) as page:
        visitor = Visitor(page)
        return [visitor.picture(visitor.open_form())[3] for _ in range(3)]


def test_the_same_seed_draws_the_same_pictures():
    assert pictures_of(seed=7) == pictures_of(seed=7)


def test_another_seed_or_none_draws_other_pictures():
    sets = [pictures_of(seed=7), pictures_of(seed=8), pictures_of(), pictures_of()]
    assert len({tuple(pictures) for pictures in sets}) == 4


@pytest.mark.parametrize("status", [403, 429])
def test_only_the_first_submissions_are_refused(status: int) -> None:
    with serve(seed=1, refuse_with=status, refuse_first=2, retry_after=5) as page:
        visitor = Visitor(page)
        for _ in range(2):
            answer = page.answer_of(visitor.open_form())
            found, _, headers, body = visitor.request(answer=answer)
            assert (found, headers["Retry-After"]) == (status, "5")
            assert Verdict.REFUSED.value in body.decode()
        assert visitor.solve()[0] == "/welcome"
    assert (page.visits.rejected, page.visits.accepted) == (2, 1)


def test_a_refusal_needs_no_retry_after() -> None:
    with serve(seed=1, refuse_with=429) as page:
        assert "Retry-After" not in Visitor(page).request(answer="1")[2]
