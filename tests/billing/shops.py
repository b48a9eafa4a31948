"""The two shops as billing sees them, customers of theirs, and a billing that can be moved through time."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import msgspec
import yaml

from services.billing import actions, store
from services.billing.domain import Applicant, Contract, Month, Negotiated
from services.billing.handlers import on_overage_accrued, on_overage_reversed
from services.billing.jobs import jobs, run_invoices
from services.billing.offer import Party, Section
from shared.clock import VirtualClock
from shared.db import Database, Transaction
from shared.events import Event
from shared.events.envelope import read
from shared.events.hourbank import OverageAccrued, OverageReversed
from shared.jobs import earliest, run_due
from shared.money import price_of_minutes
from shared.outbox import events
from shared.pages import Slice

SAO_PAULO = ZoneInfo("America/Sao_Paulo")
OFFERS = Path(__file__).parents[2] / "deploy" / "offers"
ROUNDS_MOST = 1000


def document(shop: str) -> dict[str, Any]:
    """Billing's section as `ponteiro apply` sends it: with the zone, the locale and the calendars of the shop."""
    whole = deepcopy(_offer(shop))
    named = {whole["billing"]["calendar"], whole["billing"]["bank_calendar"]}
    calendars = {
        name: {"name": name, "timezone": whole["timezone"], **whole["calendars"][name]} for name in sorted(named)
    }
    head = {"timezone": whole["timezone"], "locale": whole["locale"], "calendars": calendars}
    return {**whole["billing"], **head}


@cache
def _offer(shop: str) -> Any:
    return yaml.safe_load((OFFERS / f"{shop}.yaml").read_text())


def section(shop: str = "next4") -> Section:
    """The section as billing reads it."""
    return msgspec.convert(document(shop), Section)


def closed_on(day: date) -> Section:
    """Next4, whose city has a holiday on that day (B-02)."""
    changed = document("next4")
    changed["calendars"]["business"]["closed_dates"] = [day.isoformat()]
    return msgspec.convert(changed, Section)


def local(day: date | str, clock: str = "00:00") -> datetime:
    """An instant as São Paulo's wall clock shows it."""
    on = date.fromisoformat(day) if isinstance(day, str) else day
    return datetime.combine(on, time.fromisoformat(clock), SAO_PAULO).astimezone(UTC)


def a_customer(organization_id: UUID | None = None, cnpj: str | None = None) -> Applicant:
    """A company with five devices."""
    party = Party(legal_name="Padaria Aurora Ltda", cnpj=cnpj, email="financeiro@aurora.example")
    return Applicant(organization_id=organization_id, party=party, devices=5, cnpj_active_on=None)


def wanted(plan: str | None = "START", start: str = "2026-11-01", **changes: Any) -> actions.Wanted:
    """A contract that is asked for."""
    asked = actions.Wanted(
        kind="recurring",
        plan_code=plan,
        product=None,
        start_date=date.fromisoformat(start),
        first_cycle=None,
        fees_from=None,
        timezone=None,
        locale=None,
        account_manager_id=None,
    )
    return replace(asked, **changes)


def overage_of(
    contract: Contract, minutes: int, *, closed_at: datetime, ticket_number: int = 1, overage_id: UUID | None = None
) -> OverageAccrued:
    """What the hour bank tells when a ticket closes with that many minutes beyond the bank, at the full price."""
    return OverageAccrued(
        contract_id=contract.id,
        organization_id=contract.organization_id,
        overage_id=overage_id or uuid4(),
        ticket_id=uuid4(),
        ticket_number=ticket_number,
        round=1,
        minutes=minutes,
        hour_price_cents=23000,
        cents=price_of_minutes(minutes, 23000),
        billing_month=str(Month.of(closed_at.astimezone(ZoneInfo(contract.timezone)).date())),
        accrued_at=closed_at,
    )


