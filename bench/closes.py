"""Tickets of one contract closed at once: 32 clients over HTTP, ticketing and the hour bank in earnest between them.

Every close debits the same account, whose row is the one lock; what they share must come out to the minute.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import uuid4

import httpx

from bench import load
from bench.figures import Figure
from bench.house import House, house
from services.cli.apply import bring_one, section_kinds
from services.cli.demo.actors import Customer, Shop
from services.cli.demo.seen import Entry, Ticket
from services.cli.demo.stage import Stage
from services.cli.offer_file import read_offer
from services.client import Api
from shared.auth import Role
from shared.events import TELLERS
from tests.five_processes import ROOT

CLIENTS = 32
EACH = 4  # tickets that a client closes in the measurement, one after the other
MINUTES = 25
PREPARED_AT_ONCE = 16  # more would only wait for each other
DEBIT = ("capture", "consume", "overage")


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """What closing came to: every answer, the seconds until the last one, and until the ledger had the last debit."""

    answers: load.Answers
    seconds: float
    debited_seconds: float
    entries: list[Entry]

    @property
    def debited_minutes(self) -> int:
        """What the lots paid, and what was over."""
        return sum(entry.minutes for entry in self.entries if entry.kind in DEBIT)

    def __str__(self) -> str:
        """The throughput in a sentence."""
        count = len(self.answers.seconds)
        p99 = self.answers.percentile(0.99) * 1000
        return (
            f"{count} tickets of one contract closed at once over HTTP: {count / self.seconds:.0f} closes/s, p99"
            f" {p99:.0f} ms; {count / self.debited_seconds:.0f} debits/s until the last was in the ledger"
        )


async def worked(customer: Customer, count: int) -> list[Ticket]:
    """So many tickets of a customer, estimated, approved, worked on and resolved."""
    at_once = asyncio.Semaphore(PREPARED_AT_ONCE)

    async def one(number: int) -> Ticket:
        async with at_once:
            ticket = await customer.asks(f"Página {number}", "Uma página nova para a campanha.")
            estimate = await customer.shop.estimate(ticket, MINUTES)
            if estimate.state == "awaiting_approval":
                await customer.approves(ticket, estimate)
            await customer.shop.work(ticket, MINUTES, kind="programming")
            return await customer.shop.resolve(ticket)

    return await asyncio.gather(*(one(number) for number in range(count)))


async def close_at_once(customer: Customer, tickets: Sequence[Ticket], *, port: int, token: str) -> Closed:
    """Close them with as many clients as there are, each on a connection of its own; wait for the last debit."""
    connections = [await load.connect(port) for _ in range(CLIENTS)]
    answers = load.Answers()

    async def close_some(client: int) -> None:
        for ticket in tickets[client::CLIENTS]:
            request = load.post(f"/v1/tickets/{ticket.id}/close", token=token, body=b"{}", key=str(uuid4()))
            asked = time.perf_counter()
            status, body = await connections[client].ask(request)
            answers.seconds.append(time.perf_counter() - asked)
            if status != httpx.codes.OK:
                answers.refused[status] = answers.refused.get(status, 0) + 1
                answers.bodies.append(body)

    begun = time.perf_counter()
    await asyncio.gather(*(close_some(client) for client in range(CLIENTS)))
    seconds = time.perf_counter() - begun
    for connection in connections:
        connection.close()
    entries = await customer.shop.stage.see(
        customer.entries,
        lambda seen: len({one.ticket_id for one in seen if one.kind in DEBIT}) == len(tickets),
        what="every debit in the ledger",
    )
    debited = time.perf_counter() - begun
    return Closed(answers=answers, seconds=seconds, debited_seconds=debited, entries=entries)


async def closed() -> list[Figure]:
    """The figures, in a house of their own."""
    with house() as running:
        done = await _closed_in(running)
    count = len(done.answers.seconds)
    assert not done.answers.refused, f"refused: {done.answers.refused} {done.answers.bodies[:1]}"
    assert done.debited_minutes == count * MINUTES, "not a minute comes or goes"
    return [
        Figure(name=f"tickets of one contract closed, {CLIENTS} clients", value=count / done.seconds, unit="1/s"),
        Figure(name="  p50 of one", value=done.answers.percentile(0.5) * 1000, unit="ms"),
        Figure(name="  p99 of one", value=done.answers.percentile(0.99) * 1000, unit="ms"),
        Figure(name="  and debited in the ledger", value=count / done.debited_seconds, unit="1/s"),
    ]


async def _closed_in(running: House) -> Closed:
    api = Api.open(running.urls())
    stage = await Stage.find(api, running.keys)
    shop = Shop(stage=stage, tenant="next4")
    offer = read_offer(ROOT / "deploy" / "offers" / "next4.yaml", section_kinds())
    for name in TELLERS:
        await bring_one(shop.admin, name, offer.sections[name])
    customer = await shop.sign("Bancada", plan_code="ADVANCED", start_date=f"{stage.opened_at:%Y-%m-01}")
    tickets = await worked(customer, CLIENTS * EACH)
    port = urlsplit(running.url("ticketing")).port or 0
    done = await close_at_once(customer, tickets, port=port, token=running.token(Role.AGENT))
    await api.aclose()
    return done
