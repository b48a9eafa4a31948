"""What every service tries again by itself: facts that came before what they refer to.

Facts of one stream are in order, those of two tellers are not: after a pause of one service an estimate may arrive
before the contract that it is for. Such a fact is refused with `errors.NotYet`, its stream is parked, and this job
retries it until what it waits for has come.
"""

from __future__ import annotations

from dataclasses import replace

from shared import parked
from shared.db import Transaction
from shared.jobs import Jobs
from shared.service import Service


def patient(service: Service) -> Service:
    """The service with the job of this file after its own."""
    jobs = Jobs([*service.jobs.jobs])

    @jobs.due(parked.next_retry)
    async def retry_parked(tx: Transaction) -> int:
        """Retry the streams whose time has come."""
        return await parked.retry_due(tx, service.subscriptions)

    return replace(service, jobs=jobs)
