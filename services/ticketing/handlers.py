"""What ticketing hears: the life of contracts, the hour bank's answers, and time-boxes that are used up."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from services.ticketing import actions
from services.ticketing.domain import Contract, Hold
from services.ticketing.offer import Policy
from services.ticketing.store import Debit, LotMinutes
from shared.bus import Subscriptions
from shared.db import Transaction
from shared.events.billing import (
    AccountManagerChanged,
    CancellationRequested,
    CancellationWithdrawn,
    ContractActivated,
    ContractResumed,
    ContractRoundingChanged,
    ContractSuspended,
    ContractTerminated,
    PlanChanged,
)
from shared.events.hourbank import HoldRefused, HoursDebited, HoursHeld
from shared.events.sla import (
    ClockCancelled,
    ClockPaused,
    ClockRescheduled,
    ClockResumed,
    ClockStarted,
    SlaMet,
    TimeboxReached,
)

subscriptions = Subscriptions()


@subscriptions.to(ContractActivated)
async def on_contract_activated(tx: Transaction, event: ContractActivated) -> None:
    """Its organization's demands may be registered from here on."""
    await actions.note_contract(
        tx,
        contract=Contract(
            id=event.contract_id,
            organization_id=event.organization_id,
            plan_code=event.plan_code,
            kind=event.kind,
            product=event.product,
            timezone=event.timezone,
            queue_rank=event.queue_rank,
            account_manager_id=event.account_manager_id,
            activated_at=event.activated_at,
            account_manager_deputy_id=event.account_manager_deputy_id,
            rounding=msgspec.convert(event.rounding, Policy | None, from_attributes=True),
        ),
    )


@subscriptions.to(PlanChanged)
async def on_plan_changed(tx: Transaction, event: PlanChanged) -> None:
    """Tickets that are opened from now on are of the new plan (2.8)."""
    await actions.change_contract(
        tx,
        contract_id=event.contract_id,
        change=lambda known: replace(
            known,
            plan_code=event.plan_code,
            queue_rank=event.queue_rank,
            account_manager_id=event.account_manager_id,
            account_manager_deputy_id=known.account_manager_deputy_id if event.account_manager_id else None,
        ),
    )


@subscriptions.to(ContractRoundingChanged)
async def on_contract_rounding_changed(tx: Transaction, event: ContractRoundingChanged) -> None:
    """Tickets that are estimated from now on are rounded so (2.6)."""
    rounding = msgspec.convert(event.rounding, Policy | None, from_attributes=True)
    await actions.change_contract(
        tx, contract_id=event.contract_id, change=lambda known: replace(known, rounding=rounding)
    )


@subscriptions.to(AccountManagerChanged)
async def on_account_manager_changed(tx: Transaction, event: AccountManagerChanged) -> None:
    """Somebody else looks after the customer (N10)."""
    await actions.change_contract(
        tx,
        contract_id=event.contract_id,
        change=lambda known: replace(
            known,
            account_manager_id=event.account_manager_id,
            account_manager_deputy_id=event.account_manager_deputy_id,
        ),
    )


@subscriptions.to(ContractSuspended)
async def on_contract_suspended(tx: Transaction, event: ContractSuspended) -> None:
    """Nothing new is estimated until the customer has paid (2.9)."""
    await actions.change_contract(
        tx, contract_id=event.contract_id, change=lambda known: replace(known, suspended_at=event.suspended_at)
    )


@subscriptions.to(ContractResumed)
async def on_contract_resumed(tx: Transaction, event: ContractResumed) -> None:
    """The suspension is over."""
    await actions.change_contract(
        tx, contract_id=event.contract_id, change=lambda known: replace(known, suspended_at=None)
    )


@subscriptions.to(CancellationRequested)
async def on_cancellation_requested(tx: Transaction, event: CancellationRequested) -> None:
    """From its effective date on nothing new is registered (2.9); until then everything works."""
    await actions.change_contract(
        tx, contract_id=event.contract_id, change=lambda known: replace(known, ends_on=event.effective_date)
    )


