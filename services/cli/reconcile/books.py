"""The three books of a contract as the public API shows them: statement, ledger, invoices (B-10)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import httpx
import msgspec

from services.client import Answered, Api

PAGE = 200


class Contract(msgspec.Struct, frozen=True, kw_only=True):
    """A contract, as far as it says which months have books; `ends_on` is the first local date without it."""

    contract_id: UUID
    start_date: date
    timezone: str
    activated_at: datetime | None
    ends_on: date | None


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A contract's account of hours, as far as it is compared."""

    balance_minutes: int
    ends_on: date | None


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the ledger, as far as it is compared."""

    sequence: int
    kind: str
    minutes: int
    local_date: str
    ticket_id: UUID | None
    round: int | None
    tranche: int | None
    hour_price_cents: int | None
    reason: str | None


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """Minutes of a closed ticket that one lot paid."""

    minutes: int


class Beyond(msgspec.Struct, frozen=True, kw_only=True):
    """Minutes of a closed ticket beyond the bank, and what they cost."""

    minutes: int
    cents: int


class Debit(msgspec.Struct, frozen=True, kw_only=True):
    """A closed ticket as the statement shows it."""

    ticket_id: UUID
    by_lot: list[Share]
    overages: list[Beyond]


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """The sums of a month, by the statement or by the ledger."""

    opening_minutes: int
    granted_minutes: int
    debited_minutes: int
    expired_minutes: int
    closing_minutes: int
    overage_minutes: int


class Statement(Figures, frozen=True, kw_only=True):
    """The report of hours of a month, as far as it is compared."""

    debits: list[Debit]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line of an invoice, a draft or a credit note."""

    kind: str
    period: str
    cents: int
    minutes: int | None = None
    ticket_id: UUID | None = None


class Invoice(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice, as far as it is compared."""

    invoice_id: UUID
    contract_id: UUID
    number: str
    series: str
    state: str
    month: str
    lines: list[Line]
    total_cents: int
    paid_cents: int
    credited_cents: int
    charge_cancelled: bool


class Sums(msgspec.Struct, frozen=True, kw_only=True):
    """What the list of a contract's invoices says they sum up to."""

    total_cents: int
    paid_cents: int
    credited_cents: int


class CreditNote(msgspec.Struct, frozen=True, kw_only=True):
    """A credit note, as far as it is compared."""

    number: str
    state: str
    lines: list[Line]
    cents: int


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """Money that came for an invoice."""

    cents: int


class History(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an invoice, as far as it is compared."""

    invoice_id: UUID
    payments: list[Payment]
    credit_notes: list[CreditNote]


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """The three books of one contract; `waiting` are the lines of its draft. None: there is no such page yet.

    `ends_on` is what the contract itself says; `histories` are those of the invoices that were made in the month or
    bear lines of it.
    """

    contract_id: UUID
    ends_on: date | None
    statement: Statement | None
    account: Account | None
    entries: list[Entry]
    invoices: list[Invoice]
    listed: Sums
    histories: list[History]
    waiting: list[Line]

    @property
    def credit_notes(self) -> list[CreditNote]:
        """The credit notes against the invoices of the month."""
        return [note for history in self.histories for note in history.credit_notes]


async def check_offer(api: Api) -> None:
    """Raises Answered for a provider that nobody knows here: what is read of it is empty, and empty books agree."""
    await api.get("/v1/offers/hourbank")


async def contracts_of(api: Api) -> list[Contract]:
    """Every contract that is or was in force."""
    every = [msgspec.convert(one, Contract) async for one in _pages(api, "/v1/contracts")]
    return [one for one in every if one.activated_at is not None]


async def credit_note_numbers(api: Api) -> list[str]:
    """The numbers of every credit note of the provider, voided ones, too."""
    return [one["number"] async for one in _pages(api, "/v1/invoices/credit-notes")]


async def books_of(api: Api, contract: Contract, month: str) -> Books:
    """Read the three books of a contract."""
    contract_id = contract.contract_id
    account = f"/v1/accounts/{contract_id}"
    held = await _or_none(api, account)
    said = await _or_none(api, f"{account}/statements/{month}")
    entries = [msgspec.convert(one, Entry) async for one in _pages(api, f"{account}/entries")] if held else []
    listed = await api.get("/v1/invoices", contract_id=str(contract_id), limit=1)
    found = [one async for one in _pages(api, "/v1/invoices", contract_id=str(contract_id))]
    invoices = [msgspec.convert(one, Invoice) for one in found]
    draft = await _or_none(api, f"/v1/contracts/{contract_id}/invoice-draft")
    return Books(
        contract_id=contract_id,
        ends_on=contract.ends_on,
        statement=msgspec.convert(said, Statement) if said else None,
        account=msgspec.convert(held, Account) if held else None,
        entries=entries,
        invoices=invoices,
        listed=msgspec.convert(listed["totals"], Sums),
        histories=[await _history(api, one) for one in invoices if _is_of(one, month)],
        waiting=msgspec.convert(draft["lines"], list[Line]) if draft else [],
    )


def _is_of(invoice: Invoice, month: str) -> bool:
    return invoice.month == month or any(line.period == month for line in invoice.lines)


async def _history(api: Api, invoice: Invoice) -> History:
    return msgspec.convert(await api.get(f"/v1/invoices/{invoice.invoice_id}/history"), History)


async def _or_none(api: Api, path: str) -> Any:
    """What is read there; None when there is nothing."""
    try:
        return await api.get(path)
    except Answered as refusal:
        if refusal.answered_status != httpx.codes.NOT_FOUND:
            raise
        return None


async def _pages(api: Api, path: str, **query: str) -> AsyncIterator[Any]:
    """Every item of a listing, page after page."""
    cursor: dict[str, str] = {}
    while True:
        page = await api.get(path, limit=PAGE, **query, **cursor)
        for one in page["items"]:
            yield one
        if page["next_cursor"] is None:
            return
        cursor = {"cursor": page["next_cursor"]}
