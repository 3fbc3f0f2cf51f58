"""config.toml: every key is checked, and every error says what is wrong and what is right."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capslice import Settings
from capslice.agent.rules.origins import Origin
from capslice.cli import cli
from capslice.errors import ConfigurationError, TrainingError
from capslice.models.card import SHIPPED
from capslice.models.decoding import Known
from tests.commands import training_commands
from tests.conftest import ROOT


def load(tmp_path: Path, text: str) -> Settings:
    config = tmp_path / "config.toml"
    config.write_text(text)
    return Settings.load(config)


def test_config_toml_shows_the_defaults() -> None:
    written = tomllib.loads((ROOT / "config.toml").read_text())
    defaults = Settings().model_dump(mode="json")
    del (
        written["training"],
        defaults["training"],
        defaults["model"]["path"],
        defaults["browser"]["executable"],
        defaults["journal"]["path"],
        defaults["pace"]["path"],
        defaults["browser"]["storage_state"],
    )
    assert written == defaults


def test_config_toml_shows_the_defaults_of_training() -> None:
    written = tomllib.loads((ROOT / "config.toml").read_text())["training"]
    defaults: dict[str, dict[str, object]] = {}
    for name, command in training_commands().items():
        context = click.Context(command, info_name=name)
        values = {str(option.name): option.get_default(context) for option in command.params}
        defaults[name] = {
            key: str(value) if isinstance(value, Path) else value
            for key, value in values.items()
            if key not in ("config", "as_json") and isinstance(value, str | int | float | Path)
        }
    assert written == defaults


def test_a_missing_file_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings.load()
    assert settings.model.path == SHIPPED
    assert settings.target.allowed_origins == ("loopback",)


def test_precedence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.toml").write_text("[browser]\ntimeout = 1\nheaded = true")
    monkeypatch.chdir(tmp_path)
    assert Settings.load().browser.timeout == 1
    monkeypatch.setenv("CAPSLICE_BROWSER__TIMEOUT", "2")
    assert Settings.load().browser.timeout == 2
    settings = Settings.load(browser={"timeout": 3})
    assert settings.browser.timeout == 3
    assert settings.browser.headed, "the file's other keys still hold"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[target]\nulr = 'x'", "target.ulr is no setting, did you mean 'url'?"),
        ("[target.selectors]\npictures = 'x'", "target.selectors.pictures is no setting"),
        ("[brwser]", "brwser is no setting, did you mean 'browser'?"),
        ("[browser]\ntimeout = 'soon'", "browser.timeout = 'soon' is wrong"),
        ("[browser]\ntimeout = 0", "browser.timeout = 0 is wrong: Input should be greater than 0"),
        ("[retries]\nattempts = 0", "retries.attempts = 0 is wrong"),
        (
            "[target]\nallowed_origins = ['a.b']",
            "'a.b' has no scheme: give the origin, such as 'https://a.b'",
        ),
        ("[target]\nallowed_origins = 'loopback'", "target.allowed_origins = 'loopback' is wrong"),
        ("[target.selectors]\ninput = ''", "target.selectors.input = '' is wrong"),
        ("[model]\nlength = '6-4'", "model.length = '6-4' is wrong: give a number"),
        ("[model]\nlength = true", "model.length = True is wrong"),
        ("[model]\ncharacters = 'z-a'", "the range z-a goes backwards"),
        ("[model]\ncase = 'title'", "model.case = 'title' is wrong"),
        ("browser = 3", "browser = 3 is wrong"),
        ("[target", "cannot be read"),
    ],
)
def test_errors_name_key_and_value(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, text)
    assert said in str(caught.value)
    assert "config.toml" in str(caught.value)
    assert caught.value.exit_status == 2


NUMBERS = [
    *("browser.timeout", "retries.attempts", "retries.total", "retries.first_wait"),
    *("retries.longest_wait", "retries.jitter", "model.min_confidence", "model.threads"),
]


@pytest.mark.parametrize("key", NUMBERS)
@pytest.mark.parametrize(
    "value", ["nan", "inf", "-inf", "-1", "1e300", "100_000_000", "9" * 1000, "true", "'nan'", "[]"]
)
def test_numbers_have_bounds(key: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=rf"{key} = .* is wrong: ") as caught:
        load(tmp_path, f"{key} = {value}")
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = " + "[" * 990 + "]" * 990, "its values are nested too deeply"),
        ("a." * 2000 + "a = 1", "line 1 has more than 2,000 characters"),
        ("#\n" * 40_000, "it has more than 64,000 bytes"),
        ("[retries]\nattempts = " + "9" * 1900, "attempts = 99999"),
        ("x = 1\nx = 2", "Cannot overwrite a value"),
        ("\0", "cannot be read"),
        ("[browser]\n" + "\n".join(f"k{i} = 1" for i in range(9)), "; and 4 more"),
        ("k" * 1900 + " = 1\n" + "j" * 1900 + " = 1", "jjj… is no setting"),
        (r'"\u001b[31m\u202e" = 1', r"\x1b[31m\u202e is no setting"),
    ],
)
def test_odd_files_are_one_line(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, text)
    assert said in str(caught.value)
    assert str(caught.value).isprintable()


def test_a_number_that_python_refuses_to_print() -> None:
    with pytest.raises(ConfigurationError, match="attempts = a number of thousands of digits"):
        Settings.load(retries={"attempts": 10**5000})


@pytest.mark.parametrize(
    "value", [b"\xff", b"[" * 100_000, b'{"timeout": ' * 100_000, b'{"timeout": NaN}', b"\x1b[31m"]
)
def test_odd_environments_are_one_line(value: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAPSLICE_BROWSER", os.fsdecode(value))
    with pytest.raises(ConfigurationError) as caught:
        Settings.load()
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("count = [1]", "generate.count = [1] is a list where one value belongs"),
        ("count = {a = 1}", "generate.count = {'a': 1} is no value that an option can have"),
        ("count = 1979-05-27", "is no value that an option can have"),
        ("count = nan", "generate.count = nan is no value that an option can have"),
        (r'out = "\u0000"', r"generate.out = '\x00' is no value that an option can have"),
        (r'"\u001b" = 1', r"has no key '\x1b'"),
    ],
)
def test_odd_defaults_of_training(line: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(f"[training.generate]\n{line}")
    command = training_commands()["generate"]
    arguments = ["--config", str(tmp_path / "config.toml")]
    with pytest.raises(TrainingError) as caught:
        command.make_context("generate", arguments, parent=click.Context(cli))
    assert said in str(caught.value)


def test_all_problems_are_reported_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"browser\.timeout.*retries\.attempts"):
        load(tmp_path, "[browser]\ntimeout = 0\n[retries]\nattempts = 0")


def test_environment_variables_are_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAPSLICE_BRWSER__TIMEOUT", "1")
    with pytest.raises(ConfigurationError, match="CAPSLICE_BRWSER__TIMEOUT sets nothing"):
        Settings.load()


def test_a_given_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="is not a file"):
        Settings.load(tmp_path / "nowhere.toml")


def test_a_journal_is_kept_if_there_is_a_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load(tmp_path, "").journal.path is None
    written = "[journal]\npath = 'journal.sqlite'"
    assert load(tmp_path, written).journal.path == Path("journal.sqlite")
    monkeypatch.setenv("CAPSLICE_JOURNAL__PATH", "")
    assert load(tmp_path, written).journal.path is None


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("", Known()),
        ("length = 5", Known(5, 5)),
        ("length = '4-6'\ncharacters = 'A-C'\ncase = 'fold'", Known(4, 6, "ABC", "fold")),
        ("length = ''\ncharacters = ''", Known()),
    ],
)
def test_what_is_known_of_the_answers(text: str, known: Known, tmp_path: Path) -> None:
    assert load(tmp_path, f"[model]\n{text}").model.known == known


def test_loopback_has_its_own_pace(tmp_path: Path) -> None:
    here, there = Origin.of("http://127.0.0.1:8000/"), Origin.of("https://staging.example.org")
    pace = load(tmp_path, "[pace]\ninterval = 3").pace
    assert (pace.interval_at(here), pace.interval_at(there)) == (0, 3)
    pace = load(tmp_path, "[pace]\nloopback_interval = 1").pace
    assert (pace.interval_at(here), pace.interval_at(there)) == (1, 2)
    with pytest.raises(ConfigurationError, match=r"pace\.interval = -1 is wrong"):
        load(tmp_path, "[pace]\ninterval = -1")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)


@given(
    st.dictionaries(
        st.sampled_from(["target", "browser", "retries", "model", "x"]),
        st.dictionaries(
            st.sampled_from(["url", "selectors", "timeout", "attempts", "path", "y"]), json_values
        )
        | json_values,
    )
)
def test_any_values_make_settings_or_one_error(given_values: dict[str, object]) -> None:
    try:
        Settings.load(ROOT / "config.toml", **given_values)  # type: ignore[arg-type]
    except ConfigurationError as error:
        assert "config.toml" in str(error)


def test_a_verdict_that_nothing_can_tell(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("[target.selectors]\nsuccess = ''")
    with pytest.raises(
        ConfigurationError, match=r"target: neither selectors\.success nor statuses\.accepted says"
    ):
        Settings.load(config)
    config.write_text("[target.selectors]\nsuccess = ''\n[target.statuses]\naccepted = [200]")
    assert Settings.load(config).target.statuses.accepted == (200,)
