"""Who did what: a row with each write, in its transaction; one for what was not allowed; none for what was not done."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from shared import retention
from shared.audit import Asked, Noted, acts
from shared.auth import Role
from shared.db import Transaction
from shared.jobs import Job
from shared.outbox import POSITION_MOST
from shared.settings import Settings
from tests.shared.conftest import OpenDatabase
from tests.shared.desk import Desk
from tests.shared.listening import TENANT

TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.fixture
async def desk(open_database: OpenDatabase) -> Desk:
    """The service on an empty database."""
    opened = Desk(await open_database("echo"))
    await opened.open()
    return opened


@pytest.fixture
async def client(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    """Its door."""
    async with desk.client() as opened:
        yield opened


async def noted(desk: Desk, **asked: Any) -> list[Noted]:
    """What was noted, the latest first."""
    async with desk.database.reading(tenant=TENANT) as tx:
        return await acts(tx, Asked(**asked), before=POSITION_MOST, most=50)


async def test_a_write_is_noted_with_who_what_and_the_trace_of_its_facts(desk: Desk, client: httpx.AsyncClient) -> None:
    trace = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}

    await client.put("/v1/notes/one", json={"text": "Uma palavra que ninguém anota."}, headers=trace)

    (act,) = await noted(desk)
    assert (act.subject, act.roles, act.operation) == ("ana", ("agent",), "change_note")
    assert (act.about, act.ids, act.status, act.request_id) == ("one", {"name": "one"}, 200, TRACE)
    assert "palavra" not in repr(act)


async def test_what_is_refused_or_replayed_or_read_is_no_act(desk: Desk, client: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "one"}
    await client.post("/v1/notes", json={"text": "a"}, headers=key)

    again = await client.post("/v1/notes", json={"text": "a"}, headers=key)
    await client.post("/v1/notes", json={"text": 1})
    await client.put("/v1/notes/one", json={"text": "b"}, headers={"If-Match": '"3"'})
    await client.get("/v1/notes/one")

    assert again.headers["Idempotency-Replayed"] == "true"
    assert [(act.operation, act.status) for act in await noted(desk)] == [("write_note", 201)]


async def test_an_act_whose_commit_fails_is_not_noted(desk: Desk, client: httpx.AsyncClient) -> None:
    async def fail(_tx: Transaction) -> None:
        raise ConnectionError("gone")

    desk.before_end = fail

    assert (await client.post("/v1/notes", json={"text": "a"})).status_code == 503
    assert await noted(desk) == []


async def test_who_was_not_allowed_is_noted_and_a_refusal_that_is_kept_once(desk: Desk) -> None:
    async with desk.client(Role.BILLING, subject="carla") as office:
        refused = await office.post("/v1/notes", json={"text": "a"})
        wrong = await office.post("/v1/knocks", json={"text": "wrong"})

    assert (refused.status_code, wrong.status_code) == (403, 403)
    assert [(act.subject, act.operation, act.status) for act in await noted(desk, refused=True)] == [
        ("guest", "knock", 403),
        ("carla", "write_note", 403),
    ]


async def test_acts_are_found_by_who_what_and_when(desk: Desk, client: httpx.AsyncClient) -> None:
    for name in ("one", "two"):
        await client.put(f"/v1/notes/{name}", json={"text": name})
    now = desk.database.clock.now()

    assert [act.about for act in await noted(desk, about="two", subject="ana", refused=False)] == ["two"]
    assert len(await noted(desk, since=now - timedelta(minutes=1), until=now + timedelta(minutes=1))) == 2
    assert await noted(desk, until=now - timedelta(minutes=1)) == []
    assert await noted(desk, operation="write_note") == []
    assert await noted(desk, subject="nobody") == []


async def test_what_was_done_long_ago_is_forgotten(desk: Desk, client: httpx.AsyncClient) -> None:
    await client.post("/v1/notes", json={"text": "a"})
    found = retention._jobs(Settings(audit_kept_days=30)).jobs
    (forgetting,) = [job for job in found if isinstance(job, Job) and job.name == "forget_acts"]

    async with desk.database.transaction() as tx:
        due = await forgetting.next_due(tx)
        early = await forgetting.run(tx)
        tx.unit.now += timedelta(days=31)
        late = await forgetting.run(tx)

    assert due is not None
    assert (early, late) == (0, 1)
    assert await noted(desk) == []
