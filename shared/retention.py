"""What every service forgets in time: facts told and carried long ago, answers kept for repeats, who did what."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from shared.audit import audit
from shared.db import Instant, Transaction
from shared.idempotency import idempotency_keys
from shared.jobs import Jobs
from shared.outbox import events, outbox
from shared.service import Service
from shared.settings import Settings

BATCH_ROWS: Final = 500
ANSWERS_KEPT: Final = timedelta(hours=48)  # a client that repeats a request later than that sends a new one
TOGETHER: Final = timedelta(hours=1)  # what is to be forgotten within an hour is forgotten at once


def forgetful(service: Service, settings: Settings) -> Service:
    """The service with the jobs of this file after its own. A rehearsal goes without: it plays years in seconds."""
    return replace(service, jobs=Jobs([*service.jobs.jobs, *_jobs(settings).jobs]))


def _jobs(settings: Settings) -> Jobs:
    events_kept, acts_kept = timedelta(days=settings.events_kept_days), timedelta(days=settings.audit_kept_days)
    jobs = Jobs()

    async def next_events(tx: Transaction) -> datetime | None:
        return _due((await tx.execute(_OLDEST_EVENT)).scalar(), events_kept)

    async def next_answers(tx: Transaction) -> datetime | None:
        return _due((await tx.execute(_OLDEST_ANSWER)).scalar(), ANSWERS_KEPT)

    async def next_acts(tx: Transaction) -> datetime | None:
        return _due((await tx.execute(_OLDEST_ACT)).scalar(), acts_kept)

    @jobs.due(next_events)
    async def forget_events(tx: Transaction) -> int:
        """Take old facts out of the log. What has not been carried yet is never old."""
        return (await tx.execute(_FORGET_EVENTS, {"before": tx.now - events_kept})).rowcount

    @jobs.due(next_answers)
    async def forget_answers(tx: Transaction) -> int:
        """Take old answers away: their Idempotency-Key is free again."""
        return (await tx.execute(_FORGET_ANSWERS, {"before": tx.now - ANSWERS_KEPT})).rowcount

    @jobs.due(next_acts)
    async def forget_acts(tx: Transaction) -> int:
        """Forget who did what long ago."""
        return (await tx.execute(_FORGET_ACTS, {"before": tx.now - acts_kept})).rowcount

    return jobs


def _due(oldest: datetime | None, kept: timedelta) -> datetime | None:
    """The full hour after the oldest may be forgotten."""
    if oldest is None:
        return None
    hour = (oldest + kept).replace(minute=0, second=0, microsecond=0)
    return hour + TOGETHER


_TOLD_AT = sa.type_coerce(events.c.told_at, Instant)
_CARRIED = ~sa.exists().where(outbox.c.position == events.c.position)
_OLDEST_EVENT = sa.select(_TOLD_AT).where(_CARRIED).order_by(events.c.position).limit(1)
_FORGET_EVENTS = sa.delete(events).where(
    events.c.position.in_(
        sa.select(events.c.position)
        .where(_CARRIED, events.c.told_at < sa.bindparam("before", type_=Instant))
        .order_by(events.c.position)
        .limit(BATCH_ROWS)
    )
)
_ANSWER = (idempotency_keys.c.tenant, idempotency_keys.c.subject, idempotency_keys.c.key)
_OLDEST_ANSWER = sa.select(sa.func.min(idempotency_keys.c.answered_at, type_=Instant))
_FORGET_ANSWERS = sa.delete(idempotency_keys).where(
    sa.tuple_(*_ANSWER).in_(
        sa.select(*_ANSWER)
        .where(idempotency_keys.c.answered_at < sa.bindparam("before", type_=Instant))
        .order_by(idempotency_keys.c.answered_at)
        .limit(BATCH_ROWS)
    )
)
_OLDEST_ACT = sa.select(audit.c.at).order_by(audit.c.position).limit(1)
_FORGET_ACTS = sa.delete(audit).where(
    audit.c.position.in_(
        sa.select(audit.c.position)
        .where(audit.c.at < sa.bindparam("before", type_=Instant))
        .order_by(audit.c.position)
        .limit(BATCH_ROWS)
    )
)
