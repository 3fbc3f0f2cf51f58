"""Runs `capslice` as a user does: in a process of its own, or here if it needs TensorFlow."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from unittest.mock import patch

import click
import jsonschema
import pytest

from capslice.cli import PACKAGES, TRAINING, cli, main
from reference.json_schemas import json_schemas
from tests.conftest import ROOT


def command(*arguments: object, module: str = "capslice") -> list[str]:
    return [sys.executable, "-m", module, *map(str, arguments)]


@contextmanager
def interruptible(*arguments: object) -> Iterator[subprocess.Popen[str]]:
    """`capslice` in a process that SIGINT interrupts; it is killed at the end."""
    with subprocess.Popen(
        command(*arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell makes background processes ignore SIGINT.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def run(
    *arguments: object,
    module: str = "capslice",
    status: int = 0,
    cwd: Path = ROOT,
    stdin: int | None = None,
    **environment: str,
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command(*arguments, module=module),
        stdin=stdin,
        capture_output=True,
        text=True,
        cwd=cwd,
        timeout=300,
        env={**os.environ, **environment},
    )
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    if module == "capslice":
        check_json(arguments, done.stdout)
    return done


def run_here(
    *arguments: object, status: int = 0, cwd: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """Run `capslice` in this process, so that TensorFlow is loaded only once."""
    line = ["capslice", *map(str, arguments)]
    with (
        redirect_stdout(StringIO()) as out,
        redirect_stderr(StringIO()) as err,
        chdir(cwd),
        patch.object(sys, "argv", line),
        pytest.raises(SystemExit) as end,
    ):
        main()
    done = subprocess.CompletedProcess(line, int(str(end.value)), out.getvalue(), err.getvalue())
    assert done.returncode == status, shlex.join(line) + done.stdout + done.stderr
    check_json(arguments, done.stdout)
    return done


def check_json(arguments: tuple[object, ...], printed: str) -> None:
    """Hold what a command prints with `--json` to the schema of docs/reference."""
    if "--json" in arguments:
        schema = json_schemas()[str(arguments[0])]
        for each in objects(printed):
            jsonschema.validate(each, schema)


def objects(printed: str) -> Iterator[object]:
    """The JSON objects that stand one after the other in a text."""
    decoder, rest = json.JSONDecoder(parse_constant=not_in_json), printed.strip()
    while rest:
        found, end = decoder.raw_decode(rest)
        yield found
        rest = rest[end:].strip()


def not_in_json(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")


def error_of(done: subprocess.CompletedProcess[str]) -> str:
    """The one error line of a command that failed."""
    (line,) = (line for line in done.stderr.splitlines() if line.startswith("error: "))
    return line


def training_commands() -> dict[str, click.Command]:
    """The commands whose defaults `[training]` in config.toml sets, by name."""
    context = click.Context(cli)
    names = [name for name, package in PACKAGES.items() if package == TRAINING]
    return {name: command for name in names if (command := cli.get_command(context, name))}
