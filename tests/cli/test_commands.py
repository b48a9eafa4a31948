"""The commands: what they print, and one sentence with a non-zero exit where they cannot."""

import inspect
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer

from services.__main__ import COMMANDS, import_command
from services.embedded.folder import DataFolder
from shared.auth import Keys, Principal, Role
from shared.events import TELLERS
from tests.cli.conftest import ROOT, Ponteiro

ORGANIZATION = "018f0000-0000-7000-8000-000000000001"


def test_the_help_names_every_command(ponteiro: Ponteiro) -> None:
    code, said, _complaint = ponteiro("--help")

    assert code == 0
    for name in COMMANDS:
        assert name in said


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_says_of_a_command_what_the_command_says_of_itself(name: str) -> None:
    command = import_command(name)
    own = command.info.help if isinstance(command, typer.Typer) else inspect.getdoc(command)

    assert str(own).splitlines()[0] == COMMANDS[name][1]


@pytest.mark.parametrize("arguments", [["--help"], ["token", "--help"], ["outbox", "--help"], ["apply", "--help"]])
def test_a_command_that_needs_no_service_imports_none(arguments: list[str]) -> None:
    code = f"import sys; from services.__main__ import run; run({arguments}); print(*sys.modules, file=sys.stderr)"

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    imported = set(done.stderr.split())
    assert "Usage: ponteiro" in done.stdout
    assert "services.__main__" in imported
    assert imported & {"litestar", "services.embedded.house", *(f"services.{name}.app" for name in TELLERS)} == set()


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("frobnicate",), 2, "No such command 'frobnicate' (see --help)"),
        (("embedded", "--port", "many"), 2, "Invalid value for '--port': Input should be a valid integer"),
        (("embedded", "--clock", "virtual", "--data", "nowhere"), 1, "--clock virtual needs --start INSTANT"),
        (("embedded", "--start", "2026-11-01T08:00Z"), 1, "--start is for --clock virtual: real time cannot be set"),
        (("embedded", "--start", "2026-11-01T08:00"), 2, "lacks its offset, e.g. 2026-11-01T08:00-03:00"),
        (("embedded", "--start", "2026-11-01"), 2, "'--start': a date needs a time: 2026-11-01T09:00-03:00"),
        (("embedded", "--start", "yesterday"), 2, "'yesterday' is no instant like 2026-11-10T10:00-03:00"),
        (("run", "kitchen"), 2, "'kitchen' is not one of 'ticketing', 'hourbank', 'sla', 'billing', 'notify'"),
        (("run", "sla"), 1, "set PONTEIRO_SLA_DATABASE_URL or PONTEIRO_DATABASE_URL"),
        (("migrate",), 1, "set PONTEIRO_TICKETING_DATABASE_URL or PONTEIRO_DATABASE_URL, or give --data DIR"),
        (("migrate", "--data", "nowhere"), 1, "there is no data folder nowhere"),
        (("token", "--tenant", "next4", "--role", "admin"), 1, "there is no token key: set PONTEIRO_TOKEN_KEY_FILE"),
        (("token", "--tenant", "next4", "--role", "king"), 2, "'--role': 'king' is not one of 'customer', 'approver'"),
        (("rebuild", "billing"), 2, "'SERVICE': 'billing' is not one of 'hourbank', 'sla' (see --help)"),
        (("apply", "nowhere.yaml"), 1, "ponteiro: there is no nowhere.yaml"),
        (("doctor",), 1, "no settings and no --data: for an embedded house add --data DIR"),
        (("parked", "retry", "sla"), 1, "set PONTEIRO_SLA_DATABASE_URL or PONTEIRO_DATABASE_URL"),
    ],
)
def test_an_error_is_one_sentence_and_a_non_zero_exit(
    ponteiro: Ponteiro, arguments: tuple[str, ...], code: int, sentence: str
) -> None:
    ended, said, complaint = ponteiro(*arguments)

    assert (ended, said) == (code, "")
    assert sentence in complaint
    assert complaint.startswith("ponteiro: ")
    assert complaint.count("\n") == 1


