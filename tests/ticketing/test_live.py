"""What happens to tickets, told live: to whom it belongs, once, in order, over Redis between processes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import msgspec
import pytest

from services.ticketing.app import build
from shared import eventstream
from shared import live as lives
from shared.db import Database
from shared.serve import HttpServer, listen
from shared.settings import Settings
from shared.web import Hosted, Outside, create_app
from tests.ticketing.desk import ACME, AGENT, APPROVER, CUSTOMER, DEMAND, STRANGER, Desk

pytestmark = pytest.mark.anyio

STALE = {**CUSTOMER, "subject": "customer-2"}


class Seen:
    """One stream of server-sent events, as a browser reads it."""

    def __init__(self, answer: httpx.Response) -> None:
        self._lines = answer.aiter_lines()
        self.ids: list[int] = []

    async def next(self, seconds: float = 10.0) -> Any:
        """The data of the next event; None when the stream has ended."""
        async with asyncio.timeout(seconds):
            async for line in self._lines:
                if line.startswith("id: "):
                    self.ids.append(int(line[4:]))
                if line.startswith("data: "):
                    return msgspec.json.decode(line[6:])
        return None

    async def kinds(self, count: int) -> list[str]:
        """The kinds of the next events."""
        return [(await self.next())["kind"].removeprefix("ticketing.") for _ in range(count)]


class Process:
    """A process of ticketing that serves, and the desk whose tokens it takes."""

    def __init__(self, desk: Desk, database: Database, redis_url: str) -> None:
        self.desk = desk
        service = build(Settings())
        hosted = [Hosted(service=service, database=database)]
        self.app = create_app(
            hosted, keys=desk.keys, clock=desk.clock, ready=_nothing, outside=Outside(redis_url=redis_url)
        )
        self.listening = listen("127.0.0.1", 0)
        self.server = HttpServer(self.app, self.listening)
        self.url = f"http://127.0.0.1:{self.listening.getsockname()[1]}"

    @asynccontextmanager
    async def watched(self, who: dict[str, Any], query: str = "", **more: Any) -> AsyncIterator[Seen]:
        """A stream while the block runs."""
        headers = self.desk.bearer(who, more.pop("tenant", None)) | more.pop("headers", {})
        async with (
            httpx.AsyncClient(base_url=self.url, timeout=30) as client,
            client.stream("GET", f"/v1/live{query}", headers=headers) as answer,
        ):
            assert answer.status_code == 200
            assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
            yield Seen(answer)


async def _nothing() -> list[str]:
    return []


@asynccontextmanager
async def process(desk: Desk, url: str, redis_url: str = "") -> AsyncIterator[Process]:
    """One process while the block runs, with connections of its own."""
    database = Database(url, service="ticketing", clock=desk.clock)
    one = Process(desk, database, redis_url)
    started = asyncio.Event()
    serving = asyncio.create_task(one.server.run(ready=started.set))
    try:
        await started.wait()
        yield one
    finally:
        one.server.stop()
        async with asyncio.timeout(8):
            await serving
        one.listening.close()
        await database.close()


async def opened(one: Process, who: dict[str, Any] = CUSTOMER) -> str:
    """A ticket opened over this process; its path."""
    async with httpx.AsyncClient(base_url=one.url, timeout=30) as client:
        answer = await client.post("/v1/tickets", headers=one.desk.bearer(who), json=DEMAND)
        assert answer.status_code == 201, answer.text
        return f"/v1/tickets/{answer.json()['id']}"


async def said(one: Process, path: str, *, public: bool, who: dict[str, Any] = AGENT) -> None:
    """A message written over this process."""
    async with httpx.AsyncClient(base_url=one.url, timeout=30) as client:
        body = {"text": "Uma palavra que ninguém vê ao vivo.", "public": public}
        answer = await client.post(f"{path}/messages", headers=one.desk.bearer(who), json=body)
        assert answer.status_code == 201, answer.text


async def test_what_one_process_commits_is_told_by_the_other_at_once_over_redis(
    postgresql_desk: Desk, migrated_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lives, "POLL_SECONDS", 60.0)  # so that nothing but Redis can have told it
    await postgresql_desk.open_shop("next4")

    async with (
        process(postgresql_desk, migrated_url, redis_url) as one,
        process(postgresql_desk, migrated_url, redis_url) as other,
        other.watched(AGENT) as seen,
    ):
        await asyncio.sleep(0.5)
        path = await opened(one)
        told = await seen.next()

    assert told == {
        "kind": "ticketing.ticket_opened",
        "at": told["at"],
        "ticket_id": path.rpartition("/")[2],
        "number": 1,
        "status": "registered",
    }


async def test_without_redis_it_looks_by_itself_and_no_write_fails(
    postgresql_desk: Desk, migrated_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lives, "POLL_SECONDS", 0.2)
    away = "redis://127.0.0.1:1"
    await postgresql_desk.open_shop("next4")

    async with (
        process(postgresql_desk, migrated_url, away) as one,
        process(postgresql_desk, migrated_url, away) as other,
        other.watched(AGENT) as seen,
    ):
        await opened(one)
        told = await seen.kinds(1)

    assert told == ["ticket_opened"]


async def test_a_stream_resumes_over_a_restart_without_a_gap_or_a_double(next4: Desk, url: str) -> None:
    async with process(next4, url) as first, first.watched(AGENT, "?after=0") as seen:
        await opened(first)
        await opened(first)
        before = [await seen.next(), await seen.next()]
    async with process(next4, url) as second:
        await opened(second)
        again = {"Last-Event-ID": str(seen.ids[0])}
        async with second.watched(AGENT, "?after=0", headers=again) as resumed:
            await opened(second)
            after = [await resumed.next() for _ in range(3)]

    assert [one["number"] for one in before] == [1, 2]
    assert [one["number"] for one in after] == [2, 3, 4]
    assert resumed.ids == sorted(set(resumed.ids))


async def test_a_customer_sees_their_own_public_facts_only_and_another_provider_nothing(next4: Desk, url: str) -> None:
    async with process(next4, url) as one:
        path = await opened(one)
        await said(one, path, public=False)
        await next4.post(f"{path}/assign", {"agent_id": "agent-1"})
        await said(one, path, public=True)
        async with (
            one.watched(CUSTOMER, "?after=0") as own,
            one.watched(AGENT, "?after=0") as staff,
            one.watched(STRANGER, "?after=0") as stranger,
            one.watched(AGENT, "?after=0", tenant="blocktime") as other,
        ):
            shown = await own.kinds(2)
            whole = await staff.kinds(4)
            for nobody in (stranger, other):
                with pytest.raises(TimeoutError):
                    await nobody.next(0.5)

    assert shown == ["ticket_opened", "message_posted"]
    assert whole == ["ticket_opened", "message_posted", "ticket_assigned", "message_posted"]


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_who_is_too_far_behind_is_dropped_and_resumes_behind_what_they_saw(
    next4: Desk, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lives, "WAITING_MOST", 1)
    async with process(next4, url) as one:
        line = one.app.state.edges.live
        async with one.watched(AGENT, "?after=0") as slow:
            await opened(one)
            first = await slow.next()
            watcher = next(iter(line._watchers))
            item = lives.Item(position=1, tenant="next4", organization_id=ACME, public=True, body=b"{}")
            watcher.offer(item)
            watcher.offer(item)
            await opened(one)
            ended = [told async for told in _rest(slow)]
        async with one.watched(AGENT, headers={"Last-Event-ID": str(slow.ids[0])}) as resumed:
            missed = await resumed.next()

    assert first["number"] == 1
    assert ended == []
    assert missed["number"] == 2
    assert not line._watchers


async def _rest(seen: Seen) -> AsyncIterator[Any]:
    while (told := await seen.next()) is not None:
        yield told


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_the_end_of_a_process_ends_its_streams_at_once(next4: Desk, url: str) -> None:
    async with process(next4, url) as one, one.watched(AGENT) as seen:
        begun = asyncio.get_running_loop().time()
        one.server.stop()
        told = await seen.next()
        passed = asyncio.get_running_loop().time() - begun

    assert told is None
    assert passed < eventstream.GOODBYE_SECONDS + 4


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_a_stream_ends_with_its_token_and_beats_until_then(
    next4: Desk, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lives, "HEARTBEAT_SECONDS", 0.1)
    async with process(next4, url) as one, one.watched(APPROVER) as seen:
        await asyncio.sleep(0.5)
        beats = len(seen.ids)
        next4.clock.move_to(next4.clock.now().replace(year=2030))
        told = await seen.next()

    assert told is None
    assert beats == 0  # a heartbeat is no event: it only moves the id
    assert len(seen.ids) >= 3


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_what_is_no_longer_kept_is_said_and_not_passed_over(next4: Desk, url: str) -> None:
    async with process(next4, url) as one, one.watched(AGENT, "?after=999999") as seen:
        told = await seen.next()

    assert told == {"reason": "facts before this one are no longer kept: read the lists again"}


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_a_client_opens_so_many_streams_and_no_more(
    next4: Desk, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lives, "STREAMS_MOST_EACH", 1)
    async with (
        process(next4, url) as one,
        one.watched(CUSTOMER),
        one.watched(STALE),
        httpx.AsyncClient(base_url=one.url, timeout=30) as client,
    ):
        refused = await client.get("/v1/live", headers=next4.bearer(CUSTOMER))

    assert refused.status_code == 429
    assert refused.json()["code"] == "too_many_streams"
