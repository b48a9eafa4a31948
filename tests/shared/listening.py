"""A service that writes down what it hears, refuses what it is told to refuse, and tells something itself."""

from datetime import UTC, datetime
from uuid import UUID

import sqlalchemy as sa

from shared import ids
from shared.bus import Subscriptions
from shared.cursors import inbox_cursors
from shared.db import Database, Transaction
from shared.errors import NotYet, Refused
from shared.events.envelope import Envelope, read, seal
from shared.events.notify import MessageFailed, MessageSent
from shared.inbox import Inbox
from shared.outbox import events
from shared.parked import Parked, waiting

AT = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)
TENANT = "blocktime"

heard = sa.Table(
    "heard",
    sa.MetaData(),
    sa.Column("place", sa.Integer, sa.Identity(), primary_key=True),
    sa.Column("stream", sa.Uuid, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.UniqueConstraint("stream", "number"),
)


class Unlucky(Refused):
    """The number is one that the listener refuses."""


class TooSoon(NotYet):
    """What the number refers to has not come yet."""


class Listener:
    """Hears MessageSent, whose `attempts` is the number that it writes down; MessageFailed does not concern it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.refused: set[int] = set()
        self.too_soon: set[int] = set()
        self.passing_errors: list[Exception] = []
        self.tried: list[int] = []
        self.subscriptions = Subscriptions()
        self.subscriptions.to(MessageSent)(self.on_message_sent)
        self.inbox = Inbox(database, self.subscriptions)

    async def on_message_sent(self, tx: Transaction, event: MessageSent) -> None:
        """Write it down."""
        self.tried.append(event.attempts)
        await tx.execute(sa.insert(heard), {"stream": event.stream, "number": event.attempts, "tenant": tx.tenant})
        if self.passing_errors:
            raise self.passing_errors.pop()
        if event.attempts in self.refused:
            raise Unlucky(f"{event.attempts} is unlucky")
        if event.attempts in self.too_soon:
            raise TooSoon(f"{event.attempts} is too soon")

    async def heard(self) -> list[tuple[UUID, int]]:
        """What was written down, in that order."""
        async with self.database.reading() as tx:
            rows = await tx.execute(sa.select(heard).order_by(heard.c.place))
            return [(row.stream, row.number) for row in rows]

    async def cursors(self) -> dict[UUID, int]:
        """How far each stream has come."""
        async with self.database.reading() as tx:
            return {row.stream: row.last_sequence for row in await tx.execute(sa.select(inbox_cursors))}

    async def parked(self) -> list[Parked]:
        """What is parked."""
        async with self.database.reading() as tx:
            return await waiting(tx)

    async def parked_numbers(self) -> list[int | None]:
        """The sequences that are parked."""
        return [one.sequence for one in await self.parked()]


def new_stream() -> UUID:
    """The id of a message that nobody has spoken of yet."""
    return ids.new_id(AT)


def sent(stream: UUID, number: int) -> MessageSent:
    """A fact that the listener hears."""
    return MessageSent(message_id=stream, template="welcome", channel="email", attempts=number, sent_at=AT)


def failed(stream: UUID, number: int) -> MessageFailed:
    """A fact that does not concern the listener."""
    return MessageFailed(
        message_id=stream, template="welcome", channel="email", attempts=number, error="full", failed_at=AT
    )


def body(fact: MessageSent | MessageFailed, *, sequence: int | None = None) -> bytes:
    """The fact on the wire; its number in the stream is its number of attempts unless said otherwise."""
    envelope = seal(
        fact,
        id=ids.new_id(AT),
        tenant=TENANT,
        sequence=fact.attempts if sequence is None else sequence,
        time=AT,
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    )
    return envelope.encode()


def bodies(stream: UUID, *numbers: int) -> list[bytes]:
    """Facts of one stream that the listener hears."""
    return [body(sent(stream, number)) for number in numbers]


async def told(database: Database) -> list[Envelope]:
    """The event log of a teller."""
    async with database.reading() as tx:
        rows = await tx.execute(sa.select(events.c.body).order_by(events.c.position))
        return [read(bytes(row.body)) for row in rows]