def test_a_token_says_who_its_bearer_is(ponteiro: Ponteiro, data: Path) -> None:
    options = ("--tenant", "next4", "--organization", ORGANIZATION, "--subject", "ana", "--days", 2, "--data", data)

    code, said, _complaint = ponteiro("token", "--role", "customer", "--role", "approver", *options)

    who = Keys(DataFolder(data).token_key()).verify(said.strip(), now=datetime.now(UTC))
    assert (code, who.tenant, who.subject, str(who.organization_id)) == (0, "next4", "ana", ORGANIZATION)
    assert who.roles == {Role.CUSTOMER, Role.APPROVER}


def test_a_customers_token_names_the_organization(ponteiro: Ponteiro, data: Path) -> None:
    code, said, complaint = ponteiro("token", "--tenant", "next4", "--role", "customer", "--data", data)

    assert (code, said) == (1, "")
    assert "needs --organization ID" in complaint


def test_a_token_of_a_rehearsal_begins_in_its_time(ponteiro: Ponteiro, data: Path) -> None:
    far = datetime(2031, 5, 1, tzinfo=UTC)
    DataFolder(data).remember_instant(far)

    code, said, _complaint = ponteiro("token", "--tenant", "next4", "--role", "admin", "--data", data)

    who = Keys(DataFolder(data).token_key()).verify(said.strip(), now=far)
    assert code == 0
    assert who == Principal(tenant="next4", subject="somebody", organization_id=None, roles=frozenset({Role.ADMIN}))


def test_migrating_again_does_nothing(ponteiro: Ponteiro, data: Path) -> None:
    code, said, _complaint = ponteiro("migrate", "--data", data)

    assert (code, said.splitlines()) == (0, [f"{name}: is at its newest revision" for name in TELLERS])


def test_the_doctor_finds_a_house_well(ponteiro: Ponteiro, data: Path) -> None:
    code, said, complaint = ponteiro("doctor", "--data", data)

    assert (code, complaint) == (0, "")
    assert [line.split()[0] for line in said.splitlines()] == ["ok"] * 6
    assert "all five schemas are at their newest revision" in said


def test_the_doctor_says_what_to_do(ponteiro: Ponteiro, tmp_path: Path) -> None:
    code, said, complaint = ponteiro("doctor", "--data", tmp_path)

    assert code == 1
    assert "!!  key         there is no token key" in said
    assert "-> set PONTEIRO_TOKEN_KEY_FILE, or start the embedded house once" in said
    assert "-> run: ponteiro migrate" in said
    assert "2 of 6 things are wrong" in complaint


def test_books_that_nobody_keeps_cannot_be_reconciled(ponteiro: Ponteiro, data: Path) -> None:
    code, said, complaint = ponteiro("reconcile", "2026-11", "--data", data)

    assert (code, said) == (1, "")
    assert complaint == "ponteiro: no provider has applied its offer here: there are no books\n"


def test_the_api_is_described_in_one_document(ponteiro: Ponteiro) -> None:
    code, said, _complaint = ponteiro("openapi")

    document = json.loads(said)
    assert (code, document["openapi"][:3]) == (0, "3.1")
    for path in ("/v1/tickets", "/v1/accounts/{contract_id}", "/v1/clocks", "/v1/invoices", "/v1/messages"):
        assert path in document["paths"]
    assert "/v1/clock" not in document["paths"]


def test_the_facts_are_described_in_one_document(ponteiro: Ponteiro) -> None:
    code, said, _complaint = ponteiro("asyncapi")

    document = json.loads(said)
    assert (code, document["asyncapi"][:2]) == (0, "3.")
    assert "ticketing.ticket_closed" in said or "TicketClosed" in said
