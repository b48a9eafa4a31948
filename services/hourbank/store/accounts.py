"""Loading an account for a command, and saving what the command made of it."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import sqlalchemy as sa

from services.hourbank.domain import Account, Debit, EntryKind, Hold, Policy, Terms, next_due_at
from services.hourbank.store import rows
from services.hourbank.store.tables import IS_LIVE, IS_OPEN, accounts, debits, entries, holds, lots, overages
from shared.db import Transaction
from shared.errors import NotYet


class AccountUnknown(NotYet):
    """No contract of that id was activated here yet, or it is somebody else's."""

    status = 404
    rule = "2.1"


async def add(tx: Transaction, account: Account) -> None:
    """Keep a new account with everything in it."""
    position = rows.position_row(account, version=1) | rows.agreed_row(account)
    await tx.execute(_ADD, rows.terms_row(account.terms) | position | {"tenant": tx.tenant})
    await _append(tx, account)
    _wake(tx, account)


async def terms_of(tx: Transaction, contract_id: UUID) -> Terms | None:
    """What the contract said when its account was opened; None when it was not."""
    row = (await tx.execute(_LOCKED, {"tenant": tx.tenant, "contract_id": contract_id})).first()
    return rows.terms_of(row) if row is not None else None


async def lock(tx: Transaction, contract_id: UUID, *, policy: Policy, ticket_id: UUID | None = None) -> Account:
    """An account for a command: locked, with its live lots and every hold of one ticket. Raises AccountUnknown."""
    key = {"tenant": tx.tenant, "contract_id": contract_id}
    row = (await tx.execute(_LOCKED, key)).first()
    if row is None:
        raise AccountUnknown(f"no account of the contract {contract_id} is here")
    live = await tx.execute(_LIVE_LOTS, key)
    of_ticket = (await tx.execute(_HOLDS_OF_TICKET, key | {"ticket_id": ticket_id})).all() if ticket_id else []
    return rows.account_of(row, policy, lots=live.all(), holds=of_ticket)


async def lock_whole(tx: Transaction, contract_id: UUID, *, policy: Policy) -> Account:
    """As `lock`, with every lot that there ever was: for what goes back to lots that are used up."""
    account = await lock(tx, contract_id, policy=policy)
    every_lot = await tx.execute(_LOTS, {"tenant": tx.tenant, "contract_id": contract_id})
    return replace(account, lots=tuple(map(rows.lot_of, every_lot)))


async def look(tx: Transaction, contract_id: UUID, *, policy: Policy) -> Account:
    """An account to be shown: every lot it ever had, every open hold. Raises AccountUnknown.

    A customer sees the accounts of their own organization.
    """
    key = {"tenant": tx.tenant, "contract_id": contract_id}
    row = _must_be_visible(tx, contract_id, (await tx.execute(_ONE, key)).first())
    every_lot = await tx.execute(_LOTS, key)
    open_holds = await tx.execute(_OPEN_HOLDS, key)
    return rows.account_of(row, policy, lots=every_lot.all(), holds=open_holds.all())


async def check_visible(tx: Transaction, contract_id: UUID) -> None:
    """Raises AccountUnknown when there is no such account, or none that the caller may see."""
    row = (await tx.execute(_ONE, {"tenant": tx.tenant, "contract_id": contract_id})).first()
    _must_be_visible(tx, contract_id, row)


async def save(tx: Transaction, account: Account, *, was: Account) -> None:
    """Append the new entries, bring lots and holds to where they are now, move the account on."""
    key = {"key_tenant": tx.tenant, "key": account.terms.contract_id}
    await tx.execute(_MOVE, rows.position_row(account, version=was.version + 1) | key)
    if account.agreed != was.agreed:
        await tx.execute(_AGREE, rows.agreed_row(account) | key)
    await _append(tx, account)
    await _save_holds(tx, account, was)
    _wake(tx, account)


async def add_debit(tx: Transaction, contract_id: UUID, debit: Debit) -> None:
    """Keep how a closing was paid: one row per ticket and round, one per tranche of overage."""
    owner = {"tenant": tx.tenant, "contract_id": contract_id}
    await tx.execute(_ADD_DEBIT, rows.debit_row(debit) | owner)
    charged = [row | owner for row in rows.overage_rows(debit)]
    if charged:
        await tx.execute(_ADD_OVERAGE, charged)


async def debit_of(
    tx: Transaction, ticket_id: UUID, round_number: int, *, contract_id: UUID | None = None
) -> Debit | None:
    """How a closing was paid; None when it was not yet, or not by the contract that is named."""
    key = {"tenant": tx.tenant, "ticket_id": ticket_id, "round": round_number}
    row = (await tx.execute(_DEBIT, key)).first()
    if row is None or contract_id not in (None, row.contract_id):
        return None
    return rows.debit_of(row, (await tx.execute(_OVERAGES, key)).all())


async def has_holds(tx: Transaction, ticket_id: UUID) -> bool:
    """Whether a ticket was ever estimated here."""
    return (await tx.execute(_ANY_HOLD, {"tenant": tx.tenant, "ticket_id": ticket_id})).first() is not None


def _must_be_visible(tx: Transaction, contract_id: UUID, row: rows.AnyRow | None) -> rows.AnyRow:
    if row is None or tx.organization_id not in (None, row.organization_id):
        raise AccountUnknown(f"no account of the contract {contract_id} is here")
    return row


