"""The two shops as sla sees them, the life of a ticket as facts, and an sla that can be moved through time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa
import yaml

from services.sla import actions, store
from services.sla.domain import Clock, TermsRef, terms_of
from services.sla.domain.terms import Terms
from services.sla.handlers import subscriptions
from services.sla.jobs import jobs
from services.sla.offer import Section
from shared import ids
from shared.clock import VirtualClock
from shared.db import Database
from shared.events import Event, teller_of
from shared.events.billing import ContractActivated
from shared.events.envelope import read, seal
from shared.events.ticketing import (
    EstimatePublished,
    MessagePosted,
    PromiseSet,
    TicketCancelled,
    TicketClosed,
    TicketEscalated,
    TicketOpened,
    TicketPaused,
    TicketReopened,
    TicketResolved,
    TicketResumed,
    TicketTriaged,
)
from shared.inbox import Inbox, Outcome
from shared.jobs import run_due
from shared.outbox import events
from tests.beside import beside

SAO_PAULO = ZoneInfo("America/Sao_Paulo")
OFFERS = Path(__file__).parents[2] / "deploy" / "offers"
REF = TermsRef(version=1, sha256="1")
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def scenario(name: str) -> dict[str, Any]:
    """A story of the shared sample."""
    stories = msgspec.json.decode(beside("data/scenarios.json").read_bytes())["scenarios"]
    found: dict[str, Any] = next(one for one in stories if one["id"] == name)
    return found


def at(text: str) -> datetime:
    """An instant: as scenarios write it, with an offset, or as São Paulo's wall clock shows it."""
    found = datetime.fromisoformat(text)
    return (found if found.tzinfo else found.replace(tzinfo=SAO_PAULO)).astimezone(UTC)


def local(instant: datetime | None) -> str | None:
    """An instant as São Paulo's wall clock shows it, to the minute where it is a whole one."""
    if instant is None:
        return None
    shown = instant.astimezone(SAO_PAULO).replace(tzinfo=None)
    whole = not (shown.second or shown.microsecond)
    return shown.isoformat(timespec="minutes" if whole else "auto")


def document(shop: str) -> dict[str, Any]:
    """Sla's section of a shop's offer, as `ponteiro apply` sends it: with the calendars that it names."""
    whole = deepcopy(_offer(shop))
    own = whole["sla"]
    named = {own["calendar"], *(policy.get("calendar", own["calendar"]) for policy in own["policies"])}
    calendars = {
        name: {"name": name, "timezone": whole["timezone"], **whole["calendars"][name]} for name in sorted(named)
    }
    return {**own, "calendars": calendars}


@cache
def _offer(shop: str) -> Any:
    return yaml.safe_load((OFFERS / f"{shop}.yaml").read_text())


def section(shop: str) -> Section:
    """The section as sla reads it."""
    return msgspec.convert(document(shop), Section)


def terms(shop: str) -> Terms:
    """The first version of a shop's terms."""
    return terms_of(section(shop), version=1)


@dataclass(slots=True)
class Life:
    """The facts of one ticket, as ticketing tells them; instants are São Paulo's wall clock."""

    plan: str = "START"
    priority: str | None = None
    id: UUID = field(default_factory=lambda: ids.new_id(LONG_AGO))
    organization_id: UUID = field(default_factory=lambda: ids.new_id(LONG_AGO))
    contract_id: UUID = field(default_factory=lambda: ids.new_id(LONG_AGO))

    @property
    def _who(self) -> dict[str, Any]:
        return {
            "ticket_id": self.id,
            "contract_id": self.contract_id,
            "organization_id": self.organization_id,
            "number": 1042,
        }

    def opened(self, when: str, *, source: str = "customer", detected: str | None = None) -> TicketOpened:
        """It was registered."""
        return TicketOpened(
            **self._who,
            plan_code=self.plan,
            channel="portal",
            source=source,
            area=None,
            item=None,
            priority=self.priority,
            registered_at=at(when),
            detected_at=at(detected) if detected else None,
            opened_by="somebody",
        )

    def triaged(self, when: str, priority: str) -> TicketTriaged:
        """Staff set the priority."""
        return TicketTriaged(
            **self._who,
            priority=priority,
            previous_priority=self.priority,
            reason=None,
            triaged_at=at(when),
            triaged_by="n1",
        )

    def message(self, when: str, *, role: str = "staff", public: bool = True, automatic: bool = False) -> MessagePosted:
        """Somebody wrote."""
        return MessagePosted(
            **self._who,
            message_id=ids.new_id(LONG_AGO),
            author_id="somebody",
            author_role=role,
            public=public,
            automatic=automatic,
            posted_at=at(when),
        )

    def escalated(self, when: str) -> TicketEscalated:
        """It was forwarded to the second level."""
        return TicketEscalated(
            **self._who, from_level=1, to_level=2, reason=None, escalated_at=at(when), escalated_by="n1"
        )

    def quoted(self, when: str, kind: str = "initial") -> EstimatePublished:
        """An estimate was published."""
        return EstimatePublished(
            **self._who,
            estimate_id=ids.new_id(LONG_AGO),
            estimate_number=1,
            round=1,
            kind=kind,
            minutes=60,
            justification=None,
            published_at=at(when),
            published_by="n1",
        )

    def promised(self, when: str, until: str) -> PromiseSet:
        """A delivery was promised."""
        return PromiseSet(
            **self._who, promised_at=at(until), previous_promised_at=None, reason=None, set_at=at(when), set_by="n1"
        )

    def paused(self, when: str, state: str = "awaiting_customer") -> TicketPaused:
        """Work waits."""
        return TicketPaused(**self._who, state=state, reason=None, paused_at=at(when))

    def resumed(self, when: str, state: str = "awaiting_customer") -> TicketResumed:
        """What was waited for has come."""
        return TicketResumed(**self._who, from_state=state, resumed_at=at(when))

    def resolved(self, when: str) -> TicketResolved:
        """The work is done."""
        return TicketResolved(**self._who, resolved_at=at(when), resolved_by="n1")

    def reopened(self, when: str) -> TicketReopened:
        """The customer wants more."""
        return TicketReopened(
            **self._who, round=1, after_close=False, reason=None, reopened_at=at(when), reopened_by="somebody"
        )

    def closed(self, when: str) -> TicketClosed:
        """It was closed."""
        return TicketClosed(
            **self._who,
            round=1,
            minutes_actual=0,
            minutes_written_off=0,
            minutes=0,
            minutes_approved=0,
            closed_at=at(when),
            closed_by="n1",
        )

    def cancelled(self, when: str) -> TicketCancelled:
        """It was given up."""
        return TicketCancelled(**self._who, reason=None, cancelled_at=at(when), cancelled_by="somebody")

    def contract(self, *, queue_rank: int) -> ContractActivated:
        """The contract that it is served under."""
        return ContractActivated(
            contract_id=self.contract_id,
            organization_id=self.organization_id,
            kind="recurring",
            product="hour_bank",
            plan_code=self.plan,
            monthly_minutes=180,
            plan_price_cents=65400,
            full_hour_price_cents=23000,
            validity_months=12,
            first_cycle="full",
            start_date=LONG_AGO.date(),
            timezone="America/Sao_Paulo",
            queue_rank=queue_rank,
            account_manager_id=None,
            activated_at=LONG_AGO,
        )


