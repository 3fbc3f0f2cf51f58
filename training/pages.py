"""Pages of measurements: written by templates, with their plots in a folder beside them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from capslice.errors import TrainingError


def page_template(package: str, name: str, **filters: Callable[..., str]) -> Template:
    """The Markdown template `name` of a package; what it names and is not given is an error."""
    environment = Environment(
        loader=PackageLoader(package, "."),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701  # Markdown, not HTML
    )
    environment.filters["thousands"] = lambda number: f"{number:,}"
    environment.filters.update(filters)
    return environment.get_template(name)


def plots_folder(page: Path) -> Path:
    """The folder for the plots of a page, made where it is not there yet.

    Raises TrainingError where that cannot be, which is better said before hours of work.
    """
    plots = page.with_suffix("")
    try:
        plots.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TrainingError(
            f"{page} cannot be written ({plots}: {error.strerror or error}): name another --report"
        ) from None
    return plots
