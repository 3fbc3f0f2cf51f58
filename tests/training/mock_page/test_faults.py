"""The random faults of the mock page, over real HTTP: each does what its name says."""

from __future__ import annotations

import http.client
import io
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from capslice.errors import ServeError
from capslice.training.mock_page import (
    CaptchaStore,
    Faults,
    MockPage,
    Switches,
    Variant,
    Verdict,
    create_app,
)
from capslice.training.mock_page.faults import FAULTS, FAULTS_OF_ENDPOINT
from tests.training.mock_page.visitor import CAPTCHA, Visitor, captcha_id_in, opener


def serve_with(*kinds: str, share: float = 1.0, variant: Variant | None = None, **switches):
    """Return a page on which every possible response has one of these faults."""
    return MockPage(
        CAPTCHA,
        Switches(**switches),
        variant=variant or Variant(),
        faults=Faults(share, seed=1, kinds=kinds, slow=0),
        seed=1,
    )


# The sequences


def draws(faults: Faults, endpoints: list[str]) -> dict[str, list[str | None]]:
    """Return the faults drawn for each endpoint, in order."""
    found: dict[str, list[str | None]] = {endpoint: [] for endpoint in FAULTS_OF_ENDPOINT}
    for endpoint in endpoints:
        found[endpoint].append(faults.draw(endpoint))
    return found


endpoints = st.lists(st.sampled_from(sorted(FAULTS_OF_ENDPOINT)), max_size=60)


@given(endpoints, st.integers(0, 2**64), st.floats(0, 1), st.randoms())
def test_each_endpoint_has_its_own_sequence(order, seed, share, random) -> None:
    shuffled = random.sample(order, len(order))
    assert draws(Faults(share, seed), order) == draws(Faults(share, seed), shuffled)


def test_other_seeds_or_none_draw_other_sequences() -> None:
    sequences = [
        tuple(draws(Faults(0.5, seed), ["picture"] * 50)["picture"]) for seed in (1, 2, None, None)
    ]
    assert len(set(sequences)) == 4


@given(endpoints, st.integers(0, 2**32), st.sets(st.sampled_from(FAULTS)))
def test_a_share_of_0_draws_no_fault_and_of_1_always_one(order, seed, kinds) -> None:
    assert set().union(*draws(Faults(0.0, seed, kinds), order).values()) <= {None}
    for endpoint, faults in draws(Faults(1.0, seed, kinds), order).items():
        possible = kinds & set(FAULTS_OF_ENDPOINT[endpoint])
        assert set(faults) <= (possible or {None})


def test_the_share_is_kept_and_all_kinds_are_equally_frequent() -> None:
    found = Counter(draws(Faults(0.4, 7), ["submit"] * 7000)["submit"])
    assert set(found) == {None, *FAULTS_OF_ENDPOINT["submit"]}
    # Four standard deviations to either side.
    assert abs(found.pop(None) - 4200) < 4 * (7000 * 0.4 * 0.6) ** 0.5
    assert all(abs(times - 400) < 80 for times in found.values())


def test_each_fault_has_an_endpoint_and_each_endpoint_an_address() -> None:
    assert set().union(*FAULTS_OF_ENDPOINT.values()) == set(FAULTS)
    app = create_app(CaptchaStore(CAPTCHA), Variant(frame=True))
    assert {rule.endpoint for rule in app.url_map.iter_rules()} == {*FAULTS_OF_ENDPOINT, "static"}


def test_a_picture_is_replaced_50_to_150_ms_after_the_page_has_loaded() -> None:
    faults, again = Faults(1, 3), Faults(1, 3)
    delays = [faults.replacement_delay() for _ in range(2000)]
    assert {min(delays), max(delays)} == {50, 150}
    assert delays[:5] == [again.replacement_delay() for _ in range(5)]


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_outside_0_to_1_is_an_error(share: float) -> None:
    with pytest.raises(ServeError, match="choose one from 0 to 1"):
        Faults(share)


def test_an_unknown_fault_is_an_error_that_names_all() -> None:
    with pytest.raises(ServeError, match="no fault is called 'flood': choose from picture_slow, "):
        Faults(0.5, 1, ["reset", "flood"])


# Over HTTP


def history(share: float, seed: int) -> tuple[list[object], dict[str, int]]:
    """Return the outcomes of some visits, and the counted faults."""
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
    with serve_with(fault) as page:
        visitor = Visitor(page)
        status, _, headers, body = visitor.picture(visitor.open_form())
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