def reversal_of(overage: OverageAccrued, minutes: int, *, before: int = 0, at: datetime) -> OverageReversed:
    """What the hour bank tells when so many minutes of an overage are not owed, after `before` came back already."""
    left = overage.minutes - before
    price = [price_of_minutes(rest, overage.hour_price_cents) for rest in (left, left - minutes)]
    return OverageReversed(
        contract_id=overage.contract_id,
        organization_id=overage.organization_id,
        reversal_id=uuid4(),
        overage_id=overage.overage_id,
        ticket_id=overage.ticket_id,
        ticket_number=overage.ticket_number,
        round=overage.round,
        minutes=minutes,
        hour_price_cents=overage.hour_price_cents,
        cents=price[0] - price[1],
        billing_month=overage.billing_month,
        reason="work redone under warranty",
        dispute_id=None,
        reversed_at=at,
    )


@dataclass(slots=True, kw_only=True)
class Billing:
    """Billing of one tenant on a database, under a clock that a test moves."""

    database: Database
    clock: VirtualClock
    tenant: str = "next4"

    async def open(self, shop: Section | None = None) -> None:
        """Apply the shop's offer."""
        async with self.transaction() as tx:
            await actions.apply_offer(tx, shop or section())

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """A transaction of this tenant."""
        return self.database.transaction(tenant=self.tenant)

    async def draft(
        self, asked: actions.Wanted, *, applicant: Applicant | None = None, agreed: Negotiated | None = None
    ) -> Contract:
        """Write a contract down."""
        async with self.transaction() as tx:
            return await actions.draft_contract(
                tx, applicant=applicant or a_customer(), wanted=asked, agreed=agreed or Negotiated()
            )

    async def activate(self, contract: Contract) -> Contract:
        """Put it in force."""
        async with self.transaction() as tx:
            return await actions.activate_contract(tx, contract_id=contract.id, expected_version=None)

    async def sign(self, plan: str | None = "START", start: str = "2026-11-01", **changes: Any) -> Contract:
        """Draft and activate in one go."""
        return await self.activate(await self.draft(wanted(plan, start, **changes)))

    async def hear(self, event: OverageAccrued | OverageReversed) -> None:
        """What the inbox does with a fact."""
        async with self.transaction() as tx:
            if isinstance(event, OverageAccrued):
                await on_overage_accrued(tx, event)
            else:
                await on_overage_reversed(tx, event)

    async def move_to(self, instant: datetime) -> None:
        """Let time pass; every run is done at the instant at which it is due."""
        for _ in range(ROUNDS_MOST):
            async with self.database.reading() as tx:
                due = await store.next_due(tx)
            if due is None or due > instant:
                break
            self.clock.move_to(max(due, self.clock.now()))
            await run_once(self.database)
        self.clock.move_to(max(instant, self.clock.now()))

    async def live_to(self, instant: datetime) -> None:
        """Let time pass as it does in earnest: every job of billing does what it has to at its instant."""
        for _ in range(ROUNDS_MOST):
            due = await earliest(self.database, jobs)
            if due is None or due > instant:
                break
            self.clock.move_to(max(due, self.clock.now()))
            await run_due(self.database, jobs)
        self.clock.move_to(max(instant, self.clock.now()))

    def sleep_until(self, instant: datetime) -> None:
        """The server is down until then."""
        self.clock.move_to(instant)

    async def catch_up(self) -> None:
        """Run whatever is due by now."""
        await self.move_to(self.clock.now())

    async def invoices(self, **wanted_by: Any) -> Sequence[store.Issued]:
        """Invoices of the tenant, oldest first."""
        async with self.database.reading(tenant=self.tenant) as tx:
            page = await store.invoices_page(tx, Slice(limit=200), store.InvoiceFilter(**wanted_by))
        return sorted(page.items, key=lambda one: (one.invoice.issue_date, one.invoice.number))

    async def contract(self, contract_id: UUID) -> Contract:
        """A contract as it is now."""
        async with self.database.reading(tenant=self.tenant) as tx:
            return await store.contract(tx, contract_id)

    async def told(self) -> list[Event]:
        """Every fact that billing has told so far, in order."""
        return await told_by(self.database, self.tenant)


async def run_once(database: Database) -> int:
    """One batch of the job, as the runner does it."""
    async with database.transaction() as tx:
        return await run_invoices(tx)


async def told_by(database: Database, tenant: str) -> list[Event]:
    """The event log of one tenant."""
    async with database.reading() as tx:
        rows = await tx.execute(events.select().where(events.c.tenant == tenant).order_by(events.c.position))
        return [read(bytes(row.body)).event() for row in rows]
