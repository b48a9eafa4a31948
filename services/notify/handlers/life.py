"""What notify hears of a contract's life, of hours and money that move, and of invoices after their number."""

from __future__ import annotations

from services.notify import actions
from services.notify.domain import contract_life, money_news
from services.notify.handlers.heard import subscriptions
from shared.db import Transaction
from shared.events.billing import (
    AccountManagerChanged,
    CancellationRequested,
    CancellationWithdrawn,
    ContractResumed,
    ContractSuspended,
    ContractTerminated,
    CreditNoteIssued,
    HoursPurchased,
    InvoiceOverdue,
    InvoicePaid,
    InvoiceVoided,
    InvoiceWillBeDue,
    PlanChanged,
    PlanChangeScheduled,
    PlanChangeWithdrawn,
    PriceAdjusted,
)
from shared.events.hourbank import HoursReversed, OverageReversed, TerminationNear


@subscriptions.to(PlanChangeScheduled)
async def on_plan_change_scheduled(tx: Transaction, event: PlanChangeScheduled) -> None:
    """Tell the customer of the plan to come."""
    await actions.tell(tx, news=contract_life.of_plan_change_scheduled(event))


@subscriptions.to(PlanChangeWithdrawn)
async def on_plan_change_withdrawn(tx: Transaction, event: PlanChangeWithdrawn) -> None:
    """Tell the customer that the plan stays."""
    await actions.tell(tx, news=contract_life.of_plan_change_withdrawn(event))


@subscriptions.to(PriceAdjusted)
async def on_price_adjusted(tx: Transaction, event: PriceAdjusted) -> None:
    """Tell the customer the prices to come, 30 days ahead (B47)."""
    await actions.tell(tx, news=contract_life.of_price_adjusted(event))


@subscriptions.to(CancellationRequested)
async def on_cancellation_requested(tx: Transaction, event: CancellationRequested) -> None:
    """Confirm the notice."""
    await actions.tell(tx, news=contract_life.of_cancellation_requested(event))


@subscriptions.to(CancellationWithdrawn)
async def on_cancellation_withdrawn(tx: Transaction, event: CancellationWithdrawn) -> None:
    """Tell the customer that the contract goes on."""
    await actions.tell(tx, news=contract_life.of_cancellation_withdrawn(event))


@subscriptions.to(ContractTerminated)
async def on_contract_terminated(tx: Transaction, event: ContractTerminated) -> None:
    """Tell the customer that the contract is over."""
    await actions.tell(tx, news=contract_life.of_contract_terminated(event))


@subscriptions.to(ContractSuspended)
async def on_contract_suspended(tx: Transaction, event: ContractSuspended) -> None:
    """Tell the customer that the contract is suspended."""
    await actions.tell(tx, news=contract_life.of_contract_suspended(event))


@subscriptions.to(ContractResumed)
async def on_contract_resumed(tx: Transaction, event: ContractResumed) -> None:
    """Tell the customer that the suspension is over."""
    await actions.tell(tx, news=contract_life.of_contract_resumed(event))


@subscriptions.to(HoursPurchased)
async def on_hours_purchased(tx: Transaction, event: HoursPurchased) -> None:
    """Send the customer a receipt of the hours."""
    await actions.tell(tx, news=contract_life.of_hours_purchased(event))


@subscriptions.to(TerminationNear)
async def on_termination_near(tx: Transaction, event: TerminationNear) -> None:
    """Tell the customer what is left to use before the contract ends (2.9)."""
    await actions.tell(tx, news=contract_life.of_termination_near(event))


@subscriptions.to(HoursReversed)
async def on_hours_reversed(tx: Transaction, event: HoursReversed) -> None:
    """Tell the customer of hours that came back."""
    await actions.tell(tx, news=money_news.of_hours_reversed(event))


@subscriptions.to(OverageReversed)
async def on_overage_reversed(tx: Transaction, event: OverageReversed) -> None:
    """Tell the customer of a charge that was taken back."""
    await actions.tell(tx, news=money_news.of_overage_reversed(event))


@subscriptions.to(InvoiceWillBeDue)
async def on_invoice_will_be_due(tx: Transaction, event: InvoiceWillBeDue) -> None:
    """Remind the customer of the day."""
    await actions.tell(tx, news=money_news.of_invoice_will_be_due(event))


@subscriptions.to(InvoiceOverdue)
async def on_invoice_overdue(tx: Transaction, event: InvoiceOverdue) -> None:
    """Tell the customer that the day has passed."""
    await actions.tell(tx, news=money_news.of_invoice_overdue(event))


@subscriptions.to(InvoicePaid)
async def on_invoice_paid(tx: Transaction, event: InvoicePaid) -> None:
    """Send the customer the receipt."""
    await actions.tell(tx, news=money_news.of_invoice_paid(event))


@subscriptions.to(InvoiceVoided)
async def on_invoice_voided(tx: Transaction, event: InvoiceVoided) -> None:
    """Tell the customer not to pay."""
    await actions.tell(tx, news=money_news.of_invoice_voided(event))


@subscriptions.to(CreditNoteIssued)
async def on_credit_note_issued(tx: Transaction, event: CreditNoteIssued) -> None:
    """Send the customer word of the credit note."""
    await actions.tell(tx, news=money_news.of_credit_note_issued(event))


@subscriptions.to(PlanChanged)
async def on_plan_changed(tx: Transaction, event: PlanChanged) -> None:
    """Note the plan; tell the customer that it is in force."""
    await actions.note_plan(
        tx,
        contract_id=event.contract_id,
        plan_code=event.plan_code,
        monthly_minutes=event.monthly_minutes,
        account_manager_id=event.account_manager_id,
    )
    await actions.tell(tx, news=contract_life.of_plan_changed(event))


@subscriptions.to(AccountManagerChanged)
async def on_account_manager_changed(tx: Transaction, event: AccountManagerChanged) -> None:
    """Note who reads along from here on (N10)."""
    await actions.note_account_manager(
        tx,
        contract_id=event.contract_id,
        manager_id=event.account_manager_id,
        deputy_id=event.account_manager_deputy_id,
    )
