"""A house that was lived in: a closed ticket and an invoice of a customer of Next4, an open ticket with all it takes.

It is for whoever tries doors: made once for all of them, so no test may leave anything changed in it.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import httpx
import sqlalchemy as sa

from services.cli.demo.actors import Shop
from services.cli.demo.stage import Stage
from services.client import Api
from services.embedded.house import House, open_house
from shared.audit import audit
from shared.auth import CUSTOMERS, Keys, Principal, Role
from shared.outbox import events
from shared.settings import Settings
from tests.journeys.stories import STORIES

STORY: Final = STORIES["S02"]
OWN, OTHER = "next4", "blocktime"
EVERY_ROLE: Final = frozenset(Role)
SLOT: Final = {"starts_at": "2027-06-01T10:00:00-03:00", "ends_at": "2027-06-01T11:00:00-03:00"}
# What is in no list of ids: a name of the offer, a date, a number.
NAMED: Final = {
    "month": "2026-11",
    "number": "1",
    "sequence": "1",
    "position": "1",
    "line": "1",
    "name": "business",
    "date": "2026-12-24",
    "index": "IPCA",
    "agent_id": "bia.agente",
    "subject": "bia.agente",
    "person_id": "ana.cliente",
    "contact_id": "davi.diretor",
    "file": "visit.ics",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lived:
    """The house, and the ids of what is in it."""

    house: House
    http: httpx.AsyncClient
    organization_id: UUID
    known: dict[str, str]

    def headers(self, who: Principal, *, keys: Keys | None = None, lifetime: timedelta = timedelta(days=9999)) -> Any:
        """The headers of somebody."""
        token = (keys or self.house.keys).issue(who, now=self.house.world.clock.now(), lifetime=lifetime)
        return {"Authorization": f"Bearer {token}"}

    def filled(self, path: str) -> str:
        """The path with the ids of Next4's customer; where there is none such, with one that nobody has."""
        return re.sub(r"{(\w+)}", lambda found: self.known.get(found[1], str(uuid4())), path)

    def is_named_in(self, path: str) -> bool:
        """Whether a path names something of Next4's customer."""
        return any(f"{{{name}}}" in path for name in self.known if name not in NAMED)

    def is_told_in(self, answer: httpx.Response) -> bool:
        """Whether an answer tells of something of Next4's customer."""
        return any(value in answer.text for name, value in self.known.items() if name not in NAMED)

    async def kept(self, tenant: str) -> dict[str, int]:
        """What every table of the house holds of a tenant: a hash that any change would change."""
        found: dict[str, int] = {}
        for one in self.house.world.hosted:
            async with one.database.engine.connect() as connection:
                for table in await connection.run_sync(_tables_of_tenants):
                    query = sa.select(sa.text("*")).select_from(sa.table(table)).where(sa.column("tenant") == tenant)
                    rows = await connection.execute(query)
                    found[f"{one.service.name}.{table}"] = hash(tuple(sorted(map(repr, rows.all()))))
        return found

    async def told(self) -> dict[str, int]:
        """How many facts each service has told, of any tenant."""
        found: dict[str, int] = {}
        for one in self.house.world.hosted:
            async with one.database.reading() as tx:
                found[one.service.name] = (await tx.execute(_TOLD)).scalar() or 0
        return found


def principal(*roles: Role, tenant: str = OWN, organization_id: UUID | None = None) -> Principal:
    """Somebody with these roles; who is only a customer is of some organization."""
    own = organization_id or (uuid4() if frozenset(roles) <= CUSTOMERS else None)
    return Principal(tenant=tenant, subject="intruder", organization_id=own, roles=frozenset(roles))


