"""What may become a ticket: channel, area, catalogue, hosting, form and criticality, by the provider's offer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from services.ticketing.domain import refusals
from services.ticketing.domain.values import Contract, Status, Ticket
from services.ticketing.offer import Ruling, Section
from shared.errors import Invalid

MONITORING = "monitoring"  # the channel of machines that watch (B17)
DETECTED_MOST_DAYS = 30  # what was seen longer ago is no alert


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What somebody asks for, before it is a ticket; `fields` are the form's answers (N37).

    `asset_id` names what it is about; `check` the check of it that monitoring saw fail (B17); `template` brings a
    checklist, for the local date `planned_on` (B50); `recurrence_id` is what opens it again and again (N13).
    """

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
    asset_id: UUID | None = None
    check: str | None = None
    template: str | None = None
    planned_on: date | None = None
    recurrence_id: UUID | None = None
    on_critical: bool = False

    @property
    def source(self) -> str:
        """Who noticed: customer, staff or monitoring (B17)."""
        if self.channel == MONITORING:
            return MONITORING
        return "customer" if self.by_customer else "staff"


def register(
    demand: Demand,
    *,
    ticket_id: UUID,
    contract: Contract,
    offer: Section,
    at: datetime,
    by: str,
    is_part: bool = False,
) -> Ticket:
    """Make a ticket of a demand (N14, B22), or say which rule keeps it out; its number is given when it is kept.

    `is_part`: it was agreed upon before (N13, N31), so its channel and form are not asked. It enters level 1 (B24).
    """
    _admit(offer, demand, contract=contract, at=at, is_part=is_part)
    priority = criticality(offer, impact=demand.impact, operation=demand.operation, on_critical=demand.on_critical)
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
        asset_id=demand.asset_id,
        monitor_check=demand.check,
        template=demand.template,
        planned_on=demand.planned_on,
        recurrence_id=demand.recurrence_id,
        priority=priority,
        stage=Status.REGISTERED if priority is None else Status.TRIAGED,
    )


def _admit(offer: Section, demand: Demand, *, contract: Contract, at: datetime, is_part: bool) -> None:
    if demand.by_customer and (demand.impact is not None or demand.operation is not None):
        raise refusals.OnlyStaffTriages("the team classifies a request after reading it", field="impact")
    if contract.is_over(at):
        raise refusals.ContractEnded(f"the contract ended on {contract.ends_on}", field="contract_id")
    if not is_part:
        _check_channel(offer, demand)
        if demand.channel != MONITORING:  # a machine fills no form
            _check_form(offer, demand.fields)
    check_what(offer, area=demand.area, item=demand.item)
    _check_hosting(offer, demand.hosting)
    if demand.detected_at is None:
        return
    if demand.channel != MONITORING:
        raise Invalid("only monitoring says when it detected a problem", field="detected_at", rule="B17")
    check_detected(demand.detected_at, at=at)


def check_detected(seen: datetime, *, at: datetime) -> datetime:
    """The instant at which a problem was seen, in UTC: it lies behind, and not far (B17). Raises Invalid."""
    if not at - timedelta(days=DETECTED_MOST_DAYS) <= seen <= at:
        told = f"a problem was detected before now, within the last {DETECTED_MOST_DAYS} days"
        raise Invalid(told, field="detected_at", rule="B17")
    return seen.astimezone(UTC)


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


def criticality(
    offer: Section,
    *,
    priority: str | None = None,
    impact: str | None,
    operation: str | None,
    on_critical: bool = False,
) -> str | None:
    """The priority that was said, or that follows from impact and operation; None when nothing was said.

    `on_critical`: it is about a critical asset, whose problems have the offer's impact for it at least (B15). Raises
    PriorityUnknown.
    """
    if priority is not None:
        if priority not in offer.priorities:
            known = f"the priorities are {', '.join(offer.priorities)}" if offer.priorities else "there are none here"
            raise refusals.PriorityUnknown(known, field="priority")
        return priority
    if impact is None and operation is None:
        return None
    if impact is None or operation is None:
        raise refusals.PriorityUnknown("impact and operation are said together", field="impact")
    found = [priority_for(offer, impact=impact, operation=operation)]
    if on_critical and offer.triage.critical_impact is not None:
        found.append(priority_for(offer, impact=offer.triage.critical_impact, operation=operation))
    return min(found, key=lambda one: offer.priorities[one].rank)
