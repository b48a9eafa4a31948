"""What sla hears, and what it does about it.

Ticketing tells every pause as TicketPaused and its end as TicketResumed, the wait for an approval (N17, N41) and the
customer's answer among them: there is one teller of each wait, so that no two can contradict each other.
"""

from __future__ import annotations

from services.sla import actions, store
from services.sla.domain import (
    Attended,
    Cancelled,
    Prioritised,
    Promised,
    Resolved,
    WaitBegan,
    WaitEnded,
    attention,
    quote,
)
from shared.bus import Subscriptions
from shared.db import Transaction
from shared.events.billing import ContractActivated
from shared.events.ticketing import (
    EstimatePublished,
    MessagePosted,
    PromiseSet,
    TicketCancelled,
    TicketClosed,
    TicketEscalated,
    TicketOpened,
    TicketPaused,
    TicketReopened,
    TicketResolved,
    TicketResumed,
    TicketTriaged,
)

subscriptions = Subscriptions()


@subscriptions.to(ContractActivated)
async def on_contract_activated(tx: Transaction, event: ContractActivated) -> None:
    """Contracts rank in the queue (N8)."""
    contract = store.Contract(
        id=event.contract_id,
        organization_id=event.organization_id,
        plan_code=event.plan_code,
        queue_rank=event.queue_rank,
        activated_at=event.activated_at,
    )
    await actions.note_contract(tx, contract=contract)


@subscriptions.to(TicketOpened)
async def on_ticket_opened(tx: Transaction, event: TicketOpened) -> None:
    """Attention is promised from the registration on (B12)."""
    await actions.open_ticket(tx, event=event)


@subscriptions.to(TicketTriaged)
async def on_ticket_triaged(tx: Transaction, event: TicketTriaged) -> None:
    """Another priority is another promise (B9, S31)."""
    fact = Prioritised(id=tx.new_id(), at=event.triaged_at, priority=event.priority)
    await actions.note(tx, ticket_id=event.ticket_id, fact=fact)


@subscriptions.to(MessagePosted)
async def on_message_posted(tx: Transaction, event: MessagePosted) -> None:
    """The first human answer that the customer can read is attention (B10)."""
    await actions.note(tx, ticket_id=event.ticket_id, fact=attention(event, id=tx.new_id()))


@subscriptions.to(TicketEscalated)
async def on_ticket_escalated(tx: Transaction, event: TicketEscalated) -> None:
    """Forwarding is attention (B10, B27)."""
    fact = Attended(id=tx.new_id(), at=event.escalated_at, how="escalation")
    await actions.note(tx, ticket_id=event.ticket_id, fact=fact)


@subscriptions.to(EstimatePublished)
async def on_estimate_published(tx: Transaction, event: EstimatePublished) -> None:
    """The first quote is attention (4.3)."""
    await actions.note(tx, ticket_id=event.ticket_id, fact=quote(event, id=tx.new_id()))


@subscriptions.to(PromiseSet)
async def on_promise_set(tx: Transaction, event: PromiseSet) -> None:
    """Delivery is promised for an instant (N16)."""
    fact = Promised(id=tx.new_id(), at=event.set_at, promised_at=event.promised_at)
    await actions.note(tx, ticket_id=event.ticket_id, fact=fact)


@subscriptions.to(TicketPaused)
async def on_ticket_paused(tx: Transaction, event: TicketPaused) -> None:
    """Work waits for something outside (4.3)."""
    fact = WaitBegan(id=tx.new_id(), at=event.paused_at, state=event.state)
    await actions.note(tx, ticket_id=event.ticket_id, fact=fact)


@subscriptions.to(TicketResumed)
async def on_ticket_resumed(tx: Transaction, event: TicketResumed) -> None:
    """What was waited for has come."""
    fact = WaitEnded(id=tx.new_id(), at=event.resumed_at, state=event.from_state)
    await actions.note(tx, ticket_id=event.ticket_id, fact=fact)


@subscriptions.to(TicketResolved)
async def on_ticket_resolved(tx: Transaction, event: TicketResolved) -> None:
    """The work is done (N18)."""
    await actions.note(tx, ticket_id=event.ticket_id, fact=Resolved(id=tx.new_id(), at=event.resolved_at))


@subscriptions.to(TicketReopened)
async def on_ticket_reopened(tx: Transaction, event: TicketReopened) -> None:
    """The customer asked for an adjustment (N19)."""
    await actions.reopen_ticket(tx, event=event)


@subscriptions.to(TicketClosed)
async def on_ticket_closed(tx: Transaction, event: TicketClosed) -> None:
    """A ticket can be closed without having been resolved first."""
    await actions.note(tx, ticket_id=event.ticket_id, fact=Resolved(id=tx.new_id(), at=event.closed_at))


@subscriptions.to(TicketCancelled)
async def on_ticket_cancelled(tx: Transaction, event: TicketCancelled) -> None:
    """Every clock stops (S-37)."""
    await actions.note(tx, ticket_id=event.ticket_id, fact=Cancelled(id=tx.new_id(), at=event.cancelled_at))
