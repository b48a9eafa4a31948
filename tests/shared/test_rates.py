"""How often a client may ask: counted in Redis for all processes, by each for itself while Redis is away."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from shared.clock import VirtualClock
from shared.rates import Rates
from tests import servers
from tests.shared.conftest import OpenDatabase
from tests.shared.desk import Desk

NOW = datetime(2026, 11, 21, 12, 0, 15, tzinfo=UTC)  # 45 seconds before its minute ends
Counting = Callable[[int, str], Rates]
NOBODY_LISTENS = "redis://127.0.0.1:1"


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(NOW)


@pytest.fixture
async def counting(clock: VirtualClock) -> AsyncIterator[Counting]:
    """Makes a counter as a process has one."""
    async with AsyncExitStack() as stack:

        def one(most: int, redis_url: str) -> Rates:
            rates = Rates(most=most, clock=clock, redis_url=redis_url)
            stack.push_async_callback(rates.close)
            return rates

        yield one


@pytest.fixture
async def desk(open_database: OpenDatabase, clock: VirtualClock) -> Desk:
    """A service that takes three requests a minute from each client."""
    desk = Desk(await open_database("echo"), rates=Rates(most=3, clock=clock))
    await desk.open()
    return desk


async def test_processes_count_together_in_redis(redis_url: str, counting: Counting) -> None:
    one, other = (counting(3, redis_url) for _ in range(2))

    taken = [await rates.take("ana") for rates in (one, other, one, other)]

    assert [(each.left, each.is_over) for each in taken] == [(2, False), (1, False), (0, False), (0, True)]
    assert {each.seconds for each in taken} == {45}


async def test_one_client_takes_nothing_from_another(redis_url: str, counting: Counting) -> None:
    rates = counting(1, redis_url)

    taken = [await rates.take(client) for client in ("ana", "bia", "ana")]

    assert [each.is_over for each in taken] == [False, False, True]


async def test_a_new_minute_begins_anew(redis_url: str, counting: Counting, clock: VirtualClock) -> None:
    rates = counting(1, redis_url)
    await rates.take("ana")

    clock.move_to(NOW + timedelta(seconds=45))

    assert await rates.take("ana") == await rates.take("bia")


async def test_while_redis_is_away_each_process_counts_for_itself(counting: Counting) -> None:
    one, other = (counting(1, NOBODY_LISTENS) for _ in range(2))

    taken = [await rates.take("ana") for rates in (one, other, one)]

    assert [each.is_over for each in taken] == [False, False, True]


async def test_redis_that_goes_away_refuses_nobody(own_redis: servers.Redis, counting: Counting) -> None:
    rates = counting(5, own_redis.url)
    await rates.take("ana")

    own_redis.stop()

    assert [(await rates.take("ana")).is_over for _ in range(3)] == [False, False, False]


async def test_each_answer_says_what_is_left(desk: Desk) -> None:
    async with desk.client() as ana:
        first, second = await written(ana, "eins"), await written(ana, "zwei")

    assert told(first) == {"ratelimit-limit": "3", "ratelimit-remaining": "2", "ratelimit-reset": "45"}
    assert told(second)["ratelimit-remaining"] == "1"


async def test_who_asks_too_often_is_refused_and_changes_nothing(desk: Desk) -> None:
    async with desk.client() as ana, desk.client(subject="bia") as bia:
        for text in ("eins", "zwei", "drei"):
            assert (await written(ana, text)).status_code == 201

        refused = await written(ana, "vier")

        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
        assert told(refused) == {
            "ratelimit-limit": "3",
            "ratelimit-remaining": "0",
            "ratelimit-reset": "45",
            "retry-after": "45",
        }
        assert await desk.texts() == ["drei", "eins", "zwei"]
        assert (await written(bia, "fünf")).status_code == 201


async def test_who_comes_without_a_token_is_counted_by_address(desk: Desk) -> None:
    async with desk.client() as nobody:
        nobody.headers["Authorization"] = "Bearer forged"

        answers = [(await written(nobody, "x")).status_code for _ in range(4)]

    assert answers == [401, 401, 401, 429]
    assert await desk.texts() == []


async def written(client: httpx.AsyncClient, text: str) -> httpx.Response:
    return await client.post("/v1/notes", json={"text": text})


def told(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.startswith(("ratelimit", "retry"))}
