"""What the hour bank hears, and the verb that each fact becomes."""

from __future__ import annotations

from services.hourbank import actions
from services.hourbank.actions import Purchase
from services.hourbank.domain import Agreement, Approval, Change, Charge, Close, Closing, Estimate, Terms, month_of
from services.hourbank.store import Dispute
from shared.bus import Subscriptions
from shared.db import Transaction
from shared.events.billing import (
    CancellationRequested,
    CancellationWithdrawn,
    ContractActivated,
    ContractResumed,
    ContractSuspended,
    ContractTerminated,
    DisputeOpened,
    DisputeSettled,
    HoursPurchased,
    InvoiceFinalized,
    InvoicePaid,
    InvoiceVoided,
    PlanChangeScheduled,
    PlanChangeWithdrawn,
    PriceAdjusted,
    PurchaseVoided,
)
from shared.events.ticketing import (
    EstimateApproved,
    EstimateDeclined,
    EstimateExpired,
    EstimatePublished,
    EstimateSuperseded,
    EstimateWithdrawn,
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
        plan_price_cents=event.plan_price_cents,
        on_termination=event.on_termination,
        grant_requires_payment=event.grant_requires_payment,
        grants_from=event.grants_from,
    )
    await actions.open_account(tx, terms=terms, at=event.activated_at)


@subscriptions.to(PlanChangeScheduled)
async def on_plan_change_scheduled(tx: Transaction, event: PlanChangeScheduled) -> None:
    """Another plan was agreed: from the next day 1 on, or for the rest of the month at once (2.8, S19)."""
    change = Change(
        id=event.change_id,
        effective_date=event.effective_date,
        decided_at=event.decided_at,
        plan_price_cents=event.plan_price_cents,
        hour_price_cents=event.full_hour_price_cents,
        is_immediate=event.mode == "immediate_prorated",
        plan_code=event.plan_code,
        monthly_minutes=event.monthly_minutes,
        validity_months=event.validity_months,
    )
    await actions.change_terms(tx, contract_id=event.contract_id, change=change, at=event.decided_at)


@subscriptions.to(PlanChangeWithdrawn)
async def on_plan_change_withdrawn(tx: Transaction, event: PlanChangeWithdrawn) -> None:
    """The other plan will not be (2.8)."""
    await actions.withdraw_change(tx, contract_id=event.contract_id, change_id=event.change_id, at=event.withdrawn_at)


@subscriptions.to(PriceAdjusted)
async def on_price_adjusted(tx: Transaction, event: PriceAdjusted) -> None:
    """An hour costs something else from a date on; what was approved keeps its rate (3.9, S35)."""
    change = Change(
        id=None,
        effective_date=event.effective_date,
        decided_at=event.announced_at,
        plan_price_cents=event.plan_price_cents,
        hour_price_cents=event.full_hour_price_cents,
    )
    await actions.change_terms(tx, contract_id=event.contract_id, change=change, at=event.announced_at)


@subscriptions.to(CancellationRequested)
async def on_cancellation_requested(tx: Transaction, event: CancellationRequested) -> None:
    """Notice was given: the last month is prorated, and on the day the hours lapse (2.9)."""
    await actions.cancel_contract(
        tx,
        contract_id=event.contract_id,
        ends_on=event.effective_date,
        on_termination=event.on_termination,
        at=event.requested_at,
    )


@subscriptions.to(CancellationWithdrawn)
async def on_cancellation_withdrawn(tx: Transaction, event: CancellationWithdrawn) -> None:
    """The contract goes on (2.9)."""
    await actions.withdraw_cancellation(tx, contract_id=event.contract_id, at=event.withdrawn_at)


@subscriptions.to(ContractTerminated)
async def on_contract_terminated(tx: Transaction, event: ContractTerminated) -> None:
    """The contract is over; usually its midnight has said so before (2.9)."""
    await actions.cancel_contract(
        tx,
        contract_id=event.contract_id,
        ends_on=event.effective_date,
        on_termination=None,
        at=event.terminated_at,
    )


@subscriptions.to(ContractSuspended)
async def on_contract_suspended(tx: Transaction, event: ContractSuspended) -> None:
    """Nothing new is estimated; what was approved is finished (2.9)."""
    await actions.suspend_contract(
        tx, contract_id=event.contract_id, stops_grants=event.stops_grants, at=event.suspended_at
    )


@subscriptions.to(ContractResumed)
async def on_contract_resumed(tx: Transaction, event: ContractResumed) -> None:
    """The suspension is over (2.9)."""
    await actions.resume_contract(tx, contract_id=event.contract_id, at=event.resumed_at)


