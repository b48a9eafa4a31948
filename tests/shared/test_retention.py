"""What every service forgets: old facts once they are carried, old answers; never sooner, never what is unsent."""

from datetime import timedelta

import sqlalchemy as sa

from shared.bus import Subscriptions
from shared.clock import VirtualClock
from shared.db import Database
from shared.idempotency import Stored, idempotency_keys, remember
from shared.jobs import Jobs, earliest, run_due
from shared.outbox import events, outbox
from shared.retention import BATCH_ROWS, forgetful
from shared.service import Service
from shared.settings import Settings
from tests.shared.conftest import OpenDatabase
from tests.shared.listening import AT, TENANT, new_stream, sent

SERVICE = forgetful(
    Service(name="notify", routes=[], subscriptions=Subscriptions(), jobs=Jobs()), Settings(events_kept_days=30)
)


async def count(database: Database, table: sa.Table) -> int:
    """The rows of a table."""
    async with database.reading() as tx:
        number: int = (await tx.execute(sa.select(sa.func.count()).select_from(table))).scalar_one()
        return number


async def tell(database: Database, facts: int) -> None:
    """Tell so many facts of one stream, in one transaction."""
    stream = new_stream()
    async with database.transaction(tenant=TENANT) as tx:
        for number in range(facts):
            await tx.publish(sent(stream, number))


async def test_facts_are_forgotten_in_the_hour_after_their_time_in_batches(open_database: OpenDatabase) -> None:
    clock = VirtualClock(AT)
    database = await open_database("notify", clock=clock)
    await tell(database, BATCH_ROWS + 100)
    async with database.transaction() as tx:
        await tx.execute(sa.delete(outbox))

    due = AT + timedelta(days=30, hours=1)
    assert await earliest(database, SERVICE.jobs) == due
    clock.move_to(due - timedelta(minutes=1))
    assert await run_due(database, SERVICE.jobs) == 0
    clock.move_to(due)
    assert await run_due(database, SERVICE.jobs) == BATCH_ROWS
    assert await run_due(database, SERVICE.jobs) == 100

    assert await count(database, events) == 0
    assert await earliest(database, SERVICE.jobs) is None


async def test_what_has_not_been_carried_is_never_forgotten(open_database: OpenDatabase) -> None:
    clock = VirtualClock(AT)
    database = await open_database("notify", clock=clock)
    await tell(database, 3)
    async with database.transaction() as tx:
        await tx.execute(sa.delete(outbox).where(outbox.c.position == 2))

    clock.move_to(AT + timedelta(days=400))
    assert await run_due(database, SERVICE.jobs) == 1

    assert await count(database, events) == 2
    assert await earliest(database, SERVICE.jobs) is None


async def test_answers_are_forgotten_after_two_days(open_database: OpenDatabase) -> None:
    clock = VirtualClock(AT)
    database = await open_database("notify", clock=clock)
    answer = Stored(status=201, headers=b"[]", body=b"{}")
    for key in ("old", "new"):
        async with database.transaction(tenant=TENANT) as tx:
            await remember(tx, key=key, fingerprint=b"f", answer=answer)
        clock.move_to(clock.now() + timedelta(hours=24))

    clock.move_to(AT + timedelta(hours=49))
    assert await run_due(database, SERVICE.jobs) == 1

    async with database.reading() as tx:
        assert (await tx.execute(sa.select(idempotency_keys.c.key))).scalars().all() == ["new"]
    assert await earliest(database, SERVICE.jobs) == AT + timedelta(hours=73)


async def test_a_position_never_comes_again_when_the_whole_log_was_forgotten(open_database: OpenDatabase) -> None:
    """A reader of the feed remembers `after`: a position used twice would hide the new facts from it."""
    clock = VirtualClock(AT)
    database = await open_database("notify", clock=clock)
    await tell(database, 3)
    async with database.transaction() as tx:
        await tx.execute(sa.delete(outbox))
    clock.move_to(AT + timedelta(days=400))
    assert await run_due(database, SERVICE.jobs) == 3

    await tell(database, 1)

    async with database.reading() as tx:
        assert (await tx.execute(sa.select(events.c.position))).scalars().all() == [4]
