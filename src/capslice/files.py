"""Files that anybody may have written, read no further than they can make sense."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

CONFIG_FILE = Path("config.toml")

# Ten times the config.toml that has every key. The parser's time grows with the square of a
# key's parts, and a key ends with its line.
MOST_CONFIG_BYTES = 64_000
LONGEST_LINE = 2_000


def read_at_most(file: Path, most: int) -> bytes:
    """The content of a file of at most `most` bytes; one that goes on is not read on.

    Raises OSError, whose `strerror` says why it cannot be read.
    """
    try:
        with file.open("rb") as opened:
            content = opened.read(most + 1)
    except ValueError as error:  # a NUL in the path
        raise OSError(errno.EINVAL, str(error)) from None
    if len(content) > most:
        raise OSError(errno.EFBIG, f"it has more than {most:,} bytes")
    return content


def read_toml(file: Path) -> dict[str, Any]:
    """The tables of a config.toml, whatever their keys.

    Raises OSError where it cannot be read, and ValueError where it is not TOML,
    or more of it than a configuration can be.
    """
    import tomllib  # which a reader of pictures does not need

    text = read_at_most(file, MOST_CONFIG_BYTES).decode("utf-8").replace("\r\n", "\n")
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) > LONGEST_LINE:
            raise ValueError(f"line {number} has more than {LONGEST_LINE:,} characters")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("its values are nested too deeply") from None
