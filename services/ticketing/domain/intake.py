"""What may become a ticket: channel, area, catalogue, hosting, form and criticality, by the provider's offer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.ticketing.domain import refusals
from services.ticketing.domain.values import Contract, Status, Ticket
from services.ticketing.offer import Ruling, Section
from shared.errors import Invalid

MONITORING = "monitoring"  # the channel of machines that watch (B17)
DETECTED_MOST_DAYS = 30  # what was seen longer ago is no alert


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What somebody asks for, before it is a ticket; `fields` are the form's answers (N37)."""

    channel: str
    by_customer: bool
    subject: str
    area: str | None
    item: str | None
    hosting: str | None
    fields: Mapping[str, str]
    impact: str | None = None
    operation: str | None = None
    detected_at: datetime | None = None

    @property
    def source(self) -> str:
        """Who noticed: customer, staff or monitoring (B17)."""
        if self.channel == MONITORING:
            return MONITORING
        return "customer" if self.by_customer else "staff"


def register(demand: Demand, *, ticket_id: UUID, contract: Contract, offer: Section, at: datetime, by: str) -> Ticket:
    """Make a ticket of a demand (N14, B22), or say which rule keeps it out; its number is given when it is kept.

    Staff and monitoring may classify it at once, customers do not (B25). It enters the first level's queue (B24).
    """
    _admit(offer, demand, at=at)
    if demand.by_customer and (demand.impact is not None or demand.operation is not None):
        raise refusals.OnlyStaffTriages("the team classifies a request after reading it", field="impact")
    priority = criticality(offer, priority=None, impact=demand.impact, operation=demand.operation)
    return Ticket(
        id=ticket_id,
        number=0,
        contract_id=contract.id,
        organization_id=contract.organization_id,
        plan_code=contract.plan_code,
        queue_rank=contract.queue_rank,
        channel=demand.channel,
        source=demand.source,
        area=demand.area,
        item=demand.item,
        hosting=demand.hosting,
        subject=demand.subject,
        registered_at=at,
        detected_at=demand.detected_at.astimezone(UTC) if demand.detected_at else None,
        opened_by=by,
        priority=priority,
        stage=Status.REGISTERED if priority is None else Status.TRIAGED,
    )


def _admit(offer: Section, demand: Demand, *, at: datetime) -> None:
    _check_channel(offer, demand)
    check_what(offer, area=demand.area, item=demand.item)
    _check_hosting(offer, demand.hosting)
    _check_form(offer, demand.fields)
    seen = demand.detected_at
    if seen is None:
        return
    if demand.channel != MONITORING:
        raise Invalid("only monitoring says when it detected a problem", field="detected_at", rule="B17")
    if not at - timedelta(days=DETECTED_MOST_DAYS) <= seen <= at:
        told = f"a problem was detected before now, within the last {DETECTED_MOST_DAYS} days"
        raise Invalid(told, field="detected_at", rule="B17")


def _check_channel(offer: Section, demand: Demand) -> None:
    channel = offer.channels.get(demand.channel)
    if channel is None:
        raise refusals.ChannelUnknown(f"the channels are {', '.join(offer.channels)}", field="channel")
    if not channel.intake:
        told = offer.say(channel.closed_text) if channel.closed_text else "no request begins in this channel"
        raise refusals.IntakeClosed(told, field="channel")
    who = "customer" if demand.by_customer else "staff"
    if who not in channel.opened_by:
        raise refusals.IntakeClosed(f"requests of this channel are not registered by {who}", field="channel")


def check_what(offer: Section, *, area: str | None, item: str | None) -> None:
    """Refuse an area or item that the provider does not have or does not do (N2, N43, N44)."""
    if area is not None and area not in offer.areas:
        raise Invalid(f"the areas are {', '.join(offer.areas)}", field="area", rule="N2")
    if item is None:
        return
    row = offer.catalogue.get(item)
    if row is None:
        raise Invalid(f"the catalogue has no {item!r}", field="item", rule="N43")
    if row.ruling is Ruling.EXCLUDED:
        told = offer.say(row.reason or row.name)
        raise refusals.NotDone(told, field="item")


def _check_hosting(offer: Section, hosting: str | None) -> None:
    if hosting is not None and offer.hostings.others_refused and hosting not in offer.hostings.homologated:
        known = ", ".join(offer.hostings.homologated)
        raise refusals.UnsupportedHosting(f"the homologated hostings are {known}", field="hosting")


def _check_form(offer: Section, fields: Mapping[str, str]) -> None:
    known = {field.code: field for field in offer.form}
    for code in fields:
        if code not in known:
            raise Invalid(f"the form's fields are {', '.join(known)}", field=f"fields.{code}", rule="N37")
    for code, field in known.items():
        given = fields.get(code, "")
        if field.required and not given.strip():
            raise Invalid(f"{offer.say(field.name)}: an answer is needed", field=f"fields.{code}", rule="N37")
        if len(given) > field.most_characters:
            told = f"an answer has {field.most_characters} characters at most"
            raise Invalid(told, field=f"fields.{code}", rule="N37")


def priority_for(offer: Section, *, impact: str, operation: str) -> str:
    """The priority of the triage matrix (B13, B15, B16, B25). Raises PriorityUnknown."""
    priority = offer.triage.matrix.get(impact, {}).get(operation)
    if priority is None:
        known = f"impacts are {', '.join(offer.triage.impacts)}; operations are {', '.join(offer.triage.operations)}"
        raise refusals.PriorityUnknown(f"the matrix has no such row: {known}", field="impact")
    return priority


def criticality(offer: Section, *, priority: str | None, impact: str | None, operation: str | None) -> str | None:
    """The priority that was said, or that follows from impact and operation; None when nothing was said.

    Raises PriorityUnknown.
    """
    if priority is not None:
        if priority not in offer.priorities:
            raise refusals.PriorityUnknown(f"the priorities are {', '.join(offer.priorities)}", field="priority")
        return priority
    if impact is None and operation is None:
        return None
    if impact is None or operation is None:
        raise refusals.PriorityUnknown("impact and operation are said together", field="impact")
    return priority_for(offer, impact=impact, operation=operation)
