"""`ponteiro outbox` and `ponteiro parked`: facts that wait on their way out, and facts that could not be handled."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, TypeVar
from uuid import UUID

import sqlalchemy as sa
import typer
from rich.table import Table
from sqlalchemy.exc import DBAPIError

from services.cli.installation import DataOption, Installation, ServiceName, installation
from services.cli.terminal import Cannot, say, show
from shared import parked as parking
from shared.bus import Subscriptions
from shared.db import Database, Instant, Transaction
from shared.events import TELLERS
from shared.log import describe
from shared.outbox import events
from shared.outbox import outbox as pointers

DoneT = TypeVar("DoneT")

OneService = Annotated[ServiceName, typer.Argument(metavar="SERVICE", help=", ".join(TELLERS))]
ServiceFilter = Annotated[ServiceName | None, typer.Option("--service", help="Only this one.")]
TellerOption = Annotated[ServiceName | None, typer.Option("--teller", help="Who told the facts of the stream.")]
StreamOption = Annotated[UUID | None, typer.Option("--stream", metavar="ID", help="The ticket, contract or invoice.")]

parked_commands = typer.Typer(help="Streams that stopped at a fact which could not be handled.", no_args_is_help=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What of one kind waits in the outbox of a service."""

    type: str
    facts: int
    first_position: int
    oldest: datetime


def outbox(
    service: ServiceFilter = None,
    resend: Annotated[
        str | None,
        typer.Option(metavar="FROM", help="Put events of --service back, from this position or instant on."),
    ] = None,
    data: DataOption = None,
) -> None:
    """Show what waits to be told; or, after the broker lost it, put what was told back: repeats do no harm."""
    place = installation(data)
    if resend is not None:
        if service is None:
            raise Cannot("--resend needs --service: each service has an event log of its own")
        count = with_database(place, service, lambda database: put_back(database, resend))
        say(f"{service}: {count} events are in the outbox again and go out in their old order")
        return
    found = {name: with_database(place, name, what_waits) for name in names(service)}
    if not any(found.values()):
        say("nothing waits: every fact has been carried")
        return
    table = Table("service", "type", "facts", "first position", "oldest")
    for name, rows in found.items():
        for row in rows:
            table.add_row(name, row.type, str(row.facts), str(row.first_position), row.oldest.isoformat())
    show(table)


@parked_commands.command("list")
def parked_list(service: ServiceFilter = None, data: DataOption = None) -> None:
    """Show every parked stream: the fact at its head, why it waits, and how many wait in it."""
    place = installation(data)
    table = Table("service", "teller", "stream", "number", "type", "tenant", "waiting", "why")
    for name in names(service):
        facts = with_database(place, name, what_is_parked)
        for head in heads(facts):
            behind = sum(1 for fact in facts if (fact.teller, fact.stream) == (head.teller, head.stream))
            address = (str(head.stream or head.fingerprint), str(head.sequence or ""))
            count = str(behind if head.stream else 1)
            table.add_row(name, head.teller or "", *address, head.type or "", head.tenant or "", count, head.error)
    if table.row_count == 0:
        say("nothing is parked")
        return
    show(table)


@parked_commands.command("retry")
def parked_retry(
    service: OneService, teller: TellerOption = None, stream: StreamOption = None, data: DataOption = None
) -> None:
    """Handle what waits, in order, as far as it goes: one stream, or all of the service."""
    place = installation(data)
    subscriptions = subscriptions_of(place, service)
    chosen = streams_of(with_database(place, service, what_is_parked), teller, stream)
    failed = 0
    for one_teller, one_stream in chosen:
        handled, why = with_database(
            place, service, partial(try_again, subscriptions=subscriptions, teller=one_teller, stream=one_stream)
        )
        failed += why is not None
        say(f"{one_teller} {one_stream}: {handled} handled" + (f", then: {why}" if why else ""))
    if failed:
        raise Cannot(f"{failed} of {len(chosen)} streams are still parked")
    if not chosen:
        say("nothing is parked there")


@parked_commands.command("drop")
def parked_drop(
    service: OneService,
    teller: TellerOption = None,
    stream: StreamOption = None,
    fingerprint: Annotated[str | None, typer.Option(help="Of a body that is no envelope.")] = None,
    data: DataOption = None,
) -> None:
    """Give up the fact at the head of a stream (or the gap before it); `parked retry` then goes on behind it."""
    place = installation(data)
    if fingerprint is not None:
        with_database(place, service, lambda database: parking.drop_unreadable(database, fingerprint=fingerprint))
        say(f"{service}: the unreadable body is gone")
    elif teller is not None and stream is not None:
        number = with_database(place, service, lambda database: parking.drop(database, teller=teller, stream=stream))
        say(f"{service}: number {number} of {teller} {stream} is given up; go on with: parked retry {service}")
    else:
        raise Cannot("name what is to be dropped: --teller and --stream, or --fingerprint")