@asynccontextmanager
async def lived_in(folder: Path) -> AsyncIterator[Lived]:
    """The house after story S02, and after what makes an id of everything that has one."""
    async with open_house(folder / "data", settings=Settings(), start=STORY.begins) as house:
        transport = httpx.ASGITransport(app=house.app)  # type: ignore[arg-type]  # ASGI, in other words
        async with httpx.AsyncClient(transport=transport, base_url="http://house") as http:
            stage = Stage(api=Api(http), keys=house.keys, obeys=True, opened_at=STORY.begins)
            await STORY.play(stage)
            known = await _known(stage)
            house.app.state.edges.live.end()  # what is let in at a stream would wait there for ever
            house.app.state.edges.streams.close()
            yield Lived(house=house, http=http, organization_id=UUID(known["organization_id"]), known=NAMED | known)


async def _known(stage: Stage) -> dict[str, str]:
    """The ids of what the story left, and of what is added to it."""
    admin = stage.bearer(OWN, "admin", *EVERY_ROLE)
    contract = (await admin.get("/v1/contracts"))["items"][0]
    closed = (await admin.get("/v1/tickets"))["items"][0]
    at = f"/v1/contracts/{contract['contract_id']}"
    known = {
        "contract_id": contract["contract_id"],
        "organization_id": contract["organization_id"],
        "invoice_id": (await admin.get("/v1/invoices"))["items"][0]["invoice_id"],
        "clock_id": (await admin.get("/v1/clocks", ticket_id=closed["id"]))["items"][0]["clock_id"],
        "message_id": (await admin.get("/v1/messages"))["items"][0]["message_id"],
    }
    change = {"plan_code": "BASIC", "mode": "next_cycle"}
    known["change_id"] = (await admin.post(f"{at}/plan-changes", change)).body["change_id"]
    return known | await _open_ticket(stage, known)


async def _open_ticket(stage: Stage, known: dict[str, str]) -> dict[str, str]:
    """An open ticket of the same customer, with everything that hangs on a ticket."""
    admin = stage.bearer(OWN, "admin", *EVERY_ROLE)
    agent = Shop(stage=stage, tenant=OWN).agent
    asked = {"subject": "Banner", "description": "Trocar o banner.", "channel": "portal"}
    ticket = (await admin.post("/v1/tickets", asked | {"contract_id": known["contract_id"]})).body["id"]
    at = f"/v1/tickets/{ticket}"
    await agent.post(f"{at}/estimates", {"minutes": 30})
    work = (await agent.post(f"{at}/work", {"kind": "programming", "minutes": 5})).body["items"][0]
    visit = (await admin.post(f"{at}/visits", SLOT | {"technician_id": "bia.agente"})).body
    timer = (await agent.post(f"{at}/timers", {"kind": "programming"})).body
    file = (await admin.ask("POST", f"{at}/attachments", body="texto", query={"name": "nota.txt"})).body
    secret = (await agent.post(f"{at}/messages", {"text": "A senha do wifi é: Xy12345!", "public": False})).body
    asset, machine, view = await _kept_by_the_admin(admin, known["organization_id"])
    return {
        "ticket_id": ticket,
        "entry_id": work["id"],
        "visit_id": visit["id"],
        "timer_id": timer["id"],
        "attachment_id": file["id"],
        "redaction_id": (await admin.get(f"{at}/redactions"))["items"][0]["id"] if secret["redacted"] else "",
        "asset_id": asset,
        "client_id": machine,
        "view_id": view,
    }


async def _kept_by_the_admin(admin: Api, organization_id: str) -> tuple[str, str, str]:
    """The ids of a customer's server, of a program and of a saved list."""
    server = {"organization_id": organization_id, "name": "Servidor", "kind": "server"}
    asset = (await admin.put(f"/v1/assets/{uuid4()}", server)).body["id"]
    machine = (await admin.post("/v1/machines", {"name": "bot", "roles": ["agent"]})).body["machine"]["client_id"]
    view = (await admin.post("/v1/views", {"name": "Minha"})).body["view_id"]
    return asset, machine, view


def _tables_of_tenants(connection: sa.Connection) -> list[str]:
    inspector = sa.inspect(connection)
    return [
        table
        for table in sorted(inspector.get_table_names())
        if table != audit.name  # that somebody was not allowed is noted there
        and any(column["name"] == "tenant" for column in inspector.get_columns(table))
    ]


_TOLD: Final = sa.select(sa.func.count()).select_from(events)
