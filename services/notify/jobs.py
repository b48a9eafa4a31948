"""The clock: messages leave the house when they are due, and are forgotten when their time is over."""

from __future__ import annotations

from services.notify import actions, store
from services.notify.domain import Outcome
from services.notify.gateway import Post, Signer
from shared.crash import crashpoint
from shared.db import Transaction
from shared.jobs import Errand, Jobs


def jobs_with(post: Post, signer: Signer | None = None) -> Jobs:
    """The jobs of this service, for the way out that the process has; `signer` makes links to answer by."""

    async def send(leased: actions.Leased) -> Outcome:
        message = leased.message if signer is None else signer.with_link(leased.message, tenant=leased.tenant)
        outcome = await post.send(message)
        crashpoint("message.sent")
        return outcome

    errand = Errand(
        name="send_waiting",
        next_due=store.next_due,
        take=actions.take_next,
        carry=send,
        settle=actions.settle_sending,
        most=post.batch_messages,
    )
    jobs = Jobs([errand])

    @jobs.due(actions.next_forgotten)
    async def forget_messages(tx: Transaction) -> int:
        """Take away what was written long ago: names, addresses and words of people."""
        return await actions.forget_messages(tx)

    return jobs
