"""What ticketing hears: contracts that begin, and the hour bank's answers."""

from __future__ import annotations

import msgspec

from services.ticketing import actions
from services.ticketing.domain import Contract, Hold
from services.ticketing.store import Debit, LotMinutes
from shared.bus import Subscriptions
from shared.db import Transaction
from shared.events.billing import ContractActivated
from shared.events.hourbank import HoldRefused, HoursDebited, HoursHeld

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
        ),
    )


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
