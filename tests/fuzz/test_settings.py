"""Any config.toml and any environment give settings or one error."""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import pytest

from capslice import Settings
from capslice.cli import cli
from capslice.errors import ConfigurationError, TrainingError
from tests.commands import training_commands
from tests.conftest import ROOT
from tests.fuzz.conftest import Fuzz
from tests.fuzz.mutations import mutated

TRAINING = training_commands()
CONFIG = (ROOT / "config.toml").read_bytes()

# As TOML writes them. Most are wrong for every key.
VALUES = (
    *("nan", "inf", "-inf", "0", "-1", "-0.0", "1e300", "5e-324", "0.5", "1", "2.5", "100000000"),
    *("9" * 400, "-" + "9" * 400, "9" * 1900, "0x" + "f" * 1900, "0o17", "1_000"),
    *("true", "false", '""', '"x"', "'1'", '"nan"', '"1e999"', '"loopback"', '"http://[::1"'),
    *('"http://a:99999"', '"\\u0000"', '"\\u001b[31m"', '"a\\nb"', '"\\U0010FFFF"', '"\\\\"'),
    *('"' + "x" * 1900 + '"', "1979-05-27T07:32:00Z", "1979-05-27T07:32:00", "1979-05-27"),
    *("07:32:00", "[]", "{}", "[1, 'a']", "[[]]", "[{}]", "{a = 1}", "{a.b.c = [{}]}"),
    *("[" * 900 + "]" * 900, "[" * 100 + "]" * 100, "{a=" * 400 + "1" + "}" * 400),
    *('"4-6"', '"6-4"', '"A-Z2-9"', '"z-a"', "'\\-'", '"upper"', '"sum"'),
    *('["loopback", "http://[::1"]', '[""]', '["' + "y" * 1900 + '"]', "[nan]", "[[1]]"),
)
WHOLE = (
    CONFIG,
    b"[target]\nurl = 'http://127.0.0.1:8000/'\nallowed_origins = ['loopback', 'http://a:1']\n",
    b"a." * 900 + b"a = 1\n",
    b"[" + b"a." * 900 + b"a]\nb = 1\n",
    b"[[target]]\n[[target]]\n",
    b"browser.timeout = 1\n[browser]\ntimeout = 1\n",
    b"timeout = 1\ntimeout = 2\n",
    b"\xef\xbb\xbf[model]\r\npath = '\xff'\r\n",
    b"\0",
    b"[model]\npath = '''" + b"\n" * 3000 + b"'''\n",
    *(f"[retries]\nattempts = {value}\n".encode() for value in VALUES),
)


def keys() -> Iterator[tuple[str, str]]:
    """Every section and key, including those of [training]."""

    def of_model(model: Any, section: str) -> Iterator[tuple[str, str]]:
        for name, field in model.model_fields.items():
            yield section, name
            if hasattr(field.annotation, "model_fields"):
                yield from of_model(field.annotation, f"{section}.{name}".lstrip("."))

    yield from of_model(Settings, "")
    for name, command in TRAINING.items():
        yield "training", name
        for option in command.params:
            yield f"training.{name}", str(option.name)


KEYS = tuple(keys())


def load(content: bytes, command: str | None = None) -> str:
    """Load a config.toml of this content, as the agent or as a training command does."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config.toml"
        config.write_bytes(content)
        if command is None:
            Settings.load(config)
            return "read"
        try:
            TRAINING[command].make_context(
                command, ["--config", str(config)], parent=click.Context(cli)
            )
        except click.UsageError:  # click checks the values of options
            return "UsageError"
        return "read"


def document(rng: random.Random) -> bytes:
    """Mostly well-formed TOML with odd values for real keys and a few others."""
    lines = []
    for section, key in rng.choices(KEYS, k=rng.choice((1, 1, 2, 5))):
        key = rng.choice((key, key, key, f"{key}.x", f'"{key} "', "nothing", '"\\u001b"'))
        lines.append(f"{section}.{key} = {rng.choice(VALUES)}".lstrip("."))
    return "\n".join(lines).encode()


def configuration(rng: random.Random) -> bytes:
    whole: Sequence[bytes] = (*WHOLE, document(rng))
    return document(rng) if rng.random() < 0.5 else mutated(rng, whole)


def any_settings(rng: random.Random) -> str:
    return load(configuration(rng))


def any_defaults(rng: random.Random) -> str:
    return load(configuration(rng), rng.choice(sorted(TRAINING)))


def any_environment(rng: random.Random) -> str:
    variables = {}
    for section, key in rng.choices(KEYS, k=rng.choice((1, 2, 3))):
        names = ".".join((section, key)).lstrip(".").upper().split(".")
        name = rng.choice(("__", "__", "__", "_", "___")).join(names[: rng.choice((1, 2, 3))])
        value = rng.choice((*VALUES, "[" * 5000, "{" + '"a":{' * 3000, "NaN", "[1e999]")).encode()
        variables[b"CAPSLICE_" + name.encode()] = mutated(rng, [value]).replace(b"\0", b"")
    os.environb.update(variables)
    try:
        Settings.load()
    finally:
        for name in variables:
            del os.environb[name]
    return "read"


@pytest.mark.parametrize(("section", "key"), KEYS)
def test_every_key_with_every_value(section: str, key: str) -> None:
    command = section.removeprefix("training.") if section.startswith("training.") else None
    for value in VALUES:
        content = f"{section}.{key} = {value}".lstrip(".").encode()
        try:
            load(content, command)
        except (ConfigurationError, TrainingError) as error:
            assert str(error).isprintable()


def test_any_settings(fuzz: Fuzz) -> None:
    assert set(fuzz(any_settings, 1000)) == {"read", "ConfigurationError"}


def test_any_defaults(fuzz: Fuzz) -> None:
    assert set(fuzz(any_defaults, 500)) == {"read", "TrainingError", "UsageError"}


def test_any_environment(fuzz: Fuzz) -> None:
    assert set(fuzz(any_environment, 500)) == {"read", "ConfigurationError"}


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "config.toml").open("wb") as file:
        file.truncate(10**12)
    with pytest.raises(ConfigurationError, match="more than 64,000 bytes"):
        Settings.load(tmp_path / "config.toml")
