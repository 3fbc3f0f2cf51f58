"""Every setting of the agent, with its default and its checks.

The command line wins over environment variables, these win over config.toml, and it wins
over the defaults here. `CAPSLICE_BROWSER__TIMEOUT=5` in the environment means the same as
`timeout = 5` under `[browser]`.
"""

from __future__ import annotations

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
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from capslice.agent.rules.origins import LOOPBACK, Origin, check_origin
from capslice.agent.steps import Step
from capslice.agent.wrong_settings import check_environment, problem
from capslice.errors import ConfigurationError, one_line
from capslice.files import CONFIG_FILE, read_toml
from capslice.models.card import SHIPPED
from capslice.models.decoding import Case, Known

ENVIRONMENT_PREFIX = "CAPSLICE_"

AUTO = "auto"
MOST_PROBLEMS = 5  # named in one message


def _no_bool(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("Input should be a number")
    return value


Selector = Annotated[str, Field(min_length=1)]
# At most a day, because browser drivers count milliseconds in 32 bits.
Seconds = Annotated[float, BeforeValidator(_no_bool), Field(ge=0, le=86_400, allow_inf_nan=False)]
PositiveSeconds = Annotated[Seconds, Field(gt=0)]
Count = Annotated[int, BeforeValidator(_no_bool), Field(gt=0)]
HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]+$")]
Status = Annotated[int, BeforeValidator(_no_bool), Field(ge=200, le=599)]


