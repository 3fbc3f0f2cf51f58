"""Secrets from every place where a user can put them are in no file and in no output."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from capslice.training.mock_page import MockPage
from tests.commands import run, run_here

Serve = Callable[..., MockPage]

SECRET = "s3cret"
STATE = {
    "cookies": [
        {
            **{"name": "session", "value": SECRET, "domain": "127.0.0.1", "path": "/"},
            **{"expires": -1, "httpOnly": True, "secure": False, "sameSite": "Lax"},
        }
    ],
    "origins": [
        {"origin": "http://127.0.0.1:1", "localStorage": [{"name": "key", "value": SECRET}]}
    ],
}
# Files that a user wrote, or has asked for together with its secrets.
OF_THE_USER = ("config.toml", "state.json", "written.toml")


def with_secrets(url: str) -> str:
    address = url.replace("http://", f"http://ann:{SECRET}@").rstrip("/")
    return f"{address}/?token={SECRET}&{SECRET}#{SECRET}"


def files_with_secrets(folder: Path) -> list[str]:
    """The files that have the secret, with those in archives."""
    contents = {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file() and file.name not in OF_THE_USER
    }
    assert contents
    for name in [name for name in contents if name.endswith(".zip")]:
        with zipfile.ZipFile(folder / name) as archive:
            contents |= {f"{name}/{each}": archive.read(each) for each in archive.namelist()}
    return [name for name, content in contents.items() if SECRET.encode() in content]


def is_private(file: Path) -> bool:
    return os.name == "nt" or not file.stat().st_mode & 0o077


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "state.json").write_text(json.dumps(STATE))
    (tmp_path / "config.toml").write_text(
        "[browser]\nstorage_state = 'state.json'\ntimeout = 5\n"
        "[retries]\nattempts = 1\nfirst_wait = 0\n[journal]\npath = 'journal.sqlite'\n"
    )
    return tmp_path


@pytest.mark.parametrize(
    ("command", "status"),
    [
        (["solve", "--trace", "trace.zip", "--json"], 1),
        (["audit", "--count", "1", "--no-probes", "--junit", "junit.xml"], 4),
        (["doctor", "--json"], 0),
        (["init", "--out", "written.toml", "--no-submit", "--yes"], 5),
    ],
    ids=lambda each: each[0] if isinstance(each, list) else "",
)
def test_no_command_writes_or_prints_a_secret(
    command: list[str], status: int, serve: Serve, folder: Path
) -> None:
    url = with_secrets(serve(reject_all=True).url)
    done = run(command[0], url, *command[1:], cwd=folder, status=status)
    assert SECRET not in done.stdout + done.stderr
    assert files_with_secrets(folder) == []
    made = [file for file in folder.rglob("*") if file.suffix in (".zip", ".json", ".html")]
    made += [*folder.rglob("*.sqlite"), *folder.glob("written.toml")]
    assert [file.name for file in made if file.name != "state.json" and not is_private(file)] == []


LOG_IN = f"""
[[target.before]]
open = "/?token={SECRET}"
[[target.before]]
fill = "#answer"
env = "PASSWORD"
[[target.before]]
click = "#submit"
[[target.before]]
wait = "#failure"
[[target.before]]
fill = "#answer"
value = "{SECRET}"
"""


@pytest.mark.parametrize(
    ("command", "status"),
    [
        (["solve", "--trace", "trace.zip", "--json"], 1),
        (["audit", "--count", "1", "--no-probes", "--junit", "junit.xml"], 4),
        (["doctor", "--json"], 0),
        (["collect", "--count", "2", "--out", "pictures"], 0),
        (["journal", "--json"], 0),
    ],
    ids=lambda each: each[0] if isinstance(each, list) else "",
)
def test_a_login_leaves_no_secret(
    command: list[str], status: int, serve: Serve, folder: Path
) -> None:
    url = serve(reject_all=True).url
    origin = url.rstrip("/")
    with (folder / "config.toml").open("a") as opened:
        opened.write(f"[target]\nurl = '{url}'\nheaders = {{X-Token = '{SECRET}'}}\n{LOG_IN}")
        opened.write(f"[browser.http_auth]\norigin = '{origin}'\nusername = 'ann'\n")
        opened.write(f"password = '{SECRET}'\n")
    if command[0] == "journal":
        run("solve", cwd=folder, status=1, PASSWORD=SECRET)
    done = run(*command, cwd=folder, status=status, PASSWORD=SECRET)
    assert SECRET not in done.stdout + done.stderr
    assert files_with_secrets(folder) == []


ADDRESS = f"http://ann:{SECRET}@127.0.0.1:1/?token={SECRET}"


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (["solve", f"http://ann:{SECRET}@127.0.0.1\\@a.example/?token={SECRET}"], {}),
        (["doctor", f"ftp://ann:{SECRET}@a.example/?token={SECRET}"], {}),
        (["init", f"https://ann:{SECRET}@a.example/?token={SECRET}"], {}),
        (["audit", f"https://ann:{SECRET}@a.example/?token={SECRET}"], {}),
        (["solve"], {"CAPSLICE_BROWSER__PROXY": f"http://ann:{SECRET}@a.example"}),
        (["solve"], {"CAPSLICE_BROWSER__PROXY": f'{{"password": ["{SECRET}"]}}'}),
        (["solve"], {"CAPSLICE_BROWSER__PROXY": f'{{"pasword": "{SECRET}"}}'}),
        (["solve"], {"CAPSLICE_BROWSER__CDP": f"ftp://ann:{SECRET}@a.example/?token={SECRET}"}),
        (["solve"], {"CAPSLICE_BROWSER__CONTACT": f"( http://a.example/?token={SECRET}"}),
        (["solve"], {"CAPSLICE_TARGET": f'{{"url": "{ADDRESS}"'}),
        (["solve"], {"CAPSLICE_TARGET__ALLOWED_ORIGINS": f'["{ADDRESS}"]'}),
    ],
)
def test_no_message_about_wrong_settings_shows_a_secret(
    arguments: list[str],
    environment: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    done = run_here(*arguments, status=2, cwd=tmp_path)
    assert SECRET not in done.stdout + done.stderr
    assert [*tmp_path.rglob("*")] == [] or files_with_secrets(tmp_path) == []


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"CAPSLICE_BROWSER__PROXY__SERVER": f"http://ann:{SECRET}@127.0.0.1:1"},
        {"CAPSLICE_BROWSER__PROXY__SERVER": f"ann:{SECRET}@127.0.0.1:port"},
        {"CAPSLICE_BROWSER__CDP": f"http://ann:{SECRET}@127.0.0.1:1/?token={SECRET}"},
        {"CAPSLICE_BROWSER__SERVER": f"ws://ann:{SECRET}@127.0.0.1:1/?token={SECRET}"},
    ],
)
def test_no_message_about_what_does_not_answer_shows_a_secret(
    environment: dict[str, str], folder: Path
) -> None:
    done = run("solve", ADDRESS, "--trace", "t.zip", cwd=folder, status=3, **environment)
    assert SECRET not in done.stdout + done.stderr
    assert files_with_secrets(folder) == []
