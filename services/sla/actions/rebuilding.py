"""What is derived of a ticket built anew from its facts and from what was announced; what differs is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.sla import domain, store
from services.sla.domain import Clock, Ticket
from services.sla.store import rebuilding as kept_rows
from shared.calendar import BusinessCalendar
from shared.db import Transaction

Row = Mapping[str, Any]
A_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Something that was kept otherwise than the facts say: None where there is nothing."""

    what: str
    kept: str
    rebuilt: str


async def rebuild_ticket(tx: Transaction, *, ticket_id: UUID, only_look: bool) -> list[Difference]:
    """Fold a ticket's facts and compare its clocks and time-boxes with what is kept; put right what differs.

    Its clocks are locked meanwhile. What was put off until a calendar opens (S-32) stays put off: that is decided when
    it falls due, and no fact says it.
    """
    await store.lock_of_ticket(tx, ticket_id)
    facts = await store.facts_of(tx, ticket_id)
    ticket = domain.fold(facts, await store.book_of(tx, domain.named_in(facts)))
    said = await store.said_of_ticket(tx, ticket_id)
    clocks = [domain.reconcile(clock, said.get(clock.id)) for clock in ticket.clocks]
    found = await _clocks(tx, ticket, clocks, only_look=only_look)
    boxes = await kept_rows.boxes(tx, ticket_id)
    wanted = await kept_rows.wanted_boxes(tx, ticket.opened, ticket.boxes)
    differing = [
        _difference(f"time-box {name}", boxes.get(name), wanted.get(name))
        for name in sorted({*boxes, *wanted})
        if boxes.get(name) != wanted.get(name)
    ]
    if differing and not only_look:
        await store.keep_boxes(tx, ticket.opened, ticket.boxes)
    return found + differing


async def _clocks(tx: Transaction, ticket: Ticket, clocks: list[Clock], *, only_look: bool) -> list[Difference]:
    kept = await kept_rows.clocks(tx, ticket.opened.ticket_id)
    wanted = {clock.id: store.row_of(tx.tenant, clock) for clock in clocks}
    found = []
    for clock_id in sorted({*kept, *wanted}):
        was, right = kept.get(clock_id), wanted.get(clock_id)
        if was is not None and right is not None and _is_put_off(ticket, was, right, now=tx.now):
            right = right | {"next_due_at": was["next_due_at"]}
        if was != right:
            found.append(_difference(f"clock {clock_id}", was, right))
            if not only_look:
                await kept_rows.put_clock(tx, clock_id, right, is_new=was is None)
    return found


def _is_put_off(ticket: Ticket, was: Row, right: Row, *, now: datetime) -> bool:
    """Whether a clock waits for an opening of its calendar after its level's instant, at most for the next one."""
    wound = next(one for one in ticket.wound if one.clock.id == was["id"])
    calendars = ticket.terms.calendars.get(wound.clock.calendar_name)
    due, until = right["next_due_at"], was["next_due_at"]
    if calendars is None or not wound.clock.is_quiet or due is None or until is None or not due < until:
        return False
    return until <= calendars.hours.next_open(now) and _opens_at(calendars.hours, until)


def _opens_at(hours: BusinessCalendar, instant: datetime) -> bool:
    return hours.is_open(instant) and not hours.is_open(instant - A_MOMENT)


def _difference(what: str, was: Row | None, right: Row | None) -> Difference:
    names = sorted(name for name in {*(was or {}), *(right or {})} if (was or {}).get(name) != (right or {}).get(name))
    kept, rebuilt = (
        "nothing" if row is None else ", ".join(f"{name} {row[name]}" for name in names) for row in (was, right)
    )
    return Difference(what=what, kept=kept, rebuilt=rebuilt)
