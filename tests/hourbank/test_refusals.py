"""A refusal leaves nothing behind but what time had brought by then anyway (invariant 21): every way to be refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from services.hourbank.domain import Entry
from shared import parked
from shared.clock import VirtualClock
from shared.db import Database
from shared.events.billing import PurchaseVoided
from shared.events.hourbank import HoldRefused, LotVoidRefused
from shared.events.ticketing import EstimateDeclined
from shared.inbox import Outcome
from tests import prepared
from tests.hourbank import contracts
from tests.hourbank.conftest import Client
from tests.hourbank.pure import named, wall
from tests.hourbank.stage import Stage
from tests.hourbank.test_reversals import dispute, wanted

pytestmark = pytest.mark.anyio

# A month each, so that every refusal finds a midnight that no job has gone through yet.
MONTHS = [f"2027-{month:02d}-05T10:00" for month in range(1, 13)]
LAST = "2028-01-02T10:00"

Refusal = Callable[[Stage, str], Awaitable[object]]


@pytest.fixture
def url(tmp_path: Path) -> str:
    """SQLite: what is refused is the rules' affair, not a database's."""
    return prepared.on_sqlite("hourbank", tmp_path)


async def a_life(stage: Stage) -> str:
    """Lots about to expire, a used purchase, a closed round that is disputed, a suspension; answers the path."""
    contract_id = await stage.activate("START", "2026-02-01")
    await stage.approve(await stage.publish("T1", 2000, at="2026-11-10T10:00"), over=200, at="2026-11-10T15:00")
    await stage.close("T1", 2000, at="2026-11-12T17:00")
    await contracts.buy(stage, "used", 100, at="2026-11-13T10:00", months=1)
    await stage.approve(await stage.publish("T2", 20, at="2026-11-13T11:00"), over=0, at="2026-11-13T11:00")
    await stage.close("T2", 20, at="2026-11-14T17:00")
    await stage.approve(await stage.publish("T3", 40, at="2026-12-03T10:00"), over=0, at="2026-12-03T10:00")
    await stage.tell(replace(dispute(stage, minutes=50), opened_at=wall("2026-12-04T10:00")))
    await contracts.suspend(stage, at="2026-12-05T10:00")
    return f"/v1/accounts/{contract_id}"


async def closed_above_the_limit(stage: Stage, at: str) -> object:
    """41 minutes where 40 were approved."""
    return await stage.close("T3", 41, at=at)


async def estimated_in_a_suspension(stage: Stage, at: str) -> object:
    """Refused as a fact, for which the account is saved."""
    await stage.publish("T4", 10, at=at)
    return next(type(fact) for fact in (await stage.facts())[::-1] if isinstance(fact, HoldRefused))


async def approved_at_another_rate(stage: Stage, at: str) -> object:
    """Not what was quoted."""
    return await stage.approve(named("T1 estimate 1"), over=200, at=at, price=1)


async def answered_twice(stage: Stage, at: str) -> object:
    """T3 was approved, and is declined now."""
    return await stage.end_estimate(EstimateDeclined, named("T3 estimate 1"), at=at)


async def a_used_purchase_taken_back(stage: Stage, at: str) -> object:
    """Refused as a fact, too (L-16)."""
    voided = PurchaseVoided(**contracts.ids_of(stage), purchase_id=named("used"), voided_at=wall(at))
    assert await stage.tell(voided) is Outcome.APPLIED
    return next(type(fact) for fact in (await stage.facts())[::-1] if isinstance(fact, LotVoidRefused))


async def bought_again_otherwise(stage: Stage, at: str) -> object:
    """The same purchase, of more minutes."""
    return await contracts.buy(stage, "used", 31, at=at, effective="2026-11-13")


async def disputed_again_otherwise(stage: Stage, at: str) -> object:
    """The same dispute, of another overage."""
    return await stage.tell(replace(dispute(stage, minutes=50), overage_id=named("other"), opened_at=wall(at)))


PARKED: list[tuple[Refusal, object]] = [
    (closed_above_the_limit, Outcome.PARKED),
    (estimated_in_a_suspension, HoldRefused),
    (approved_at_another_rate, Outcome.PARKED),
    (answered_twice, Outcome.PARKED),
    (a_used_purchase_taken_back, LotVoidRefused),
    (bought_again_otherwise, Outcome.PARKED),
    (disputed_again_otherwise, Outcome.PARKED),
]
ASKED: list[tuple[str, dict[str, object], int, str]] = [
    ("reversals", wanted(10), 409, "round_disputed"),
    ("reversals", wanted(21, ticket_id=str(named("T2"))), 422, "reversal_exceeds_debit"),
    ("reversals", wanted(10, reason=" \u200b "), 422, "invalid"),
    ("corrections", {"minutes": 10, "validity_days": 30, "reason": "..."}, 422, "invalid"),
    ("what-if", {"cancellation": {"effective_date": "9999-12-31"}}, 422, "invalid"),
]


async def test_every_refusal_leaves_only_what_time_brought_and_the_ledger_goes_on_as_if_it_had_not_been(
    stage: Stage, client: Client, tmp_path: Path
) -> None:
    path = await a_life(stage)
    before = await stage.ledger()
    left_behind: list[Entry] = []
    months = iter(MONTHS)

    for refusal, answer in PARKED:
        at = next(months)
        stage.clock.move_to(wall(at))  # the jobs are down: nobody has gone through the midnights since
        assert await refusal(stage, at) == answer, refusal.__name__
        await give_up_what_is_parked(stage)
        left_behind += (await stage.ledger())[len(before) + len(left_behind) :]
    async with client("manager") as manager:
        for door, body, status, code in ASKED:
            stage.clock.move_to(wall(next(months)))
            refused = await manager.post(f"{path}/{door}", json=body)
            assert (refused.status_code, refused.json()["code"]) == (status, code)
            assert len(await stage.ledger()) == len(before) + len(left_behind)

    assert {entry.kind.value for entry in left_behind} == {"grant", "expire"}
    assert {entry.cause.actor for entry in left_behind} == {"time"}
    await stage.move_to(LAST)
    assert told_apart(await stage.ledger()) == told_apart(await undisturbed(tmp_path / "undisturbed"))


async def give_up_what_is_parked(stage: Stage) -> None:
    """Whoever looks after the house drops it, so that the next fact of its stream is looked at for itself."""
    async with stage.database.reading() as tx:
        waiting = await parked.waiting(tx)
    for fact in waiting:
        assert fact.teller is not None
        assert fact.stream is not None
        await parked.drop(stage.database, teller=fact.teller, stream=fact.stream)


async def undisturbed(folder: Path) -> list[Entry]:
    """The ledger of the same life in which nothing was ever refused."""
    url = prepared.on_sqlite("hourbank", folder)
    clock = VirtualClock(wall("2025-11-01T00:00"))
    database = Database(url, service="hourbank", clock=clock)
    other = Stage(database, clock)
    await other.apply()
    await a_life(other)
    await other.move_to(LAST)
    ledger = await other.ledger()
    await database.close()
    return ledger


def told_apart(ledger: list[Entry]) -> list[tuple[object, ...]]:
    """What of entries is compared: all but the ids of the facts that caused them."""
    return [
        (one.sequence, one.kind, one.minutes, one.lot, one.reason, one.local_date, one.cause.actor) for one in ledger
    ]
