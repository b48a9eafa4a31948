"""Many tickets of one contract at the same instant: the account's row is the lock, and not a minute is lost (L-10)."""

from __future__ import annotations

import asyncio
import time

import pytest

from services.hourbank import domain
from shared.events.hourbank import HoursDebited, HoursHeld, HoursReversed
from shared.inbox import Outcome
from tests.hourbank.conftest import Client
from tests.hourbank.pure import named, wall
from tests.hourbank.stage import Stage

pytestmark = pytest.mark.anyio

CLIENTS = 32


@pytest.fixture
def url(on_postgres: str) -> str:
    """PostgreSQL, where transactions really meet."""
    return on_postgres


async def test_thirty_two_estimates_and_closes_at_once_share_exactly_what_there_is(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    await stage.activate("START", "2026-11-01")
    tickets = [f"T{number}" for number in range(CLIENTS)]

    estimates = await asyncio.gather(*(stage.publish(ticket, 25, at="2026-11-10T10:00") for ticket in tickets))
    held = {fact.estimate_id: fact for fact in await stage.facts() if isinstance(fact, HoursHeld)}
    await asyncio.gather(
        *(stage.approve(estimate, over=held[estimate].minutes_over, at="2026-11-10T11:00") for estimate in estimates)
    )
    begun = time.perf_counter()
    closed = await asyncio.gather(*(stage.close(ticket, 25, at="2026-11-10T12:00") for ticket in tickets))
    seconds = time.perf_counter() - begun

    with capsys.disabled():
        print(f"\nhourbank, PostgreSQL: {CLIENTS} closes of one contract at once, {CLIENTS / seconds:.0f} closes/s")
    debited = [fact for fact in await stage.facts() if isinstance(fact, HoursDebited)]
    account, ledger = await stage.account(), await stage.ledger()
    assert closed == [Outcome.APPLIED] * CLIENTS
    assert sorted(fact.minutes_held for fact in held.values()) == [0] * 24 + [5] + [25] * 7
    assert sum(fact.minutes_over for fact in debited) == CLIENTS * 25 - 180
    assert (account.balance_minutes, account.lots) == (0, domain.fold(ledger))
    assert [entry.sequence for entry in ledger] == list(range(1, len(ledger) + 1))


async def test_a_hundred_estimates_at_once_never_hold_more_than_the_balance_has(stage: Stage, client: Client) -> None:
    contract_id = await stage.activate("START", "2026-11-01")

    await asyncio.gather(*(stage.publish(f"T{number}", 7, at="2026-11-10T10:00") for number in range(100)))

    held = [fact for fact in await stage.facts() if isinstance(fact, HoursHeld)]
    async with client("manager") as manager:
        account = (await manager.get(f"/v1/accounts/{contract_id}")).json()
    assert sorted(fact.minutes_held for fact in held) == [0] * 74 + [5] + [7] * 25
    assert sum(fact.minutes_over for fact in held) == 100 * 7 - 180
    assert (account["balance_minutes"], account["held_minutes"], account["available_minutes"]) == (180, 180, 0)


async def test_thirty_two_managers_at_once_take_back_exactly_what_was_debited(
    stage: Stage, client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    contract_id = await stage.activate("BASIC", "2026-11-01")
    await stage.approve(await stage.publish("T1", 520, at="2026-11-10T10:00"), over=100, at="2026-11-10T10:00")
    await stage.close("T1", 510, at="2026-11-10T12:00")
    stage.clock.move_to(wall("2026-11-11T10:00"))
    body = {"ticket_id": str(named("T1")), "minutes": 20, "reason": "engano"}

    async with client("manager") as manager:
        begun = time.perf_counter()
        answers = await asyncio.gather(
            *(manager.post(f"/v1/accounts/{contract_id}/reversals", json=body) for _ in range(CLIENTS))
        )
        seconds = time.perf_counter() - begun

    with capsys.disabled():
        print(f"\nhourbank, PostgreSQL: {CLIENTS} reversals of one round over HTTP, {CLIENTS / seconds:.0f} requests/s")
    statuses = sorted(answer.status_code for answer in answers)
    taken = [fact for fact in await stage.facts() if isinstance(fact, HoursReversed)]
    account, ledger = await stage.account(), await stage.ledger()
    assert statuses == [201] * 25 + [422] * 7
    assert sum(fact.minutes for fact in taken) == 500
    assert sum(fact.minutes_over for fact in taken) == 90
    assert (account.available_minutes, account.lots) == (410, domain.fold(ledger))
    assert [entry.sequence for entry in ledger] == list(range(1, len(ledger) + 1))
