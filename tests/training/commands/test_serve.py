"""`capslice serve`."""

from __future__ import annotations

import signal
import sys
import urllib.error
from typing import get_args, get_type_hints

import pytest

from capslice.training.commands.serve import VARIANTS
from capslice.training.mock_page import Variant
from tests.commands import error_of, interruptible, run
from tests.training.mock_page.visitor import CAPTCHA, opener


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
def test_the_command_serves_variants_with_faults_and_counts_them() -> None:
    options = "--port 0 --picture canvas --verdict in-place --field boxes --faults 1 --seed 1"
    only = "--fault picture_missing --fault same_picture --retry-after 3 --refuse-with 429"
    with interruptible("serve", *options.split(), *only.split()) as process:
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
    assert err == ""
    assert out.splitlines() == [
        "1 pages, 0 pictures, 0 answers accepted, 1 rejected",
        "1 x picture_missing",
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--captcha ellipses --length 4-6", "'ellipses' always has 6 characters"),
        ("--length 4-9", "'letters' has no room for 4 to 9 characters: choose from 1 to 8"),
        ("--captcha sums --length 5", "'sums' always has 3 to 7 characters"),
        ("--captcha ellipses --sum", "which is no sum: choose `sums`"),
        ("--captcha letters --sum", "which is no sum: choose `sums`"),
        ("--sum --length 4-6", "'sums' always has 3 to 7 characters"),
        ("--length 6-4", "'6-4' is no length: give a number of characters such as 5"),
    ],
)
def test_what_a_captcha_cannot_show_is_an_error_of_one_line(options: str, message: str) -> None:
    assert message in error_of(run("serve", "--port", 0, *options.split(), status=2))


def test_a_folder_stands_in_place_of_a_captcha() -> None:
    both = ("--data", "data", "--captcha", "letters")
    done = run("serve", "--port", 0, *both, status=2)
    assert "--captcha and --data exclude each other" in error_of(done)
    done = run("serve", "--port", 0, "--data", "data", "--length", 8, status=2)
    assert "--length and --data exclude each other" in error_of(done)
    done = run("serve", "--port", 0, "--data", "nowhere", status=2)
    assert "nowhere cannot be read" in error_of(done)
