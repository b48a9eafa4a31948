"""The board: what is owed in the order of risk, as data, as a page, and live."""

from __future__ import annotations

import asyncio
import hashlib
import re
from base64 import b64encode
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar import Litestar

from services.sla import actions, app
from services.sla.api.board import page
from shared import sights
from shared.auth import Keys, Principal, Role
from shared.clock import VirtualClock
from shared.db import Database
from shared.serve import GOODBYE_SECONDS
from shared.settings import Settings
from shared.web import Hosted, create_app
from tests.shared.streaming import reading, standing
from tests.sla.conftest import Client
from tests.sla.shops import Life, Sla

pytestmark = pytest.mark.anyio

SMALL_BUFFER = 4096


@dataclass(frozen=True, slots=True)
class Morning:
    """Blocktime on a Monday at 11:00: one broken at night and still unanswered, one broken and answered, three open."""

    unanswered: Life
    answered: Life
    soon: Life
    later: Life
    waiting: Life


@pytest.fixture
async def morning(blocktime: Sla) -> Morning:
    """High is thirty minutes day and night, medium two business hours, low four."""
    lives = [Life(plan="PRO", priority=one) for one in ("high", "high", "medium", "low", "low")]
    unanswered, answered, soon, later, waiting = lives
    await blocktime.hear(*(life.opened("2026-07-06T08:00") for life in (unanswered, answered, waiting)))
    await blocktime.hear(waiting.paused("2026-07-06T09:00"))
    await blocktime.move_to("2026-07-06T10:00")
    await blocktime.hear(answered.message("2026-07-06T10:00"))
    await blocktime.hear(later.opened("2026-07-06T10:00"), soon.opened("2026-07-06T10:30"))
    await blocktime.move_to("2026-07-06T11:00")
    return Morning(unanswered=unanswered, answered=answered, soon=soon, later=later, waiting=waiting)


async def test_the_queue_stands_by_risk_and_what_stands_still_is_apart(morning: Morning, client: Client) -> None:
    board = await queue(client("agent"))

    assert [one["ticket_id"] for one in board["breached"]] == [str(morning.unanswered.id)]
    assert [one["ticket_id"] for one in board["running"]] == [str(morning.soon.id), str(morning.later.id)]
    assert [one["ticket_id"] for one in board["paused"]] == [str(morning.waiting.id)]
    assert [one["remaining_seconds"] for one in board["running"]] == [5_400, 3 * 3600]
    (waiting,) = board["paused"]
    assert (waiting["due_at"], waiting["paused_for"], waiting["remaining_seconds"]) == (
        None,
        "awaiting_customer",
        3 * 3600,
    )
    (broken,) = board["breached"]
    assert (broken["due_at"], broken["remaining_seconds"], broken["warned_percent"]) == ("2026-07-06T11:30:00Z", 0, 100)
    assert (board["at"], board["is_cut"]) == ("2026-07-06T14:00:00Z", False)


async def test_what_was_broken_leaves_the_board_when_it_is_answered(
    morning: Morning, blocktime: Sla, client: Client
) -> None:
    await blocktime.hear(morning.unanswered.message("2026-07-06T11:00"))

    assert (await queue(client("agent")))["breached"] == []


async def test_a_clock_says_whether_it_counts_and_when_that_changes(
    morning: Morning, blocktime: Sla, client: Client
) -> None:
    day = (await queue(client("agent")))["running"][1]
    await blocktime.hear(late := Life(plan="PRO", priority="low").opened("2026-07-06T17:00"))
    await blocktime.move_to("2026-07-06T20:00")
    night = next(one for one in (await queue(client("agent")))["running"] if one["ticket_id"] == str(late.ticket_id))

    assert (day["is_counting"], day["turns_at"], day["timezone"]) == (True, day["due_at"], "America/Sao_Paulo")
    assert (night["is_counting"], night["turns_at"], night["remaining_seconds"]) == (
        False,
        "2026-07-07T11:00:00Z",
        3 * 3600,
    )


