"""Reads files that nobody has checked yet, up to a size limit, and writes files as a whole."""

from __future__ import annotations

import errno
import io
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from capslice.errors import CapsliceError, ConfigurationError

CONFIG_FILE = Path("config.toml")

# Ten times the size of a config.toml with every key. The line length is limited too, because
# the parser's time grows with the square of the number of dots in a key.
MOST_CONFIG_BYTES = 64_000
LONGEST_LINE = 2_000
MOST_TEXT_BYTES = 200_000_000  # labels of millions of pictures


def check_can_write(*files: Path) -> None:
    """Raise ConfigurationError if a file is a folder, or lies in no folder.

    A command checks this before it works for minutes.
    """
    for file in files:
        if not file.parent.is_dir():
            raise ConfigurationError(f"{file} cannot be written: {file.parent} is not a folder")
        if file.is_dir():
            raise ConfigurationError(f"{file} cannot be written: it is a folder")


def private(path: str, flags: int) -> int:
    """An opener for `open`: a file that it makes can be read by its owner only."""
    return os.open(path, flags, 0o600)


def write_whole(file: Path, content: bytes, *, is_private: bool = False) -> None:
    """Write a file completely or not at all. Its owner alone can read a private one.

    What is no regular file, such as /dev/stdout, is written as it is. Raises OSError.
    """
    whole = Path(os.path.realpath(file))
    if whole.exists() and not whole.is_file():
        whole.write_bytes(content)
        return
    part = whole.with_name(f".{whole.name[:100]}.{os.getpid()}")
    try:
        with open(part, "wb", opener=private if is_private else None) as opened:
            opened.write(content)
        part.replace(whole)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def write_text(
    file: Path, text: str, kind: type[CapsliceError], *, is_private: bool = False
) -> None:
    """Write a text file as `write_whole` does. Raises an error of this kind."""
    try:
        write_whole(file, f"{text.rstrip()}\n".encode(), is_private=is_private)
    except OSError as error:
        raise kind(f"{file} cannot be written: {error.strerror or error}") from None


def read_at_most(file: Path, most: int = MOST_TEXT_BYTES) -> bytes:
    """Read a file of at most `most` bytes.

    Raises OSError if it cannot be read, is larger, or is a pipe or a device, which may never end;
    `strerror` says why.
    """
    try:
        if file.exists() and not (file.is_file() or file.is_dir()):
            raise OSError(errno.EINVAL, "it is no regular file")
        with file.open("rb") as opened:
            content = opened.read(most + 1)
    except ValueError as error:  # a NUL in the path
        raise OSError(errno.EINVAL, str(error)) from None
    if len(content) > most:
        raise OSError(errno.EFBIG, f"it has more than {most:,} bytes")
    return content


def opened_text(file: Path) -> io.StringIO:
    """The text of a UTF-8 file, with its line ends as they are. Raises OSError and ValueError."""
    return io.StringIO(read_at_most(file).decode("utf-8-sig"), newline="")


def read_toml(file: Path) -> dict[str, Any]:
    """Read the tables of a config.toml, without checking their keys.

    Raises OSError if the file cannot be read, and ValueError if it is not TOML or is far
    larger than a configuration.
    """
    import tomllib  # here, because reading pictures does not need it

    text = read_at_most(file, MOST_CONFIG_BYTES).decode("utf-8").replace("\r\n", "\n")
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) > LONGEST_LINE:
            raise ValueError(f"line {number} has more than {LONGEST_LINE:,} characters")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("its values are nested too deeply") from None
