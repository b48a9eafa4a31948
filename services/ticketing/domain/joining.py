"""One request per ticket (N31), one ticket per request (B3): split what is two, merge what is one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from services.ticketing.domain import refusals
from services.ticketing.domain.life import Act, awake, step
from services.ticketing.domain.values import ENDED, State, Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """Two tickets after they became one."""

    merged: Ticket
    survivor: Ticket


def merge(merged: Ticket, survivor: Ticket, *, billable_seconds: int, at: datetime, by: str) -> Merged:
    """End `merged` in favour of `survivor`, which keeps the earliest registration of the two (4.3).

    An unanswered estimate of the one that ends is given up and its hold comes back. Raises CannotMerge, MergeLosesWork.
    """
    if merged.id == survivor.id:
        raise refusals.CannotMerge("a ticket is not merged into itself", field="into_ticket_id")
    if merged.contract_id != survivor.contract_id:
        raise refusals.CannotMerge("the tickets are of different contracts", field="into_ticket_id")
    if survivor.stage in ENDED:
        told = f"ticket {survivor.number} is {survivor.stage.value}: reopen it first"
        raise refusals.CannotMerge(told, field="into_ticket_id")
    if merged.approved or billable_seconds:
        raise refusals.MergeLosesWork("work was agreed or done on this ticket: close it by itself, and link the two")
    stage = step(merged.stage, Act.MERGE)
    given_up = tuple(
        replace(one, state=State.SUPERSEDED, decided_at=at, decided_by=by) if one.is_pending else one
        for one in merged.estimates
    )
    ended = replace(
        awake(merged),
        stage=stage,
        estimates=given_up,
        merged_into=survivor.id,
        auto_close_at=None,
    )
    kept = replace(
        survivor,
        stage=step(survivor.stage, Act.ABSORB),
        registered_at=min(merged.registered_at, survivor.registered_at),
    )
    return Merged(merged=ended, survivor=kept)


def split(origin: Ticket, part: Ticket) -> Ticket:
    """What becomes of a demand that was found to be a request of its own (N31): it bears the origin's registration.

    Nothing that is held or approved for the origin moves: each ticket has its own estimate.
    """
    step(origin.stage, Act.SPLIT)
    return replace(
        part,
        split_from=origin.id,
        registered_at=origin.registered_at,
        detected_at=origin.detected_at,
        opened_by=origin.opened_by,
        source=origin.source,
        asset_id=origin.asset_id,
    )
