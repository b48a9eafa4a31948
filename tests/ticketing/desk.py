"""A ticketing service alone in its house: its HTTP door, what it tells, and facts of others put into its inbox."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid5

import httpx
import msgspec
import sqlalchemy as sa
import yaml

from services.ticketing.app import build
from services.ticketing.offer import Section
from shared.auth import Keys, Principal, Role
from shared.clock import VirtualClock
from shared.db import Database
from shared.events import Event, teller_of
from shared.events.billing import ContractActivated
from shared.events.envelope import read, seal
from shared.events.hourbank import HoldRefused, HoursDebited, HoursHeld, LotShare
from shared.inbox import Inbox, Outcome
from shared.jobs import earliest, run_due
from shared.outbox import events
from shared.settings import Settings
from shared.web import Hosted, create_app
from tests import prepared

OFFERS = Path(__file__).parents[2] / "deploy" / "offers"
SPACE = UUID(int=7)

ACME = uuid5(SPACE, "acme")
BETA = uuid5(SPACE, "beta")
CONTRACT = uuid5(SPACE, "contract of acme")
OTHER_CONTRACT = uuid5(SPACE, "contract of beta")

AGENT = {"roles": {Role.AGENT}, "subject": "agent-1"}
MANAGER = {"roles": {Role.MANAGER}, "subject": "manager-1"}
ADMIN = {"roles": {Role.ADMIN}, "subject": "admin-1"}
CUSTOMER = {"roles": {Role.CUSTOMER}, "subject": "customer-1", "organization_id": ACME}
APPROVER = {"roles": {Role.CUSTOMER, Role.APPROVER}, "subject": "approver-1", "organization_id": ACME}
STRANGER = {"roles": {Role.CUSTOMER, Role.APPROVER}, "subject": "stranger-1", "organization_id": BETA}

DEMAND = {"subject": "Formulário não envia", "description": "O formulário da página Contato responde com erro 500."}


def at(text: str) -> datetime:
    """An instant as a person of São Paulo writes it."""
    return datetime.fromisoformat(text if "T" in text and text[-6] in "+-" else f"{text}-03:00").astimezone(UTC)


@functools.cache
def section(shop: str) -> Section:
    """Ticketing's section of a shop's offer, as `ponteiro apply` sends it."""
    whole = yaml.safe_load((OFFERS / f"{shop}.yaml").read_text())
    own = whole["ticketing"]
    named = {own["calendar"], *(row.get("calendar") for row in own.get("plan_features", {}).values())} - {None}
    calendars = {name: {"name": name, "timezone": whole["timezone"], **whole["calendars"][name]} for name in named}
    own |= {"timezone": whole["timezone"], "locale": whole["locale"], "calendars": calendars}
    return msgspec.convert(own, Section)


@dataclass(slots=True)
class Answer:
    """What came back over HTTP."""

    status: int
    body: Any
    headers: httpx.Headers

    @property
    def etag(self) -> str:
        """The version to send in If-Match."""
        return self.headers["etag"]


@dataclass(slots=True)
class Desk:
    """One provider's desk; `tenant` is who the tokens are for."""

    database: Database
    clock: VirtualClock
    client: httpx.AsyncClient
    inbox: Inbox
    keys: Keys
    tenant: str = "next4"
    told: dict[tuple[str, UUID], int] = field(default_factory=dict)

    def bearer(self, who: dict[str, Any], tenant: str | None = None) -> dict[str, str]:
        """The header with a token of `who`."""
        given = {"organization_id": None} | who
        principal = Principal(tenant=tenant or self.tenant, **given | {"roles": frozenset(who["roles"])})
        token = self.keys.issue(principal, now=self.clock.now(), lifetime=timedelta(days=900))
        return {"Authorization": f"Bearer {token}"}

    async def fetch(self, path: str, *, who: dict[str, Any] = AGENT) -> httpx.Response:
        """Read something that is no JSON."""
        return await self.client.get(path, headers=self.bearer(who))

    async def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        who: dict[str, Any] = AGENT,
        tenant: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """One request, with a token of `who`."""
        sent = {**self.bearer(who, tenant), **(headers or {})}
        content = None if body is None else msgspec.json.encode(body)
        if content is not None:
            sent["Content-Type"] = "application/json"
        answer = await self.client.request(method, path, content=content, headers=sent)
        return Answer(answer.status_code, answer.json() if answer.content else None, answer.headers)

    async def get(self, path: str, **more: Any) -> Any:
        """Read something that is there."""
        answer = await self.ask("GET", path, **more)
        assert answer.status == 200, answer.body
        return answer.body

    async def post(self, path: str, body: object = None, *, status: int = 200, **more: Any) -> Any:
        """Write something; the status is as expected."""
        answer = await self.ask("POST", path, body, **more)
        assert answer.status == status, (answer.status, answer.body)
        return answer.body

    async def refused(self, path: str, body: object = None, **more: Any) -> tuple[int, str, str | None]:
        """Write something that a rule refuses: status, code, rule."""
        answer = await self.ask("POST", path, body, **more)
        assert answer.headers["content-type"].startswith("application/problem+json"), answer.body
        return answer.status, answer.body["code"], answer.body.get("rule")

    async def apply(self, shop: str, **changes: Any) -> None:
        """Apply a shop's offer."""
        whole = msgspec.structs.replace(section(shop), **changes)
        answer = await self.ask("PUT", "/v1/offers/ticketing", whole, who=ADMIN)
        assert answer.status == 200, answer.body

    async def open_shop(self, shop: str = "next4", **changes: Any) -> None:
        """A shop with its offer and the contract of ACME."""
        self.tenant = shop
        await self.apply(shop, **changes)
        await self.hear(activated())

    async def open(self, who: dict[str, Any] = CUSTOMER, **more: Any) -> str:
        """Open a ticket; its path."""
        body = await self.post("/v1/tickets", {**DEMAND, **more}, status=201, who=who)
        return f"/v1/tickets/{body['id']}"

    async def approved(self, minutes: int = 120, **more: Any) -> str:
        """A ticket whose estimate the bank covers whole; its path."""
        path = await self.open(**more)
        await self.estimate(path, minutes, held=minutes)
        return path

    async def estimate(self, path: str, minutes: int, *, held: int, why: str | None = None) -> int:
        """Publish an estimate and let the bank hold so many minutes; its number."""
        one = await self.post(f"{path}/estimates", {"minutes": minutes, "justification": why}, status=202)
        await self.hear(held_hours(path, one["id"], minutes=minutes, held=held))
        return int(one["number"])

    async def hear(self, *facts: Event, tenant: str | None = None) -> list[Outcome]:
        """Put facts of other services into the inbox, sealed as their tellers seal them."""
        return await self.inbox.take([self.sealed(fact, tenant=tenant) for fact in facts])

    def sealed(self, fact: Event, *, tenant: str | None = None) -> bytes:
        """A fact as it comes over the wire, the next of its stream."""
        key = (teller_of(type(fact)), fact.stream)
        self.told[key] = self.told.get(key, 0) + 1
        return seal(
            fact,
            id=uuid5(SPACE, f"{key}{self.told[key]}"),
            tenant=tenant or self.tenant,
            sequence=self.told[key],
            time=self.clock.now(),
        ).encode()

    async def facts(self, kind: type[Event] | None = None) -> list[Any]:
        """What ticketing has told, in order, read as a listener reads it."""
        async with self.database.reading() as tx:
            rows = await tx.execute(sa.select(events.c.body).order_by(events.c.position))
            told = [read(bytes(row.body)).event() for row in rows]
        return [fact for fact in told if kind is None or isinstance(fact, kind)]

    async def names(self) -> list[str]:
        """The names of what was told, in order."""
        return [type(fact).__name__ for fact in await self.facts()]

    async def move_to(self, instant: datetime) -> None:
        """Let time pass, and run what falls due on the way at its instant."""
        jobs = build(Settings()).jobs
        while (due := await earliest(self.database, jobs)) is not None and due <= instant:
            self.clock.move_to(max(due, self.clock.now()))
            assert await run_due(self.database, jobs) > 0, "a job that is due does something"
        self.clock.move_to(instant)