async def _append(tx: Transaction, account: Account) -> None:
    """Write the entries, and bring the lots that they speak of to the fold of them."""
    if not account.entries:
        return
    owner = {"tenant": tx.tenant, "contract_id": account.terms.contract_id}
    touched = {entry.lot.id for entry in account.entries if entry.lot is not None}
    granted = {entry.lot.id for entry in account.entries if entry.lot is not None and entry.kind is EntryKind.GRANT}
    added = [rows.lot_row(lot) | owner for lot in account.lots if lot.id in granted]
    if added:
        await tx.execute(_ADD_LOT, added)
    moved = [lot for lot in account.lots if lot.id in touched - granted]
    if moved:
        key = {"key_tenant": tx.tenant}
        await tx.execute(_MOVE_LOT, [rows.buckets_row(lot) | key | {"key": lot.id} for lot in moved])
    await tx.execute(_ADD_ENTRY, [rows.entry_row(entry) | owner for entry in account.entries])


async def _save_holds(tx: Transaction, account: Account, was: Account) -> None:
    known = {hold.estimate_id: hold for hold in was.holds}
    for hold in account.holds:
        if hold.estimate_id not in known:
            await _add_hold(tx, account.terms.contract_id, hold)
        elif hold != known[hold.estimate_id]:
            key = {"key_tenant": tx.tenant, "key": hold.estimate_id}
            await tx.execute(_CHANGE_HOLD, rows.state_row(hold) | key)


async def _add_hold(tx: Transaction, contract_id: UUID, hold: Hold) -> None:
    await tx.execute(_ADD_HOLD, rows.hold_row(hold) | {"tenant": tx.tenant, "contract_id": contract_id})


def _wake(tx: Transaction, account: Account) -> None:
    """Tell the jobs' runner when the account is next due."""
    due_at = next_due_at(account)
    tx.falls_due(min(account.statement_due_at, due_at) if due_at else account.statement_due_at)
    reminders = [hold.remind_at for hold in account.holds if hold.remind_at is not None]
    if reminders:
        tx.falls_due(min(reminders))


_tenant = sa.bindparam("tenant", type_=sa.Text)
_contract_id = sa.bindparam("contract_id", type_=sa.Uuid)
_ticket_id = sa.bindparam("ticket_id", type_=sa.Uuid)

_ONE = sa.select(accounts).where(accounts.c.tenant == _tenant, accounts.c.contract_id == _contract_id)
_LOCKED = _ONE.with_for_update()
_LOTS = (
    sa.select(lots)
    .where(lots.c.tenant == _tenant, lots.c.contract_id == _contract_id)
    .order_by(lots.c.expires_date, lots.c.effective_date, lots.c.seq)
)
_LIVE_LOTS = _LOTS.where(IS_LIVE)
_HOLDS = (
    sa.select(holds)
    .where(holds.c.tenant == _tenant, holds.c.contract_id == _contract_id)
    .order_by(holds.c.published_at, holds.c.number)
)
_OPEN_HOLDS = _HOLDS.where(IS_OPEN)
_HOLDS_OF_TICKET = _HOLDS.where(holds.c.ticket_id == _ticket_id)
_ANY_HOLD = sa.select(holds.c.estimate_id).where(holds.c.tenant == _tenant, holds.c.ticket_id == _ticket_id).limit(1)
_DEBIT = sa.select(debits).where(
    debits.c.tenant == _tenant, debits.c.ticket_id == _ticket_id, debits.c.round == sa.bindparam("round")
)
_OVERAGES = (
    sa.select(overages)
    .where(overages.c.tenant == _tenant, overages.c.ticket_id == _ticket_id, overages.c.round == sa.bindparam("round"))
    .order_by(overages.c.tranche)
)

_ADD = sa.insert(accounts)
_MOVE = (
    sa.update(accounts)
    .where(accounts.c.tenant == sa.bindparam("key_tenant"), accounts.c.contract_id == sa.bindparam("key"))
    .values(
        {
            name: sa.bindparam(name)
            for name in (
                "reached",
                "next_cycle",
                "next_statement",
                "stated_until",
                "lots_granted",
                "last_sequence",
                "alert",
                "version",
                "next_due_at",
                "statement_due_at",
                "cycle_minutes",
                "put_off_until",
            )
        }
    )
)
_AGREE = (
    sa.update(accounts)
    .where(accounts.c.tenant == sa.bindparam("key_tenant"), accounts.c.contract_id == sa.bindparam("key"))
    .values(agreed=sa.bindparam("agreed"))
)
_ADD_LOT = sa.insert(lots)
_MOVE_LOT = (
    sa.update(lots)
    .where(lots.c.tenant == sa.bindparam("key_tenant"), lots.c.lot_id == sa.bindparam("key"))
    .values(
        {
            name: sa.bindparam(name)
            for name in (
                "available_minutes",
                "held_minutes",
                "consumed_minutes",
                "expired_minutes",
                "voided_minutes",
            )
        }
    )
)
_ADD_HOLD = sa.insert(holds)
_CHANGE_HOLD = (
    sa.update(holds)
    .where(holds.c.tenant == sa.bindparam("key_tenant"), holds.c.estimate_id == sa.bindparam("key"))
    .values(state=sa.bindparam("state"), shares=sa.bindparam("shares"), remind_at=sa.bindparam("remind_at"))
)
_ADD_ENTRY = sa.insert(entries)
_ADD_DEBIT = sa.insert(debits)
_ADD_OVERAGE = sa.insert(overages)
