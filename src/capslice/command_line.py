"""How every command line of this project ends, and how it shows its progress.

Each command exits with 0 (done), 1 (not solved, or a threshold was missed), 2 (wrong use or
configuration), 3 (the target or the browser failed), 4 (an audit found nothing to judge the
captcha by), 5 (`init` guessed the selector of success), 6 (`learn` needs labels), 130 (Ctrl-C), or,
of an audit, a fit or `learn`, 129 (SIGHUP) or 143 (SIGTERM). Each error is one line.
"""

from __future__ import annotations

import logging
import math
import shlex
import signal
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, NoReturn, TypeVar

import click

from capslice.errors import CapsliceError, harmless

INTERRUPTED = 130
BY_SIGNAL = 128  # plus the number of the signal

Item = TypeVar("Item")


class NumberRange(click.FloatRange):
    """A range of numbers. Click takes NaN for one of any range, and this does not."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """The number. Raises BadParameter for anything else."""
        number = float(super().convert(value, param, ctx))
        if math.isnan(number):
            self.fail(f"{value!r} is not a number.", param, ctx)
        return number


def run(command: click.Command) -> NoReturn:
    """Run a command, print its error if it has one, and exit with its status."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)
    try:
        status = command.main(standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        sys.exit(0)
    except click.UsageError as error:
        name = error.ctx.command_path if error.ctx else command.name
        fail(error.format_message().rstrip(".") + f" (see `{name} --help`)", error.exit_code)
    except click.ClickException as error:
        fail(error.format_message(), error.exit_code)
    except CapsliceError as error:
        fail(str(error), error.exit_status)
    except click.Abort as error:
        if isinstance(error.__context__, EOFError):
            fail("the input ended at a question: answer it, or give --yes", 2)
        fail("interrupted", _interrupted(error.__cause__))
    except KeyboardInterrupt as error:
        fail("interrupted", _interrupted(error))
    except OSError as error:
        fail(f"the output cannot be written ({error.strerror or error})", 2)
    except Exception as error:
        # Pydantic turns a Ctrl-C during validation into an error of its own.
        if "KeyboardInterrupt" not in str(error):
            raise
        fail("interrupted", INTERRUPTED)
    sys.exit(status if isinstance(status, int) else 0)


@contextmanager
def interrupted_by_signals() -> Iterator[list[int]]:
    """Inside `with`, SIGTERM and SIGHUP interrupt like Ctrl-C, with a status of their own.

    Yields a list that gets this status, for a command that itself ends what was interrupted. Use it
    in the main thread.
    """
    statuses: list[int] = []

    def interrupt(number: int, frame: FrameType | None) -> None:
        statuses.append(BY_SIGNAL + number)
        _interrupt(number, frame)

    # Windows has no SIGHUP. After nohup, a closed terminal ends nothing.
    numbers = [signal.SIGTERM]
    with suppress(AttributeError):
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, interrupt) for number in numbers}
    try:
        yield statuses
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(number: int, _: FrameType | None) -> None:
    """Raise KeyboardInterrupt with the exit status of this signal.

    The interrupt cuts a call of Playwright short. What Playwright and Python then say about that
    call is silenced.
    """
    logging.getLogger("playwright").setLevel(logging.CRITICAL)
    warnings.filterwarnings("ignore", "coroutine .* was never awaited", RuntimeWarning)
    raise KeyboardInterrupt(BY_SIGNAL + number)


def as_typed(shown: Callable[[str], str] = str) -> str:
    """The running command, quoted so that it can be pasted into a shell.

    `shown` returns what to write in place of an argument.
    """
    return shlex.join(["capslice", *map(shown, sys.argv[1:])])


def _interrupted(error: BaseException | None) -> int:
    """The exit status that `_interrupt` gave the error, or that of Ctrl-C."""
    return error.args[0] if error and error.args else INTERRUPTED


def say(text: str, *, err: bool = False) -> None:
    """Print a text of which parts come from a page or a file."""
    click.echo(harmless(text), err=err)


def fail(message: str, status: int) -> NoReturn:
    """Print the message as one line on standard error, and exit."""
    say(f"error: {' '.join(message.split())}", err=True)
    sys.exit(status)


def follow(items: Iterable[Item], total: int, doing: str) -> Iterator[Item]:
    """Yield the items, and show progress on standard error.

    A terminal shows a bar with the time left; a pipe gets a line after each tenth.
    """
    # Imported here because `--help` does not need it.
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    if console.is_terminal:
        yield from track(items, doing, total, console=console, transient=True)
        return
    for done, item in enumerate(items, start=1):
        yield item
        if done * 10 // total > (done - 1) * 10 // total:
            click.echo(f"{doing}: {done} of {total}", err=True)
