"""The clock as a door: quotes expire (2.4), silence closes (N19), visits begin (B21), demands come again (N13)."""

from __future__ import annotations

from services.ticketing import actions, store
from services.ticketing.actions import attaching, chatting, identity, mailing, privacy, recurring
from services.ticketing.gateway import Storage
from services.ticketing.store import attachments
from services.ticketing.store import recurring as kept_recurring
from shared.db import Transaction
from shared.jobs import Errand, Jobs

FILES_AT_ONE_GO = 50  # then the other jobs have their turn

jobs = Jobs()


@jobs.due(store.next_due)
async def settle_due_tickets(tx: Transaction) -> int:
    """Apply what time has brought to the tickets that are due."""
    return await actions.settle_all_due(tx)


@jobs.due(kept_recurring.next_due)
async def open_recurring(tx: Transaction) -> int:
    """Open the tickets whose time has come again (N13)."""
    return await recurring.open_all_due(tx)


@jobs.due(actions.next_origin)
async def forget_origins(tx: Transaction) -> int:
    """Forget from where approvals came, six months after them (5.1)."""
    return await actions.forget_origins(tx)


@jobs.due(mailing.next_to_forget)
async def forget_letters(tx: Transaction) -> int:
    """Forget letters that nobody looked at (5.2)."""
    return await mailing.forget_letters(tx)


@jobs.due(chatting.next_to_forget)
async def forget_answers(tx: Transaction) -> int:
    """Forget the messages that were heard in channels a month ago (5.1)."""
    return await chatting.forget_answers(tx)


@jobs.due(identity.next_to_forget)
async def forget_who_was_let_in(tx: Transaction) -> int:
    """Forget sessions and links that ended long ago."""
    return await identity.forget_ended(tx)


@jobs.due(privacy.next_to_forget)
async def forget_words(tx: Transaction) -> int:
    """Forget what was written in tickets that were closed five years ago (5.1)."""
    return await privacy.forget_words(tx)


def jobs_with(storage: Storage) -> Jobs:
    """The jobs of this service, with the store that files are taken away from."""
    errand = Errand(
        name="sweep_attachments",
        next_due=attachments.next_file_due,
        take=attaching.take_file,
        carry=attaching.carry_out_of(storage),
        settle=attaching.settle_file,
        most=FILES_AT_ONE_GO,
    )
    return Jobs([*jobs.jobs, errand])
