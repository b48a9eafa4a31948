"""Notify of two providers with their customers, and a teller that seals facts for it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from services.notify import actions, domain, handlers, store
from services.notify.domain import ALL_TOPICS, Contact, Locale, Message, Topic
from services.notify.gateway import Post, Shelf
from services.notify.jobs import jobs_with
from services.notify.offer import Section, Sender
from shared import ids, offers
from shared.clock import VirtualClock
from shared.db import Database
from shared.events import Event, teller_of
from shared.events.billing import ContractActivated, InvoiceFinalized, InvoiceLine
from shared.events.envelope import seal
from shared.events.hourbank import HoursDebited, LotShare
from shared.events.sla import SlaBreached, SlaWarned
from shared.events.ticketing import ApprovalRequested, MessagePosted, TicketOpened, TicketResolved
from shared.inbox import Inbox, Outcome
from shared.jobs import run_due
from shared.outbox import POSITION_MOST, events

NEXT4 = "next4"
BLOCKTIME = "blocktime"
TICKET = UUID("0193a1b2-0000-7000-8000-000000000001")
CONTRACT = UUID("0193a1b2-0000-7000-8000-000000000002")
ORGANIZATION = UUID("0193a1b2-0000-7000-8000-000000000003")
INVOICE = UUID("0193a1b2-0000-7000-8000-000000000004")
ESTIMATE = UUID("0193a1b2-0000-7000-8000-000000000005")
LOT = UUID("0193a1b2-0000-7000-8000-000000000006")
OTHER_ORGANIZATION = UUID("0193a1b2-0000-7000-8000-000000000007")

SECTION = Section(
    timezone="America/Sao_Paulo",
    locale="pt-BR",
    sender=Sender(name="Next4 Atendimento", address="atendimento@next4.example"),
    portal_url="https://suporte.next4.example",
    staff_mailbox="equipe@next4.example",
    finance_mailbox="financeiro@next4.example",
)


def local(text: str) -> datetime:
    """A wall time of São Paulo as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("America/Sao_Paulo")).astimezone(UTC)


class Notify:
    """One notify with its inbox, its offer and its way out."""

    def __init__(self, database: Database, clock: VirtualClock) -> None:
        self.database = database
        self.clock = clock
        self.inbox = Inbox(database, handlers.subscriptions)
        self._told: Counter[tuple[str, str, UUID]] = Counter()

    async def open(self, section: Section = SECTION, *, tenant: str = NEXT4) -> None:
        """Apply a provider's section."""
        async with self.database.transaction(tenant=tenant) as tx:
            await offers.apply(tx, section)

    async def add_contact(
        self,
        contact_id: str,
        *,
        tenant: str = NEXT4,
        organization_id: UUID = ORGANIZATION,
        locale: Locale | None = None,
        topics: tuple[Topic, ...] = ALL_TOPICS,
        may_approve: bool = True,
    ) -> Contact:
        """Keep a contact whose name and address follow from the id."""
        async with self.database.transaction(tenant=tenant) as tx:
            contact, _ = await actions.put_contact(
                tx,
                contact_id=contact_id,
                organization_id=organization_id,
                name=contact_id.title(),
                email=f"{contact_id}@cliente.example",
                locale=locale,
                topics=topics,
                may_approve=may_approve,
                if_match=None,
            )
        return contact

    def seal(self, event: Event, *, tenant: str = NEXT4) -> bytes:
        """The fact as its teller would put it on the wire, with the next number of its stream."""
        key = (tenant, teller_of(type(event)), event.stream)
        self._told[key] += 1
        now = self.clock.now()
        return seal(event, id=ids.new_id(now), tenant=tenant, sequence=self._told[key], time=now).encode()

    async def hear(self, *facts: Event, tenant: str = NEXT4) -> list[Outcome]:
        """Let notify hear facts, in the order given."""
        return await self.inbox.take([self.seal(fact, tenant=tenant) for fact in facts])

    async def send(self, post: Post | None = None) -> int:
        """Run the job until nothing is due; how many tries there were."""
        jobs = jobs_with(post or Shelf(None))
        tries = 0
        while done := await run_due(self.database, jobs):
            tries += done
        return tries

    async def messages(self, *, tenant: str = NEXT4) -> list[Message]:
        """Every message of a tenant, oldest first."""
        async with self.database.reading(tenant=tenant) as tx:
            placed = await store.read_messages(tx, store.Filters(), before=POSITION_MOST, limit=200)
        return [one.message for one in reversed(placed)]

    async def said(self, *, tenant: str = NEXT4) -> list[tuple[str, str, str]]:
        """To whom, in which template, under which subject, oldest first."""
        return [(one.to_email, str(one.template), one.subject) for one in await self.messages(tenant=tenant)]

    async def told(self) -> list[tuple[str, dict[str, object]]]:
        """What notify told itself: type and data."""
        async with self.database.reading() as tx:
            rows = (await tx.execute(events.select().order_by(events.c.position))).all()
        return [(row.type, msgspec.json.decode(bytes(row.body))["data"]) for row in rows]


