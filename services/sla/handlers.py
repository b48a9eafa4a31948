"""What sla hears, and what it does about it.

Ticketing tells every pause as TicketPaused and its end as TicketResumed, the wait for an approval (N17, N41) and the
customer's answer among them: there is one teller of each wait, so that no two can contradict each other.
"""

from __future__ import annotations

from services.sla import actions, store
from services.sla.domain import (
    Absorbed,
    Cancelled,
    Prioritised,
    Promised,
    Recovered,
    Resolved,
    TimerBegan,
    TimerEnded,
    WaitBegan,
    WaitEnded,
    assignment,
    attention,
    forwarding,
    quote,
)
from shared.bus import Subscriptions
from shared.db import Transaction
from shared.events.billing import ContractActivated, PlanChanged
from shared.events.ticketing import (
    EstimatePublished,
    MeetingRequested,
    MessagePosted,
    PromiseSet,
    TicketAbsorbed,
    TicketAssigned,
    TicketCancelled,
    TicketClosed,
    TicketEscalated,
    TicketMerged,
    TicketOpened,
    TicketPaused,
    TicketRecovered,
    TicketReopened,
    TicketResolved,
    TicketResumed,
    TicketTriaged,
    TimerStarted,
    TimerStopped,
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


@subscriptions.to(PlanChanged)
async def on_plan_changed(tx: Transaction, event: PlanChanged) -> None:
    """New tickets are of the new plan; open ones keep their promise unless it gets better (2.8)."""
    await actions.change_plan(tx, event=event)


@subscriptions.to(TicketOpened)
async def on_ticket_opened(tx: Transaction, event: TicketOpened) -> None:
    """Attention is promised from the registration on (B12)."""
    await actions.open_ticket(tx, event=event)
    await actions.count_opened(tx, event=event)


@subscriptions.to(TicketTriaged)
async def on_ticket_triaged(tx: Transaction, event: TicketTriaged) -> None:
    """Another priority is another promise (B9, S31)."""
    fact = Prioritised(id=tx.new_id(), at=event.triaged_at, priority=event.priority)
    await actions.note(tx, ticket_id=event.ticket_id, fact=fact)
    await store.set_priority(tx, ticket_id=event.ticket_id, priority=event.priority)


@subscriptions.to(MessagePosted)
async def on_message_posted(tx: Transaction, event: MessagePosted) -> None:
    """The first human answer that the customer can read is attention (B10)."""
    await actions.note(tx, ticket_id=event.ticket_id, fact=attention(event, id=tx.new_id()))


@subscriptions.to(TicketEscalated)
async def on_ticket_escalated(tx: Transaction, event: TicketEscalated) -> None:
    """Forwarding is attention when a person does it (B10, B27)."""
    await actions.note(tx, ticket_id=event.ticket_id, fact=forwarding(event, id=tx.new_id()))
    await store.raise_level(tx, ticket_id=event.ticket_id, level=event.to_level)


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
    await actions.count_resolved(tx, ticket_id=event.ticket_id, at=event.resolved_at)


@subscriptions.to(TicketReopened)
async def on_ticket_reopened(tx: Transaction, event: TicketReopened) -> None:
    """The customer asked for an adjustment (N19)."""
    await actions.reopen_ticket(tx, event=event)
    await store.set_unresolved(tx, ticket_id=event.ticket_id)


@subscriptions.to(TicketClosed)
async def on_ticket_closed(tx: Transaction, event: TicketClosed) -> None:
    """A ticket can be closed without having been resolved first."""
    await actions.note(tx, ticket_id=event.ticket_id, fact=Resolved(id=tx.new_id(), at=event.closed_at))
    await actions.count_resolved(tx, ticket_id=event.ticket_id, at=event.closed_at)


@subscriptions.to(TicketCancelled)
async def on_ticket_cancelled(tx: Transaction, event: TicketCancelled) -> None:
    """Every clock stops (S-37)."""
    await actions.note(tx, ticket_id=event.ticket_id, fact=Cancelled(id=tx.new_id(), at=event.cancelled_at))


@subscriptions.to(TicketAssigned)
async def on_ticket_assigned(tx: Transaction, event: TicketAssigned) -> None:
    """Whoever is put in charge has it in hand, at a level of the desk (B24, B26); an assignment is no attention (4.3).

    Reports count by team.
    """
    await store.set_team(tx, ticket_id=event.ticket_id, team=event.team)
    await actions.note(tx, ticket_id=event.ticket_id, fact=assignment(event, id=tx.new_id()))


@subscriptions.to(MeetingRequested)
async def on_meeting_requested(tx: Transaction, event: MeetingRequested) -> None:
    """Meetings are to stay a small part of the demands (N47)."""
    await actions.count_meeting(tx, event=event)


@subscriptions.to(TimerStarted)
async def on_timer_started(tx: Transaction, event: TimerStarted) -> None:
    """Somebody works on it: time-boxes run (B20, B26)."""
    fact = TimerBegan(id=tx.new_id(), at=event.started_at, timer_id=event.timer_id, timer_kind=event.kind)
    await actions.note(tx, ticket_id=event.ticket_id, fact=fact)


@subscriptions.to(TimerStopped)
async def on_timer_stopped(tx: Transaction, event: TimerStopped) -> None:
    """Nobody does any more, or one less."""
    fact = TimerEnded(id=tx.new_id(), at=event.stopped_at, timer_id=event.timer_id)
    await actions.note(tx, ticket_id=event.ticket_id, fact=fact)


@subscriptions.to(TicketMerged)
async def on_ticket_merged(tx: Transaction, event: TicketMerged) -> None:
    """The other ticket goes on for both: this one's clocks are cancelled (4.3, S-37)."""
    await actions.note(tx, ticket_id=event.ticket_id, fact=Cancelled(id=tx.new_id(), at=event.merged_at))


@subscriptions.to(TicketAbsorbed)
async def on_ticket_absorbed(tx: Transaction, event: TicketAbsorbed) -> None:
    """The earliest registration counts (4.3)."""
    fact = Absorbed(id=tx.new_id(), at=event.absorbed_at, registered_at=event.registered_at)
    await actions.note(tx, ticket_id=event.ticket_id, fact=fact)


@subscriptions.to(TicketRecovered)
async def on_ticket_recovered(tx: Transaction, event: TicketRecovered) -> None:
    """What is over within minutes, before anybody touched it, was promised to no one (4.3)."""
    fact = Recovered(
        id=tx.new_id(), at=event.recovered_at, detected_at=event.detected_at, recovered_at=event.recovered_at
    )
    await actions.note(tx, ticket_id=event.ticket_id, fact=fact)
