"""How invoices are looked for: by what, a page at a time, and what they sum up to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.billing.domain import InvoiceState, Month
from services.billing.store.invoices import Issued, read_issued
from services.billing.store.tables import invoices
from shared.db import Transaction
from shared.pages import LAST_ID, Page, Slice


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceFilter:
    """Which invoices are asked for; None: all. `is_overdue`: those that are, or those that are not."""

    contract_id: UUID | None = None
    organization_id: UUID | None = None
    month: Month | None = None
    state: InvoiceState | None = None
    number: str | None = None
    is_overdue: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What invoices sum up to, in centavos; `due_cents` is still to be paid of those that ask for money."""

    invoices: int
    total_cents: int
    paid_cents: int
    credited_cents: int
    due_cents: int


async def invoices_page(tx: Transaction, asked: Slice, wanted: InvoiceFilter) -> Page[Issued]:
    """Invoices, newest first; a customer sees those of its own organization."""
    filters = _given(tx, wanted)
    parameters = {"tenant": tx.tenant, "after": asked.after(UUID, LAST_ID), "most": asked.most, **filters}
    found = [read_issued(row) for row in await tx.execute(_page(frozenset(filters)), parameters)]
    return asked.page(found, lambda issued: issued.invoice.id)


async def invoice_totals(tx: Transaction, wanted: InvoiceFilter) -> Totals:
    """The sums of all invoices that are asked for, of whatever page."""
    filters = _given(tx, wanted)
    row = (await tx.execute(_totals(frozenset(filters)), {"tenant": tx.tenant, **filters})).one()
    return Totals(
        invoices=row.invoices,
        total_cents=int(row.total),
        paid_cents=int(row.paid),
        credited_cents=int(row.credited),
        due_cents=int(row.due),
    )


def _given(tx: Transaction, wanted: InvoiceFilter) -> dict[str, Any]:
    asked_for = {
        "contract_id": wanted.contract_id,
        "organization_id": wanted.organization_id,
        "own_organization_id": tx.organization_id,
        "month": str(wanted.month) if wanted.month else None,
        "state": wanted.state,
        "number": wanted.number,
        "overdue": True if wanted.is_overdue else None,
        "not_overdue": True if wanted.is_overdue is False else None,
    }
    return {name: value for name, value in asked_for.items() if value is not None}


_tenant: sa.BindParameter[str] = sa.bindparam("tenant")
_COLUMNS = {
    "contract_id": invoices.c.contract_id,
    "organization_id": invoices.c.organization_id,
    "own_organization_id": invoices.c.organization_id,
    "month": invoices.c.month,
    "state": invoices.c.state,
    "number": invoices.c.number,
}
_IS_OVERDUE = invoices.c.state == "overdue"
_OPEN_CENTS = invoices.c.total_cents - invoices.c.withheld_cents - invoices.c.paid_cents - invoices.c.credited_cents
_ASKS_FOR_MONEY = invoices.c.state.in_(("finalized", "sent", "overdue"))


def _wanted(filters: frozenset[str]) -> list[sa.ColumnElement[bool]]:
    wanted: list[sa.ColumnElement[bool]] = [invoices.c.tenant == _tenant]
    named = [(name, column) for name, column in _COLUMNS.items() if name in filters]
    wanted += [column == sa.bindparam(name, type_=column.type) for name, column in named]
    wanted += [_IS_OVERDUE] if "overdue" in filters else []
    wanted += [sa.not_(_IS_OVERDUE)] if "not_overdue" in filters else []
    return wanted


@cache
def _page(filters: frozenset[str]) -> sa.Select[Any]:
    """One statement for each combination of filters, built when it is first needed."""
    wanted = [*_wanted(filters), invoices.c.id < sa.bindparam("after")]
    return sa.select(invoices).where(*wanted).order_by(invoices.c.id.desc()).limit(sa.bindparam("most"))


@cache
def _totals(filters: frozenset[str]) -> sa.Select[Any]:
    """As `_page`, without the page. A voided invoice counts, and asks for nothing."""
    asked = sa.case((invoices.c.state == "void", 0), else_=invoices.c.total_cents)
    due = sa.case((sa.and_(_ASKS_FOR_MONEY, _OPEN_CENTS > 0), _OPEN_CENTS), else_=0)
    return sa.select(
        sa.func.count().label("invoices"),
        sa.func.coalesce(sa.func.sum(asked), 0).label("total"),
        sa.func.coalesce(sa.func.sum(invoices.c.paid_cents), 0).label("paid"),
        sa.func.coalesce(sa.func.sum(invoices.c.credited_cents), 0).label("credited"),
        sa.func.coalesce(sa.func.sum(due), 0).label("due"),
    ).where(*_wanted(filters))