def contract_activated(*, timezone: str = "America/Sao_Paulo", monthly_minutes: int = 180) -> ContractActivated:
    return ContractActivated(
        contract_id=CONTRACT,
        organization_id=ORGANIZATION,
        kind="recurring",
        product="hour_bank",
        plan_code="START",
        monthly_minutes=monthly_minutes,
        plan_price_cents=65400,
        full_hour_price_cents=23000,
        validity_months=12,
        first_cycle="full",
        start_date=date(2026, 11, 1),
        timezone=timezone,
        queue_rank=4,
        account_manager_id=None,
        activated_at=local("2026-11-01T09:00"),
    )


def ticket_opened(*, number: int = 1042, opened_by: str = "ana") -> TicketOpened:
    return TicketOpened(
        ticket_id=TICKET,
        contract_id=CONTRACT,
        organization_id=ORGANIZATION,
        number=number,
        plan_code="START",
        channel="portal",
        source="customer",
        area="web_programming",
        item=None,
        priority=None,
        registered_at=local("2026-11-10T09:00"),
        detected_at=None,
        opened_by=opened_by,
    )


def message_posted(*, role: str = "staff", public: bool = True, automatic: bool = False) -> MessagePosted:
    return MessagePosted(
        ticket_id=TICKET,
        contract_id=CONTRACT,
        organization_id=ORGANIZATION,
        number=1042,
        message_id=ESTIMATE,
        author_id="ana" if role == "customer" else "agente",
        author_role=role,
        public=public,
        automatic=automatic,
        posted_at=local("2026-11-10T09:30"),
    )


def approval_requested(
    *, kind: str = "initial", minutes: int = 330, from_bank: int = 180, justification: str | None = None
) -> ApprovalRequested:
    over = minutes - from_bank
    return ApprovalRequested(
        ticket_id=TICKET,
        contract_id=CONTRACT,
        organization_id=ORGANIZATION,
        number=1042,
        estimate_id=ESTIMATE,
        estimate_number=1,
        kind=kind,
        minutes=minutes,
        minutes_from_bank=from_bank,
        minutes_over=over,
        hour_price_cents=23000,
        overage_cents=over * 23000 // 60,
        justification=justification,
        valid_until=local("2026-11-17T18:00"),
        requested_at=local("2026-11-10T10:00"),
    )


def ticket_resolved() -> TicketResolved:
    return TicketResolved(
        ticket_id=TICKET,
        contract_id=CONTRACT,
        organization_id=ORGANIZATION,
        number=1042,
        resolved_at=local("2026-11-12T16:00"),
        resolved_by="agente",
        closes_at=local("2026-11-17T18:00"),
    )


def hours_debited(*, minutes: int = 330, from_bank: int = 180, written_off: int = 0) -> HoursDebited:
    share = LotShare(lot_id=LOT, effective_date=date(2026, 11, 1), expires_date=date(2027, 11, 1), minutes=from_bank)
    return HoursDebited(
        contract_id=CONTRACT,
        organization_id=ORGANIZATION,
        ticket_id=TICKET,
        round=1,
        minutes=minutes,
        minutes_written_off=written_off,
        minutes_over=minutes - from_bank,
        by_lot=(share,) if from_bank else (),
        balance_after=0,
        debited_at=local("2026-11-12T17:00"),
    )


def invoice_finalized() -> InvoiceFinalized:
    return InvoiceFinalized(
        invoice_id=INVOICE,
        contract_id=CONTRACT,
        organization_id=ORGANIZATION,
        number="2026/000001",
        series="A",
        issue_date=date(2026, 12, 1),
        due_date=date(2026, 12, 11),
        currency="BRL",
        lines=(
            InvoiceLine(
                kind="plan_fee", period="2026-12", description="Plano START - mensalidade 12/2026", cents=65400
            ),
            InvoiceLine(
                kind="overage",
                period="2026-11",
                description="Chamado 1042 - horas excedentes de 11/2026: 2 h 30 min a R$ 230,00/h",
                cents=57500,
                ticket_id=TICKET,
                ticket_number=1042,
                minutes=150,
                unit_cents_per_hour=23000,
            ),
        ),
        total_cents=122900,
        sha256="0" * 64,
        finalized_at=local("2026-12-01T08:00"),
    )


def sla_warned(percent: int = 75) -> SlaWarned:
    return SlaWarned(
        ticket_id=TICKET,
        contract_id=CONTRACT,
        organization_id=ORGANIZATION,
        clock_id=LOT,
        metric="attendance",
        generation=1,
        percent=percent,
        due_at=local("2026-11-10T13:00"),
        warned_at=local("2026-11-10T12:00"),
    )


def sla_breached(*, priority: str | None = None) -> SlaBreached:
    return SlaBreached(
        ticket_id=TICKET,
        contract_id=CONTRACT,
        organization_id=ORGANIZATION,
        clock_id=LOT,
        metric="attendance",
        generation=1,
        plan_code="START",
        priority=priority,
        due_at=local("2026-11-10T13:00"),
        announced_at=local("2026-11-10T13:00"),
    )


def provider() -> domain.Provider:
    """Next4 as the rules see it."""
    return SECTION.provider()
