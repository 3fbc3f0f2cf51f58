"""The captcha that `capslice fit` learns, and its labelled pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from capslice import command_line
from capslice.errors import TrainingError

if TYPE_CHECKING:
    from capslice.training.pictures import Captcha, DataSet, Evidence, FolderDescription

FROM_FOLDER = "folder"


def load_captcha_and_pictures(
    name: str,
    data: Path | None,
    labels: Path | None,
    fold_case: bool,
    length: tuple[int, int] | None,
    *,
    general: bool,
    general_characters: bool,
    strict: bool,
) -> tuple[Captcha, DataSet | None, Evidence | None]:
    """The captcha to learn, its labelled pictures, and what a site said, if there are any.

    With `general`, the pictures of a folder are fitted to the size of the general reader, and with
    `general_characters` the captcha has its characters as well. Reports skipped files and rare
    characters. Raises TrainingError where there is no such captcha or folder, and with `strict`
    also for what it would only report.
    """
    from capslice.models.labels import labels_of
    from capslice.training.pictures import (
        FolderCaptcha,
        FolderDescription,
        captcha_named,
        load,
        load_evidence,
    )

    if length and name != FROM_FOLDER:
        raise TrainingError("--length is for --captcha folder: other captchas have their own")
    if data is None:
        if name == FROM_FOLDER or labels:
            raise TrainingError("for labelled pictures, give their folder as --data")
        return captcha_named(name), None, None
    texts = labels_of(data, labels, fold_case=fold_case)
    kind: Captcha
    if name == FROM_FOLDER:
        description = FolderDescription.of(texts, length)
        if general:
            description = _like_general(description, characters=general_characters)
        kind = FolderCaptcha(description)
    else:
        kind = captcha_named(name)
    report = load(
        kind,
        texts,
        strict=strict,
        watch=lambda paths: command_line.follow(paths, len(paths), "loading"),
    )
    for line in report.skipped:
        click.echo(f"skipped {line}", err=True)
    evidence = load_evidence(kind, data, texts)
    if unusable := evidence.report():
        if strict:
            raise TrainingError(unusable)
        click.echo(f"skipped {unusable}", err=True)
    size = "{}x{}".format(*kind.size)
    click.echo(
        f"{len(report.data)} pictures of {kind.lengths} characters of {kind.usual or kind.charset} "
        f"in {size} pixels, {len(report.skipped)} files skipped",
        err=True,
    )
    if rare := report.data.rare():
        times = ", ".join(f"{character!r} {often} times" for character, often in rare.items())
        message = f"too rare to be learned well: {times}; label more pictures that show them"
        if strict:
            raise TrainingError(message)
        click.echo(f"warning: {message}", err=True)
    return kind, report.data, evidence


def _like_general(description: FolderDescription, *, characters: bool) -> FolderDescription:
    """The description with the size of the general reader, and with its characters."""
    from capslice.training.fitting import general_weights

    about, _ = general_weights.load()
    update: dict[str, object] = {"size": about.size, "sizes": about.sizes}
    if characters:
        new = "".join(each for each in description.charset if each not in about.charset)
        update |= {"charset": about.charset + new, "usual": description.charset}
    return description.model_copy(update=update)
