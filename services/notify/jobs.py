"""The clock: messages leave the house when they are due."""

from __future__ import annotations

from services.notify import actions, store
from services.notify.gateway import Post
from shared.db import Transaction
from shared.jobs import Jobs


def jobs_with(post: Post) -> Jobs:
    """The jobs of this service, for the way out that the process has."""
    jobs = Jobs()

    @jobs.due(store.next_due)
    async def send_waiting(tx: Transaction) -> int:
        """Send what waits, in a transaction of notify alone."""
        return await actions.send_waiting(tx, post=post)

    return jobs
