"""What the hour bank hears, and the verb that each fact becomes."""

from __future__ import annotations

from services.hourbank import actions
from services.hourbank.domain import Approval, Close, Estimate, Terms
from shared.bus import Subscriptions
from shared.db import Transaction
from shared.events.billing import ContractActivated
from shared.events.ticketing import (
    EstimateApproved,
    EstimateDeclined,
    EstimateExpired,
    EstimatePublished,
    EstimateSuperseded,
    TicketCancelled,
    TicketClosed,
)

subscriptions = Subscriptions()


@subscriptions.to(ContractActivated)
async def on_contract_activated(tx: Transaction, event: ContractActivated) -> None:
    """A contract runs: its account is opened (N4, N9)."""
    terms = Terms(
        contract_id=event.contract_id,
        organization_id=event.organization_id,
        plan_code=event.plan_code,
        monthly_minutes=event.monthly_minutes,
        validity_months=event.validity_months,
        hour_price_cents=event.full_hour_price_cents,
        first_cycle=event.first_cycle,
        start_date=event.start_date,
        timezone=event.timezone,
    )
    await actions.open_account(tx, terms=terms, at=event.activated_at)


@subscriptions.to(EstimatePublished)
async def on_estimate_published(tx: Transaction, event: EstimatePublished) -> None:
    """Hours are asked for: what the bank has is held (N17, N41)."""
    estimate = Estimate(
        estimate_id=event.estimate_id,
        ticket_id=event.ticket_id,
        round=event.round,
        number=event.estimate_number,
        minutes=event.minutes,
    )
    await actions.hold_hours(
        tx, contract_id=event.contract_id, estimate=estimate, at=event.published_at, by=event.published_by
    )


@subscriptions.to(EstimateApproved)
async def on_estimate_approved(tx: Transaction, event: EstimateApproved) -> None:
    """The customer agreed: overage up to here is authorised, at this rate (N42, S35)."""
    approval = Approval(
        estimate_id=event.estimate_id,
        minutes=event.minutes,
        minutes_over=event.minutes_over,
        hour_price_cents=event.hour_price_cents,
    )
    await actions.authorise_overage(
        tx, contract_id=event.contract_id, ticket_id=event.ticket_id, approval=approval, at=event.approved_at
    )


@subscriptions.to(EstimateDeclined)
async def on_estimate_declined(tx: Transaction, event: EstimateDeclined) -> None:
    """The customer said no: the hold comes back (N42)."""
    await actions.release_hours(
        tx,
        contract_id=event.contract_id,
        ticket_id=event.ticket_id,
        estimate_id=event.estimate_id,
        reason="declined",
        at=event.declined_at,
        by=event.declined_by,
    )


@subscriptions.to(EstimateExpired)
async def on_estimate_expired(tx: Transaction, event: EstimateExpired) -> None:
    """Nobody answered in time: the hold comes back (S18)."""
    await actions.release_hours(
        tx,
        contract_id=event.contract_id,
        ticket_id=event.ticket_id,
        estimate_id=event.estimate_id,
        reason="expired",
        at=event.expired_at,
        by="ticketing",
    )


@subscriptions.to(EstimateSuperseded)
async def on_estimate_superseded(tx: Transaction, event: EstimateSuperseded) -> None:
    """A newer estimate takes its place: the hold comes back before the newer one holds (A-02)."""
    await actions.release_hours(
        tx,
        contract_id=event.contract_id,
        ticket_id=event.ticket_id,
        estimate_id=event.estimate_id,
        reason="superseded",
        at=event.superseded_at,
        by="ticketing",
    )


@subscriptions.to(TicketClosed)
async def on_ticket_closed(tx: Transaction, event: TicketClosed) -> None:
    """The work is done: now the hours are debited (N19, N35)."""
    close = Close(
        ticket_id=event.ticket_id,
        ticket_number=event.number,
        round=event.round,
        minutes=event.minutes,
        minutes_written_off=event.minutes_written_off,
    )
    await actions.debit_hours(tx, contract_id=event.contract_id, close=close, at=event.closed_at, by=event.closed_by)


@subscriptions.to(TicketCancelled)
async def on_ticket_cancelled(tx: Transaction, event: TicketCancelled) -> None:
    """The demand was given up: every hold comes back."""
    await actions.release_ticket(
        tx, contract_id=event.contract_id, ticket_id=event.ticket_id, at=event.cancelled_at, by=event.cancelled_by
    )
