"""Messages, and the waits that a message begins or ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.ticketing import store
from services.ticketing.actions import facts
from services.ticketing.actions.attaching import put_into_message
from services.ticketing.actions.current import current
from services.ticketing.actions.keeping import keep, tell_pause, wake_for
from services.ticketing.domain import Status, Ticket, life, refusals, reminding
from services.ticketing.offer import Section
from services.ticketing.store import Message
from shared import offers
from shared.db import Transaction
from shared.errors import Forbidden, Invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A message, and the ticket after it."""

    ticket: Ticket
    message: Message


async def post_message(
    tx: Transaction,
    *,
    ticket_id: UUID,
    version: int | None,
    by_customer: bool,
    text: str,
    html: str | None,
    public: bool,
    asks_customer: bool,
    automatic: bool,
    attachments: tuple[UUID, ...] = (),
) -> Posted:
    """Write in a ticket. A public question of the team pauses it (N15); any word of the customer resumes it (S-34).

    Raises Forbidden when a customer writes what only the team writes, MessageRequired, FileNotAttachable.
    """
    if by_customer and (asks_customer or automatic or not public):
        raise Forbidden("internal notes, questions and automatic messages are the team's", field="public")
    before = await current(tx, ticket_id, version=version)
    offer = await offers.current(tx, Section)
    if by_customer:
        after = reminding.put_off(life.hear_customer(before, at=tx.now, offer=offer), at=tx.now, offer=offer)
    else:
        how = {"public": public, "automatic": automatic, "asks_customer": asks_customer}
        after = life.hear_staff(before, **how, at=tx.now, offer=offer)
    message = Message(
        id=tx.new_id(),
        author_id=tx.actor,
        author_role="customer" if by_customer else "staff",
        public=public,
        automatic=automatic,
        asks_customer=asks_customer,
        text=text,
        posted_at=tx.now,
        version=before.version + 1,
        html=html,
    )
    await put_into_message(tx, ticket_id=ticket_id, several=attachments, message_id=message.id, public=public)
    return await _post(tx, before, after, message, act="message_posted", reason=None)


async def pause_ticket(
    tx: Transaction,
    *,
    ticket_id: UUID,
    version: int | None,
    state: Status,
    reason: str | None,
    until: datetime | None,
    text: str,
) -> Ticket:
    """Wait for the customer, for what is missing (N38, N39) or for a visit (B21), and tell the customer so (4.3)."""
    before = await current(tx, ticket_id, version=version)
    offer = await offers.current(tx, Section)
    if state is Status.BLOCKED and reason is not None and reason not in offer.impediments:
        raise Invalid(f"the impediments are {', '.join(offer.impediments)}", field="reason", rule="N38")
    if not text.strip():
        raise refusals.MessageRequired("the customer is told why the ticket waits", field="message")
    remind_at = reminding.impediment_due(offer, reason, at=tx.now) if state is Status.BLOCKED else None
    after = life.wait(before, state, reason=reason, until=until, remind_at=remind_at, at=tx.now)
    message = Message(
        id=tx.new_id(),
        author_id=tx.actor,
        author_role="staff",
        public=True,
        automatic=False,
        asks_customer=state is Status.AWAITING_CUSTOMER,
        text=text,
        posted_at=tx.now,
        version=before.version + 1,
    )
    posted = await _post(tx, before, after, message, act="paused", reason=reason)
    wake_for(tx, posted.ticket)
    return posted.ticket


async def resume_ticket(tx: Transaction, *, ticket_id: UUID, version: int | None) -> Ticket:
    """What was waited for has come."""
    before = await current(tx, ticket_id, version=version)
    kept = await keep(tx, before, life.resume(before), act="resumed", old_value=before.status.value)
    await tell_pause(tx, before, kept)
    return kept


async def _post(
    tx: Transaction, before: Ticket, after: Ticket, message: Message, *, act: str, reason: str | None
) -> Posted:
    """Keep a message with what it made of the ticket, and tell both."""
    kept = await keep(tx, before, after, act=act, new_value=str(message.id), reason=reason, public=message.public)
    await store.add_message(tx, kept.id, message)
    await tx.publish(facts.posted(kept, message))
    await tell_pause(tx, before, kept)
    wake_for(tx, kept)
    return Posted(ticket=kept, message=message)
