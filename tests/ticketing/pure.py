"""Tickets and offers without a database, for the rules alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid5

from services.ticketing.domain import Estimate, Hold, Kind, State, Status, Ticket, estimates
from tests.ticketing.desk import ACME, CONTRACT, SPACE, at, section

NEXT4 = section("next4")
BLOCKTIME = section("blocktime")
POLICY = NEXT4.rounding.fixed(1)
NOON = at("2026-11-10T12:00")


def a_ticket(**changes: Any) -> Ticket:
    """A ticket that was just registered, or further on."""
    ticket = Ticket(
        id=uuid5(SPACE, "ticket"),
        number=1,
        contract_id=CONTRACT,
        organization_id=ACME,
        plan_code="START",
        queue_rank=4,
        channel="portal",
        source="customer",
        area=None,
        item=None,
        hosting=None,
        subject="x",
        registered_at=NOON,
        detected_at=None,
        opened_by="customer-1",
    )
    return replace(ticket, **changes)


def an_approved(minutes: int, number: int = 1) -> Estimate:
    """An estimate that was approved."""
    return Estimate(
        id=uuid5(SPACE, f"estimate {number}"),
        number=number,
        round=1,
        kind=Kind.INITIAL,
        minutes=minutes,
        justification=None,
        state=State.APPROVED,
        published_at=NOON,
        published_by="agent-1",
    )


def in_progress(minutes: int) -> Ticket:
    """A ticket with so many minutes approved."""
    return a_ticket(stage=Status.IN_PROGRESS, estimates=(an_approved(minutes),))


def publish(ticket: Ticket, minutes: int, *, why: str | None = None, at: datetime = NOON) -> Ticket:
    """The next estimate of a ticket."""
    name = f"estimate {len(ticket.estimates) + 1} of {ticket.round}"
    return estimates.publish(
        ticket,
        estimate_id=uuid5(SPACE, name),
        minutes=minutes,
        justification=why,
        at=at,
        by="agent-1",
        offer=NEXT4,
        policy=POLICY,
    )


def hold(ticket: Ticket, *, held: int) -> Hold:
    """The bank's answer to the pending estimate, at R$ 230.00 an hour."""
    assert ticket.pending is not None
    over = ticket.pending.minutes - held
    return Hold(
        estimate_id=ticket.pending.id,
        minutes_held=held,
        minutes_over=over,
        hour_price_cents=23000,
        overage_cents=(2 * over * 23000 + 60) // 120,
    )


def later(days: int) -> datetime:
    """So many days after noon."""
    return NOON + timedelta(days=days)
