"""Where nothing can be read or written, a command does its work, or ends with one line."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from capslice.agent.audit.audit import audit
from capslice.agent.audit.plan import AuditFolder, Plan
from capslice.training.mock_page import MockPage
from tests.commands import command, error_of, run
from tests.conftest import in_a_thread, settings_for

Serve = Callable[..., MockPage]

# Starts a command in a folder that has just been deleted.
DELETE = "import os, sys; os.rmdir(os.getcwd()); os.execv(sys.argv[1], sys.argv[1:])"
NEEDS = {"CAPSLICE_JOURNAL__PATH": "j.sqlite"}
MODEL = {"CAPSLICE_MODEL__PATH": "m.onnx"}
BYTES = 34_000  # of a file on the full disk: enough for those of SQLite, too few for the report


@pytest.fixture
def picture(png: bytes, tmp_path: Path) -> Path:
    file = tmp_path / "526328.png"
    file.write_bytes(png)
    return file


def in_a_deleted_folder(
    folder: Path, *arguments: object, **environment: str
) -> subprocess.CompletedProcess[str]:
    gone = folder / "gone"
    gone.mkdir()
    return subprocess.run(
        [sys.executable, "-c", DELETE, *command(*arguments)],
        capture_output=True,
        text=True,
        cwd=gone,
        timeout=120,
        env={**os.environ, **environment},
    )


def reports(folder: Path) -> dict[Path, bytes]:
    """The files of a report, and parts of them."""
    return {file: file.read_bytes() for file in folder.rglob("*report*")}


@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        (["journal"], NEEDS, "j.sqlite is not a journal"),
        (["solve"], NEEDS, "journal j.sqlite cannot be used"),
        (["solve"], MODEL, "model m.onnx cannot be read"),
        (["read", "x.png"], MODEL, "model m.onnx cannot be read"),
        (["read", "x.png"], {}, "x.png cannot be read"),
        (["audit", "--count", "1"], {}, "audit cannot be created"),
        (["learn"], {}, "learned cannot be used"),
        (["report", "x"], {}, "x holds no audit"),
        (["compare", "a", "b"], {}, "a cannot be read"),
        (["new", "x"], {}, "x.py cannot be written"),
        (["generate", "--count", "1", "--out", "d"], {}, "d cannot be written to"),
    ],
    ids=lambda each: each[0] if isinstance(each, list) else "",
)
def test_a_deleted_working_folder_is_one_line(
    arguments: list[str], environment: dict[str, str], said: str, tmp_path: Path
) -> None:
    done = in_a_deleted_folder(tmp_path, *arguments, **environment)
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert error_of(done).startswith(f"error: {said}")


def test_a_deleted_working_folder_does_not_matter_if_nothing_is_there(
    serve: Serve, picture: Path, tmp_path: Path
) -> None:
    assert in_a_deleted_folder(tmp_path, "read", picture).stdout.split()[1] == "526328"
    done = in_a_deleted_folder(tmp_path, "solve", serve().url)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("kind", ["missing", "a file", "no permission"])
def test_an_unreadable_home_does_not_matter(
    kind: str, serve: Serve, picture: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    if kind == "a file":
        home.touch()
    elif kind == "no permission":
        home.mkdir(mode=0)
    done = run("read", picture, HOME=str(home))
    assert (done.stdout.split()[1], done.stderr) == ("526328", "")
    run("solve", serve().url, HOME=str(home), cwd=tmp_path)
    run("doctor", serve().url, HOME=str(home), cwd=tmp_path)


def test_reading_leaves_nothing_in_the_home(picture: Path, tmp_path: Path) -> None:
    """ONNX Runtime would keep an id of the machine there, for Microsoft."""
    home = tmp_path / "home"
    home.mkdir()
    run("read", picture, HOME=str(home))
    assert [*home.rglob("*")] == []


@pytest.mark.parametrize(
    ("pipe", "arguments", "environment"),
    [
        ("audit/audit.json", ["report", "audit"], {}),
        ("state.json", ["solve"], {"CAPSLICE_BROWSER__STORAGE_STATE": "state.json"}),
        (
            "own.pem",
            ["solve"],
            {
                "CAPSLICE_BROWSER__CLIENT_CERTIFICATES": '[{"origin": "https://a.example", '
                '"certificate": "own.pem", "key": "own.pem"}]'
            },
        ),
    ],
    ids=["audit", "storage_state", "certificate"],
)
def test_a_named_pipe_in_place_of_a_file_is_one_line(
    pipe: str, arguments: list[str], environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / pipe).parent.mkdir(exist_ok=True)
    os.mkfifo(tmp_path / pipe)
    done = run(*arguments, cwd=tmp_path, status=2, **environment)
    assert error_of(done).startswith("error: ")
    assert "Traceback" not in done.stderr


def test_a_full_disk_is_one_line_and_leaves_no_half_of_a_file(serve: Serve, tmp_path: Path) -> None:
    settings, folder = settings_for(serve().url), AuditFolder(tmp_path / "audit")
    plan = Plan.of(settings, count=1, minutes=None, workers=1, command="capslice audit")
    folder.start(plan, resume=False)
    in_a_thread(lambda: audit(settings, folder, plan, probing=False))
    written = reports(tmp_path)
    done = subprocess.run(
        command("report", tmp_path / "audit"),
        capture_output=True,
        text=True,
        timeout=120,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (BYTES, BYTES)),
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert "cannot be written" in error_of(done)
    assert reports(tmp_path) == written