@dataclass(slots=True)
class Sla:
    """The service of one provider, heard through its inbox."""

    database: Database
    clock: VirtualClock
    tenant: str = "blocktime"
    told: Counter[UUID] = field(default_factory=Counter)

    @property
    def inbox(self) -> Inbox:
        """What it hears with."""
        return Inbox(self.database, subscriptions)

    async def open(self, shop: str | None = None) -> None:
        """Apply the offer of the provider."""
        await self.apply(section(shop or self.tenant))

    async def apply(self, offered: Section) -> None:
        """Apply another offer."""
        async with self.database.transaction(tenant=self.tenant) as tx:
            await actions.apply_offer(tx, offered)

    def seal(self, *facts: Event) -> list[bytes]:
        """The next facts of their streams, on the wire."""
        return [self._seal(fact) for fact in facts]

    def _seal(self, fact: Event) -> bytes:
        self.told[fact.stream] += 1
        envelope = seal(
            fact,
            id=ids.new_id(self.clock.now()),
            tenant=self.tenant,
            sequence=self.told[fact.stream],
            time=self.clock.now(),
        )
        assert envelope.teller == teller_of(type(fact))
        return envelope.encode()

    async def hear(self, *facts: Event) -> list[Outcome]:
        """Let it hear facts, together."""
        return await self.take(self.seal(*facts))

    async def take(self, bodies: Sequence[bytes]) -> list[Outcome]:
        """Let it take bodies as they come."""
        return await self.inbox.take(bodies)

    async def settle(self) -> int:
        """Run what is due until nothing is; answer how many clocks were announced."""
        done = 0
        while (now_done := await run_due(self.database, jobs)) > 0:
            done += now_done
        return done

    async def move_to(self, when: str) -> None:
        """Let time pass without anybody looking, then announce what fell due."""
        self.clock.move_to(at(when))
        await self.settle()

    async def clocks(self, life: Life) -> list[Clock]:
        """The clocks of a ticket, oldest first."""
        async with self.database.transaction(tenant=self.tenant) as tx:
            return list((await store.lock_of_ticket(tx, life.id)).values())

    async def rows(self, life: Life) -> list[dict[str, Any]]:
        """The rows of its clocks, as the database keeps them."""
        async with self.database.reading() as tx:
            clocks = store.metadata.tables["clocks"]
            found = await tx.execute(sa.select(clocks).where(clocks.c.ticket_id == life.id).order_by(clocks.c.id))
            return [dict(row) for row in found.mappings()]

    async def replay(self, life: Life) -> None:
        """Derive the clocks of a ticket anew."""
        async with self.database.transaction(tenant=self.tenant) as tx:
            await actions.replay(tx, ticket_id=life.id)

    async def said(self) -> list[tuple[str, dict[str, Any]]]:
        """What it told: the name of each fact and its fields."""
        async with self.database.reading() as tx:
            rows = await tx.execute(sa.select(events.c.body).order_by(events.c.position))
            return [(one.type.removeprefix("sla."), msgspec.json.decode(one.data)) for one in map(read, _bodies(rows))]

    async def names(self) -> list[str]:
        """The names of what it told; warnings with their percent."""
        return [f"{name} {data['percent']}" if "percent" in data else name for name, data in await self.said()]

    async def announced(self) -> list[dict[str, Any]]:
        """The record of what was announced."""
        async with self.database.reading() as tx:
            table = store.metadata.tables["announcements"]
            found = await tx.execute(sa.select(table).order_by(table.c.ticket_id, table.c.generation, table.c.percent))
            return [dict(row) for row in found.mappings()]


def _bodies(rows: Any) -> list[bytes]:
    return [bytes(row.body) for row in rows]