async def test_a_customer_sees_its_own_organization_and_another_provider_nothing(
    morning: Morning, client: Client
) -> None:
    own = await queue(client("customer", organization_id=morning.soon.organization_id))
    foreign = await queue(client("agent", tenant="next4"))
    nobody = await client("agent").get("/v1/board/queue", headers={"Authorization": ""})

    assert [one["ticket_id"] for part in ("breached", "running", "paused") for one in own[part]] == [
        str(morning.soon.id)
    ]
    assert [foreign[part] for part in ("breached", "running", "paused")] == [[], [], []]
    assert nobody.status_code == 401


@pytest.mark.parametrize(
    ("asked", "accepted", "lang"), [(None, None, "pt-BR"), (None, "en-US", "en"), ("en", "pt", "en")]
)
async def test_the_page_is_public_and_holds_no_data_and_obeys_nothing_but_its_own_script(
    morning: Morning, client: Client, asked: str | None, accepted: str | None, lang: str
) -> None:
    headers = {"Authorization": "", "Accept-Language": accepted or ""}
    answer = await client("agent").get("/v1/board", params={"locale": asked} if asked else {}, headers=headers)

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert f'<html lang="{lang}">' in answer.text
    assert "<li " not in answer.text and str(morning.soon.id) not in answer.text
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; ") and "unsafe" not in policy and "http" not in policy
    for kind, text in (("script", "script"), ("style", "style")):
        (inner,) = re.findall(f"<{text}>(.*?)</{text}>", answer.text, re.DOTALL)
        named = b64encode(hashlib.sha256(inner.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{named}'" in policy
    assert re.findall(r'(?:src|href)="(?!\?locale=|data:,)[^"]*"|\son\w+=|\sstyle=', answer.text) == []


async def test_what_an_offer_calls_a_plan_stands_on_the_board_as_text(
    blocktime: Sla, database: Database, clock: VirtualClock
) -> None:
    bad = Life(plan='<img src=x onerror="alert(1)">', priority="low")
    await blocktime.hear(bad.opened("2026-07-06T08:00"))
    async with database.reading(tenant="blocktime") as tx:
        board = await actions.look_at_board(tx)

    told = page.part(board, locale="pt-BR", time_stands=False)

    assert "<img" not in told and "&lt;img src=x onerror=&quot;alert(1)&quot;&gt; · baixa" in told


async def test_each_language_says_the_same_board(morning: Morning, database: Database) -> None:
    async with database.reading(tenant="blocktime") as tx:
        board = await actions.look_at_board(tx)

    portuguese, english = (page.part(board, locale=one, time_stands=True) for one in ("pt-BR", "en"))

    for said in ("Vencidos e sem resposta <b>1</b>", "vencido há 2 h 30 min 00 s", "faltam 1 h 30 min 00 s", "média"):
        assert said in portuguese
    for said in ("Broken and unanswered <b>1</b>", "2 h 30 min 00 s late", "1 h 30 min 00 s left", "medium"):
        assert said in english
    assert "venceu 06/07/2026 08:30" in portuguese and "was due 2026-07-06 08:30" in english
    assert 'data-stands="1"' in portuguese


@pytest.fixture
def house(database: Database, clock: VirtualClock, keys: Keys) -> Litestar:
    """The application, as a process serves it."""
    hosted = [Hosted(service=app.build(Settings()), database=database)]
    return create_app(hosted, keys=keys, clock=clock, ready=_nothing_is_away)


@pytest.fixture
def token(keys: Keys, clock: VirtualClock) -> str:
    """Somebody of Blocktime's team."""
    return token_of(keys, clock, "agent")


async def test_a_commit_is_seen_on_an_open_board_and_a_returning_one_is_told_only_what_it_missed(
    morning: Morning, blocktime: Sla, house: Litestar, token: str
) -> None:
    async with standing(house) as (_, url):
        where = f"{url}/v1/board/events?locale=en"
        async with reading(where, token) as reader:
            first = await reader.next()
            await blocktime.hear(morning.unanswered.message("2026-07-06T11:00"))
            second = await reader.next()
        async with reading(where, token, last_event_id=second.id) as again:
            nothing = [await again.beat(), await again.beat()]
            await blocktime.hear(morning.soon.message("2026-07-06T11:00"))
            third = await again.next()
        async with reading(where, token, last_event_id=first.id) as late:
            missed = await late.next()

    assert (first.name, reader.answer.headers["content-type"]) == ("board", "text/event-stream; charset=utf-8")
    assert first.data.startswith('<main id="board" data-at="2026-07-06T14:00:00+00:00">')
    assert [event.data.count("<li") for event in (first, second, third, missed)] == [4, 3, 2, 2]
    assert nothing == [f"retry: {sights.RETRY_MILLISECONDS}", ": "]
    assert missed == third
    assert len({first.id, second.id, third.id}) == 3


async def test_streams_are_few_and_each_that_ends_makes_room(house: Litestar, blocktime: Sla, token: str) -> None:
    heard = list(blocktime.database.on_commit)
    async with standing(house) as (_, url), httpx.AsyncClient(timeout=30) as http:
        where, headers = f"{url}/v1/board/events", {"Authorization": f"Bearer {token}"}
        opened = [reading(where, token) for _ in range(sights.STREAMS_OF_ONE)]
        readers = [await one.__aenter__() for one in opened]
        assert {(await reader.next()).name for reader in readers} == {"board"}
        refused = await http.get(where, headers=headers)
        await opened[0].__aexit__(None, None, None)
        while len(house.state.edges.streams.open) == sights.STREAMS_OF_ONE:  # noqa: ASYNC110  nobody tells of it
            await asyncio.sleep(0.01)
        async with reading(where, token) as reader:
            welcome = await reader.next()
        for one in opened[1:]:
            await one.__aexit__(None, None, None)

    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_streams")
    assert welcome.name == "board"
    assert house.state.edges.streams.open == {}
    assert blocktime.database.on_commit == heard


async def test_a_process_that_ends_waits_for_no_stream_read_or_stuck(
    house: Litestar, blocktime: Sla, keys: Keys, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "part", lambda *_, **__: "x" * 30_000_000)  # more than the system's buffers hold
    loop = asyncio.get_running_loop()
    async with standing(house) as (server, url):
        host, port = url.removeprefix("http://").split(":")
        stuck, writer = await asyncio.open_connection(host, int(port), limit=SMALL_BUFFER)
        bearer = f"Authorization: Bearer {token_of(keys, clock, 'agent')}"
        writer.write(f"GET /v1/board/events HTTP/1.1\r\nHost: x\r\n{bearer}\r\n\r\n".encode())
        assert await stuck.readuntil(b"xxxx")
        monkeypatch.setattr(page, "part", lambda *_, **__: "y")
        async with reading(f"{url}/v1/board/events", token_of(keys, clock, "manager")) as reader:
            await reader.next()
            began = loop.time()
            server.stop()
            rest = await reader.to_the_end()
    took = loop.time() - began
    writer.close()

    assert rest == []
    assert took < GOODBYE_SECONDS / 2
    assert house.state.edges.streams.open == {}


async def test_a_head_and_a_token_that_is_none_open_no_stream(house: Litestar, blocktime: Sla, token: str) -> None:
    async with standing(house) as (_, url), httpx.AsyncClient(timeout=30) as http:
        head = await http.head(f"{url}/v1/board/events", headers={"Authorization": f"Bearer {token}"})
        forged = await http.get(f"{url}/v1/board/events", headers={"Authorization": "Bearer x"})

    assert (head.status_code, head.content, forged.status_code) == (200, b"", 401)
    assert house.state.edges.streams.open == {}


async def test_a_hundred_of_each_are_shown_and_the_rest_is_said_to_be_there(blocktime: Sla, client: Client) -> None:
    lives = [replace(Life(plan="PRO", priority="low")) for _ in range(101)]
    await blocktime.hear(*(life.opened("2026-07-06T08:00") for life in lives))

    board = await queue(client("agent"))

    assert (len(board["running"]), board["is_cut"]) == (100, True)


async def queue(http: httpx.AsyncClient) -> dict[str, Any]:
    """The board as data."""
    answer = await http.get("/v1/board/queue")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def token_of(keys: Keys, clock: VirtualClock, role: str, organization_id: UUID | None = None) -> str:
    """A token of somebody of Blocktime."""
    who = Principal(tenant="blocktime", subject=role, organization_id=organization_id, roles=frozenset({Role(role)}))
    return keys.issue(who, now=clock.now(), lifetime=timedelta(days=1))


async def _nothing_is_away() -> list[str]:
    return []
