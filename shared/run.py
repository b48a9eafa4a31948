"""One service in earnest: one process with its HTTP server, relay, consumer and jobs, on PostgreSQL and RabbitMQ.

It waits for servers that come later, stops on SIGTERM by finishing what is under way, and ends with an error when one
of its parts dies: a supervisor starts it again, and nothing is lost.
"""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
import uvloop

from shared import log as logs
from shared import migrations
from shared.auth import Keys
from shared.clock import SystemClock
from shared.db import Database, is_passing
from shared.errors import Refused
from shared.inbox import Inbox
from shared.jobs import JobRunner
from shared.log import describe, log
from shared.patience import patient
from shared.rabbit import RabbitBus, RabbitConsumer
from shared.rabbit.errors import PASSING
from shared.rates import rates_of
from shared.relay import Relay
from shared.retention import forgetful
from shared.serve import HttpServer, listen
from shared.service import Service
from shared.settings import Settings
from shared.waiting import happens
from shared.web import Hosted, Outside, create_app

WAIT_FIRST_SECONDS: Final = 0.25
WAIT_MOST_SECONDS: Final = 5.0
COLLECT_OBJECTS: Final = 50_000  # a batch makes thousands of short-lived values: 700 are no reason to look
READY_SECONDS: Final = 2.0  # a server that takes longer to answer is as good as away

WholeDocument = Callable[[], dict[str, Any]]


class Unset(Refused):
    """A setting that a service in earnest cannot do without is empty."""


class PartDied(Refused):
    """A part of the process ended by itself: the process ends, to be started again."""


def run(service: Service, settings: Settings, *, whole_document: WholeDocument | None = None) -> None:
    """Run until SIGTERM or SIGINT. Raises Unset, PortInUse, PartDied.

    `whole_document` makes the OpenAPI document of the house that the service is a part of, for whoever asks for it.
    """
    logs.configure(level=settings.log_level)
    collect_seldom()
    uvloop.run(live(service, settings, whole_document=whole_document))


def collect_seldom() -> None:
    """What was imported stays; a collection that walks it holds up whoever waits for an answer."""
    gc.freeze()
    gc.set_threshold(COLLECT_OBJECTS, *gc.get_threshold()[1:])


async def live(service: Service, settings: Settings, *, whole_document: WholeDocument | None = None) -> None:
    """As `run`, in an event loop that runs already."""
    process = Process(forgetful(patient(service), settings), settings, whole_document=whole_document)
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, process.stop)
    try:
        await process.run()
    finally:
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """Something that runs for as long as the process does."""

    name: str
    run: Callable[[], Coroutine[Any, Any, None]]
    stop: Callable[[], None]


