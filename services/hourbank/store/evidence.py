"""What was told about the work behind the minutes: the closings' time entries, the approvals, the invoices' lines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.hourbank.domain import Agreement, Charge, Closing, Hold
from services.hourbank.store import rows
from services.hourbank.store.rows import AnyRow
from services.hourbank.store.tables import debits, holds, metadata
from shared.db import Instant, Json, Transaction
from shared.events.billing import RoundingRule
from shared.events.ticketing import TimeEntry

# One row per ticket and round: what was worked, by whom, and how seconds became minutes (2.6).
closings = sa.Table(
    "closings",
    metadata,
    sa.Column("ticket_id", sa.Uuid, primary_key=True),
    sa.Column("round", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("contract_id", sa.Uuid, nullable=False),
    sa.Column("ticket_number", sa.Integer, nullable=False),
    sa.Column("minutes_actual", sa.Integer, nullable=False),
    sa.Column("entries", Json, nullable=False),
    sa.Column("rounding", Json),
)

# One row per approved estimate: who agreed to which rate, and when (2.4.6, 2.4.7).
agreements = sa.Table(
    "agreements",
    metadata,
    sa.Column("estimate_id", sa.Uuid, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("contract_id", sa.Uuid, nullable=False),
    sa.Column("ticket_id", sa.Uuid, nullable=False, index=True),
    sa.Column("ticket_number", sa.Integer, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("minutes", sa.Integer, nullable=False),
    sa.Column("minutes_over", sa.Integer, nullable=False),
    sa.Column("hour_price_cents", sa.BigInteger, nullable=False),
    sa.Column("is_automatic", sa.Boolean, nullable=False),
    sa.Column("approved_at", Instant, nullable=False),
    sa.Column("approved_by", sa.Text, nullable=False),
)

# One row per line of an invoice that charges an overage of ours.
charges = sa.Table(
    "charges",
    metadata,
    sa.Column("overage_id", sa.Uuid, primary_key=True),
    sa.Column("invoice_id", sa.Uuid, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("contract_id", sa.Uuid, nullable=False),
    sa.Column("invoice_number", sa.Text, nullable=False),
    sa.Column("issue_date", sa.Date, nullable=False),
    sa.Column("due_date", sa.Date, nullable=False),
    sa.Column("cents", sa.BigInteger, nullable=False),
)


async def note_closing(tx: Transaction, contract_id: UUID, closing: Closing) -> None:
    """Keep the work of a closed round; what was kept before stays."""
    row = {
        "ticket_id": closing.ticket_id,
        "round": closing.round,
        "tenant": tx.tenant,
        "contract_id": contract_id,
        "ticket_number": closing.ticket_number,
        "minutes_actual": closing.minutes_actual,
        "entries": msgspec.to_builtins(closing.entries),
        "rounding": msgspec.to_builtins(closing.rounding),
    }
    await tx.execute(_NOTE_CLOSING[tx.dialect], row)


async def note_agreement(tx: Transaction, contract_id: UUID, agreement: Agreement) -> None:
    """Keep who agreed to an estimate; what was kept before stays."""
    row = {
        "estimate_id": agreement.estimate_id,
        "tenant": tx.tenant,
        "contract_id": contract_id,
        "ticket_id": agreement.ticket_id,
        "ticket_number": agreement.ticket_number,
        "number": agreement.number,
        "kind": agreement.kind,
        "minutes": agreement.minutes,
        "minutes_over": agreement.minutes_over,
        "hour_price_cents": agreement.hour_price_cents,
        "is_automatic": agreement.is_automatic,
        "approved_at": agreement.approved_at,
        "approved_by": agreement.approved_by,
    }
    await tx.execute(_NOTE_AGREEMENT[tx.dialect], row)


async def drop_charges(tx: Transaction, invoice_id: UUID) -> None:
    """Forget the lines of an invoice that was voided."""
    await tx.execute(_DROP_CHARGES, {"tenant": tx.tenant, "invoice_id": invoice_id})


async def note_charges(tx: Transaction, contract_id: UUID, found: Sequence[Charge]) -> None:
    """Keep which invoice carries which overage; what was kept before stays."""
    rows = [
        {
            "overage_id": one.overage_id,
            "invoice_id": one.invoice_id,
            "tenant": tx.tenant,
            "contract_id": contract_id,
            "invoice_number": one.invoice_number,
            "issue_date": one.issue_date,
            "due_date": one.due_date,
            "cents": one.cents,
        }
        for one in found
    ]
    if rows:
        await tx.execute(_NOTE_CHARGE[tx.dialect], rows)


async def closing_of(tx: Transaction, ticket_id: UUID, round_number: int) -> Closing | None:
    """The work of a closed round; None when it was never told."""
    key = {"tenant": tx.tenant, "ticket_id": ticket_id, "round": round_number}
    row = (await tx.execute(_CLOSING, key)).first()
    return _closing(row) if row is not None else None


async def closings_in(tx: Transaction, contract_id: UUID, *, month: date, end: date) -> list[Closing]:
    """The work of the rounds that were debited in a month, in the order of their debits."""
    key = {"tenant": tx.tenant, "contract_id": contract_id, "month": month, "end": end}
    return [_closing(row) for row in await tx.execute(_CLOSINGS, key)]


async def holds_of(tx: Transaction, ticket_id: UUID) -> list[Hold]:
    """Every estimate of a ticket, by number, whatever became of it."""
    found = await tx.execute(_HOLDS, {"tenant": tx.tenant, "ticket_id": ticket_id})
    return [rows.hold_of(row) for row in found]


async def agreements_of(tx: Transaction, ticket_id: UUID) -> list[Agreement]:
    """What was agreed to for a ticket, in order of the estimates."""
    return [
        Agreement(
            estimate_id=row.estimate_id,
            ticket_id=row.ticket_id,
            ticket_number=row.ticket_number,
            number=row.number,
            kind=row.kind,
            minutes=row.minutes,
            minutes_over=row.minutes_over,
            hour_price_cents=row.hour_price_cents,
            is_automatic=row.is_automatic,
            approved_at=row.approved_at,
            approved_by=row.approved_by,
        )
        for row in await tx.execute(_AGREEMENTS, {"tenant": tx.tenant, "ticket_id": ticket_id})
    ]


async def charges_of(tx: Transaction, overage_id: UUID) -> list[Charge]:
    """The invoice lines that carry an overage, oldest invoice first."""
    return [
        Charge(
            invoice_id=row.invoice_id,
            invoice_number=row.invoice_number,
            overage_id=row.overage_id,
            issue_date=row.issue_date,
            due_date=row.due_date,
            cents=row.cents,
        )
        for row in await tx.execute(_CHARGES, {"tenant": tx.tenant, "overage_id": overage_id})
    ]


def _closing(row: AnyRow) -> Closing:
    return Closing(
        ticket_id=row.ticket_id,
        ticket_number=row.ticket_number,
        round=row.round,
        minutes_actual=row.minutes_actual,
        entries=msgspec.convert(row.entries, tuple[TimeEntry, ...]),
        rounding=msgspec.convert(row.rounding, RoundingRule | None),
    )


def _once(table: sa.Table) -> dict[str, sa.Executable]:
    """Insert what is not there yet, in the words of both databases."""
    return {
        "postgresql": postgresql.insert(table).on_conflict_do_nothing(),
        "sqlite": sqlite.insert(table).on_conflict_do_nothing(),
    }


_NOTE_CLOSING, _NOTE_AGREEMENT, _NOTE_CHARGE = _once(closings), _once(agreements), _once(charges)
_tenant = sa.bindparam("tenant", type_=sa.Text)
_ticket_id = sa.bindparam("ticket_id", type_=sa.Uuid)
_CLOSING = sa.select(closings).where(
    closings.c.tenant == _tenant, closings.c.ticket_id == _ticket_id, closings.c.round == sa.bindparam("round")
)
_CLOSINGS = (
    sa.select(closings)
    .join(debits, sa.and_(debits.c.ticket_id == closings.c.ticket_id, debits.c.round == closings.c.round))
    .where(
        closings.c.tenant == _tenant,
        debits.c.contract_id == sa.bindparam("contract_id", type_=sa.Uuid),
        debits.c.local_date >= sa.bindparam("month", type_=sa.Date),
        debits.c.local_date < sa.bindparam("end", type_=sa.Date),
    )
    .order_by(debits.c.debited_at, debits.c.ticket_id)
)
_AGREEMENTS = (
    sa.select(agreements)
    .where(agreements.c.tenant == _tenant, agreements.c.ticket_id == _ticket_id)
    .order_by(agreements.c.number)
)
_HOLDS = sa.select(holds).where(holds.c.tenant == _tenant, holds.c.ticket_id == _ticket_id).order_by(holds.c.number)
_DROP_CHARGES = sa.delete(charges).where(
    charges.c.tenant == _tenant, charges.c.invoice_id == sa.bindparam("invoice_id", type_=sa.Uuid)
)
_CHARGES = (
    sa.select(charges)
    .where(charges.c.tenant == _tenant, charges.c.overage_id == sa.bindparam("overage_id", type_=sa.Uuid))
    .order_by(charges.c.issue_date, charges.c.invoice_number)
)
