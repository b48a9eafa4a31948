"""What notify hears every day: a contract begins, tickets go their way, hours move, invoices and promises fall due."""

from __future__ import annotations

from services.notify import actions
from services.notify.domain import Contract, Ticket, contract_news, ticket_news
from services.notify.handlers.heard import subscriptions
from shared.db import Transaction
from shared.events.billing import ContractActivated, InvoiceFinalized
from shared.events.hourbank import BalanceDepleted, BalanceLow, HoursDebited, LotExpiring, StatementIssued
from shared.events.sla import SlaBreached, SlaWarned
from shared.events.ticketing import (
    ApprovalRequested,
    EstimateApproved,
    EstimateDeclined,
    EstimateExpired,
    MessagePosted,
    PromiseSet,
    TicketOpened,
    TicketResolved,
)


@subscriptions.to(ContractActivated)
async def on_contract_activated(tx: Transaction, event: ContractActivated) -> None:
    """Note the contract; tell the customer what they have."""
    contract = Contract(
        contract_id=event.contract_id,
        organization_id=event.organization_id,
        plan_code=event.plan_code,
        timezone=event.timezone,
        monthly_minutes=event.monthly_minutes,
        account_manager_id=event.account_manager_id,
        account_manager_deputy_id=event.account_manager_deputy_id,
    )
    await actions.note_contract(tx, contract=contract)
    await actions.tell(tx, news=contract_news.of_contract_activated(event))


@subscriptions.to(TicketOpened)
async def on_ticket_opened(tx: Transaction, event: TicketOpened) -> None:
    """Note the ticket's number; tell the customer that it was received."""
    ticket = Ticket(
        ticket_id=event.ticket_id,
        contract_id=event.contract_id,
        organization_id=event.organization_id,
        number=event.number,
    )
    await actions.note_ticket(tx, ticket=ticket)
    await actions.tell(tx, news=ticket_news.of_ticket_opened(event))


@subscriptions.to(MessagePosted)
async def on_message_posted(tx: Transaction, event: MessagePosted) -> None:
    """Tell the other side that somebody wrote."""
    await actions.tell(tx, news=ticket_news.of_message_posted(event))


@subscriptions.to(PromiseSet)
async def on_promise_set(tx: Transaction, event: PromiseSet) -> None:
    """Tell the customer the planned delivery."""
    await actions.tell(tx, news=ticket_news.of_promise_set(event))


@subscriptions.to(ApprovalRequested)
async def on_approval_requested(tx: Transaction, event: ApprovalRequested) -> None:
    """Ask the customer to decide."""
    await actions.tell(tx, news=ticket_news.of_approval_requested(event))


@subscriptions.to(EstimateApproved)
async def on_estimate_approved(tx: Transaction, event: EstimateApproved) -> None:
    """Tell the team that it may go on."""
    await actions.tell(tx, news=ticket_news.of_estimate_approved(event))


@subscriptions.to(EstimateDeclined)
async def on_estimate_declined(tx: Transaction, event: EstimateDeclined) -> None:
    """Tell the team that it may not."""
    await actions.tell(tx, news=ticket_news.of_estimate_declined(event))


@subscriptions.to(EstimateExpired)
async def on_estimate_expired(tx: Transaction, event: EstimateExpired) -> None:
    """Tell the team that nobody answered."""
    await actions.tell(tx, news=ticket_news.of_estimate_expired(event))


@subscriptions.to(TicketResolved)
async def on_ticket_resolved(tx: Transaction, event: TicketResolved) -> None:
    """Tell the customer of the completion."""
    await actions.tell(tx, news=ticket_news.of_ticket_resolved(event))


@subscriptions.to(HoursDebited)
async def on_hours_debited(tx: Transaction, event: HoursDebited) -> None:
    """Tell the customer that the ticket is closed and what it took."""
    await actions.tell(tx, news=contract_news.of_hours_debited(event))


@subscriptions.to(LotExpiring)
async def on_lot_expiring(tx: Transaction, event: LotExpiring) -> None:
    """Warn the customer of hours about to lapse."""
    await actions.tell(tx, news=contract_news.of_lot_expiring(event))


@subscriptions.to(BalanceLow)
async def on_balance_low(tx: Transaction, event: BalanceLow) -> None:
    """Warn the customer of a low balance."""
    await actions.tell(tx, news=contract_news.of_balance_low(event))


@subscriptions.to(BalanceDepleted)
async def on_balance_depleted(tx: Transaction, event: BalanceDepleted) -> None:
    """Tell the customer that nothing is left."""
    await actions.tell(tx, news=contract_news.of_balance_depleted(event))


@subscriptions.to(StatementIssued)
async def on_statement_issued(tx: Transaction, event: StatementIssued) -> None:
    """Send the customer the month's report of hours."""
    await actions.tell(tx, news=contract_news.of_statement_issued(event))


@subscriptions.to(InvoiceFinalized)
async def on_invoice_finalized(tx: Transaction, event: InvoiceFinalized) -> None:
    """Send the customer the invoice."""
    await actions.tell(tx, news=contract_news.of_invoice_finalized(event))


@subscriptions.to(SlaWarned)
async def on_sla_warned(tx: Transaction, event: SlaWarned) -> None:
    """Warn the team of a promise about to break."""
    await actions.tell(tx, news=ticket_news.of_sla_warned(event))


@subscriptions.to(SlaBreached)
async def on_sla_breached(tx: Transaction, event: SlaBreached) -> None:
    """Tell the team of a broken promise."""
    await actions.tell(tx, news=ticket_news.of_sla_breached(event))
