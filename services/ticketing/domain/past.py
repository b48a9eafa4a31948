"""Tickets of an older system: what was closed there is history here, what is open there begins here anew.

History tells nobody anything: no clock runs for it, no minute is debited, no letter is written. What is still open is
registered today, as any demand is: the promises of this house run from today on (B12, B22).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import NAMESPACE_OID, UUID, uuid5

from services.ticketing.domain import intake, life
from services.ticketing.domain.intake import Demand
from services.ticketing.domain.privacy import TICKETS_KEPT
from services.ticketing.domain.values import Contract, Status, Ticket
from shared.errors import Invalid

if TYPE_CHECKING:
    from services.ticketing.offer import Section


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A ticket as an older system has it; `closed_at` None: it is still open. `opened_by` None: who brings it."""

    reference: str
    contract_id: UUID
    channel: str
    subject: str
    description: str
    registered_at: datetime
    closed_at: datetime | None = None
    area: str | None = None
    item: str | None = None
    priority: str | None = None
    opened_by: str | None = None


def id_of(tenant: str, reference: str) -> UUID:
    """The ticket that an older system calls so: one, however often it is brought."""
    return uuid5(NAMESPACE_OID, f"{tenant}/ticket/{reference}")


def begin(past: Past, *, tenant: str, contract: Contract, offer: Section, at: datetime, by: str) -> Ticket:
    """The ticket as it is registered here, before its history is closed. Raises Invalid, and for an open one the rules
    of the intake, but for channel and form: they were asked in the older system.
    """
    _check_times(past, at=at)
    if past.priority is not None:
        intake.criticality(offer, priority=past.priority, impact=None, operation=None)
    ticket_id, opened_by = id_of(tenant, past.reference), past.opened_by or by
    demand = Demand(
        channel=past.channel,
        by_customer=False,
        subject=past.subject,
        area=past.area,
        item=past.item,
        hosting=None,
        fields={},
    )
    if past.closed_at is None:
        ticket = intake.register(
            demand, ticket_id=ticket_id, contract=contract, offer=offer, at=at, by=opened_by, is_part=True
        )
        return ticket if past.priority is None else life.triage(ticket, priority=past.priority)
    return Ticket(
        id=ticket_id,
        number=0,
        contract_id=contract.id,
        organization_id=contract.organization_id,
        plan_code=contract.plan_code,
        queue_rank=contract.queue_rank,
        channel=past.channel,
        source=life.HISTORY,
        area=past.area,
        item=past.item,
        hosting=None,
        subject=past.subject,
        registered_at=past.registered_at.astimezone(UTC),
        detected_at=None,
        opened_by=opened_by,
        priority=past.priority,
    )


def end(ticket: Ticket, *, closed_at: datetime) -> Ticket:
    """History, closed when it was."""
    at = closed_at.astimezone(UTC)
    return replace(ticket, stage=Status.CLOSED, resolved_at=at, closed_at=at)


def differences(past: Past, known: Ticket) -> list[str]:
    """The fields in which a ticket that was brought before is otherwise; one that was open may have gone on since."""
    pairs: dict[str, tuple[object, object]] = {
        "contract_id": (past.contract_id, known.contract_id),
        "subject": (past.subject, known.subject),
    }
    if past.closed_at is not None or known.source == life.HISTORY:
        pairs["registered_at"] = (past.registered_at, known.registered_at)
        pairs["closed_at"] = (past.closed_at, known.closed_at)
        pairs["priority"] = (past.priority, known.priority)
    return [name for name, (given, kept) in pairs.items() if given != kept]


def _check_times(past: Past, *, at: datetime) -> None:
    if past.registered_at > at:
        raise Invalid("a ticket was registered by now", field="registered_at", rule="B22")
    if past.closed_at is None:
        return
    if not past.registered_at <= past.closed_at <= at:
        raise Invalid("a ticket is closed after it was registered, and by now", field="closed_at", rule="B22")
    if past.closed_at < at - TICKETS_KEPT:
        raise Invalid("a ticket is kept for five years after its close: leave it out", field="closed_at", rule="5.1")
