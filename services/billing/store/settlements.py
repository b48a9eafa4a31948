"""What becomes of invoices: papers, deliveries, payments, and what customers have to their credit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.billing.domain import fingerprint
from services.billing.store.invoices import Followed, read_issued
from services.billing.store.settlement_tables import customer_credits, deliveries, invoice_files, payments
from services.billing.store.tables import invoices, organizations
from shared.db import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """Money that came for an invoice, in centavos; `reference` is the bank's, the same one is never taken twice."""

    id: UUID
    invoice_id: UUID
    cents: int
    paid_on: date
    method: str
    reference: str | None
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The invoice was given to the customer: by mail (`reference` is the message's) or in another way."""

    id: UUID
    invoice_id: UUID
    channel: str
    reference: str
    sent_at: datetime
    sent_by: str


async def next_paper(tx: Transaction) -> datetime | None:
    """When the next invoice of anybody is to be put on paper."""
    due: datetime | None = (await tx.execute(_NEXT_PAPER)).scalar_one()
    return due


async def lock_paperless(tx: Transaction, *, most: int) -> Sequence[Followed]:
    """Some invoices that are not on paper yet, locked; those that another node works on are passed over."""
    rows = await tx.execute(_PAPERLESS, {"now": tx.now, "most": most})
    return [Followed(tenant=row.tenant, issued=read_issued(row)) for row in rows]


async def put_papers_off(tx: Transaction, due: Sequence[Followed], *, until: datetime) -> None:
    """Let papers be made later: one that cannot be made holds up nobody."""
    if due:
        await tx.execute(_PAPERS_OFF, {"keys": [one.issued.invoice.id for one in due], "until": until})


async def keep_paper(tx: Transaction, invoice_id: UUID, content: bytes) -> None:
    """Keep the paper of an invoice, for good."""
    row = {
        "invoice_id": invoice_id,
        "tenant": tx.tenant,
        "content": content,
        "sha256": fingerprint(content),
        "rendered_at": tx.now,
    }
    await tx.execute(_ADD_PAPER[tx.dialect], row)
    await tx.execute(_HAS_PAPER, {"key_tenant": tx.tenant, "key": invoice_id})


async def paper(tx: Transaction, invoice_id: UUID) -> bytes | None:
    """The paper of an invoice; None in the moment before it is made."""
    row = (await tx.execute(_PAPER, {"tenant": tx.tenant, "key": invoice_id})).first()
    return bytes(row.content) if row else None


async def add_delivery(tx: Transaction, delivery: Delivery) -> bool:
    """Keep a delivery; False when it was noted before."""
    return (
        await tx.execute(_ADD_DELIVERY[tx.dialect], {"tenant": tx.tenant, **_columns(delivery)})
    ).first() is not None


async def deliveries_of(tx: Transaction, invoice_id: UUID) -> list[Delivery]:
    """The deliveries of an invoice, in order."""
    rows = await tx.execute(_DELIVERIES, {"tenant": tx.tenant, "key": invoice_id})
    return [Delivery(**{name: getattr(row, name) for name in Delivery.__dataclass_fields__}) for row in rows]


async def add_payment(tx: Transaction, payment: Payment) -> bool:
    """Keep a payment; False when the bank's reference was taken for this invoice before."""
    added = await tx.execute(_ADD_PAYMENT[tx.dialect], {"tenant": tx.tenant, **_columns(payment)})
    return added.first() is not None


async def payments_of(tx: Transaction, invoice_id: UUID) -> list[Payment]:
    """The payments of an invoice, in order."""
    rows = await tx.execute(_PAYMENTS, {"tenant": tx.tenant, "key": invoice_id})
    return [Payment(**{name: getattr(row, name) for name in Payment.__dataclass_fields__}) for row in rows]


async def lock_credit(tx: Transaction, organization_id: UUID) -> int:
    """What a customer has to its credit, in centavos; nobody else moves it until the commit."""
    await tx.execute(_LOCK_ORGANIZATION, {"tenant": tx.tenant, "key": organization_id})
    return await credit_of(tx, organization_id)


async def credit_of(tx: Transaction, organization_id: UUID) -> int:
    """What a customer has to its credit, in centavos."""
    return int((await tx.execute(_CREDIT, {"tenant": tx.tenant, "key": organization_id})).scalar_one())


async def move_credit(tx: Transaction, *, organization_id: UUID, invoice_id: UUID, cents: int, reason: str) -> None:
    """Give a customer credit, or take what an invoice used of it."""
    row = {
        "id": tx.new_id(),
        "tenant": tx.tenant,
        "organization_id": organization_id,
        "invoice_id": invoice_id,
        "cents": cents,
        "reason": reason,
        "noted_at": tx.now,
    }
    await tx.execute(_MOVE_CREDIT, row)


def _columns(value: Payment | Delivery) -> dict[str, object]:
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


_tenant: sa.BindParameter[str] = sa.bindparam("tenant")
_key: sa.BindParameter[UUID] = sa.bindparam("key")
_NEXT_PAPER = sa.select(sa.func.min(invoices.c.renders_at))
_PAPERLESS = (
    sa.select(invoices)
    .where(invoices.c.renders_at <= sa.bindparam("now"))
    .order_by(invoices.c.tenant, invoices.c.id)
    .limit(sa.bindparam("most"))
    .with_for_update(skip_locked=True)
)
_PAPERS_OFF = (
    sa.update(invoices)
    .where(invoices.c.id.in_(sa.bindparam("keys", expanding=True)))
    .values(renders_at=sa.bindparam("until"))
)
_ADD_PAPER: dict[str, sa.Executable] = {
    "postgresql": postgresql.insert(invoice_files).on_conflict_do_nothing(),
    "sqlite": sqlite.insert(invoice_files).on_conflict_do_nothing(),
}
_HAS_PAPER = (
    sa.update(invoices)
    .where(invoices.c.tenant == sa.bindparam("key_tenant"), invoices.c.id == _key)
    .values(renders_at=None)
)
_PAPER = sa.select(invoice_files.c.content).where(invoice_files.c.tenant == _tenant, invoice_files.c.invoice_id == _key)
# The same message or payment may be told twice at once: the second one adds nothing.
_ADD_DELIVERY: dict[str, sa.Executable] = {
    "postgresql": postgresql.insert(deliveries).on_conflict_do_nothing().returning(deliveries.c.id),
    "sqlite": sqlite.insert(deliveries).on_conflict_do_nothing().returning(deliveries.c.id),
}
_DELIVERIES = (
    sa.select(deliveries)
    .where(deliveries.c.tenant == _tenant, deliveries.c.invoice_id == _key)
    .order_by(deliveries.c.sent_at, deliveries.c.id)
)
_ADD_PAYMENT: dict[str, sa.Executable] = {
    "postgresql": postgresql.insert(payments).on_conflict_do_nothing().returning(payments.c.id),
    "sqlite": sqlite.insert(payments).on_conflict_do_nothing().returning(payments.c.id),
}
_PAYMENTS = (
    sa.select(payments)
    .where(payments.c.tenant == _tenant, payments.c.invoice_id == _key)
    .order_by(payments.c.recorded_at, payments.c.id)
)
_LOCK_ORGANIZATION = (
    sa.select(organizations.c.id).where(organizations.c.tenant == _tenant, organizations.c.id == _key).with_for_update()
)
_CREDIT = sa.select(sa.func.coalesce(sa.func.sum(customer_credits.c.cents), 0)).where(
    customer_credits.c.tenant == _tenant, customer_credits.c.organization_id == _key
)
_MOVE_CREDIT = sa.insert(customer_credits)