class Section(BaseModel):
    """A section of config.toml, which rejects unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class Selectors(Section):
    """Where things are on the page, as CSS or any other Playwright selector."""

    picture: Selector = "#captcha"
    input: Selector = "#answer"
    submit: str = "#submit"  # "": press Enter; AUTO: the page submits at the last character
    refresh: str = "#refresh"  # "": reload the page
    success: str = "#success"  # "": statuses.accepted tells
    failure: str = "#failure"  # "": statuses.rejected tells
    frame: str = ""  # the iframe that contains all of these
    dismiss: str = ""  # closes a banner that covers the form


class Statuses(Section):
    """HTTP statuses that tell the verdict, for sites that show no message."""

    accepted: tuple[Status, ...] = ()
    rejected: tuple[Status, ...] = ()


class Target(Section):
    """The page to act on, and the only origins that the agent may act on."""

    url: str = "http://127.0.0.1:8000/"
    allowed_origins: tuple[Annotated[str, AfterValidator(check_origin)], ...] = (LOOPBACK,)
    # from other origins: pictures, styles, scripts and fonts; all that is only read; or nothing
    subresources: Literal["passive", "all", "none"] = "passive"
    selectors: Selectors = Selectors()
    statuses: Statuses = Statuses()
    before: tuple[Step, ...] = ()  # taken whenever the page is opened
    headers: dict[HeaderName, SecretStr] = {}  # sent to the allowed origins only

    @model_validator(mode="after")
    def _can_tell_verdicts(self) -> Self:
        for name in ("success", "failure"):
            status = "accepted" if name == "success" else "rejected"
            if not getattr(self.selectors, name) and not getattr(self.statuses, status):
                raise ValueError(
                    f"neither selectors.{name} nor statuses.{status} says what {status} looks like"
                )
        return self


class Proxy(Section):
    """The proxy of the browser; none if `server` is empty."""

    server: str = ""
    username: str = ""
    password: SecretStr = SecretStr("")


class HttpAuth(Section):
    """User name and password for HTTP basic authentication at `origin`; none if that is empty."""

    origin: Annotated[str, AfterValidator(lambda text: text and check_origin(text))] = ""
    username: str = ""
    password: SecretStr = SecretStr("")


class ClientCertificate(Section):
    """The certificate with which the browser identifies itself at `origin`: two PEM files."""

    origin: Annotated[str, AfterValidator(check_origin)]
    certificate: Path
    key: Path
    passphrase: SecretStr = SecretStr("")


class Browser(Section):
    """Which browser to use, how to start or reach it, and how long to wait for a page."""

    name: Literal["chromium", "firefox", "webkit"] = "chromium"
    executable: Path | None = None
    headed: bool = False
    sandbox: bool = True
    timeout: PositiveSeconds = 10.0
    contact: Annotated[str, Field(pattern=r"^[^\s()<>]*$")] = ""
    storage_state: Path | None = None
    server: Annotated[str, Field(pattern=r"^(wss?://.+)?$")] = ""
    cdp: Annotated[str, Field(pattern=r"^((https?|wss?)://.+)?$")] = ""
    user_agent: Annotated[str, Field(pattern=r"^[ -~]*$")] = ""  # the signature follows it
    viewport: tuple[Count, Count] = (1280, 720)
    color_scheme: Literal["light", "dark"] = "light"
    ignore_https_errors: bool = False
    proxy: Proxy = Proxy()
    http_auth: HttpAuth = HttpAuth()
    client_certificates: tuple[ClientCertificate, ...] = ()


class Retries(Section):
    """How often and how long to try, and the growing waits between attempts (seconds)."""

    attempts: Annotated[Count, Field(le=10_000)] = 5
    faults: Annotated[int, BeforeValidator(_no_bool), Field(ge=0, le=10_000)] = 20
    total: PositiveSeconds = 60.0
    first_wait: Seconds = 0.25
    longest_wait: Seconds = 8.0
    jitter: Seconds = 0.25


def _length(length: object) -> str:
    Known.parse(str(length))
    return str(length)


def _characters(characters: str) -> str:
    Known.parse(characters=characters)
    return characters


class Model(Section):
    """The model file, what is known of the answers, and when and how to read.

    length, characters: what `Known.parse` takes; "" means no more than the model's card says.
    answer:             whether to type the text itself or the value of the sum that it shows.
    min_confidence:     the confidence that an answer needs.
    threads:            of one reading.
    """

    path: Path = SHIPPED
    length: Annotated[str, BeforeValidator(_length)] = ""
    characters: Annotated[str, AfterValidator(_characters)] = ""
    case: Case = "keep"
    answer: Literal["text", "sum"] = "text"
    min_confidence: Annotated[float, BeforeValidator(_no_bool), Field(ge=0, lt=1)] = 0.95
    threads: Annotated[Count, Field(le=256)] = 1  # each thread has its own stack

    @property
    def known(self) -> Known:
        """What is known of the text in a picture."""
        return Known.parse(self.length, self.characters, self.case)


class Journal(Section):
    """The file that records every attempt; none if `path` is missing or empty."""

    path: Annotated[Path | None, BeforeValidator(lambda path: path or None)] = None


class Pace(Section):
    """How long to wait between submissions to an origin (seconds), and when to stop.

    Processes that share the file at `path` share the pace. By default a user has one file.
    """

    path: Path = Path(click.get_app_dir("capslice")) / "pace.sqlite"
    interval: Seconds = 2.0
    loopback_interval: Seconds = 0.0
    think: Seconds = 0.0  # between the page or a fresh captcha and its answer
    refusals: Annotated[Count, Field(le=10_000)] = 1
    longest_wait: Seconds = 60.0

    def interval_at(self, origin: Origin) -> float:
        """Seconds between two submissions to this origin."""
        return self.loopback_interval if origin.is_loopback else self.interval


class Settings(BaseSettings):
    """All sections of config.toml. Use `Settings.load` to read them."""

    model_config = SettingsConfigDict(
        env_prefix=ENVIRONMENT_PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True
    )

    target: Target = Target()
    browser: Browser = Browser()
    retries: Retries = Retries()
    model: Model = Model()
    journal: Journal = Journal()
    pace: Pace = Pace()
    # The training commands read and check this section.
    training: dict[str, Any] = Field({}, repr=False)

    # The file's content. pydantic asks the class for its sources, so `load` makes a subclass.
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
        """Return the sources in order of precedence: command line, environment, config.toml."""
        return init_settings, env_settings, InitSettingsSource(settings_cls, cls.written)

    @classmethod
    def load(cls, config: Path | str | None = None, **given: dict[str, Any]) -> Settings:
        """Read the settings from `config`, or from ./config.toml if that exists.

        `given` are sections whose values win, such as `browser={"headed": True}`.

        Raises ConfigurationError, which names each wrong key, its value, and what would be right.
        """
        config = None if config is None else Path(config)
        check_environment(ENVIRONMENT_PREFIX, set(cls.model_fields))
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
        except UnicodeEncodeError:
            raise ConfigurationError("an environment variable is not UTF-8 text") from None
        except RecursionError:
            raise ConfigurationError(f"{source} or environment: nested too deeply") from None
        except ValidationError as error:
            found = error.errors()
            problems = "; ".join(problem(each, cls) for each in found[:MOST_PROBLEMS])
            more = f"; and {len(found) - MOST_PROBLEMS} more" if found[MOST_PROBLEMS:] else ""
            raise ConfigurationError(f"{source} or environment: {problems}{more}") from None