def test_slow_pictures_and_verdicts_wait() -> None:
    waited: list[float] = []
    store = CaptchaStore(CAPTCHA)
    faults = Faults(1, kinds=["picture_slow", "verdict_slow"], slow=7)
    client = create_app(store, faults=faults, pause=waited.append).test_client()
    captcha_id = captcha_id_in(client.get("/").data)
    assert client.get(f"/captcha/{captcha_id}.png").mimetype == "image/png"
    assert waited == [7]
    assert client.post("/", data={"answer": store.answer_of(captcha_id)}).location == "/welcome"
    assert waited == [7, 7]


def test_picture_replaced_gives_the_script_a_delay() -> None:
    with serve_with("picture_replaced") as page:
        *_, body = Visitor(page).request()
        assert 50 <= int(body.split(b'data-replaced="')[1].split(b'"')[0]) <= 150
        assert b"page.js" in body


def test_only_the_replacement_of_a_picture_is_valid() -> None:
    with serve_with("picture_replaced") as page:
        visitor = Visitor(page)
        first = visitor.open_form()
        second = captcha_id_in(visitor.request("captcha")[3])
        assert visitor.picture(first)[0] == 404
        assert visitor.submit(page.answer_of(second))[0] == "/welcome"


def test_same_picture() -> None:
    with serve_with("same_picture") as page:
        visitor = Visitor(page)
        first = visitor.open_form()
        answer = page.answer_of(first)
        assert visitor.open_form() == captcha_id_in(visitor.request("captcha")[3]) == first
        assert page.visits.faults == {"same_picture": 2}, "the first form has no captcha to repeat"
        assert visitor.submit(answer)[0] == "/welcome"
        assert visitor.open_form() != first, "a used captcha came back"


def test_rerender_is_passed_to_the_script() -> None:
    with serve_with("rerender") as page:
        *_, body = Visitor(page).request()
    assert b"data-rerender" in body


# Verdicts


def test_verdict_never_changes_nothing() -> None:
    with serve_with("verdict_never") as page:
        visitor = Visitor(page)
        captcha_id = visitor.open_form()
        status, _, _, body = visitor.request(answer=page.answer_of(captcha_id))
        assert (status, body) == (204, b"")
        assert page.answer_of(captcha_id)
    assert (page.visits.accepted, page.visits.rejected) == (0, 0)


@pytest.mark.parametrize(
    ("fault", "message"), [("session_expired", Verdict.LOST), ("captcha_expired", Verdict.GONE)]
)
@pytest.mark.parametrize("way", ["redirect", "in_place"])
def test_an_expired_session_or_captcha_has_its_message(fault: str, message: Verdict, way) -> None:
    with serve_with(fault, variant=Variant(verdict=way)) as page:
        visitor = Visitor(page)
        captcha_id = visitor.open_form()
        *_, body = visitor.request(answer=page.answer_of(captcha_id))
        assert message.value in body.decode()
        assert captcha_id_in(body) != captcha_id
        with pytest.raises(KeyError):
            page.answer_of(captcha_id)
    assert page.visits.faults == {fault: 1}
    assert page.visits.rejected == 1


# Any response


@pytest.mark.parametrize("status", [500, 502])
def test_server_errors(status: int) -> None:
    with serve_with(f"error_{status}") as page:
        visitor = Visitor(page)
        assert [visitor.request(path)[0] for path in ("", "captcha", "welcome")] == [status] * 3
        assert visitor.request(answer="1")[0] == status
    assert page.visits.faults == {f"error_{status}": 4}
    assert (page.visits.pages, page.visits.rejected) == (0, 0)


def test_reset_closes_without_a_response(capfd) -> None:
    with serve_with("reset") as page:
        for data in (None, b"answer=1"):
            with pytest.raises(http.client.RemoteDisconnected):
                opener().open(page.url, data, timeout=10)
    assert page.visits.faults == {"reset": 2}
    assert page.visits.pages == 0
    assert capfd.readouterr() == ("", "")


def test_reset_in_body_closes_in_the_middle(capfd) -> None:
    with serve_with("reset_in_body") as page, opener().open(page.url, timeout=10) as response:
        with pytest.raises(http.client.IncompleteRead) as caught:
            response.read()
        assert response.status == 200
        got, missing = len(caught.value.partial), caught.value.expected
        assert got in (missing, missing - 1)
        assert caught.value.partial.startswith(b"<!doctype html>")
    assert page.visits.faults == {"reset_in_body": 1}
    assert capfd.readouterr() == ("", "")


def test_the_pictures_do_not_depend_on_the_faults() -> None:
    def picture(share: float) -> np.ndarray:
        with serve_with("rerender", share=share) as page:
            visitor = Visitor(page)
            return np.asarray(Image.open(io.BytesIO(visitor.picture(visitor.open_form())[3])))

    assert np.array_equal(picture(0), picture(1))
