"""What is kept beside the entries, looked at and put right; each account under its own lock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import msgspec
import sqlalchemy as sa

from services.hourbank.domain import Entry, Lot
from services.hourbank.store import rows
from services.hourbank.store.readings import Due
from services.hourbank.store.tables import accounts, debits, entries, holds, lots
from shared.db import Json, Transaction
from shared.events.hourbank import LotShare


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How far an account's row says that its ledger is."""

    last_sequence: int
    lots_granted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptHold:
    """What is kept of an estimate: what lies held for it."""

    estimate_id: UUID
    shares: tuple[LotShare, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptDebit:
    """What is kept of a closed round: which lots paid it."""

    ticket_id: UUID
    round: int
    by_lot: tuple[LotShare, ...]


async def every_account(tx: Transaction) -> Sequence[Due]:
    """Every account of every provider."""
    return [Due(tenant=row.tenant, contract_id=row.contract_id) for row in await tx.execute(_ACCOUNTS)]


async def counted(tx: Transaction, contract_id: UUID) -> Counted | None:
    """Lock an account and say how far it is; None when it is gone."""
    row = (await tx.execute(_COUNTED, {"key": contract_id})).first()
    return Counted(last_sequence=row.last_sequence, lots_granted=row.lots_granted) if row is not None else None


async def whole_ledger(tx: Transaction, contract_id: UUID) -> list[Entry]:
    """Every entry of an account, in order."""
    return [rows.entry_of(row) for row in await tx.execute(_ENTRIES, {"key": contract_id})]


async def kept_lots(tx: Transaction, contract_id: UUID) -> list[Lot]:
    """The lots as they are kept, in draw order."""
    return [rows.lot_of(row) for row in await tx.execute(_LOTS, {"key": contract_id})]


async def kept_holds(tx: Transaction, contract_id: UUID) -> list[KeptHold]:
    """The holds as they are kept."""
    return [
        KeptHold(estimate_id=row.estimate_id, shares=_shares_of(row.shares))
        for row in await tx.execute(_HOLDS, {"key": contract_id})
    ]


async def kept_debits(tx: Transaction, contract_id: UUID) -> list[KeptDebit]:
    """The debits as they are kept."""
    return [
        KeptDebit(ticket_id=row.ticket_id, round=row.round, by_lot=_shares_of(row.by_lot))
        for row in await tx.execute(_DEBITS, {"key": contract_id})
    ]


async def put_counts(tx: Transaction, contract_id: UUID, right: Counted) -> None:
    """Set how far the ledger is."""
    row = {"key": contract_id, "new_last_sequence": right.last_sequence, "new_lots_granted": right.lots_granted}
    await tx.execute(_PUT_COUNTS, row)


async def put_lot(tx: Transaction, contract_id: UUID, lot_id: UUID, right: Lot | None) -> None:
    """Put a lot in the place of what was kept of it; None: there is no such lot."""
    await tx.execute(_DROP_LOT, {"key": lot_id})
    if right is not None:
        await tx.execute(_PUT_LOT, rows.lot_row(right) | {"tenant": tx.tenant, "contract_id": contract_id})


async def put_hold(tx: Transaction, right: KeptHold) -> None:
    """Set what lies held for an estimate."""
    await tx.execute(_PUT_HOLD, {"key": right.estimate_id, "new_shares": msgspec.to_builtins(right.shares)})


async def put_debit(tx: Transaction, right: KeptDebit) -> None:
    """Set which lots paid a closed round."""
    key = {"key": right.ticket_id, "key_round": right.round}
    await tx.execute(_PUT_DEBIT, key | {"new_by_lot": msgspec.to_builtins(right.by_lot)})


def _shares_of(kept: object) -> tuple[LotShare, ...]:
    return msgspec.convert(kept, tuple[LotShare, ...])


_key = sa.bindparam("key", type_=sa.Uuid)
_ACCOUNTS = sa.select(accounts.c.tenant, accounts.c.contract_id).order_by(accounts.c.contract_id)
_COUNTED = (
    sa.select(accounts.c.last_sequence, accounts.c.lots_granted).where(accounts.c.contract_id == _key).with_for_update()
)
_ENTRIES = sa.select(entries).where(entries.c.contract_id == _key).order_by(entries.c.sequence)
_LOTS = (
    sa.select(lots).where(lots.c.contract_id == _key).order_by(lots.c.expires_date, lots.c.effective_date, lots.c.seq)
)
_HOLDS = sa.select(holds.c.estimate_id, holds.c.shares).where(holds.c.contract_id == _key).order_by(holds.c.estimate_id)
_DEBITS = (
    sa.select(debits.c.ticket_id, debits.c.round, debits.c.by_lot)
    .where(debits.c.contract_id == _key)
    .order_by(debits.c.ticket_id, debits.c.round)
)
_PUT_COUNTS = (
    sa.update(accounts)
    .where(accounts.c.contract_id == _key)
    .values(last_sequence=sa.bindparam("new_last_sequence"), lots_granted=sa.bindparam("new_lots_granted"))
)
_DROP_LOT = sa.delete(lots).where(lots.c.lot_id == _key)
_PUT_LOT = sa.insert(lots)
_PUT_HOLD = sa.update(holds).where(holds.c.estimate_id == _key).values(shares=sa.bindparam("new_shares", type_=Json))
_PUT_DEBIT = (
    sa.update(debits)
    .where(debits.c.ticket_id == _key, debits.c.round == sa.bindparam("key_round"))
    .values(by_lot=sa.bindparam("new_by_lot", type_=Json))
)
