"""The command `capslice`: shows its commands in groups, and loads each when it is needed."""

from __future__ import annotations

from importlib import import_module

import click

from capslice import command_line

AGENT, TRAINING = "capslice.agent.commands", "capslice.training.commands"
OWN_CAPTCHA = f"{AGENT}.own_captcha"

# The commands of each group, and the package that has a module for each command.
GROUPS = {
    "Act on a page": (
        AGENT,
        ("demo", "init", "doctor", "solve", "audit", "report", "compare", "journal", "install"),
    ),
    "Read pictures": (AGENT, ("read", "evaluate")),
    "Learn your own captcha": (OWN_CAPTCHA, ("collect", "label", "learn")),
    "Make a model": (
        TRAINING,
        ("new", "generate", "samples", "fit", "export", "experiments", "glyphs"),
    ),
    "Serve the mock page": (TRAINING, ("serve",)),
}
PACKAGES = {name: package for package, names in GROUPS.values() for name in names}


class Commands(click.Group):
    """Imports a command's module when the command is looked up."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, in the order in which the help shows them."""
        return [*PACKAGES]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of that name, or None."""
        if cmd_name not in PACKAGES:
            return None
        package = PACKAGES[cmd_name]
        command: click.Command = getattr(import_module(f"{package}.{cmd_name}"), cmd_name)
        command.context_settings["show_default"] = True
        if package == TRAINING:
            variable = f"CAPSLICE_TRAINING_{cmd_name.upper()}"
            command.context_settings["auto_envvar_prefix"] = variable
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write one section of the help for each group."""
        width = max(map(len, PACKAGES))
        limit = formatter.width - width - 6
        for title, (_, names) in GROUPS.items():
            commands = ((name, self.get_command(ctx, name)) for name in names)
            with formatter.section(title):
                formatter.write_dl(
                    [
                        (f"{name:{width}}", command.get_short_help_str(limit))
                        for name, command in commands
                        if command
                    ]
                )


@click.command(cls=Commands)
@click.version_option(package_name="capslice")
def cli() -> None:
    """Read picture captchas with small neural networks, and answer them in a real browser.

    capslice acts only on the origins that config.toml names. By default that is this machine.

    Start with: capslice demo
    """


def main() -> None:
    """Run `capslice`, and exit with its status."""
    command_line.run(cli)
