"""The command line `ponteiro`, also `python -m services`: every command, and one sentence where one fails."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Annotated

import typer
from pydantic import ValidationError

from services.cli.terminal import out, trouble
from shared.errors import Refused

FAILED = 1
INTERRUPTED = 130  # as a shell says it: 128 + SIGINT
ITS_OWN_WORDS = "Value error, "  # Pydantic's, before what a type says itself

# Where each command is found. Only the one that is asked for is imported: a house opens in the time of its own parts.
COMMANDS = {
    "embedded": "services.cli.serve:embedded",
    "run": "services.cli.serve:run_service",
    "migrate": "services.cli.migrate:migrate",
    "apply": "services.cli.apply:apply",
    "demo": "services.cli.demo.command:demo",
    "token": "services.cli.tokens:token",
    "outbox": "services.cli.facts:outbox",
    "parked": "services.cli.facts:parked_commands",
    "rebuild": "services.cli.rebuild:rebuild",
    "doctor": "services.cli.doctor:doctor",
    "reconcile": "services.cli.reconcile.command:reconcile",
    "import": "services.cli.importing:import_files",
    "replay": "services.cli.replay:replay",
    "slacheck": "services.cli.slacheck:slacheck",
    "asyncapi": "services.cli.documents:asyncapi",
    "openapi": "services.cli.documents:openapi",
}


def main() -> None:
    """Run a command; whatever goes wrong is told in one sentence, with a non-zero exit."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run a command and answer its exit code."""
    try:
        answer = command_line(arguments)(args=arguments, prog_name="ponteiro", standalone_mode=False)
    except typer.TyperException as error:
        trouble(error.format_message().replace(ITS_OWN_WORDS, "").rstrip(".") + " (see --help)")
        return error.exit_code
    except (typer.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except Refused as refusal:
        for line in refusal.detail.splitlines():
            trouble(line)
        return FAILED
    except ValidationError as error:
        problem = error.errors()[0]
        said = problem["msg"].removeprefix(ITS_OWN_WORDS)
        trouble(f"PONTEIRO_{'_'.join(str(step) for step in problem['loc']).upper()}: {said}")
        return FAILED
    except Exception as error:  # noqa: BLE001  a person at a terminal gets a sentence, never a traceback
        trouble(f"{type(error).__name__}: {error}".splitlines()[0])
        return FAILED
    return answer if isinstance(answer, int) else 0


def command_line(arguments: list[str]) -> typer.Typer:
    """The command that is asked for; all of them when none is, for the help."""
    app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
    app.callback(invoke_without_command=True)(ponteiro)
    asked = arguments[0] if arguments else ""
    for name in [asked] if asked in COMMANDS else COMMANDS:
        module, _, attribute = COMMANDS[name].partition(":")
        found = getattr(import_module(module), attribute)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=name)
        else:
            app.command(name)(found)
    return app


def ponteiro(
    version: Annotated[bool, typer.Option("--version", help="Say which version this is.")] = False,  # noqa: FBT002
) -> None:
    """A service desk that can say why a minute was billed and why a deadline fell at 10:30."""
    if version:
        from shared.web import VERSION  # noqa: PLC0415  the web's libraries are slow to import

        out.print(VERSION)
        raise typer.Exit


if __name__ == "__main__":
    main()
