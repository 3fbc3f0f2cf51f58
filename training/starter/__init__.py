"""Writes the files that a captcha of your own starts from: a class, its test and a config.toml."""

from __future__ import annotations

import keyword
import sys
from pathlib import Path

from capslice.errors import TrainingError
from capslice.training.pages import page_template

CONFIG = "config.toml"


def write_starter(name: str, folder: Path) -> list[Path]:
    """Write `name`.py, test_`name`.py and config.toml, and return the paths written.

    Keeps a config.toml that exists already. Raises TrainingError if `name` is not a module name,
    or if one of the other two files exists already or cannot be written.
    """
    if not name.isidentifier() or keyword.iskeyword(name):
        raise TrainingError(f"{name!r} is no name for a module: take letters, digits and _")
    if name in sys.stdlib_module_names:
        raise TrainingError(f"{name!r} is a module of Python's: choose another name")
    files = {
        folder / f"{name}.py": "captcha.py.jinja",
        folder / f"test_{name}.py": "test_captcha.py.jinja",
        folder / CONFIG: "config.toml.jinja",
    }
    if (folder / CONFIG).exists():
        del files[folder / CONFIG]
    for path in files:
        if path.exists():
            raise TrainingError(f"{path} exists already: choose another name, or folder (--out)")
    for path, template in files.items():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_text(
                page_template("capslice.training.starter", template).render(**names(name))
            )
        except OSError as error:
            raise TrainingError(f"{path} cannot be written: {error.strerror or error}") from None
    return list(files)


def names(name: str) -> dict[str, str]:
    """Return the names of the module and of its class, for the templates."""
    return {"module": name, "class": "".join(part.capitalize() for part in name.split("_"))}