def activated(contract_id: UUID = CONTRACT, organization_id: UUID = ACME, **changes: Any) -> ContractActivated:
    """A START contract that runs."""
    values: dict[str, Any] = {
        "kind": "recurring",
        "product": "banco_de_horas",
        "plan_code": "START",
        "monthly_minutes": 180,
        "plan_price_cents": 65400,
        "full_hour_price_cents": 23000,
        "validity_months": 12,
        "first_cycle": "full",
        "start_date": date(2026, 11, 1),
        "timezone": "America/Sao_Paulo",
        "queue_rank": 4,
        "account_manager_id": None,
        "activated_at": at("2026-11-01T00:00"),
    }
    return ContractActivated(contract_id=contract_id, organization_id=organization_id, **values | changes)


def ticket_id(path: str) -> UUID:
    """The ticket of a path."""
    return UUID(path.rpartition("/")[2])


def held_hours(path: str, estimate_id: str, *, minutes: int, held: int) -> HoursHeld:
    """The bank's answer: the rest is over, at R$ 230.00 an hour."""
    over = minutes - held
    return HoursHeld(
        contract_id=CONTRACT,
        organization_id=ACME,
        ticket_id=ticket_id(path),
        estimate_id=UUID(estimate_id),
        minutes=minutes,
        minutes_held=held,
        minutes_over=over,
        hour_price_cents=23000,
        overage_cents=(2 * over * 23000 + 60) // 120,
        by_lot=(),
        available_after=0,
    )


def refused_hold(path: str, estimate_id: str) -> HoldRefused:
    """The bank's no."""
    return HoldRefused(
        contract_id=CONTRACT,
        organization_id=ACME,
        ticket_id=ticket_id(path),
        estimate_id=UUID(estimate_id),
        rule="2.9",
        detail="the contract has ended",
    )


def debited(path: str, *, minutes: int, over: int, round: int = 1) -> HoursDebited:
    """What the bank took for a closed round."""
    return HoursDebited(
        contract_id=CONTRACT,
        organization_id=ACME,
        ticket_id=ticket_id(path),
        round=round,
        minutes=minutes,
        minutes_written_off=0,
        minutes_over=over,
        by_lot=(
            LotShare(
                lot_id=uuid5(SPACE, "lot"),
                effective_date=date(2026, 11, 1),
                expires_date=date(2027, 11, 1),
                minutes=minutes - over,
            ),
        ),
        balance_after=0,
        debited_at=at("2026-11-12T17:00"),
    )


def new_desk(database: Database, clock: VirtualClock, *, settings: Settings | None = None) -> Desk:
    """Wire a desk on a migrated database."""
    keys = Keys(Keys.generate())
    if settings is None:
        service = build(Settings())
        app = prepared.app_of(service, database, keys=keys, clock=clock)
    else:
        service = build(settings)
        app = create_app([Hosted(service=service, database=database)], keys=keys, clock=clock, ready=_nothing_is_away)
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app=cast("Any", app)), base_url="http://desk")
    inbox = Inbox(database, service.subscriptions)
    return Desk(database=database, clock=clock, client=client, inbox=inbox, keys=keys)


async def _nothing_is_away() -> list[str]:
    return []
