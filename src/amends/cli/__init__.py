"""The command `amends`. Each command lives in a module that is imported when it is asked for: start-up is a feature."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from amends import __version__
from amends.config.values import Unfit, WrongSetting

COMMANDS = {
    "up": "serve",
    "web": "serve",
    "work": "serve",
    "listen": "serve",
    "migrate": "serve",
    "import": "bring",
    "user": "user",
    "doctor": "keep",
    "backup": "keep",
    "restore": "keep",
    "rotate-keys": "keep",
    "triage": "judge",
    "train": "learn",
    "evaluate": "learn",
}
UNFIT = 2  # as for wrong usage: whoever starts us must change something first
INTERRUPTED = 130  # as shells have it for Ctrl-C


class Commands(click.Group):
    """The commands by name, imported one by one."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"amends.cli.{COMMANDS[cmd_name]}")
        command = getattr(module, "bring" if cmd_name == "import" else cmd_name.replace("-", "_"))
        return command if isinstance(command, click.Command) else None


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, package_name="amends", message="Amends %(version)s")
def amends() -> None:
    """Amends, the self-hosted care desk. `amends up` starts everything."""


def main() -> None:
    """Run the command line. Mistakes of people end in one sentence, never in a traceback."""
    try:
        code = amends.main(prog_name="amends", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except Unfit as error:
        click.echo(f"Wrong setting. {error}" if isinstance(error, WrongSetting) else str(error), err=True)
        code = UNFIT
    except (KeyboardInterrupt, click.Abort):
        click.echo("Interrupted.", err=True)
        code = INTERRUPTED
    except Exception as error:
        from amends.cli.failures import told

        if not (message := told(error)):
            raise
        click.echo(message, err=True)
        code = 1
    sys.exit(code if isinstance(code, int) else 0)
