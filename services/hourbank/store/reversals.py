"""What was taken back of closed rounds, which rounds are disputed, which purchases were used, which fees are paid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from services.hourbank.domain import EntryKind, Lot, Reversal
from services.hourbank.store import rows
from services.hourbank.store.tables import debits, disputes, entries, fees, holds, lots, reversals
from shared.db import Instant, Transaction

USED = (EntryKind.CAPTURE.value, EntryKind.CONSUME.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """A dispute of an overage; `outcome` None while it is open."""

    id: UUID
    ticket_id: UUID
    round: int
    overage_id: UUID
    outcome: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Untouched:
    """A ticket whose holds have lain untouched for so long that it is to be told."""

    tenant: str
    contract_id: UUID
    ticket_id: UUID


async def reversals_of(tx: Transaction, ticket_id: UUID, round_number: int) -> list[Reversal]:
    """What was taken back of a round, in order."""
    key = {"tenant": tx.tenant, "ticket_id": ticket_id, "round": round_number}
    return [rows.reversal_of(row) for row in await tx.execute(_OF_ROUND, key)]


async def reversals_of_ticket(tx: Transaction, contract_id: UUID, ticket_id: UUID) -> list[Reversal]:
    """What was taken back of every round of a ticket, in order."""
    key = {"tenant": tx.tenant, "contract_id": contract_id, "ticket_id": ticket_id}
    return [rows.reversal_of(row) for row in await tx.execute(_OF_TICKET, key)]


async def reversals_in(tx: Transaction, contract_id: UUID, *, month: date, end: date) -> list[Reversal]:
    """What was taken back in a month, in order; `end` is the first day after it."""
    key = {"tenant": tx.tenant, "contract_id": contract_id, "month": month, "end": end}
    return [rows.reversal_of(row) for row in await tx.execute(_IN_MONTH, key)]


async def add_reversal(tx: Transaction, contract_id: UUID, reversal: Reversal) -> None:
    """Keep what was taken back."""
    await tx.execute(_ADD_REVERSAL, rows.reversal_row(reversal) | {"tenant": tx.tenant, "contract_id": contract_id})


async def newest_round(tx: Transaction, ticket_id: UUID) -> int | None:
    """The last round of a ticket that was debited; None when none was."""
    found: int | None = (await tx.execute(_NEWEST, {"tenant": tx.tenant, "ticket_id": ticket_id})).scalar_one()
    return found


async def disputes_of(tx: Transaction, ticket_id: UUID, round_number: int) -> list[Dispute]:
    """Every dispute of a round, settled ones too."""
    key = {"tenant": tx.tenant, "ticket_id": ticket_id, "round": round_number}
    return [
        Dispute(
            id=row.dispute_id,
            ticket_id=row.ticket_id,
            round=row.round,
            overage_id=row.overage_id,
            outcome=row.outcome,
        )
        for row in await tx.execute(_DISPUTES, key)
    ]


async def add_dispute(tx: Transaction, contract_id: UUID, dispute: Dispute, *, at: datetime) -> None:
    """Keep that a round is disputed."""
    row = {
        "dispute_id": dispute.id,
        "tenant": tx.tenant,
        "contract_id": contract_id,
        "ticket_id": dispute.ticket_id,
        "round": dispute.round,
        "overage_id": dispute.overage_id,
        "opened_at": at,
    }
    await tx.execute(_ADD_DISPUTE, row)


async def settle_dispute(tx: Transaction, dispute_id: UUID, *, outcome: str, at: datetime) -> None:
    """Keep how a dispute ended."""
    await tx.execute(
        _SETTLE, {"key_tenant": tx.tenant, "key": dispute_id, "new_outcome": outcome, "new_settled_at": at}
    )


async def was_lot_used(tx: Transaction, contract_id: UUID, lot_id: UUID) -> bool:
    """Whether any minute of a lot was ever debited, also when it was taken back since (L-16)."""
    key = {"tenant": tx.tenant, "contract_id": contract_id, "lot_id": lot_id}
    return (await tx.execute(_USED, key)).first() is not None


async def lot_of(tx: Transaction, lot_id: UUID) -> Lot | None:
    """A lot as it is now; None when it is not here."""
    row = (await tx.execute(_LOT, {"tenant": tx.tenant, "lot_id": lot_id})).first()
    return rows.lot_of(row) if row is not None else None


async def add_fees(tx: Transaction, contract_id: UUID, *, invoice_id: UUID, cycles: Sequence[date]) -> None:
    """Keep which months an invoice asks for."""
    owner = {"tenant": tx.tenant, "contract_id": contract_id, "invoice_id": invoice_id}
    if cycles:
        await tx.execute(_ADD_FEES, [owner | {"cycle": cycle} for cycle in cycles])


async def fees_of(tx: Transaction, invoice_id: UUID) -> list[date]:
    """Which months an invoice asks for, first to last."""
    return list((await tx.execute(_FEES, {"tenant": tx.tenant, "invoice_id": invoice_id})).scalars())


async def next_reminder(tx: Transaction) -> datetime | None:
    """The earliest instant at which some hold will have lain untouched too long."""
    due: datetime | None = (await tx.execute(_NEXT_REMINDER)).scalar_one()
    return due


async def due_reminders(tx: Transaction, *, most: int) -> list[Untouched]:
    """Tickets whose holds have lain untouched, longest first."""
    found = await tx.execute(_DUE_REMINDERS, {"now": tx.now, "most": most})
    return [Untouched(tenant=row.tenant, contract_id=row.contract_id, ticket_id=row.ticket_id) for row in found]


async def put_off_reminders(tx: Transaction, due: Sequence[Untouched], *, until: datetime) -> None:
    """Look at these tickets later, unless what is done now for them succeeds."""
    if due:
        await tx.execute(_PUT_OFF_REMINDERS, {"keys": [one.ticket_id for one in due], "now": tx.now, "until": until})
        tx.falls_due(until)


_tenant = sa.bindparam("tenant", type_=sa.Text)
_contract_id = sa.bindparam("contract_id", type_=sa.Uuid)
_ticket_id = sa.bindparam("ticket_id", type_=sa.Uuid)
_lot_id = sa.bindparam("lot_id", type_=sa.Uuid)
_round = sa.bindparam("round", type_=sa.Integer)
_now = sa.bindparam("now", type_=Instant)

_OF_ROUND = (
    sa.select(reversals)
    .where(reversals.c.tenant == _tenant, reversals.c.ticket_id == _ticket_id, reversals.c.round == _round)
    .order_by(reversals.c.reversed_at, reversals.c.reversal_id)
)
_OF_TICKET = (
    sa.select(reversals)
    .where(
        reversals.c.tenant == _tenant,
        reversals.c.contract_id == _contract_id,
        reversals.c.ticket_id == _ticket_id,
    )
    .order_by(reversals.c.reversed_at, reversals.c.reversal_id)
)
_IN_MONTH = (
    sa.select(reversals)
    .where(
        reversals.c.tenant == _tenant,
        reversals.c.contract_id == _contract_id,
        reversals.c.local_date >= sa.bindparam("month", type_=sa.Date),
        reversals.c.local_date < sa.bindparam("end", type_=sa.Date),
    )
    .order_by(reversals.c.reversed_at, reversals.c.reversal_id)
)
_ADD_REVERSAL = sa.insert(reversals)
_NEWEST = sa.select(sa.func.max(debits.c.round)).where(debits.c.tenant == _tenant, debits.c.ticket_id == _ticket_id)
_DISPUTES = sa.select(disputes).where(
    disputes.c.tenant == _tenant, disputes.c.ticket_id == _ticket_id, disputes.c.round == _round
)
_ADD_DISPUTE = sa.insert(disputes)
_SETTLE = (
    sa.update(disputes)
    .where(disputes.c.tenant == sa.bindparam("key_tenant"), disputes.c.dispute_id == sa.bindparam("key"))
    .values(outcome=sa.bindparam("new_outcome"), settled_at=sa.bindparam("new_settled_at", type_=Instant))
)
_USED = (
    sa.select(entries.c.sequence)
    .where(
        entries.c.tenant == _tenant,
        entries.c.contract_id == _contract_id,
        entries.c.lot_id == _lot_id,
        entries.c.kind.in_(USED),
    )
    .limit(1)
)
_LOT = sa.select(lots).where(lots.c.tenant == _tenant, lots.c.lot_id == _lot_id)
_ADD_FEES = sa.insert(fees)
_FEES = (
    sa.select(fees.c.cycle)
    .where(fees.c.tenant == _tenant, fees.c.invoice_id == sa.bindparam("invoice_id", type_=sa.Uuid))
    .order_by(fees.c.cycle)
)

# Over all tenants: a job acts for each in turn.
_NEXT_REMINDER = sa.select(sa.func.min(holds.c.remind_at))
_DUE_REMINDERS = (
    sa.select(holds.c.tenant, holds.c.contract_id, holds.c.ticket_id, sa.func.min(holds.c.remind_at).label("due"))
    .where(holds.c.remind_at <= _now)
    .group_by(holds.c.tenant, holds.c.contract_id, holds.c.ticket_id)
    .order_by("due", holds.c.ticket_id)
    .limit(sa.bindparam("most", type_=sa.Integer))
)
_PUT_OFF_REMINDERS = (
    sa.update(holds)
    .where(holds.c.ticket_id.in_(sa.bindparam("keys", expanding=True)), holds.c.remind_at <= _now)
    .values(remind_at=sa.bindparam("until", type_=Instant))
)
