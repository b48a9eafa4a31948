"""The bus of the embedded house: the same outbox and relay, the same inboxes, no broker between them.

A fact is confirmed only when every listener has committed what it makes of it, so that a killed process loses nothing:
the pointer is still in the teller's outbox and the fact is carried again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from shared.bus import Outgoing
from shared.inbox import Inbox
from shared.log import describe, log

BATCH_FACTS = 64  # facts in one transaction of a listener, as over RabbitMQ


class MemoryBus:
    """Hands facts to the inboxes of the same process."""

    def __init__(self) -> None:
        """Nobody listens yet."""
        self.inboxes: list[Inbox] = []

    async def publish(self, facts: Sequence[Outgoing]) -> set[int]:
        """Let every listener take the facts; those that all of them have settled are confirmed."""
        confirmed: set[int] = set()
        for start in range(0, len(facts), BATCH_FACTS):
            batch = facts[start : start + BATCH_FACTS]
            taken = await asyncio.gather(*(_hand_over(one, batch) for one in self.inboxes), return_exceptions=True)
            failed = [error for error in taken if isinstance(error, BaseException)]
            if failed:
                log.warning("facts wait", error=describe(failed[0]))
                break
            confirmed.update(fact.position for fact in batch)
        return confirmed


async def _hand_over(inbox: Inbox, facts: Sequence[Outgoing]) -> None:
    heard = [fact.body for fact in facts if fact.type.partition(".")[0] in inbox.subscriptions.tellers]
    if heard:
        # Nothing can be under way besides what is handed over: what is missing will not come.
        await inbox.take(heard, give_up_on_gaps=True)
