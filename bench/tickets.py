"""Opening tickets over HTTP with everything running, against pgbench doing the same two inserts; and to the clock."""

from __future__ import annotations

import asyncio
import re
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import httpx
import msgspec

from bench import load
from bench.figures import Figure
from bench.house import House, cpu_seconds
from services.cli.apply import bring_one, section_kinds
from services.cli.demo.actors import Shop
from services.cli.demo.stage import Stage
from services.cli.offer_file import read_offer
from services.client import Api
from shared.auth import Role
from shared.events import TELLERS
from tests import servers
from tests.servers.programs import Program

PGBENCH = Program(name="pgbench", called="pgbench", folders=("/usr/lib/postgresql/*/bin",), package="postgresql")
CONNECTIONS = 16
SECONDS = 15.0
WARM_UP_SECONDS = 3.0
ARMED_A_SECOND = 100
ARMED_SECONDS = 10
LOOK_EVERY_SECONDS = 0.005
SPARE = 200  # connections kept open, so that none is opened while the clock is measured
DRAIN_SECONDS = 90.0
DRAINED_SECONDS = 0.5  # a lone ticket that has its clock within this waits behind no backlog
OFFER = Path(__file__).resolve().parents[1] / "deploy" / "offers" / "next4.yaml"

# What the ticket's own transaction cannot do without: the ticket and its fact.
PGBENCH_TABLES = """
create table bench_tickets (id uuid primary key, tenant text not null, subject text not null, body text not null);
create table bench_outbox (position bigint generated always as identity primary key, body bytea not null);
"""
PGBENCH_SCRIPT = """
begin;
insert into bench_tickets values (gen_random_uuid(), 'next4', 'A page', repeat('x', 200));
insert into bench_outbox (body) values (convert_to(repeat('x', 700), 'UTF8'));
commit;
"""
ARMED_CLOCKS = "select distinct ticket_id from clocks where ticket_id = any($1::uuid[])"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A customer with a contract in a running house."""

    house: House
    token: str
    contract_id: UUID
    spare: list[load.Connection]

    async def connection(self) -> load.Connection:
        """A connection to ticketing that is open already, while there are some."""
        while self.spare:
            connection = self.spare.pop()
            if connection.is_open:  # the server hangs up on those that were silent for some seconds
                return connection
        return await load.connect(self.house.ports["ticketing"])

    def opening(self, number: int) -> bytes:
        """The request that opens one more ticket."""
        body = {"subject": f"Page {number}", "description": "x" * 200, "contract_id": str(self.contract_id)}
        return load.post("/v1/tickets", token=self.token, body=msgspec.json.encode(body), key=str(uuid4()))


async def prepare(house: House) -> Desk:
    """Apply an offer, sign a contract."""
    api = Api.open(house.urls())
    stage = await Stage.find(api, house.keys)
    shop = Shop(stage=stage, tenant="next4")
    offer = read_offer(OFFER, section_kinds())
    for name in TELLERS:
        await bring_one(shop.admin, name, offer.sections[name])
    customer = await shop.sign("Bancada", plan_code="ADVANCED", start_date=f"{stage.opened_at:%Y-%m-01}")
    await customer.asks("First", "So that the contract is known everywhere.")
    await api.aclose()
    token = house.token(Role.CUSTOMER, organization_id=customer.organization_id)
    spare = [await load.connect(house.ports["ticketing"]) for _ in range(SPARE)]
    return Desk(house=house, token=token, contract_id=customer.contract_id, spare=spare)


def pgbench(url: str) -> float:
    """Transactions a second of the two inserts at as many connections, on the same server, in its default mode."""
    program = str(servers.find_or_install(PGBENCH))
    asyncio.run(_execute(url, PGBENCH_TABLES))
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(PGBENCH_SCRIPT)
        script.flush()
        given = [program, "-n", "-c", str(CONNECTIONS), "-j", "2", "-T", "10", "-f", script.name, url]
        said = subprocess.run(given, check=True, capture_output=True, text=True).stdout
    found = re.search(r"tps = ([\d.]+)", said)
    assert found is not None, f"pgbench said no tps: {said}"
    return float(found[1])


async def _execute(url: str, sql: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(sql)
    await connection.close()


async def opened_per_second(desk: Desk) -> list[Figure]:
    """Tickets opened a second at 16 connections, every listener at work meanwhile."""
    baseline = await asyncio.to_thread(pgbench, desk.house.databases["ticketing"])
    port = desk.house.ports["ticketing"]
    await load.as_fast_as_it_goes(port, desk.opening, connections=CONNECTIONS, seconds=WARM_UP_SECONDS)
    before = cpu_seconds(desk.house)
    answers, took = await load.as_fast_as_it_goes(port, desk.opening, connections=CONNECTIONS, seconds=SECONDS)
    after = cpu_seconds(desk.house)
    assert not answers.refused, f"refused: {answers.refused} {answers.bodies[:1]}"
    opened = len(answers.seconds)
    spent = ", ".join(f"{name} {(after[name] - before[name]) / opened * 1e6:.0f}" for name in after)
    return [
        Figure(
            name="tickets opened over HTTP, 16 connections",
            value=opened / took,
            unit="1/s",
            baseline=baseline,
            baseline_name="pgbench tps",
            goal="ratio >= 0.12",
            note=f"processor time in us a ticket while the load ran: {spent}",
        ),
        Figure(name="  p50 of one", value=answers.percentile(0.5) * 1000, unit="ms"),
        Figure(name="  p99 of one", value=answers.percentile(0.99) * 1000, unit="ms"),
    ]


async def to_the_clock(desk: Desk) -> list[Figure]:
    """From the POST of a ticket to its SLA clock being there to be read, at 100 tickets a second."""
    async with _watching(desk.house.databases["sla"]) as armed:
        await _drained(desk, armed)
        started = time.perf_counter()
        seconds = await asyncio.gather(
            *(_one_to_the_clock(desk, armed, number, started) for number in range(ARMED_A_SECOND * ARMED_SECONDS))
        )
    ordered = sorted(seconds)
    p50, p99 = (ordered[int(share * len(ordered))] * 1000 for share in (0.5, 0.99))
    return [
        Figure(name="POST to readable clock at 100/s, p50", value=p50, unit="ms", goal="< 60"),
        Figure(name="POST to readable clock at 100/s, p99", value=p99, unit="ms", goal="< 250"),
    ]


Armed = dict[UUID, asyncio.Future[float]]  # of each ticket that waits: when its clock was first there


@asynccontextmanager
async def _watching(url: str) -> AsyncIterator[Armed]:
    """One look at sla's database for all that wait: a request for each would cost more than what it measures."""
    waiting: Armed = {}
    connection = await asyncpg.connect(url)

    async def look() -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            for row in await connection.fetch(ARMED_CLOCKS, list(waiting)):
                waiting.pop(row["ticket_id"]).set_result(time.perf_counter())

    looking = asyncio.create_task(look())
    try:
        yield waiting
    finally:
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking
        await connection.close()


async def _one_to_the_clock(desk: Desk, armed: Armed, number: int, started: float) -> float:
    await asyncio.sleep(max(0.0, started + number / ARMED_A_SECOND - time.perf_counter()))
    posting = await desk.connection()
    posted_at = time.perf_counter()
    status, body = await posting.ask(desk.opening(number))
    assert status == httpx.codes.CREATED, body
    desk.spare.append(posting)
    there: asyncio.Future[float] = asyncio.get_running_loop().create_future()
    armed[UUID(msgspec.json.decode(body)["id"])] = there
    async with asyncio.timeout(DRAIN_SECONDS):
        return await there - posted_at


async def _drained(desk: Desk, armed: Armed) -> None:
    """Wait until what the load left has been delivered: the last ticket has its clock."""
    deadline = time.monotonic() + DRAIN_SECONDS
    last = await _one_to_the_clock(desk, armed, 0, 0.0)
    while last > DRAINED_SECONDS:
        assert time.monotonic() < deadline, "the backlog of the load does not drain"
        last = await _one_to_the_clock(desk, armed, 0, 0.0)
