"""A hour bank with a database, that is told facts in sealed envelopes and lives under a virtual clock."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.hourbank import actions
from services.hourbank.app import build
from services.hourbank.domain import Account, Entry
from services.hourbank.offer import Section
from shared import ids
from shared.clock import VirtualClock
from shared.db import Database
from shared.events import Event, teller_of
from shared.events.billing import ContractActivated, RoundingRule
from shared.events.envelope import read, seal
from shared.events.hourbank import AccountEvent
from shared.events.ticketing import (
    EstimateApproved,
    EstimateDeclined,
    EstimateExpired,
    EstimatePublished,
    EstimateSuperseded,
    TicketCancelled,
    TicketClosed,
    TimeEntry,
)
from shared.inbox import Inbox, Outcome
from shared.jobs import earliest, run_due
from shared.outbox import events
from shared.settings import Settings
from tests.hourbank.pure import OFFICE, named, terms_of, wall

NEXT4 = "next4"
SERVICE = build(Settings())
SECTION = Section(calendars={"office": OFFICE}, calendar="office", name="Next4")
_LOG = sa.select(events.c.body).order_by(events.c.position)


@dataclass(slots=True)
class Stage:
    """One provider's hour bank; tickets and contracts are known by names."""

    database: Database
    clock: VirtualClock
    tenant: str = NEXT4
    sequences: Counter[tuple[str, UUID]] = field(default_factory=Counter)
    estimates: Counter[UUID] = field(default_factory=Counter)
    contract_of: dict[str, ContractActivated] = field(default_factory=dict)
    published: dict[UUID, EstimatePublished] = field(default_factory=dict)

    async def apply(self, section: Section = SECTION) -> bool:
        """Apply the provider's section; answers whether it changed."""
        async with self.database.transaction(tenant=self.tenant) as tx:
            return (await actions.apply_offer(tx, section=section)).changed

    async def activate(self, plan: str, start: str, *, at: str | None = None, **changes: object) -> UUID:
        """Activate a contract of a plan; its customers' tickets belong to it from here on."""
        event = activated(plan, start, at=wall(at or f"{start}T00:00"), **changes)
        self.contract_of[""] = event
        assert await self.tell(event) is Outcome.APPLIED
        return event.contract_id

    async def publish(
        self, ticket: str, minutes: int, *, at: str, kind: str = "initial", round_number: int = 1
    ) -> UUID:
        """Publish an estimate; answers its id."""
        ticket_id = named(ticket)
        self.estimates[ticket_id] += 1
        event = EstimatePublished(
            **self.ticket(ticket),
            estimate_id=named(f"{ticket} estimate {self.estimates[ticket_id]}"),
            estimate_number=self.estimates[ticket_id],
            round=round_number,
            kind=kind,
            minutes=minutes,
            justification=None if kind == "initial" else "more than foreseen",
            published_at=wall(at),
            published_by="ana",
        )
        self.published[event.estimate_id] = event
        assert await self.tell(event) is Outcome.APPLIED
        return event.estimate_id

    async def approve(self, estimate_id: UUID, *, over: int, at: str, price: int = 23000) -> Outcome:
        """Approve an estimate of which so many minutes are over."""
        asked = self.published[estimate_id]
        event = EstimateApproved(
            ticket_id=asked.ticket_id,
            contract_id=asked.contract_id,
            organization_id=asked.organization_id,
            number=asked.number,
            estimate_id=estimate_id,
            estimate_number=asked.estimate_number,
            kind=asked.kind,
            minutes=asked.minutes,
            minutes_over=over,
            hour_price_cents=price,
            automatic=over == 0,
            approved_at=wall(at),
            approved_by="bruno",
        )
        return await self.tell(event)

    async def end_estimate(self, kind: type[Event], estimate_id: UUID, *, at: str) -> Outcome:
        """Decline, expire or supersede an estimate."""
        asked = self.published[estimate_id]
        known: dict[str, Any] = {
            "ticket_id": asked.ticket_id,
            "contract_id": asked.contract_id,
            "organization_id": asked.organization_id,
            "number": asked.number,
            "estimate_id": estimate_id,
            "estimate_number": asked.estimate_number,
        }
        said: dict[str, Any]
        if kind is EstimateDeclined:
            said = {"kind": asked.kind, "reason": None, "declined_at": wall(at), "declined_by": "bruno"}
        elif kind is EstimateExpired:
            said = {"kind": asked.kind, "expired_at": wall(at)}
        else:
            assert kind is EstimateSuperseded
            said = {"superseded_at": wall(at)}
        return await self.tell(kind(**known, **said))

    async def close(
        self,
        ticket: str,
        minutes: int,
        *,
        at: str,
        written_off: int = 0,
        round_number: int = 1,
        entries: tuple[TimeEntry, ...] = (),
        rounding: RoundingRule | None = None,
    ) -> Outcome:
        """Close a ticket with what was worked."""
        event = TicketClosed(
            **self.ticket(ticket),
            round=round_number,
            minutes_actual=minutes,
            minutes_written_off=written_off,
            minutes=minutes - written_off,
            minutes_approved=minutes,
            closed_at=wall(at),
            closed_by="ana",
            entries=entries,
            rounding=rounding,
        )
        return await self.tell(event)

    async def cancel(self, ticket: str, *, at: str) -> Outcome:
        """Give a ticket up."""
        event = TicketCancelled(**self.ticket(ticket), reason=None, cancelled_at=wall(at), cancelled_by="bruno")
        return await self.tell(event)

    def ticket(self, name: str) -> dict[str, Any]:
        """What every fact about a ticket says."""
        contract = self.contract_of[""]
        return {
            "ticket_id": named(name),
            "contract_id": contract.contract_id,
            "organization_id": contract.organization_id,
            "number": 1042,
        }

    async def tell(self, event: Event) -> Outcome:
        """Deliver one fact, next in its stream."""
        return (await Inbox(self.database, SERVICE.subscriptions).take([self.seal(event)]))[0]

    def seal(self, event: Event) -> bytes:
        """A fact in its envelope, next in its stream."""
        stream = (teller_of(type(event)), event.stream)
        self.sequences[stream] += 1
        now = self.clock.now()
        return seal(event, id=ids.new_id(now), tenant=self.tenant, sequence=self.sequences[stream], time=now).encode()

    async def move_to(self, at: str) -> None:
        """Move the clock forward, running what falls due on the way."""
        instant = wall(at)
        while (due := await earliest(self.database, SERVICE.jobs)) is not None and due <= instant:
            self.clock.move_to(max(due, self.clock.now()))
            await run_due(self.database, SERVICE.jobs)
        self.clock.move_to(instant)

    async def account(self) -> Account:
        """The account as it is shown now."""
        async with self.database.reading(tenant=self.tenant) as tx:
            return await actions.look_at_account(tx, contract_id=self.contract_of[""].contract_id)

    async def ledger(self) -> list[Entry]:
        """Every line of the account."""
        async with self.database.reading(tenant=self.tenant) as tx:
            return await actions.read_entries(tx, contract_id=self.contract_of[""].contract_id, after=0, most=10_000)

    async def facts(self) -> list[AccountEvent]:
        """Everything that the hour bank has told, in order."""
        async with self.database.reading() as tx:
            told = [read(row.body).event() for row in await tx.execute(_LOG)]
        return [fact for fact in told if isinstance(fact, AccountEvent)]


def activated(plan: str, start: str, *, at: datetime, **changes: object) -> ContractActivated:
    """A contract's activation."""
    terms = terms_of(plan, start)
    usual = ContractActivated(
        contract_id=terms.contract_id,
        organization_id=terms.organization_id,
        kind="recurring",
        product="hour_bank",
        plan_code=plan,
        monthly_minutes=terms.monthly_minutes,
        plan_price_cents=65400,
        full_hour_price_cents=terms.hour_price_cents,
        validity_months=12,
        first_cycle="prorated",
        start_date=date.fromisoformat(start),
        timezone=terms.timezone,
        queue_rank=4,
        account_manager_id=None,
        activated_at=at,
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def worked(professional_id: str, seconds: int, *, at: str = "2026-11-11T09:00", billable: bool = True) -> TimeEntry:
    """A time entry of a professional."""
    return TimeEntry(
        entry_id=named(f"{professional_id} {seconds} {at}"),
        professional_id=professional_id,
        kind="work",
        seconds=seconds,
        started_at=wall(at),
        billable=billable,
    )