@subscriptions.to(CancellationWithdrawn)
async def on_cancellation_withdrawn(tx: Transaction, event: CancellationWithdrawn) -> None:
    """The contract goes on."""
    await actions.change_contract(tx, contract_id=event.contract_id, change=lambda known: replace(known, ends_on=None))


@subscriptions.to(ContractTerminated)
async def on_contract_terminated(tx: Transaction, event: ContractTerminated) -> None:
    """Nothing new is registered (2.9)."""
    await actions.change_contract(
        tx, contract_id=event.contract_id, change=lambda known: replace(known, ends_on=event.effective_date)
    )


@subscriptions.to(TimeboxReached)
async def on_timebox_reached(tx: Transaction, event: TimeboxReached) -> None:
    """The ticket goes up by itself, or the team is told (B20, B26)."""
    box = actions.Timebox(
        name=event.box,
        level=event.level,
        minutes=event.limit_minutes,
        escalates=event.at_limit == "escalate",
    )
    await actions.reach_timebox(tx.as_tenant(tx.tenant, actor="sla"), ticket_id=event.ticket_id, box=box)


@subscriptions.to(HoursHeld)
async def on_hours_held(tx: Transaction, event: HoursHeld) -> None:
    """The estimate approves itself, or the customer is asked."""
    hold = Hold(
        estimate_id=event.estimate_id,
        minutes_held=event.minutes_held,
        minutes_over=event.minutes_over,
        hour_price_cents=event.hour_price_cents,
        overage_cents=event.overage_cents,
    )
    await actions.answer_hold(tx, ticket_id=event.ticket_id, hold=hold)


@subscriptions.to(HoldRefused)
async def on_hold_refused(tx: Transaction, event: HoldRefused) -> None:
    """The bank holds nothing: the estimate has failed."""
    await actions.refuse_hold(
        tx, ticket_id=event.ticket_id, estimate_id=event.estimate_id, rule=event.rule, detail=event.detail
    )


@subscriptions.to(HoursDebited)
async def on_hours_debited(tx: Transaction, event: HoursDebited) -> None:
    """What the close took is shown with the ticket."""
    debit = Debit(
        round=event.round,
        minutes=event.minutes,
        minutes_written_off=event.minutes_written_off,
        minutes_over=event.minutes_over,
        by_lot=tuple(msgspec.convert(share, LotMinutes, from_attributes=True) for share in event.by_lot),
        balance_after=event.balance_after,
        debited_at=event.debited_at,
    )
    await actions.note_debit(tx, ticket_id=event.ticket_id, debit=debit)


@subscriptions.to(ClockStarted)
async def on_clock_started(tx: Transaction, event: ClockStarted) -> None:
    """A promise runs."""
    await actions.note_clock(tx, ticket_id=event.ticket_id, metric=event.metric, due_at=event.due_at)


@subscriptions.to(ClockResumed)
async def on_clock_resumed(tx: Transaction, event: ClockResumed) -> None:
    """A promise runs again, and is due later."""
    await actions.note_clock(tx, ticket_id=event.ticket_id, metric=event.metric, due_at=event.due_at)


@subscriptions.to(ClockRescheduled)
async def on_clock_rescheduled(tx: Transaction, event: ClockRescheduled) -> None:
    """A promise is due at another instant."""
    await actions.note_clock(tx, ticket_id=event.ticket_id, metric=event.metric, due_at=event.due_at)


@subscriptions.to(ClockPaused)
async def on_clock_paused(tx: Transaction, event: ClockPaused) -> None:
    """A promise stands still: nothing of it is due."""
    await actions.note_clock(tx, ticket_id=event.ticket_id, metric=event.metric, due_at=None)


@subscriptions.to(SlaMet)
async def on_sla_met(tx: Transaction, event: SlaMet) -> None:
    """A promise was kept: nothing of it is due any more."""
    await actions.note_clock(tx, ticket_id=event.ticket_id, metric=event.metric, due_at=None)


@subscriptions.to(ClockCancelled)
async def on_clock_cancelled(tx: Transaction, event: ClockCancelled) -> None:
    """A promise no longer applies."""
    await actions.note_clock(tx, ticket_id=event.ticket_id, metric=event.metric, due_at=None)
