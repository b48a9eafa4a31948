"""What happens to tickets, told over a WebSocket: the same facts to the same people, resumed, ended for a reason."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from shared import live as lives
from shared import sockets
from shared.auth import Keys, Principal, Role
from tests.ticketing.desk import ACME, AGENT, CUSTOMER, STRANGER, Desk
from tests.ticketing.test_live import Process, opened, process, said

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("url", ["sqlite"], indirect=True)]

SOMEBODY = Principal(tenant="next4", subject="agent-1", organization_id=None, roles=frozenset({Role.AGENT}))


class Heard:
    """One socket, as a frontend reads it."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def next(self, seconds: float = 10.0) -> Any:
        """The next message."""
        async with asyncio.timeout(seconds):
            return msgspec.json.decode(await self.connection.recv())

    async def kinds(self, count: int) -> list[str]:
        """The kinds of the next facts."""
        return [(await self.next())["data"]["kind"].removeprefix("ticketing.") for _ in range(count)]

    async def code(self) -> int:
        """Why it was closed, after all that still came."""
        async with asyncio.timeout(10):
            with suppress(ConnectionClosed):
                while True:
                    await self.connection.recv()
            await self.connection.wait_closed()
        code = self.connection.close_code
        assert code is not None
        return code


@asynccontextmanager
async def socket(one: Process) -> AsyncIterator[Heard]:
    """A socket on which nothing was said yet."""
    async with connect(one.url.replace("http://", "ws://") + "/v1/live/ws") as connection:
        yield Heard(connection)


@asynccontextmanager
async def watched(one: Process, who: dict[str, Any], **hello: Any) -> AsyncIterator[Heard]:
    """A socket of somebody."""
    token = one.desk.bearer(who, hello.pop("tenant", None))["Authorization"].removeprefix("Bearer ")
    async with socket(one) as heard:
        await heard.connection.send(msgspec.json.encode({"token": token, **hello}).decode())
        yield heard


async def test_everybody_is_told_what_they_may_see_once_and_in_order(next4: Desk, url: str) -> None:
    async with process(next4, url) as one:
        path = await opened(one)
        await said(one, path, public=False)
        await said(one, path, public=True)
        async with (
            watched(one, CUSTOMER, after=0) as own,
            watched(one, AGENT, after=0) as staff,
            watched(one, STRANGER, after=0) as stranger,
            watched(one, AGENT, after=0, tenant="blocktime") as other,
        ):
            shown, whole = await own.kinds(2), await staff.kinds(3)
            for nobody in (stranger, other):
                with pytest.raises(TimeoutError):
                    await nobody.next(0.3)

    assert shown == ["ticket_opened", "message_posted"]
    assert whole == ["ticket_opened", "message_posted", "message_posted"]


async def test_it_goes_on_behind_the_last_id(next4: Desk, url: str) -> None:
    async with process(next4, url) as one:
        async with watched(one, AGENT, after=0) as first:
            await opened(one)
            seen = await first.next()
        await opened(one)
        async with watched(one, AGENT, after=seen["id"]) as again:
            await opened(one)
            numbers = [(await again.next())["data"]["number"] for _ in range(2)]

    assert seen["data"]["number"] == 1
    assert numbers == [2, 3]


async def test_what_is_no_longer_kept_is_said(next4: Desk, url: str) -> None:
    async with process(next4, url) as one, watched(one, AGENT, after=999_999) as heard:
        told = await heard.next()

    assert told["event"] == "reset"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("", 4400),
        ("[]", 4400),
        ("{", 4400),
        ('{"token": 7}', 4400),
        ('{"token": "x", "after": -1}', 4400),
        ('{"token": "x", "colour": 1}', 4400),
        ('{"token": "x"}', 4401),
        ('{"token": "' + "x" * 20_000 + '"}', 1009),
    ],
)
async def test_who_does_not_say_who_it_is_is_sent_away(next4: Desk, url: str, said: str, code: int) -> None:
    async with process(next4, url) as one, socket(one) as heard:
        await heard.connection.send(said)

        assert await heard.code() == code


async def test_who_says_nothing_is_sent_away(next4: Desk, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "HELLO_SECONDS", 0.1)
    async with process(next4, url) as one, socket(one) as heard:
        assert await heard.code() == 4400


async def test_a_forged_or_expired_token_is_refused_and_one_that_expires_ends_it(
    next4: Desk, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lives, "HEARTBEAT_SECONDS", 0.1)
    async with process(next4, url) as one:
        forged = Keys(Keys.generate()).issue(SOMEBODY, now=next4.clock.now(), lifetime=timedelta(days=1))
        async with socket(one) as heard:
            await heard.connection.send(msgspec.json.encode({"token": forged}).decode())
            refused = await heard.code()
        async with watched(one, AGENT) as heard:
            beat = await heard.next()
            next4.clock.move_to(next4.clock.now().replace(year=2030))
            ended = await heard.code()

    assert refused == 4401
    assert set(beat) == {"id"}
    assert ended == 4401


async def test_who_is_too_slow_or_talks_is_dropped_and_the_end_of_the_process_is_said(
    next4: Desk, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lives, "WAITING_MOST", 1)
    async with process(next4, url) as one:
        live = one.app.state.edges.live
        async with watched(one, AGENT, after=0) as slow:
            await opened(one)
            await slow.next()
            item = lives.Item(position=1, tenant="next4", organization_id=ACME, public=True, body=b"{}")
            watcher = next(iter(live._watchers))
            watcher.offer(item)
            watcher.offer(item)
            dropped = await slow.code()
        async with watched(one, AGENT, after=0) as talking:
            await talking.next()
            await talking.connection.send("{}")
            talked = await talking.code()
        async with watched(one, AGENT, after=0) as heard:
            await heard.next()
            one.server.stop()
            stopped = await heard.code()

    assert (dropped, talked, stopped) == (1013, 4400, 1001)
    assert not live._watchers


async def test_a_client_opens_so_many_and_no_more(next4: Desk, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lives, "STREAMS_MOST_EACH", 1)
    async with process(next4, url) as one:
        await opened(one)
        async with watched(one, AGENT, after=0) as first, watched(one, AGENT, after=0) as second:
            await first.next()
            assert await second.code() == 4429
