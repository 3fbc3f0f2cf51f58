"""`capslice learn`: from a page to a model of its captcha, by what the page says to answers."""

from __future__ import annotations

import json
import math
import shlex
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from capslice import command_line
from capslice.agent.commands.options import PATH, config_option, json_option, load_settings
from capslice.errors import CapsliceError, JournalError, LearningError

if TYPE_CHECKING:
    from capslice.agent.settings import Settings
    from capslice.json_output.learning import LearnJson, RateJson

BELOW_TARGET = 1
LABELS_NEEDED = 6
MOST_SUBMISSIONS = 3000
WHY = {
    "target": "the target is reached",
    "submissions": "the answers that --submissions allows are used up",
    "minutes": "the minutes that --minutes allows are used up",
    "no_better": "the last two models did no better than those before",
}
WANTED = 50  # labels to begin with


@click.command()
@click.argument("url", required=False)
@config_option
@click.option("--out", type=PATH, default=Path("learned"), help="Folder to learn in.")
@click.option(
    "--model",
    type=PATH,
    default=Path("general"),
    help="Model file, or a shipped model, to begin with.",
)
@click.option(
    "--labels",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    metavar="DIR",
    help="Folder of labelled pictures of this captcha to begin with.",
)
@click.option(
    "--until",
    type=command_line.NumberRange(0, 1, min_open=True),
    default=0.95,
    help="End when this share of a model's latest 200 answers was accepted.",
)
@click.option(
    "--submissions",
    type=click.IntRange(1, 1_000_000),
    default=MOST_SUBMISSIONS,
    help="Send at most so many answers, with those of earlier runs.",
)
@click.option(
    "--minutes",
    type=command_line.NumberRange(0, min_open=True),
    help="Begin nothing new after so many minutes of work, with those of earlier runs.",
)
@click.option("--fit-on", metavar="ADDRESS", help="Fit on the Ray cluster at this address.")
@click.option("--yes", is_flag=True, help="Do not ask before answers are sent.")
@json_option
def learn(
    url: str | None,
    config: Path | None,
    out: Path,
    model: Path,
    labels: Path | None,
    until: float,
    submissions: int,
    minutes: float | None,
    fit_on: str | None,
    yes: bool,
    as_json: bool,
) -> int:
    """Learn to read a page's captcha from the page's verdicts.

    Reads each captcha with the model at hand and sends the answer, however unsure.
    An accepted answer is a label, a rejected one says what the text is not. After a few
    hundred answers, a fit makes a better model, which answers from then on.

    It keeps everything in the folder. After Ctrl-C, or when it was killed, the same
    command goes on.

    The exit status is 0 if the target was reached, 1 if it ended below it, and 6 if hardly
    an answer is accepted, so that it needs labels (`capslice label`) to begin with.

    Example: capslice learn http://127.0.0.1:8000/ --until 0.9
    """
    from capslice.agent.learning.fitting import check_packages
    from capslice.agent.learning.folder import LearningFolder
    from capslice.agent.learning.learning import Learning
    from capslice.agent.learning.steps import Goals

    check_packages(fit_on)
    settings = load_settings(config, url=url, model=model)
    goals = Goals(until, submissions, math.inf if minutes is None else minutes * 60)
    learning = Learning(
        settings,
        LearningFolder(out),
        goals,
        fit_options=("--fit-on", fit_on) if fit_on else (),
        say=lambda line: click.echo(line, err=True),
    )
    left = learning.prepare(labels)
    if left and not yes and not click.confirm(_question(settings, left), True, err=as_json):
        return BELOW_TARGET
    try:
        with command_line.interrupted_by_signals():
            ended = learning.run()
    except BaseException as error:
        with suppress(CapsliceError):  # the first error matters more
            learning.summarise("interrupted")
        if not isinstance(error, (LearningError, JournalError)):  # those say what to mend first
            click.echo(f"{out} keeps everything: the same command goes on", err=True)
        raise
    summary = learning.summarise(ended)
    click.echo(json.dumps(summary) if as_json else _told(summary, out))
    return {"target": 0, "labels": LABELS_NEEDED}.get(ended, BELOW_TARGET)


def _question(settings: Settings, left: int) -> str:
    from capslice.agent.rules.origins import Origin

    return (
        f"Send up to {left:,} answers to {Origin.of(settings.target.url)}, many of which will be "
        "wrong?"
    )


def _told(summary: LearnJson, out: Path) -> str:
    """The summary for people: why it ended, the curve, and what to do next."""
    from capslice.agent.discovery.config_text import toml_value
    from capslice.agent.rules.redaction import redacted_text

    if summary["ended"] == "labels":
        return (
            f"hardly an answer is accepted ({summary['accepted']} of {summary['submissions']}), "
            f"too few to learn from: label {WANTED} pictures, and go on with the same command\n"
            f"  capslice label {shlex.quote(str(out / 'evidence'))}\n"
            f"  {command_line.as_typed(redacted_text)}"
        )
    lines = [WHY[summary["ended"]]]
    lines += [
        f"  after {each['submissions']:>5,} answers and {each['minutes']:5.1f} minutes: "
        f"{_percent(each['answers'])} accepted"
        for each in summary["curve"]
    ]
    if latest := summary["latest"]:
        lines.append(f"latest answers of {summary['model']}: {_percent(latest)} accepted")
    lines.append(
        f"{summary['submissions']:,} answers in {summary['minutes']:.1f} minutes, fits included"
    )
    lines.append("to use the model, write into config.toml:\n\n[model]")
    lines.append(f"path = {toml_value(summary['model'])}")
    if summary["case"] != "keep":
        lines.append(f'case = "{summary["case"]}"')
    return "\n".join(lines)


def _percent(rate: RateJson) -> str:
    share = rate["accepted"] / rate["of"]
    return (
        f"{share * 100:.1f} % ({rate['low'] * 100:.1f} to {rate['high'] * 100:.1f} %) of "
        f"{rate['of']:,}"
    )
