"""Why an entry took these minutes: the ledger up to it, and what was told of its ticket (2.1, 2.5)."""

from __future__ import annotations

import asyncio
from uuid import UUID

from services.hourbank import domain, store
from services.hourbank.actions.accounts import look_at_account
from services.hourbank.domain import Entry
from services.hourbank.domain.receipts import Evidence, Receipt, explain
from shared.db import Transaction
from shared.errors import NotFound


class EntryUnknown(NotFound):
    """The ledger has no entry of this number."""

    rule = "2.1"


async def explain_entry(tx: Transaction, *, contract_id: UUID, sequence: int) -> Receipt:
    """The receipt of an entry, worked out anew from the ledger before it. Raises AccountUnknown, EntryUnknown."""
    account = await look_at_account(tx, contract_id=contract_id)
    entries = await store.entries_after(tx, contract_id, after=0, most=sequence)
    if not 0 < sequence == len(entries):
        raise EntryUnknown(f"the ledger has no entry {sequence}")
    evidence = await _evidence(tx, entries[-1], timezone=account.terms.timezone)
    return await asyncio.to_thread(explain, entries, evidence)  # a long ledger: others are served meanwhile


async def _evidence(tx: Transaction, entry: Entry, *, timezone: str) -> Evidence:
    if entry.work is None:
        return Evidence(timezone=timezone)
    ticket_id, number = entry.work.ticket_id, entry.work.round
    charged = domain.overage_id(ticket_id, number, entry.tranche) if entry.tranche is not None else None
    return Evidence(
        timezone=timezone,
        holds=tuple(await store.holds_of(tx, ticket_id)),
        debit=await store.debit_of(tx, ticket_id, number),
        reversals=tuple(await store.reversals_of(tx, ticket_id, number)),
        closing=await store.closing_of(tx, ticket_id, number),
        agreements=tuple(await store.agreements_of(tx, ticket_id)),
        charges=tuple(await store.charges_of(tx, charged)) if charged is not None else (),
    )
