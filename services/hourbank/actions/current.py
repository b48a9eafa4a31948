"""The account that a verb works on: locked and loaded, saved and told."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from services.hourbank import store
from services.hourbank.domain import Account, Cause
from services.hourbank.offer import Section, policy_of
from shared import offers
from shared.db import Transaction

BATCH_ACCOUNTS = 100  # accounts in one transaction of a job: each takes some ten statements
AGAIN_AFTER = timedelta(hours=1)  # what a job fails at: a batch of it would else be all that is ever looked at


async def lock(tx: Transaction, contract_id: UUID, ticket_id: UUID | None = None) -> Account:
    """An account for a command, with every hold of one ticket. Raises AccountUnknown, NoOffer."""
    section = await offers.current(tx, Section)
    return await store.lock(tx, contract_id, policy=policy_of(section), ticket_id=ticket_id)


async def lock_whole(tx: Transaction, contract_id: UUID) -> Account:
    """As `lock`, with every lot that there ever was. Raises AccountUnknown, NoOffer."""
    section = await offers.current(tx, Section)
    return await store.lock_whole(tx, contract_id, policy=policy_of(section))


async def save(tx: Transaction, account: Account, *, was: Account) -> None:
    """Keep what a command made of an account, and tell it."""
    await store.save(tx, account, was=was)
    await tell(tx, account)


async def tell(tx: Transaction, account: Account) -> None:
    """Tell what a command has to say."""
    for fact in account.facts:
        await tx.publish(fact)


def cause_of(tx: Transaction, at: datetime, by: str) -> Cause:
    """The fact or request under way as the cause of entries, at its own instant."""
    return Cause(caused_by=tx.cause or "", actor=by, occurred_at=at)
