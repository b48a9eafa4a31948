"""The command line `ponteiro`, also `python -m services`: every command, and one sentence where one fails."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from services.cli.terminal import out, trouble
from shared.errors import Refused

FAILED = 1
INTERRUPTED = 130  # as a shell says it: 128 + SIGINT
ITS_OWN_WORDS = "Value error, "  # Pydantic's, before what a type says itself

# Where each command is found, and what is said of it in the list. Only the one that is asked for is imported: a house
# opens in the time of its own parts, and the list in no time.
COMMANDS = {
    "embedded": (
        "services.cli.serve:embedded",
        "Run all five services in this process, on one port, with one SQLite file each.",
    ),
    "run": (
        "services.cli.serve:run_service",
        "Run one service in earnest, with PostgreSQL, RabbitMQ and Redis as PONTEIRO_... names them.",
    ),
    "migrate": (
        "services.cli.migrate:migrate",
        "Bring all five databases to their newest revision and declare the exchanges and queues of all five.",
    ),
    "apply": (
        "services.cli.apply:apply",
        "Check a provider's offer as a whole, then bring the running services to it.",
    ),
    "demo": (
        "services.cli.demo.command:demo",
        "Play a month of both shops through the HTTP API, then keep serving until Ctrl-C.",
    ),
    "token": (
        "services.cli.tokens:token",
        'Print a token: `curl -H "Authorization: Bearer $(ponteiro token ...)" ...`.',
    ),
    "outbox": (
        "services.cli.facts:outbox",
        "Show what waits to be told; or, after the broker lost it, put what was told back: repeats do no harm.",
    ),
    "parked": (
        "services.cli.facts:parked_commands",
        "Streams that stopped at a fact which could not be handled.",
    ),
    "rebuild": (
        "services.cli.rebuild:rebuild",
        "Fold every account's entries, or every ticket's facts, into what is derived of it, and mend what differs.",
    ),
    "doctor": (
        "services.cli.doctor:doctor",
        "Look at settings, key, databases, migrations, broker, topology, Redis, SMTP, time zone data and offers.",
    ),
    "reconcile": (
        "services.cli.reconcile.command:reconcile",
        "Hold statement, ledger and invoices of a month against each other, to the minute and the centavo.",
    ),
    "import": (
        "services.cli.importing.command:import_files",
        "Bring customers, contracts with their hours, people and tickets of an older system; again it changes nothing.",
    ),
    "replay": (
        "services.cli.replay.command:replay",
        "Live another help desk's log again, through the API under the virtual clock, and report how it went.",
    ),
    "slacheck": (
        "services.cli.slacheck:slacheck",
        "Run business-time cases against the engine: which disagree, and how many agree.",
    ),
    "asyncapi": (
        "services.cli.documents:asyncapi",
        "Print the AsyncAPI document of every fact and every listener.",
    ),
    "openapi": (
        "services.cli.documents:openapi",
        "Print the OpenAPI 3.1 document of all five services on one origin.",
    ),
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
    """The command that is asked for; the list of all, without what they do, when none is."""
    app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
    app.callback(invoke_without_command=True)(ponteiro)
    asked = next((argument for argument in arguments if not argument.startswith("-")), "")
    if asked not in COMMANDS:
        for name, (_, said) in COMMANDS.items():
            app.command(name, help=said)(listed)
        return app
    found = import_command(asked)
    if isinstance(found, typer.Typer):
        app.add_typer(found, name=asked)
    else:
        app.command(asked)(found)
    return app


def import_command(name: str) -> Any:
    """What a command is: a function, or a group of commands."""
    module, _, attribute = COMMANDS[name][0].partition(":")
    return getattr(import_module(module), attribute)


def listed() -> None:
    """Stands in the list for a command."""
    raise AssertionError("a command that is asked for is imported")


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
