"""What becomes of the contracts whose demands are registered here: they begin, change, are suspended, end."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from services.ticketing import store
from services.ticketing.domain import Contract
from shared.db import Transaction
from shared.errors import NotYet


async def note_contract(tx: Transaction, *, contract: Contract) -> None:
    """Remember whose demands may be registered (N12)."""
    await store.keep_contract(tx, contract)


async def change_contract(tx: Transaction, *, contract_id: UUID, change: Callable[[Contract], Contract]) -> None:
    """Remember what became of a contract; tickets that are open keep what they were opened with (2.8).

    Raises NotYet for a contract that has not been heard of.
    """
    known = await store.contract_by_id(tx, contract_id)
    if known is None:
        raise NotYet(f"contract {contract_id} has not begun here")
    await store.keep_contract(tx, change(known.contract))
