"""What is told of a contract's life: its plan, its prices, its pauses, its end (2.8, 2.9, 3.9, B45-B47).

These are notices that a customer has a right to: no topic switches them off (5.2).
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from services.notify.domain.contract_news import to_customer
from services.notify.domain.values import Count, Day, Hours, Money, News, Template, Topic, Values, Words, said
from shared.events.billing import (
    CancellationRequested,
    CancellationWithdrawn,
    ContractEvent,
    ContractResumed,
    ContractSuspended,
    ContractTerminated,
    HoursPurchased,
    PlanChanged,
    PlanChangeEvent,
    PlanChangeScheduled,
    PlanChangeWithdrawn,
    PriceAdjusted,
)
from shared.events.hourbank import TerminationNear

AT_ONCE = "immediate_prorated"


def of_plan_change_scheduled(event: PlanChangeScheduled) -> News | None:
    """A change of plan was decided for later; one that holds at once is told when it holds."""
    if event.mode == AT_ONCE:
        return None
    return _notice(event, Template.PLAN_CHANGE_SCHEDULED, at=event.decided_at, values=_plan(event))


def of_plan_changed(event: PlanChanged) -> News:
    """The contract is of another plan now."""
    return _notice(event, Template.PLAN_CHANGED, at=event.changed_at, values=_plan(event))


def of_plan_change_withdrawn(event: PlanChangeWithdrawn) -> News:
    """The plan stays as it is."""
    return _notice(event, Template.PLAN_CHANGE_WITHDRAWN, at=event.withdrawn_at, values=())


def of_price_adjusted(event: PriceAdjusted) -> News:
    """The prices from a date on, told 30 days ahead (B47, 3.9); hours that are approved keep their price (S35)."""
    has_fee = event.plan_price_cents or event.previous_plan_price_cents
    has_hour = event.full_hour_price_cents or event.previous_full_hour_price_cents
    return _notice(
        event,
        Template.PRICE_ADJUSTED,
        at=event.announced_at,
        values=said(
            index_name=Words(event.index_name),
            effective_date=Day(event.effective_date),
            plan_price=Money(event.plan_price_cents) if has_fee else None,
            previous_plan_price=Money(event.previous_plan_price_cents) if has_fee else None,
            hour_price=Money(event.full_hour_price_cents) if has_hour else None,
            previous_hour_price=Money(event.previous_full_hour_price_cents) if has_hour else None,
        ),
    )


def of_cancellation_requested(event: CancellationRequested) -> News:
    """Notice was received, and until when the contract runs (B46); the hours that are left are told beside it."""
    values = said(received_date=Day(event.received_date), last_day=_last_day(event.effective_date))
    return _notice(event, Template.CANCELLATION_REQUESTED, at=event.requested_at, values=values)


def of_cancellation_withdrawn(event: CancellationWithdrawn) -> News:
    """The contract goes on."""
    return _notice(event, Template.CANCELLATION_WITHDRAWN, at=event.withdrawn_at, values=())


def of_termination_near(event: TerminationNear) -> News:
    """What the customer still has while notice runs (2.9)."""
    return to_customer(
        event,
        Template.TERMINATION_NEAR,
        topic=None,
        path=f"accounts/{event.contract_id}",
        at=None,
        values=said(
            available=Hours(event.available_minutes),
            held=Hours(event.held_minutes) if event.held_minutes else None,
            last_day=_last_day(event.effective_date),
            days_left=None if event.days_left == 1 else Count(event.days_left),
            one_day_left=Words("") if event.days_left == 1 else None,
        ),
    )


def of_contract_terminated(event: ContractTerminated) -> News:
    """The contract is over (2.9)."""
    values = said(last_day=_last_day(event.effective_date))
    return _notice(event, Template.CONTRACT_TERMINATED, at=event.terminated_at, values=values)


def of_contract_suspended(event: ContractSuspended) -> News:
    """Nothing new is estimated; what was approved is finished (2.9)."""
    values = said(stops_grants=Words("") if event.stops_grants else None)
    return _notice(event, Template.CONTRACT_SUSPENDED, at=event.suspended_at, values=values)


def of_contract_resumed(event: ContractResumed) -> News:
    """The suspension is over."""
    return _notice(event, Template.CONTRACT_RESUMED, at=event.resumed_at, values=())


def of_hours_purchased(event: HoursPurchased) -> News:
    """Hours were bought beside the plan: a receipt."""
    return to_customer(
        event,
        Template.HOURS_PURCHASED,
        topic=Topic.HOURS,
        path=f"accounts/{event.contract_id}",
        at=event.purchased_at,
        values=said(
            minutes=Hours(event.minutes),
            amount=Money(event.cents),
            effective_date=Day(event.effective_date),
            validity_months=Count(event.validity_months),
        ),
    )


def _plan(event: PlanChangeEvent) -> Values:
    has_hours = event.monthly_minutes > 0
    price = Money(event.full_hour_price_cents) if event.full_hour_price_cents else None
    return said(
        from_plan=Words(event.from_plan_code),
        to_plan=Words(event.plan_code),
        effective_date=Day(event.effective_date),
        monthly=Hours(event.monthly_minutes) if has_hours else None,
        plan_price=Money(event.plan_price_cents) if event.plan_price_cents else None,
        price_beyond=price if has_hours else None,
        hour_price=None if has_hours else price,
    )


def _last_day(effective: date) -> Day:
    """The effective date is the first one without the contract (2.9)."""
    return Day(effective - timedelta(days=1))


def _notice(event: ContractEvent, template: Template, *, at: datetime, values: Values) -> News:
    path = f"contracts/{event.contract_id}"
    return to_customer(event, template, topic=None, path=path, at=at, values=values)