@subscriptions.to(HoursPurchased)
async def on_hours_purchased(tx: Transaction, event: HoursPurchased) -> None:
    """Hours were bought: a lot with a validity of its own (2.3)."""
    purchase = Purchase(
        id=event.purchase_id,
        minutes=event.minutes,
        validity_months=event.validity_months,
        effective_date=event.effective_date,
    )
    await actions.buy_hours(tx, contract_id=event.contract_id, purchase=purchase, at=event.purchased_at)


@subscriptions.to(PurchaseVoided)
async def on_purchase_voided(tx: Transaction, event: PurchaseVoided) -> None:
    """A purchase is taken back, unless any of it was used (L-16)."""
    await actions.void_purchase(tx, contract_id=event.contract_id, purchase_id=event.purchase_id, at=event.voided_at)


@subscriptions.to(DisputeOpened)
async def on_dispute_opened(tx: Transaction, event: DisputeOpened) -> None:
    """The customer disputes a line: the minutes of its round are frozen (2.7)."""
    dispute = Dispute(
        id=event.dispute_id,
        ticket_id=event.ticket_id,
        round=event.round,
        overage_id=event.overage_id,
        outcome=None,
    )
    await actions.open_dispute(tx, contract_id=event.contract_id, dispute=dispute, at=event.opened_at)


@subscriptions.to(DisputeSettled)
async def on_dispute_settled(tx: Transaction, event: DisputeSettled) -> None:
    """A dispute is settled: what was accepted is taken back, and the round moves again (2.7)."""
    dispute = Dispute(
        id=event.dispute_id,
        ticket_id=event.ticket_id,
        round=event.round,
        overage_id=event.overage_id,
        outcome=event.outcome,
    )
    await actions.settle_dispute(
        tx,
        contract_id=event.contract_id,
        dispute=dispute,
        minutes=event.minutes,
        reason=event.reason,
        at=event.settled_at,
    )


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
    agreement = Agreement(
        estimate_id=event.estimate_id,
        ticket_id=event.ticket_id,
        ticket_number=event.number,
        number=event.estimate_number,
        kind=event.kind,
        minutes=event.minutes,
        minutes_over=event.minutes_over,
        hour_price_cents=event.hour_price_cents,
        is_automatic=event.automatic,
        approved_at=event.approved_at,
        approved_by=event.approved_by,
    )
    await actions.note_agreement(tx, contract_id=event.contract_id, agreement=agreement)


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


@subscriptions.to(EstimateWithdrawn)
async def on_estimate_withdrawn(tx: Transaction, event: EstimateWithdrawn) -> None:
    """The customer took a yes back before work began: the hold comes back, its overage is allowed no more (A-03)."""
    await actions.withdraw_hours(
        tx,
        contract_id=event.contract_id,
        ticket_id=event.ticket_id,
        estimate_id=event.estimate_id,
        at=event.withdrawn_at,
        by=event.withdrawn_by,
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
    closing = Closing(
        ticket_id=event.ticket_id,
        ticket_number=event.number,
        round=event.round,
        minutes_actual=event.minutes_actual,
        entries=event.entries,
        rounding=event.rounding,
    )
    await actions.note_closing(tx, contract_id=event.contract_id, closing=closing)


@subscriptions.to(TicketCancelled)
async def on_ticket_cancelled(tx: Transaction, event: TicketCancelled) -> None:
    """The demand was given up: every hold comes back."""
    await actions.release_ticket(
        tx, contract_id=event.contract_id, ticket_id=event.ticket_id, at=event.cancelled_at, by=event.cancelled_by
    )


@subscriptions.to(InvoiceFinalized)
async def on_invoice_finalized(tx: Transaction, event: InvoiceFinalized) -> None:
    """An invoice charges overages of ours: a receipt can name its line."""
    charges = [
        Charge(
            invoice_id=event.invoice_id,
            invoice_number=event.number,
            overage_id=line.overage_id,
            issue_date=event.issue_date,
            due_date=event.due_date,
            cents=line.cents,
        )
        for line in event.lines
        if line.overage_id is not None
    ]
    await actions.note_charges(tx, contract_id=event.contract_id, charges=charges)
    cycles = tuple(sorted({month_of(line.period) for line in event.lines if line.kind == "plan_fee"}))
    await actions.await_fees(tx, contract_id=event.contract_id, invoice_id=event.invoice_id, cycles=cycles)


@subscriptions.to(InvoiceVoided)
async def on_invoice_voided(tx: Transaction, event: InvoiceVoided) -> None:
    """An invoice charges nothing any more; another one may."""
    await actions.drop_charges(tx, invoice_id=event.invoice_id)


@subscriptions.to(InvoicePaid)
async def on_invoice_paid(tx: Transaction, event: InvoicePaid) -> None:
    """Where a month is granted once its fee is paid, it is granted now (2.2)."""
    await actions.take_payment(tx, contract_id=event.contract_id, invoice_id=event.invoice_id, at=event.paid_at)
