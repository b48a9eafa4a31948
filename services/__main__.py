"""The command line `ponteiro`, also `python -m services`: every command, and one sentence where one fails."""

from __future__ import annotations

import sys

import typer

from services.cli import apply, doctor, documents, facts, migrate, serve, tokens
from services.cli.terminal import trouble
from shared.errors import Refused

FAILED = 1
INTERRUPTED = 130  # as a shell says it: 128 + SIGINT

app = typer.Typer(
    name="ponteiro",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command()(serve.embedded)
app.command("run")(serve.run_service)
app.command()(migrate.migrate)
app.command()(apply.apply)
app.command()(tokens.token)
app.command()(facts.outbox)
app.add_typer(facts.parked_commands, name="parked")
app.command()(doctor.doctor)
app.command()(documents.asyncapi)
app.command()(documents.openapi)


@app.callback()
def ponteiro() -> None:
    """A service desk that can say why a minute was billed and why a deadline fell at 10:30."""


def main() -> None:
    """Run a command; whatever goes wrong is told in one sentence, with a non-zero exit."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run a command and answer its exit code."""
    try:
        answer = app(args=arguments, prog_name="ponteiro", standalone_mode=False)
    except typer.TyperException as error:
        trouble(error.format_message().rstrip(".") + " (see --help)")
        return error.exit_code
    except typer.Abort:
        return INTERRUPTED
    except Refused as refusal:
        trouble(refusal.detail)
        return FAILED
    except Exception as error:  # noqa: BLE001  a person at a terminal gets a sentence, never a traceback
        trouble(f"{type(error).__name__}: {error}".splitlines()[0])
        return FAILED
    return answer if isinstance(answer, int) else 0


if __name__ == "__main__":
    main()
