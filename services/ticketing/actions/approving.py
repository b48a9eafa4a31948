"""Answers by a signed link: what is asked is shown as it stands now, and answered once (A-01 to A-08)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.ticketing import store
from services.ticketing.actions.estimating import decide_estimate
from services.ticketing.domain import Answered, Estimate, Ticket, approving
from services.ticketing.domain.approving import Asked
from services.ticketing.offer import Section
from shared import offers
from shared.db import Transaction
from shared.errors import NotFound
from shared.events.links import ApprovalLink

ORIGINS_KEPT = timedelta(days=183)  # six months, as logs of access (5.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a link asks, with the ticket and the estimate as they are now."""

    ticket: Ticket
    estimate: Estimate
    asked: Asked


async def read_link(tx: Transaction, *, link: ApprovalLink) -> Question:
    """What the link asks, as it stands now; nothing changes (A-01). Raises NotFound."""
    ticket = await store.one(tx, link.ticket_id)
    one = _estimate(ticket, link)
    return Question(ticket=ticket, estimate=one, asked=approving.asked(ticket, one, offer=await _offer(tx)))


async def answer_link(
    tx: Transaction, *, link: ApprovalLink, approves: bool, reason: str | None, answer: Answered
) -> Ticket:
    """The approver's answer, once: whoever comes second learns what was decided (A-01, A-02, A-08)."""
    one = _estimate(await store.one(tx, link.ticket_id), link)
    return await decide_estimate(
        tx,
        ticket_id=link.ticket_id,
        version=None,
        number=one.number,
        approves=approves,
        reason=reason,
        answer=answer,
    )


async def next_origin(tx: Transaction) -> datetime | None:
    """When the oldest origin of an approval is to be forgotten, at the full hour after that."""
    oldest = await store.next_origin(tx)
    if oldest is None:
        return None
    return (oldest + ORIGINS_KEPT).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


async def forget_origins(tx: Transaction) -> int:
    """Forget from where old approvals came; that they were given, by whom and to what, stays."""
    return await store.forget_origins(tx, before=tx.now - ORIGINS_KEPT)


async def _offer(tx: Transaction) -> Section:
    return await offers.current(tx, Section)


def _estimate(ticket: Ticket, link: ApprovalLink) -> Estimate:
    for one in ticket.estimates:
        if one.id == link.estimate_id:
            return one
    raise NotFound("there is no such approval: use the link as it came")
