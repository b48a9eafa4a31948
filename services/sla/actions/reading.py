"""What people look at."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from services.sla import domain, store
from services.sla.domain import Board, Clock, Explanation, Standing
from services.sla.store import BOARD_MOST, Owed
from shared.db import Transaction
from shared.errors import NotFound


class NoSuchClock(NotFound):
    """There is no such clock, or it belongs to somebody else."""


async def read_clock(tx: Transaction, *, clock_id: UUID) -> Clock:
    """One clock that the asker may see. Raises NoSuchClock."""
    clock = await store.find(tx, clock_id)
    if clock is None:
        raise NoSuchClock("there is no such clock")
    return clock


async def explain_clock(tx: Transaction, *, clock_id: UUID) -> Explanation:
    """Why a clock that the asker may see falls due when it does, from the facts of its ticket. Raises NoSuchClock."""
    clock = await read_clock(tx, clock_id=clock_id)
    facts = await store.facts_of(tx, clock.ticket_id)
    ticket = domain.fold(facts, await store.book_of(tx, domain.named_in(facts)))
    wound = next(one for one in ticket.wound if one.clock.id == clock_id)
    return domain.explain(wound, clock, ticket.waits, now=tx.now)


async def look_at_board(tx: Transaction) -> Board:
    """What is owed to whom the asker may see, in the order of risk."""
    parts = [await store.broken(tx), await store.running(tx), await store.paused(tx)]
    broken, running, paused = [await _standing(tx, part[:BOARD_MOST]) for part in parts]
    is_cut = any(len(part) > BOARD_MOST for part in parts)
    return Board(at=tx.now, broken=broken, running=running, paused=paused, is_cut=is_cut)


async def _standing(tx: Transaction, owed: Sequence[Owed]) -> tuple[Standing, ...]:
    book = await store.book_of(tx, {one.ref for one in owed})
    return tuple(
        domain.standing(
            one.clock,
            book[one.ref].calendars[one.clock.calendar_name].counting(one.clock.counting),
            now=tx.now,
        )
        for one in owed
    )