def names(service: ServiceName | None) -> Sequence[str]:
    """One service, or all."""
    return TELLERS if service is None else (service,)


def with_database(place: Installation, service: str, work: Callable[[Database], Awaitable[DoneT]]) -> DoneT:
    """Do something with the database of a service, then give it back. Raises Cannot when it does not answer."""

    async def run() -> DoneT:
        database = place.database(service)
        try:
            return await work(database)
        except DBAPIError as error:
            raise Cannot(f"{service}: {describe(error.orig or error)}; look with: ponteiro doctor") from error
        finally:
            await database.close()

    return asyncio.run(run())


async def what_waits(database: Database) -> list[Waiting]:
    """What waits in the outbox, kind by kind."""
    async with database.reading() as tx:
        return [Waiting(**row._mapping) for row in await tx.execute(_WAITING)]  # noqa: SLF001  SQLAlchemy's public name


async def put_back(database: Database, since: str) -> int:
    """Point the outbox at logged events again, from a position or an instant on; answer how many."""
    async with database.transaction() as tx:
        position = int(since) if since.isdecimal() else await first_after(tx, since)
        return (await tx.execute(_PUT_BACK, {"first": position})).rowcount


async def first_after(tx: Transaction, since: str) -> int:
    """The position of the first event told at or after an instant. Raises Cannot when there is none."""
    try:
        instant = datetime.fromisoformat(since)
    except ValueError:
        raise Cannot(f"{since!r} is neither a position nor an instant like 2026-11-10T10:00-03:00") from None
    if instant.tzinfo is None:
        raise Cannot(f"{since!r} lacks its offset, e.g. {since}-03:00")
    position: int | None = (await tx.execute(_FIRST_AFTER, {"since": instant})).scalar_one()
    if position is None:
        raise Cannot(f"nothing was told since {since}")
    return position


async def what_is_parked(database: Database) -> list[parking.Parked]:
    """Everything that is parked in a service."""
    async with database.reading() as tx:
        return await parking.waiting(tx)


def heads(facts: Sequence[parking.Parked]) -> list[parking.Parked]:
    """The first fact of each stream; a body without an address stands for itself."""
    first: dict[tuple[str | None, UUID | str], parking.Parked] = {}
    for fact in facts:
        first.setdefault((fact.teller, fact.stream or fact.fingerprint), fact)
    return list(first.values())


def streams_of(
    facts: Sequence[parking.Parked], teller: ServiceName | None, stream: UUID | None
) -> list[tuple[str, UUID]]:
    """The parked streams that are meant: all, those of a teller, or one."""
    return [
        (head.teller, head.stream)
        for head in heads(facts)
        if head.teller is not None
        and head.stream is not None
        and teller in (None, head.teller)
        and stream in (None, head.stream)
    ]


def subscriptions_of(place: Installation, service: str) -> Subscriptions:
    """What the service listens to."""
    from services.embedded.house import build_services  # noqa: PLC0415  five services, for a retry alone

    return next(one.subscriptions for one in build_services(place.settings) if one.name == service)


async def try_again(
    database: Database, *, subscriptions: Subscriptions, teller: str, stream: UUID
) -> tuple[int, str | None]:
    """Retry one stream; how many facts were handled, and why the next one was not."""
    before = len(await what_is_parked(database))
    try:
        await parking.retry(database, subscriptions, teller=teller, stream=stream)
        why = None
    except Exception as error:  # noqa: BLE001  whatever the handler says is the answer
        why = describe(error)
    return before - len(await what_is_parked(database)), why


_WAITING = (
    sa.select(
        events.c.type,
        sa.func.count().label("facts"),
        sa.func.min(pointers.c.position).label("first_position"),
        sa.func.min(events.c.told_at, type_=Instant).label("oldest"),
    )
    .join(pointers, pointers.c.position == events.c.position)
    .group_by(events.c.type)
    .order_by("first_position")
)
_PUT_BACK = sa.insert(pointers).from_select(
    ["position"],
    sa.select(events.c.position).where(
        events.c.position >= sa.bindparam("first"), events.c.position.not_in(sa.select(pointers.c.position))
    ),
)
_FIRST_AFTER = sa.select(sa.func.min(events.c.position)).where(events.c.told_at >= sa.bindparam("since", type_=Instant))
