"""What people write is looked through for secrets before it is kept, and the sender is told how to share one (B35)."""

from __future__ import annotations

from uuid import UUID

from services.ticketing import store
from services.ticketing.actions import facts
from services.ticketing.actions.current import current
from services.ticketing.actions.keeping import BY_TIME, keep
from services.ticketing.domain import Ticket, screening
from services.ticketing.domain.screening import Screened, WordsT
from services.ticketing.offer import Section
from services.ticketing.store import Message, Redaction
from shared import offers
from shared.db import Transaction


async def screen(tx: Transaction, data: WordsT) -> Screened[WordsT]:
    """The input as it may be kept. Raises SecretRefused where the provider wants none."""
    found = screening.screen(data)
    if not found.findings:
        return found
    return screening.decided(data, found, offer=await offers.current(tx, Section))


async def note_secrets(tx: Transaction, ticket: Ticket, said: Screened[WordsT]) -> Ticket:
    """Say in the ticket that a secret was there, and keep by which sign it was known; the ticket after that."""
    if not said.findings or said.advice is None:
        return ticket
    before = await current(tx, ticket.id)
    kept = await keep(tx, before, before, act="secret_found", new_value=said.policy, by=BY_TIME)
    message = Message(
        id=tx.new_id(),
        author_id=BY_TIME,
        author_role="system",
        public=True,
        automatic=True,
        asks_customer=False,
        text=said.advice,
        posted_at=tx.now,
        version=kept.version,
    )
    await store.add_message(tx, kept.id, message)
    await store.add_redactions(tx, kept.id, [_redaction(tx, said, place) for place in range(len(said.findings))])
    await tx.publish(facts.posted(kept, message))
    return kept


async def note_secrets_of(tx: Transaction, ticket_id: UUID, said: Screened[WordsT]) -> None:
    """As `note_secrets`, for who holds only the ticket's id."""
    if said.findings:
        await note_secrets(tx, await current(tx, ticket_id), said)


async def judge_redaction(tx: Transaction, *, ticket_id: UUID, redaction_id: UUID) -> Redaction:
    """Say that what was taken for a secret was none: the decision is kept, the text is gone. Raises NotFound."""
    await store.locked(tx, ticket_id)
    return await store.judge_redaction(tx, ticket_id, redaction_id)


def _redaction(tx: Transaction, said: Screened[WordsT], place: int) -> Redaction:
    return Redaction(
        id=tx.new_id(),
        place=said.findings[place].place,
        kind=said.findings[place].kind,
        policy=said.policy,
        found_at=tx.now,
        found_by=tx.actor,
    )
