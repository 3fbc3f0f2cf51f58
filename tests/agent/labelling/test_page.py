"""Who may use the page of `capslice label`, and what it takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from capslice.agent.labelling.label_files import LabelFiles
from capslice.agent.labelling.labelling import Labelling
from capslice.agent.labelling.page import create_app


class LocalClient(FlaskClient):
    """Names the right host, if none is given."""

    def open(self, *given: Any, **named: Any) -> TestResponse:
        return super().open(*given, **{"base_url": "http://127.0.0.1:8010", **named})


@pytest.fixture
def labelling(folder: Path) -> Labelling:
    return Labelling(LabelFiles(folder), {})


@pytest.fixture
def client(labelling: Labelling) -> FlaskClient:
    app = create_app(labelling, 8010, "secret")
    app.test_client_class = LocalClient
    return app.test_client()


def test_only_this_machine_and_whoever_knows_the_secret_are_served(client: FlaskClient) -> None:
    def status(path: str, host: str = "127.0.0.1:8010") -> int:
        with client.get(path, base_url=f"http://{host}") as response:
            return response.status_code

    for path in ("/secret/", "/secret/state", "/secret/pictures/a.png", "/secret/static/label.js"):
        assert (status(path), status(path, "localhost:8010")) == (200, 200)
        # A foreign name that leads here (DNS rebinding), and another server of this machine.
        for host in ("a.example:8010", "127.0.0.1.a.example:8010", "127.0.0.1:8000"):
            assert status(path, host) == 403, host
        assert status(path.replace("secret", "guess")) == 404
    assert status("/") == 404


def test_every_response_says_what_the_browser_may_do(client: FlaskClient) -> None:
    for path in ("/secret/", "/secret/pictures/a.png", "/nothing"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("name", ["labels.csv", "..%2Fa.png", "%2Fetc%2Fpasswd", "z.png"])
def test_nothing_but_the_pictures_is_given_out(client: FlaskClient, name: str) -> None:
    assert client.get(f"/secret/pictures/{name}").status_code == 404


@pytest.mark.parametrize(
    "given",
    [
        {"file": "a.png", "decision": "label", "text": " "},
        {"file": "a.png", "decision": "label", "text": "a\nb"},
        {"file": "a.png", "decision": "label", "text": "a" * 101},
        {"file": "a.png", "decision": "label"},
        {"file": "a.png", "decision": "burn"},
        {"file": "../b.png", "decision": "skip"},
        {"file": ["a.png"], "decision": "skip"},
        {"file": "a.png", "decision": "label", "text": 4},
        ["a.png"],
    ],
)
def test_what_is_no_answer_is_refused(
    client: FlaskClient, labelling: Labelling, given: object
) -> None:
    assert client.post("/secret/answers", json=given).status_code == 400
    assert labelling.state()["left"] == 6


def test_a_form_of_another_site_cannot_answer(client: FlaskClient, labelling: Labelling) -> None:
    fields = {"file": "a.png", "decision": "label", "text": "x"}
    assert client.post("/secret/answers", data=fields).status_code == 415
    assert labelling.state()["left"] == 6
    done = client.post("/secret/answers", json=fields)
    assert done.get_json()["labelled"] == 1
    assert done.get_json()["next"][0]["file"] == "b.png"
