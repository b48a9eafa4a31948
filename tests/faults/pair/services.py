"""The two services."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import sqlalchemy as sa
from litestar import post
from sqlalchemy.dialects.postgresql import insert

from shared.auth import STAFF
from shared.bus import Subscriptions
from shared.db import Transaction
from shared.errors import Refused
from shared.events.hourbank import BalanceDepleted
from shared.events.notify import MessageSent
from shared.jobs import Jobs
from shared.service import Service
from shared.web import Input

POISON = "poison"  # a note that the listener refuses
REMINDER = timedelta(milliseconds=20)

metadata = sa.MetaData()
counters = sa.Table(
    "counters", metadata, sa.Column("stream", sa.Uuid, primary_key=True), sa.Column("last", sa.Integer, nullable=False)
)
reminders = sa.Table(
    "reminders",
    metadata,
    sa.Column("stream", sa.Uuid, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
)
sent, heard, returned, reminded = (
    sa.Table(
        name,
        metadata,
        sa.Column("place", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("stream", sa.Uuid, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
    )
    for name in ("sent", "heard", "returned", "reminded")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PairService(Service):
    """A service whose schema is the pair's."""

    @property
    def migrations(self) -> str:
        """The package of the pair's schema."""
        return "tests.faults.pair.migrations"


class Poisoned(Refused):
    """The listener refuses this note."""


class Tell(Input, frozen=True):
    """What is asked for."""

    stream: UUID
    note: str


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What was told: the number of the fact in its stream."""

    number: int


@post("/v1/messages", roles=STAFF, operation_id="tell")
async def tell(tx: Transaction, data: Tell) -> Told:
    """Tell one fact more of a stream."""
    await tx.execute(_BEGIN, {"stream": data.stream, "last": 0})
    number = (await tx.execute(_COUNT, {"of": data.stream})).scalar_one()
    await tx.execute(sa.insert(sent), {"stream": data.stream, "number": number, "note": data.note})
    await tx.publish(_fact(data.stream, number, data.note, tx.now))
    due_at = tx.now + REMINDER
    await tx.execute(sa.insert(reminders), {"stream": data.stream, "number": number, "due_at": due_at})
    tx.falls_due(due_at)
    return Told(number=number)


async def on_message_sent(tx: Transaction, event: MessageSent) -> None:
    """The listener writes it down, more than once if it is asked to, and says so."""
    if event.template == POISON:
        raise Poisoned(f"{event.attempts} is poison")
    row = {"stream": event.message_id, "number": event.attempts, "note": event.template}
    await tx.execute(sa.insert(heard), row)
    organization = UUID(int=event.attempts)
    await tx.publish(
        BalanceDepleted(contract_id=event.message_id, organization_id=organization, held_minutes=event.attempts)
    )


async def on_balance_depleted(tx: Transaction, event: BalanceDepleted) -> None:
    """The teller writes down that it came back."""
    row = {"stream": event.contract_id, "number": event.held_minutes, "note": "returned"}
    await tx.execute(sa.insert(returned), row)


async def next_reminder(tx: Transaction) -> datetime | None:
    """When the next one is due."""
    due: datetime | None = (await tx.execute(_NEXT_REMINDER)).scalar()
    return due


async def remind(tx: Transaction) -> int:
    """The teller writes down that the instant has come."""
    due = (await tx.execute(_TAKE_REMINDERS, {"now": tx.now})).all()
    if due:
        rows = [{"stream": row.stream, "number": row.number, "note": "reminded"} for row in due]
        await tx.execute(sa.insert(reminded), rows)
    return len(due)


def build(name: str) -> Service:
    """One of the two."""
    subscriptions = Subscriptions()
    jobs = Jobs()
    if name == "notify":
        subscriptions.to(BalanceDepleted)(on_balance_depleted)
        jobs.due(next_reminder)(remind)
        return PairService(name=name, routes=[tell], subscriptions=subscriptions, jobs=jobs)
    subscriptions.to(MessageSent)(on_message_sent)
    return PairService(name=name, routes=[], subscriptions=subscriptions, jobs=jobs)


def _fact(stream: UUID, number: int, note: str, at: datetime) -> MessageSent:
    return MessageSent(message_id=stream, template=note, channel="email", attempts=number, sent_at=at)


_NEXT_REMINDER = sa.select(sa.func.min(reminders.c.due_at))
_TAKE_REMINDERS = (
    sa.delete(reminders)
    .where(
        sa.tuple_(reminders.c.stream, reminders.c.number).in_(
            sa.select(reminders.c.stream, reminders.c.number)
            .where(reminders.c.due_at <= sa.bindparam("now"))
            .limit(20)
            .with_for_update(skip_locked=True)
        )
    )
    .returning(reminders.c.stream, reminders.c.number)
)
_BEGIN = insert(counters).on_conflict_do_nothing()
_COUNT = (
    sa.update(counters)
    .where(counters.c.stream == sa.bindparam("of"))
    .values(last=counters.c.last + 1)
    .returning(counters.c.last)
)
