"""Templates for pages of measurements, and the folders for their plots."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from capslice.errors import TrainingError


def page_template(package: str, name: str, **filters: Callable[..., str]) -> Template:
    """Load the text template `name` of a package; undefined variables are errors."""
    environment = Environment(
        loader=PackageLoader(package, "."),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701  # not HTML
    )
    environment.filters["thousands"] = lambda number: f"{number:,}"
    environment.filters.update(filters)
    return environment.get_template(name)


def plots_folder(page: Path) -> Path:
    """Create the folder for the plots of a page, named after it, and return its path.

    Call it before hours of work: it raises TrainingError if the folder cannot be created.
    """
    plots = page.with_suffix("")
    try:
        plots.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TrainingError(
            f"{page} cannot be written ({plots}: {error.strerror or error}): name another --report"
        ) from None
    return plots
