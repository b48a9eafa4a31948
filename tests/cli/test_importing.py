"""`ponteiro import`: an older system's files come in whole or not at all, once, and wake nobody."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from services.cli.importing.house import There
from services.cli.importing.reading import Faults, rows_of
from services.cli.importing.tables import LOTS, TICKETS
from services.client import Answered, Api
from shared.events import TELLERS
from tests.cli.conftest import ROOT, Ponteiro, embedded

EXAMPLES = ROOT / "deploy" / "import"
ZONE = ZoneInfo("America/Sao_Paulo")
BEGINS = "2026-12-01T09:00-03:00"
NOTHING_PARKED = "nothing is parked\n"


def read(folder: Path, body: bytes, name: str = "lots") -> tuple[list[dict[str, Any]], list[str]]:
    """The rows and the faults of a file."""
    path, faults = folder / f"{name}.csv", Faults()
    path.write_bytes(body)
    rows = list(rows_of(path, {"lots": LOTS, "tickets": TICKETS}[name], zone=ZONE, faults=faults))
    return [row.body | {"reference": row.reference, "line": row.line} for row in rows], [
        str(one) for one in faults.told
    ]


CONTRACTS = "contract,organization,plan,start_date\n"
HEAD = "lot,contract,minutes,effective_date,expires_date\n"
ROW = {
    "reference": "a",
    "contract": "c",
    "minutes": 90,
    "effective_date": "2026-10-01",
    "expires_date": "2027-10-01",
    "line": 2,
}


@pytest.mark.parametrize(
    "body",
    [
        f"{HEAD}a,c,90,2026-10-01,2027-10-01\n".encode(),
        f"{HEAD}a,c,90,2026-10-01,2027-10-01\n,,,,\n".encode("utf-8-sig"),
        f"{HEAD}a,c,90,2026-10-01,2027-10-01\n".replace(",", ";").replace("\n", "\r\n").encode("utf-8-sig"),
        b'"contract","lot",EXPIRES_DATE,minutes,effective_date\nc,a,2027-10-01,"90",2026-10-01',
    ],
    ids=["plain", "with a byte order mark", "semicolons, as Excel writes it here", "columns in another order"],
)
def test_a_file_is_read_as_spreadsheets_write_it(tmp_path: Path, body: bytes) -> None:
    assert read(tmp_path, body) == ([ROW], [])


def test_every_fault_of_a_file_is_told_with_its_line_and_column(tmp_path: Path) -> None:
    rows = (
        "a,c,90,2026-10-01,2027-10-01",
        "b,c,1.5,01/10/2026,2027-02-30",
        "=1+1,c,,2026-10-01,2027-10-01",
        "d,c,90",
        "f,c,-420,2026-10-01,2027-10-01",
        "e,c,90,2026-10-01,2027-10-01",
    )
    kept, told = read(tmp_path, (HEAD + "\n".join(rows)).encode())
    assert [row["reference"] for row in kept] == ["a", "e"]
    assert told == [
        "lots.csv:3, minutes: '1.5' is not a whole number (format)",
        "lots.csv:3, effective_date: '01/10/2026' is no day like 2026-11-30 (format)",
        "lots.csv:3, expires_date: '2027-02-30' is no day like 2026-11-30 (format)",
        "lots.csv:4, lot: '=1+1' reads as a formula: write '=... if it is none (formula)",
        "lots.csv:4, minutes: this is needed (required)",
        "lots.csv:5: 3 cells, and the header has 5 (columns)",
        "lots.csv:6, minutes: '-420' is not a whole number (format)",
    ]


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (HEAD.encode() + "a,ção,1,,\n".encode("latin-1"), "lots.csv:2: this is not UTF-8: save the file as CSV UTF-8"),
        (HEAD.encode("utf-16"), "lots.csv:1: this is UTF-16: save the file as CSV UTF-8"),
        (b"", "lots.csv:1: the column lot is missing"),
        (HEAD.replace("minutes", "hours").encode(), "lots.csv:1: there is no column 'hours'"),
        (f'{HEAD}a,c,"90,2026-10-01'.encode(), "lots.csv:2: this is no CSV: unexpected end of data"),
    ],
    ids=["latin-1", "utf-16", "empty", "another column", "a quote without an end"],
)
def test_a_file_that_is_none_is_refused_by_its_reason(tmp_path: Path, body: bytes, fault: str) -> None:
    rows, told = read(tmp_path, body)
    assert rows == []
    assert told[0].startswith(fault)


def test_people_s_own_words_are_kept_whatever_sign_they_begin_with(tmp_path: Path) -> None:
    body = (
        'ticket,contract,subject,description,registered_at\n1,c,-10% no preço,"\'=SOMA(A1)\nnão soma",2026-09-02 09:14'
    )
    ((row), told) = read(tmp_path, body.encode(), "tickets")
    assert told == []
    assert row[0]["subject"] == "-10% no preço"
    assert row[0]["description"] == "=SOMA(A1)\nnão soma"
    assert row[0]["registered_at"] == "2026-09-02T09:14:00-03:00"


@pytest.fixture
def house(tmp_path: Path, ponteiro: Ponteiro) -> Iterator[tuple[Path, str]]:
    """A house with the offer of Next4, and its address."""
    data = tmp_path / "data"
    with embedded("--data", data, "--clock", "virtual", "--start", BEGINS) as (ready, _):
        url = ready.split()[4]
        code, said, _ = ponteiro("apply", ROOT / "deploy/offers/next4.yaml", "--data", data, "--url", url)
        assert code == 0, said
        yield data, url


def test_an_older_system_comes_in_once_and_wakes_nobody(
    house: tuple[Path, str], ponteiro: Ponteiro, tmp_path: Path
) -> None:
    data, url = house
    known = ("--tenant", "next4", "--data", data, "--url", url)
    broken = tmp_path / "broken"
    shutil.copytree(EXAMPLES, broken)
    (broken / "contracts.csv").write_text(
        "contract,organization,plan,start_date\nK,C-404,GOLD,2026-12-01\nL,C-001,GOLD,2026-12-01\n"
    )
    (broken / "lots.csv").write_text(HEAD + "a,L,90,2026-10-01,2026-11-01\n")

    refused = ponteiro("import", broken, *known)
    looked = ponteiro("import", EXAMPLES, *known, "--check")
    brought = ponteiro("import", EXAMPLES, *known)
    again = ponteiro("import", *EXAMPLES.glob("*.csv"), *known)
    (broken / "contracts.csv").write_text(f"{CONTRACTS}2026-017,C-001,START,2026-03-10\n")
    other = ponteiro("import", broken / "contracts.csv", *known)

    assert refused[0] == 1
    assert "nothing was changed" in refused[2]
    assert "contracts.csv:2, organization: there is no organization 'C-404' (reference)" in refused[1]
    assert "contracts.csv:3, plan: " in refused[1]
    assert "lots.csv:2, contract: there is no contract 'L' (reference)" in refused[1]
    assert "tickets.csv:2, contract: there is no contract '2026-017' (reference)" in refused[1]
    counts = {"organizations": 2, "contracts": 2, "contacts": 3, "lots": 3, "tickets": 3}
    assert looked[:2] == (0, "".join(f"{name}: {n} would be brought, 0 there already\n" for name, n in counts.items()))
    assert brought[:2] == (0, "".join(f"{name}: {n} brought, 0 there already\n" for name, n in counts.items()))
    assert again[:2] == (0, "".join(f"{name}: 0 brought, {n} there already\n" for name, n in counts.items()))
    left = "contracts: 0 brought, 0 there already, 1 differ and are left as they are\n"
    assert other[:2] == (0, f'contracts.csv:2, 2026-017: plan_code: "BASIC" -> "START"\n{left}')
    roles = ("--role", "admin", "--role", "manager", "--role", "agent")
    asyncio.run(it_stands(ponteiro("token", *roles, *known[:4])[1], url))
    assert ponteiro("parked", "list", "--data", data)[1] == NOTHING_PARKED


async def it_stands(token: str, url: str) -> None:
    """What the house says of what was brought."""
    api = Api.open([url])
    bearer = api.as_bearer(token.strip())
    contracts = (await bearer.get("/v1/contracts"))["items"]
    capitu = next(one for one in contracts if one["plan_code"] == "BASIC")
    account = await bearer.get(f"/v1/accounts/{capitu['contract_id']}")
    tickets = {one["subject"]: one for one in (await bearer.get("/v1/tickets"))["items"]}
    old, new = tickets["Formulário de contato não envia"], tickets["Trocar o banner da campanha"]

    assert (capitu["start_date"], capitu["hours_from"]) == ("2026-03-10", "2026-12")
    lots = [(one["source"], one["available_minutes"], one["expires_date"]) for one in account["lots"]]
    assert lots == [("opening", 150, "2027-09-01"), ("opening", 420, "2027-10-01"), ("plan", 420, "2027-12-01")]
    assert (old["status"], old["registered_at"]) == ("closed", "2026-09-02T12:14:00Z")
    assert (new["status"], new["registered_at"]) == ("registered", "2026-12-01T12:00:00Z")
    found = (await bearer.get("/v1/tickets", q="impressao cardapio"))["items"]
    assert [one["subject"] for one in found] == ["Impressão do cardápio sai cortada"]
    letters = (await bearer.get("/v1/messages"))["items"]
    assert {one["ticket_id"] for one in letters} <= {None, new["id"]}
    for act, body in (("messages", {"text": "Ver o histórico.", "public": False}), ("reopen", None)):
        with pytest.raises(Answered, match="closed in an older system"):
            await bearer.post(f"/v1/tickets/{old['id']}/{act}", body)
    assert account["balance_minutes"] == 990
    await api.aclose()


def test_an_import_that_is_killed_and_run_again_ends_like_one_that_was_not(
    house: tuple[Path, str], ponteiro: Ponteiro, tmp_path: Path
) -> None:
    data, url = house
    other = tmp_path / "other.yaml"
    other.write_text((ROOT / "deploy/offers/next4.yaml").read_text().replace("tenant: next4", "tenant: other"))
    ponteiro("apply", other, "--data", data, "--url", url)
    at = ("--data", data, "--url", url)

    whole = ponteiro("import", EXAMPLES, "--tenant", "other", *at)
    killed = [killed_at(write, EXAMPLES, "--tenant", "next4", *at) for write in DIES_AFTER_WRITES]
    again = ponteiro("import", EXAMPLES, "--tenant", "next4", *at)

    assert whole[0] == 0
    assert killed == [-signal.SIGKILL] * len(DIES_AFTER_WRITES)
    assert again[:2] == (0, REST_IS_BROUGHT)
    roles = ("--role", "admin", "--role", "manager", "--role", "agent")
    told = [
        asyncio.run(everything(ponteiro("token", *roles, "--tenant", tenant, "--data", data)[1], url))
        for tenant in ("other", "next4")
    ]
    assert len(told[0]["facts of ticketing"]) > 0
    assert told[1] == told[0]


# With a contract that is not activated yet, and then with a contact who is no person yet.
DIES_AFTER_WRITES = (3, 4)
REST_IS_BROUGHT = (
    "organizations: 0 brought, 2 there already\n"
    "contracts: 0 brought, 2 there already\n"
    "contacts: 2 brought, 1 there already\n"
    "lots: 3 brought, 0 there already\n"
    "tickets: 3 brought, 0 there already\n"
)


def killed_at(write: int, *arguments: object) -> int:
    """An import that dies after so many writes: how it ended."""
    command = [sys.executable, "-m", "services", "import", *(str(one) for one in arguments)]
    environment = {**os.environ, "CRASH_AT": f"import.wrote:{write}"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False).returncode


async def everything(token: str, url: str) -> dict[str, list[str]]:
    """What a provider's house holds and has told; an id is like any other, for they differ from house to house."""
    api = Api.open([url])
    bearer = api.as_bearer(token.strip())
    found = {
        name: (await bearer.get(f"/v1/{name}", limit=200))["items"]
        for name in ("organizations", "contracts", "contacts", "tickets", "clocks", "messages", "invoices")
    }
    for contract in list(found["contracts"]):
        account = f"/v1/accounts/{contract['contract_id']}"
        found[f"{contract['plan_code']} account"] = [await bearer.get(account)]
        found[f"{contract['plan_code']} entries"] = (await bearer.get(f"{account}/entries", limit=200))["items"]
        people = await bearer.get(f"/v1/people/{contract['organization_id']}")
        found[f"{contract['plan_code']} people"] = people["items"]
    for teller in TELLERS:
        facts = (await bearer.get(f"/v1/feeds/{teller}", limit=500))["facts"]
        found[f"facts of {teller}"] = [(fact["type"], fact["data"]) for fact in facts]
    await api.aclose()
    return {name: sorted(ID.sub("id", repr(one)) for one in several) for name, several in found.items()}


ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32,}")


def test_what_was_brought_is_found_by_how_the_older_system_calls_it() -> None:
    offers: Any = None
    there = There(tenant="next4", now=offers, billing=offers, ticketing=offers)
    assert there.contract_id("2026-017") == there.contract_id("2026-017")
    assert there.contract_id("2026-017") != There(tenant="x", now=offers, billing=offers, ticketing=offers).contract_id(
        "2026-017"
    )
    there.organizations[UUID(int=7)] = {"party": {"cnpj": "11222333000181"}}
    assert there.organization_id("C-001", "11222333000181") == UUID(int=7)
