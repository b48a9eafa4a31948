"""What waits to be told, what was told and is told again, and streams that stopped."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import UUID, uuid4

import sqlalchemy as sa

from services.embedded.folder import DataFolder
from shared import cursors
from shared.clock import SystemClock
from shared.db import Database, Transaction
from shared.events.envelope import seal
from shared.events.notify import MessageFailed, MessageSent
from shared.outbox import outbox
from shared.parked import park
from tests.cli.conftest import Ponteiro

NOW = SystemClock().now()
STREAM = UUID("018f0000-0000-7000-8000-00000000abcd")


def sent(stream: UUID) -> MessageSent:
    """A fact of notify's, that nobody refuses."""
    return MessageSent(message_id=stream, template="ticket_opened", channel="email", attempts=1, sent_at=NOW)


def in_database(data: Path, service: str, work: Callable[[Transaction], Awaitable[None]]) -> None:
    """Do something in a service's database."""

    async def run() -> None:
        database: Database = DataFolder(data).databases(clock=SystemClock())[service]
        async with database.transaction(tenant="next4") as tx:
            await work(tx)
        await database.close()

    asyncio.run(run())


async def tell_two(tx: Transaction) -> None:
    """Two facts."""
    await tx.publish(sent(STREAM))
    failed = MessageFailed(
        message_id=STREAM, template="ticket_opened", channel="email", attempts=9, error="away", failed_at=NOW
    )
    await tx.publish(failed)


async def forget_pointers(tx: Transaction) -> None:
    """As if everything had been carried."""
    await tx.execute(sa.delete(outbox))


async def park_three(tx: Transaction) -> None:
    """A stream that stopped at its first fact, and a body that is no envelope."""
    for sequence in (1, 2):
        fact = seal(sent(STREAM), id=uuid4(), tenant="next4", sequence=sequence, time=NOW)
        await park(tx, fact.encode(), error="RuleBroken: no" if sequence == 1 else "waits behind a parked fact")
    await cursors.move(tx, (), {("notify", STREAM): 0})
    await park(tx, b"{", error="no envelope")


def test_the_outbox_shows_what_waits(ponteiro: Ponteiro, data: Path) -> None:
    assert ponteiro("outbox", "--data", data)[:2] == (0, "nothing waits: every fact has been carried\n")
    in_database(data, "notify", tell_two)

    code, said, _complaint = ponteiro("outbox", "--data", data)

    assert code == 0
    assert "notify.message_sent" in said
    assert "notify.message_failed" in said
    assert "nothing waits" in ponteiro("outbox", "--service", "sla", "--data", data)[1]


def test_what_was_told_is_put_back_from_a_position_or_an_instant(ponteiro: Ponteiro, data: Path) -> None:
    in_database(data, "notify", tell_two)
    in_database(data, "notify", forget_pointers)
    where = ("--service", "notify", "--data", data)

    from_second = ponteiro("outbox", "--resend", "2", *where)
    from_beginning = ponteiro("outbox", "--resend", "2020-01-01T00:00Z", *where)
    again = ponteiro("outbox", "--resend", "1", *where)

    told = "events are in the outbox again and go out in their old order\n"
    assert from_second[:2] == (0, f"notify: 1 {told}")
    assert from_beginning[:2] == (0, f"notify: 1 {told}"), "the other one waits already"
    assert again[:2] == (0, f"notify: 0 {told}")


def test_putting_back_says_what_it_needs(ponteiro: Ponteiro, data: Path) -> None:
    for options, sentence in (
        (("--resend", "1"), "--resend needs --service: each service has an event log of its own"),
        (("--resend", "soon", "--service", "sla"), "'soon' is neither a position nor an instant"),
        (("--resend", "2020-01-01T00:00", "--service", "sla"), "lacks its offset"),
        (("--resend", "2020-01-01T00:00Z", "--service", "sla"), "nothing was told since 2020-01-01T00:00Z"),
    ):
        code, said, complaint = ponteiro("outbox", "--data", data, *options)
        assert (code, said) == (1, "")
        assert sentence in complaint


def test_parked_streams_are_listed_by_their_head(ponteiro: Ponteiro, data: Path) -> None:
    assert ponteiro("parked", "list", "--data", data)[:2] == (0, "nothing is parked\n")
    in_database(data, "ticketing", park_three)

    code, said, _complaint = ponteiro("parked", "list", "--data", data)

    assert code == 0
    (head,) = (line for line in said.splitlines() if str(STREAM) in line)
    for word in ("ticketing", "notify", "notify.message_sent", "next4", "2", "RuleBroken: no"):
        assert word in head
    assert "no envelope" in said


def test_a_parked_stream_is_retried_to_its_end(ponteiro: Ponteiro, data: Path) -> None:
    in_database(data, "ticketing", park_three)

    code, said, _complaint = ponteiro("parked", "retry", "ticketing", "--data", data)

    assert (code, said) == (0, f"notify {STREAM}: 2 handled\n")
    assert ponteiro("parked", "retry", "ticketing", "--data", data)[1] == "nothing is parked there\n"


def test_the_head_of_a_parked_stream_is_dropped_and_so_is_a_body_that_is_none(ponteiro: Ponteiro, data: Path) -> None:
    in_database(data, "ticketing", park_three)
    said = ponteiro("parked", "list", "--data", data)[1]
    fingerprint = next(word for word in said.split() if len(word) == 64)

    stream = ponteiro("parked", "drop", "ticketing", "--teller", "notify", "--stream", STREAM, "--data", data)
    body = ponteiro("parked", "drop", "ticketing", "--fingerprint", fingerprint, "--data", data)
    nothing = ponteiro("parked", "drop", "ticketing", "--data", data)
    unknown = ponteiro("parked", "drop", "ticketing", "--fingerprint", "beef", "--data", data)

    going_on = "go on with: parked retry ticketing\n"
    assert stream[:2] == (0, f"ticketing: number 1 of notify {STREAM} is given up; {going_on}")
    assert body[:2] == (0, "ticketing: the unreadable body is gone\n")
    assert (nothing[0], unknown[0]) == (1, 1)
    assert "name what is to be dropped" in nothing[2]
    assert "no unreadable body beef is parked here" in unknown[2]


def test_a_house_that_was_never_opened_is_sent_to_the_doctor(ponteiro: Ponteiro, tmp_path: Path) -> None:
    code, said, complaint = ponteiro("parked", "list", "--data", tmp_path)

    assert (code, said) == (1, "")
    assert complaint == "ponteiro: ticketing: OperationalError: no such table: parked; look with: ponteiro doctor\n"
