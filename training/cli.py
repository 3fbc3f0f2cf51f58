"""`captcha-training`: draw pictures, fit a reader to them, export it, serve the mock page.

Only the command line: each command gathers its options, calls the one function
that does the work, and prints what came of it.
"""

from __future__ import annotations

import click

from models import command_line
from training.commands.experiments import experiments
from training.commands.export import export
from training.commands.fit import fit
from training.commands.new import new
from training.commands.pictures import generate, glyphs, samples
from training.commands.serve import serve


@click.group(context_settings={"auto_envvar_prefix": "CAPSLICE_TRAINING", "show_default": True})
@click.version_option(package_name="capslice")
def cli() -> None:
    """Make networks that read a simple captcha, from pictures drawn here.

    From nothing to a model of your own: generate, fit, export.
    """


for command in (new, generate, samples, fit, export, glyphs, serve, experiments):
    cli.add_command(command)


def main() -> None:
    """Run `captcha-training`, to its exit status."""
    command_line.run(cli)
