"""Every setting of the agent, its meaning and its default, and where it is read from.

A value given on the command line wins over an environment variable, that over
config.toml, and that over the defaults here. `CAPSLICE_BROWSER__TIMEOUT=5` is the
environment's way to say `[browser] timeout = 5`.
"""

from __future__ import annotations

import os
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

import click
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from capslice.agent.rules.origins import LOOPBACK, Origin, check_origin
from capslice.errors import ConfigurationError, one_line, quoted
from capslice.files import CONFIG_FILE, read_toml
from capslice.models.card import SHIPPED

ENVIRONMENT_PREFIX = "CAPSLICE_"

MOST_PROBLEMS = 5  # that are named; who has more of them has another file in mind


def _no_flag(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("Input should be a number")
    return value


Selector = Annotated[str, Field(min_length=1)]
# A day at the most: drivers count milliseconds in 32 bits.
Seconds = Annotated[float, BeforeValidator(_no_flag), Field(ge=0, le=86_400, allow_inf_nan=False)]
PositiveSeconds = Annotated[Seconds, Field(gt=0)]
Count = Annotated[int, BeforeValidator(_no_flag), Field(gt=0)]
Status = Annotated[int, BeforeValidator(_no_flag), Field(ge=200, le=599)]


class Section(BaseModel):
    """A section of config.toml: no key that is not named here."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class Selectors(Section):
    """Where things are on the page, as CSS or any other Playwright selector."""

    picture: Selector = "#captcha"
    input: Selector = "#answer"
    submit: str = "#submit"  # empty: press Enter
    refresh: str = "#refresh"  # empty: open the page anew
    success: str = "#success"  # empty: statuses tell
    failure: str = "#failure"
    frame: str = ""  # the iframe in which all of these are
    dismiss: str = ""  # what clicks away a banner that lies over the form


class Statuses(Section):
    """HTTP statuses of answers that tell a verdict, for sites that show no message."""

    accepted: tuple[Status, ...] = ()
    rejected: tuple[Status, ...] = ()


class Target(Section):
    """The page to act on, and the origins on which the agent may act at all."""

    url: str = "http://127.0.0.1:8000/"
    allowed_origins: tuple[Annotated[str, AfterValidator(check_origin)], ...] = (LOOPBACK,)
    selectors: Selectors = Selectors()
    statuses: Statuses = Statuses()

    @model_validator(mode="after")
    def _can_tell(self) -> Self:
        for name in ("success", "failure"):
            status = "accepted" if name == "success" else "rejected"
            if not getattr(self.selectors, name) and not getattr(self.statuses, status):
                raise ValueError(
                    f"neither selectors.{name} nor statuses.{status} says what {status} looks like"
                )
        return self


class Proxy(Section):
    """The proxy that the browser goes through, if it has a server."""

    server: str = ""
    username: str = ""
    password: SecretStr = SecretStr("")


class Browser(Section):
    """Which browser, where, as whom, and how long it waits for a page (seconds)."""

    name: Literal["chromium", "firefox", "webkit"] = "chromium"
    executable: Path | None = None
    headed: bool = False
    sandbox: bool = True
    timeout: PositiveSeconds = 10.0
    contact: Annotated[str, Field(pattern=r"^[^\s()<>]*$")] = ""
    storage_state: Path | None = None
    server: Annotated[str, Field(pattern=r"^(wss?://.+)?$")] = ""
    cdp: Annotated[str, Field(pattern=r"^((https?|wss?)://.+)?$")] = ""
    proxy: Proxy = Proxy()


class Retries(Section):
    """How often and how long a captcha is tried, and the growing waits between (seconds)."""

    attempts: Annotated[Count, Field(le=10_000)] = 5
    faults: Annotated[int, BeforeValidator(_no_flag), Field(ge=0, le=10_000)] = 20
    total: PositiveSeconds = 60.0
    first_wait: Seconds = 0.25
    longest_wait: Seconds = 8.0
    jitter: Seconds = 0.25


class Model(Section):
    """The model file to read with, how sure it must be, and the threads of one reading."""

    path: Path = SHIPPED
    min_confidence: Annotated[float, BeforeValidator(_no_flag), Field(ge=0, lt=1)] = 0.95
    threads: Annotated[Count, Field(le=256)] = 1  # each has a stack of its own


class Journal(Section):
    """Where what was done is written down; nowhere where there is no path, or an empty one."""

    path: Annotated[Path | None, BeforeValidator(lambda path: path or None)] = None


class Pace(Section):
    """How slowly an origin is asked, and when it is left alone (seconds).

    `path` is the file that processes agree in; by default all of a user do.
    """

    path: Path = Path(click.get_app_dir("capslice")) / "pace.sqlite"
    interval: Seconds = 2.0
    loopback_interval: Seconds = 0.0
    refusals: Annotated[Count, Field(le=10_000)] = 1
    longest_wait: Seconds = 60.0

    def interval_at(self, origin: Origin) -> float:
        """Seconds from one submission to this origin to the next."""
        return self.loopback_interval if origin.is_loopback else self.interval


class Settings(BaseSettings):
    """All sections. Made by `Settings.load`, whose errors are one line each."""

    model_config = SettingsConfigDict(
        env_prefix=ENVIRONMENT_PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True
    )

    target: Target = Target()
    browser: Browser = Browser()
    retries: Retries = Retries()
    model: Model = Model()
    journal: Journal = Journal()
    pace: Pace = Pace()
    # Read and checked by `capslice`, which shares the file.
    training: dict[str, Any] = Field({}, repr=False)

    # What the file says. Sources ask the class, not the call, so each file makes its own.
    written: ClassVar[dict[str, Any]] = {}

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The order of precedence: command line, environment, config.toml."""
        return init_settings, env_settings, InitSettingsSource(settings_cls, cls.written)

    @classmethod
    def load(cls, config: Path | None = None, **given: dict[str, Any]) -> Settings:
        """Read the settings from `config`, or from ./config.toml where there is one.

        `given` are sections of values from the command line.

        Raises ConfigurationError, in one line that names each wrong key, its value
        and what would be right.
        """
        _check_environment(set(cls.model_fields))
        if config is not None and not config.is_file():
            raise ConfigurationError(f"{config} is not a file: correct --config")

        source = str(config or CONFIG_FILE)
        try:
            tables = read_toml(config or CONFIG_FILE) if config or CONFIG_FILE.is_file() else {}
        except OSError as error:
            raise ConfigurationError(f"{source} cannot be read: {error.strerror}") from None
        except ValueError as error:
            raise ConfigurationError(f"{source} cannot be read: {one_line(str(error))}") from None

        class FromFile(cls):  # type: ignore[misc, valid-type]
            written = tables

        try:
            return FromFile(**given)
        except SettingsError as error:
            raise ConfigurationError(
                f"an environment variable cannot be read: {one_line(str(error))}"
            ) from None
        except RecursionError:
            raise ConfigurationError(f"{source} or environment: nested too deeply") from None
        except ValidationError as error:
            found = error.errors()
            problems = "; ".join(map(_problem, found[:MOST_PROBLEMS]))
            more = f"; and {len(found) - MOST_PROBLEMS} more" if found[MOST_PROBLEMS:] else ""
            raise ConfigurationError(f"{source} or environment: {problems}{more}") from None


def _check_environment(sections: set[str]) -> None:
    for name in sorted(os.environ):
        if not name.startswith(ENVIRONMENT_PREFIX):
            continue
        section = name.removeprefix(ENVIRONMENT_PREFIX).lower().partition("_")[0]
        if section not in sections:
            raise ConfigurationError(
                f"environment variable {name} sets nothing: after {ENVIRONMENT_PREFIX} comes one "
                f"of {', '.join(sorted(section.upper() for section in sections))}"
            )


def _problem(details: ErrorDetails) -> str:
    """One wrong key in words: which, what it has, and what it should have."""
    *path, key = details["loc"] or ("",)
    name = one_line(".".join(map(str, (*path, key))))
    if isinstance(details["input"], dict) and details["type"] == "value_error":
        return f"{name}: {details['msg'].removeprefix('Value error, ')}"
    if details["type"] != "extra_forbidden":
        given = "(not shown)" if key == "password" else quoted(details["input"])
        return f"{name} = {given} is wrong: {one_line(details['msg'])}"
    section: type[BaseModel] = Settings
    for part in path:
        annotation = section.model_fields[str(part)].annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            section = annotation
    close = get_close_matches(str(key)[:100], section.model_fields, n=1)
    return (
        f"{name} is no setting"
        + (f", did you mean {close[0]!r}?" if close else "")
        + f" (there are {', '.join(section.model_fields)})"
    )