class Process:
    """The parts of one process."""

    def __init__(self, service: Service, settings: Settings, *, whole_document: WholeDocument | None = None) -> None:
        """Connect to nothing yet. Raises Unset."""
        url, keys = _database_url(service, settings), _keys(settings)
        if not settings.rabbitmq_url:
            raise Unset("set PONTEIRO_RABBITMQ_URL")
        self._service = service
        self._settings = settings
        self._stopping = asyncio.Event()
        self._database = Database(url, service=service.name, clock=SystemClock())
        self._bus = RabbitBus(settings.rabbitmq_url, teller=service.name, partitions=settings.partitions)
        self._relay = Relay(self._database, self._bus)
        self._jobs = JobRunner(self._database, service.jobs, poll_seconds=settings.jobs_poll_seconds)
        self._consumer = self._listen_to_others()
        hosted = [Hosted(service=service, database=self._database)]
        self._rates = rates_of(settings, clock=self._database.clock)
        self._app = create_app(
            hosted,
            keys=keys,
            clock=self._database.clock,
            ready=self.ready,
            outside=Outside(
                document=whole_document,
                rates=self._rates,
                origins=settings.web_origins,
                redis_url=settings.redis_url,
            ),
        )

    def stop(self) -> None:
        """Finish what is under way, then end."""
        self._stopping.set()

    async def run(self) -> None:
        """Run until stopped. Raises PartDied, PortInUse."""
        try:
            await self._wait_for_schema()
            if not self._stopping.is_set():
                with listen(self._settings.host, self._settings.port) as listening:
                    await self._run_parts(HttpServer(self._app, listening))
        finally:
            await self._bus.close()
            await self._database.close()
            if self._rates is not None:
                await self._rates.close()

    async def ready(self) -> list[str]:
        """What is away, in a sentence each; empty when this process can work."""
        looks = [_away("database", self._look_at_database), _away("bus", self._bus.connect)]
        problems = [problem for problem in await asyncio.gather(*looks) if problem is not None]
        if self._consumer is not None and not self._consumer.is_consuming:
            problems.append("consumer: not every partition is consumed")
        return problems

    def _listen_to_others(self) -> RabbitConsumer | None:
        subscriptions = self._service.subscriptions
        if not subscriptions.tellers:
            return None
        inbox = Inbox(self._database, subscriptions)
        return RabbitConsumer(inbox, url=self._settings.rabbitmq_url, partitions=self._settings.partitions)

    async def _look_at_database(self) -> None:
        async with self._database.reading() as tx:
            await tx.execute(_ONE)

    async def _wait_for_schema(self) -> None:
        """Wait until the database is there and migrated at least as far as this code knows."""
        delay = WAIT_FIRST_SECONDS
        while not self._stopping.is_set():
            problem = await self._schema_problem()
            if problem is None:
                return
            log.warning("waiting", service=self._service.name, reason=problem)
            await happens(self._stopping, within=delay)
            delay = min(delay * 2, WAIT_MOST_SECONDS)

    async def _schema_problem(self) -> str | None:
        try:
            async with self._database.engine.connect() as connection:
                behind = await connection.run_sync(migrations.missing, self._service.migrations)
        except Exception as error:
            if is_passing(error):
                return f"the database is away: {describe(error)}"
            raise
        return f"run `ponteiro migrate`: {', '.join(behind)} is missing" if behind else None

    async def _run_parts(self, http: HttpServer) -> None:
        """Run all parts; when one ends, or at a stop, stop all: first what brings work, last what carries it away."""
        first = [_Part(name="http", run=http.run, stop=http.stop)]
        first.append(_Part(name="jobs", run=self._jobs.run, stop=self._jobs.stop))
        if self._consumer is not None:
            first.append(_Part(name="consumer", run=self._consumer.run, stop=self._consumer.stop))
        last = [_Part(name="relay", run=self._relay.run, stop=self._relay.stop)]
        tasks = {part.name: asyncio.create_task(part.run(), name=part.name) for part in (*first, *last)}
        told_to_stop = asyncio.create_task(self._stopping.wait())
        log.info("running", service=self._service.name, port=self._settings.port)
        await asyncio.wait([*tasks.values(), told_to_stop], return_when=asyncio.FIRST_COMPLETED)
        died = [name for name, task in tasks.items() if task.done()]
        told_to_stop.cancel()
        for parts in (first, last):
            for part in parts:
                part.stop()
            await asyncio.wait([tasks[part.name] for part in parts])
        log.info("stopped", service=self._service.name)
        _complain(tasks, died)


def _complain(tasks: dict[str, asyncio.Task[None]], died: Sequence[str]) -> None:
    """Say of what a part died. Raises PartDied if one did."""
    for name, task in tasks.items():
        error = task.exception()
        if error is not None:
            log.error("part died", part=name, exc_info=error)
            raise PartDied(f"{name} died: {describe(error)}")
    if died:
        raise PartDied(f"{', '.join(died)} ended by itself")


async def _away(what: str, look: Callable[[], Coroutine[Any, Any, object]]) -> str | None:
    """What is wrong with a server, None when it answers in time."""
    try:
        async with asyncio.timeout(READY_SECONDS):
            await look()
    except Exception as error:
        if is_passing(error) or isinstance(error, PASSING):
            return f"{what}: {describe(error)}"
        raise
    return None


def _database_url(service: Service, settings: Settings) -> str:
    try:
        return settings.database_of(service.name)
    except KeyError as error:
        raise Unset(str(error.args[0])) from None


def _keys(settings: Settings) -> Keys:
    """The key that signs the tokens: without one, anybody could be anybody. Raises Unset."""
    try:
        key = settings.signing_key()
        if not key.strip():
            raise Unset("set PONTEIRO_TOKEN_KEY or PONTEIRO_TOKEN_KEY_FILE: without a key no service starts")
        return Keys(key)
    except (OSError, ValueError) as error:
        raise Unset(f"the token key cannot be read: {error}") from error


_ONE = sa.select(1)
