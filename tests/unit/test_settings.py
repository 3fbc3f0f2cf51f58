"""config.toml: every key is checked, every error names what is wrong and what is right."""

from __future__ import annotations

import tomllib
from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent import Settings
from agent.errors import ConfigurationError
from agent.origins import Origin
from models.card import SHIPPED
from tests.conftest import ROOT
from training.cli import cli


def load(tmp_path: Path, text: str) -> Settings:
    config = tmp_path / "config.toml"
    config.write_text(text)
    return Settings.load(config)


def test_config_toml_says_the_defaults() -> None:
    written = tomllib.loads((ROOT / "config.toml").read_text())
    defaults = Settings().model_dump(mode="json")
    del (
        written["training"],
        defaults["training"],
        defaults["model"]["path"],
        defaults["browser"]["executable"],
        defaults["journal"]["path"],
    )
    assert written == defaults


def test_config_toml_says_the_defaults_of_training_too() -> None:
    written = tomllib.loads((ROOT / "config.toml").read_text())["training"]
    defaults: dict[str, dict[str, object]] = {}
    for name, command in cli.commands.items():
        context = click.Context(command, info_name=name)
        values = {str(option.name): option.get_default(context) for option in command.params}
        defaults[name] = {
            key: str(value) if isinstance(value, Path) else value
            for key, value in values.items()
            if key not in ("config", "as_json") and isinstance(value, str | int | float | Path)
        }
    assert written == defaults


def test_no_file_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings.load()
    assert settings.model.path == SHIPPED
    assert settings.target.allowed_origins == ("loopback",)


def test_who_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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
        ("[target]\nallowed_origins = ['a.b']", "'a.b' is not an http or https address"),
        ("[target]\nallowed_origins = 'loopback'", "target.allowed_origins = 'loopback' is wrong"),
        ("[target.selectors]\ninput = ''", "target.selectors.input = '' is wrong"),
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


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"browser\.timeout.*retries\.attempts"):
        load(tmp_path, "[browser]\ntimeout = 0\n[retries]\nattempts = 0")


def test_environment_variables_are_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAPSLICE_BRWSER__TIMEOUT", "1")
    with pytest.raises(ConfigurationError, match="CAPSLICE_BRWSER__TIMEOUT sets nothing"):
        Settings.load()


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="is not a file"):
        Settings.load(tmp_path / "nowhere.toml")


def test_a_journal_is_kept_where_there_is_a_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load(tmp_path, "").journal.path is None
    written = "[journal]\npath = 'journal.sqlite'"
    assert load(tmp_path, written).journal.path == Path("journal.sqlite")
    monkeypatch.setenv("CAPSLICE_JOURNAL__PATH", "")
    assert load(tmp_path, written).journal.path is None


def test_this_machine_has_a_pace_of_its_own(tmp_path: Path) -> None:
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
