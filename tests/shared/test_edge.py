"""The edge of a request: one transaction, one answer, whatever is sent and whatever breaks; nothing stays open."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest
import sqlalchemy as sa

from shared.auth import Role
from shared.clock import SystemClock
from shared.db import Database, Transaction
from tests.shared.conftest import OpenDatabase
from tests.shared.desk import Desk
from tests.shared.listening import told

JSON = {"Content-Type": "application/json"}
WRITE = "/v1/notes"
READ = "/v1/notes/one"


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


def code_of(answer: httpx.Response) -> tuple[int, str, str | None]:
    """What a problem says: status, code, field."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    problem = answer.json()
    return problem["status"], problem["code"], problem.get("field")


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", (422, "invalid", "body")),
        (b"null", (422, "invalid", "body")),
        (b"[]", (422, "invalid", "body")),
        (b"{}", (422, "invalid", "text")),
        (b'{"text":1}', (422, "invalid", "text")),
        (b'{"text":"a","colour":1}', (422, "invalid", "colour")),
        (b'{"text":"a","parts":[{"word":"b"},{}]}', (422, "invalid", "parts[1].word")),
        (b'{"text":"a","parts":[{"word":"b","size":1}]}', (422, "invalid", "parts[0].size")),
        (b'{"text":"a\\u0000b"}', (422, "invalid", "text")),
        (b'{"text":"a","parts":[{"word":"\\u0000"}]}', (422, "invalid", "parts[0].word")),
        (b'{"text":"a","tags":{"b\\u0000":"c"}}', (422, "invalid", "tags.b")),
        (b'{"text":"\\ud800"}', (400, "bad_request", "body")),
        (b'{"text":"\xff"}', (422, "invalid", "body")),
        (b"[" * 100_000, (422, "invalid", "body")),
        (b'{"text":' + b"[" * 100_000, (422, "invalid", "text")),
        (b'{"text":"a","tags":{"a":' + b"[" * 100_000, (422, "invalid", "tags[...]")),
        (b'{"text":' + b"9" * 5000 + b"}", (422, "invalid", "text")),
        (b'{"text":"a","text":"b"}', (422, "invalid", "text")),
        (b'{"text":"a","parts":[{"word":"b","word":"b"}]}', (422, "invalid", "word")),
        (b"text=a", (400, "bad_request", "body")),
        (b'{"text":"' + b"a" * 1_000_001 + b'"}', (413, "too_large", "body")),
    ],
)
async def test_a_body_that_nobody_can_keep_is_refused_with_its_field(
    desk: Desk, client: httpx.AsyncClient, body: bytes, problem: tuple[int, str, str | None]
) -> None:
    answer = await client.post(WRITE, content=body, headers=JSON)

    assert code_of(answer) == problem
    assert await desk.texts() == []
    assert await desk.is_at_rest()


async def test_what_is_wrong_with_a_body_is_said_in_plain_words(client: httpx.AsyncClient) -> None:
    answer = await client.post(WRITE, json={"text": "a", "parts": [{"word": "b", "size": 1}]})

    assert answer.json()["detail"] == "parts[0].size: there is no such field; there are word"


async def test_text_that_only_looks_like_nul_is_kept(desk: Desk, client: httpx.AsyncClient) -> None:
    answer = await client.post(WRITE, content=b'{"text":"\\\\u0000"}', headers=JSON)

    assert answer.status_code == 201
    assert await desk.texts() == ["\\u0000"]


async def test_a_parameter_that_a_route_does_not_have_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{READ}?wort=a")

    said = "there is no parameter 'wort'; there are word"
    assert (answer.status_code, answer.json()["field"], answer.json()["detail"]) == (422, "wort", said)
    assert (await client.get(f"{READ}?word=a")).status_code == 200


async def test_what_a_mail_program_adds_to_the_address_of_a_public_page_is_passed_over(
    client: httpx.AsyncClient,
) -> None:
    assert (await client.get("/health/live?utm_source=mail")).status_code == 200


async def test_a_parameter_of_the_path_that_cannot_be_read_is_named(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/parts/abc")

    assert code_of(answer) == (404, "not_found", "part_id")
    assert answer.json()["detail"] == "part_id: is no id like 018f0000-0000-7000-8000-000000000001"
    assert (await client.get(f"/v1/parts/{UUID(int=1)}")).status_code == 200
    assert code_of(await client.get("/v1/nothing/abc")) == (404, "not_found", None)


@pytest.mark.parametrize("address", ["/v1/notes/a%00b", f"{READ}?word=%00", f"{READ}?word=a%00"])
async def test_nul_in_an_address_is_refused(desk: Desk, client: httpx.AsyncClient, address: str) -> None:
    assert code_of(await client.get(address)) == (422, "invalid", "path")

    assert (await client.get(f"{READ}?word=%2500")).status_code == 200
    assert await desk.is_at_rest()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("If-Match", b"9" * 5000),
        ("If-Match", b'"abc"'),
        ("If-Match", b'""'),
        ("If-Match", b"-1"),
        ("If-Match", b"\xb2"),
        ("If-Match", b'"1", "2"'),
        ("Idempotency-Key", b""),
        ("Idempotency-Key", b"   "),
        ("Idempotency-Key", b"a" * 201),
        ("Idempotency-Key", b"a\x01b"),
        ("Idempotency-Key", b"a\x00b"),
    ],
)
async def test_a_header_that_nobody_can_read_is_refused_before_anything_is_opened(
    desk: Desk, client: httpx.AsyncClient, name: str, value: bytes
) -> None:
    answer = await client.put(READ, json={"text": "a"}, headers={name.encode(): value})

    assert code_of(answer) == (422, "invalid", name)
    assert await desk.texts() == []
    assert await desk.is_at_rest()


@pytest.mark.parametrize("value", [b"wait=" + b"9" * 5000, b"wait=-1", b"wait=x", b"wait", b"\xff;wait=1", b",,="])
async def test_a_preference_that_nobody_can_read_is_none(client: httpx.AsyncClient, value: bytes) -> None:
    answer = await client.post(WRITE, json={"text": "a"}, headers={b"prefer": value})

    assert answer.status_code == 201


async def test_a_trace_that_is_none_begins_a_new_one(desk: Desk, client: httpx.AsyncClient) -> None:
    theirs = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    await client.post(WRITE, json={"text": "a"}, headers={"traceparent": theirs})
    await client.post(WRITE, json={"text": "b"}, headers={"traceparent": "x" * 55})

    one, two = await told(desk.database)
    assert one.traceparent == theirs
    assert two.traceparent is not None and two.traceparent.startswith("00-")


@pytest.mark.parametrize("given", ['"7"', 'W/"7"', '"1", W/"7"', "*"])
async def test_a_read_that_the_caller_has_is_answered_by_304(client: httpx.AsyncClient, given: str) -> None:
    answer = await client.get(READ, headers={"If-None-Match": given})

    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", '"7"')
    assert "content-length" not in answer.headers


async def test_a_read_that_the_caller_has_not_is_answered_whole(client: httpx.AsyncClient) -> None:
    answer = await client.get(READ, headers={"If-None-Match": '"6", "77"'})

    assert (answer.status_code, answer.json()["text"]) == (200, "one")


async def test_head_answers_as_get_without_the_body(desk: Desk, client: httpx.AsyncClient) -> None:
    whole, head = await client.get(READ), await client.head(READ)

    assert (head.status_code, head.content, head.headers) == (200, b"", whole.headers)
    assert (await client.head(READ, headers={"If-None-Match": '"7"'})).status_code == 304
    assert (await client.head("/v1/nothing")).status_code == 404
    assert (await client.head("/v1/decisions")).status_code == 405
    assert await desk.is_at_rest()


async def test_the_same_key_at_once_is_done_once(desk: Desk, client: httpx.AsyncClient) -> None:
    """On SQLite the second waits and is answered the same; on PostgreSQL it is told to wait."""
    keys = {"Idempotency-Key": "key 1"}
    answers = await asyncio.gather(*(client.post(WRITE, json={"text": "a"}, headers=keys) for _ in range(8)))
    again = await client.post(WRITE, json={"text": "a"}, headers=keys)

    (first,) = {answer.text for answer in answers if answer.status_code == 201}
    refused = [code_of(answer)[:2] for answer in answers if answer.status_code != 201]
    assert set(refused) <= {(409, "still_running")}
    assert all(answer.headers["retry-after"] == "1" for answer in answers if answer.status_code == 409)
    assert (again.text, again.headers["idempotency-replayed"], again.headers["etag"]) == (first, "true", '"1"')
    assert await desk.texts() == ["a"]
    assert len(await told(desk.database)) == 1
    assert await desk.is_at_rest()


async def test_the_same_key_for_something_else_is_refused(desk: Desk, client: httpx.AsyncClient) -> None:
    keys = {"Idempotency-Key": "key 1"}
    await client.post(WRITE, json={"text": "a"}, headers=keys)

    assert code_of(await client.post(WRITE, json={"text": "b"}, headers=keys))[:2] == (422, "idempotency_key_reused")
    assert code_of(await client.put(READ, json={"text": "a"}, headers=keys))[:2] == (422, "idempotency_key_reused")

    assert await desk.texts() == ["a"]
    assert await desk.is_at_rest()


async def test_a_refused_request_keeps_nothing_and_its_key_is_free(desk: Desk, client: httpx.AsyncClient) -> None:
    stale = {"Idempotency-Key": "key 1", "If-Match": '"2"'}
    assert code_of(await client.put(READ, json={"text": "a"}, headers=stale))[:2] == (412, "stale")
    assert await desk.texts() == []

    answer = await client.put(READ, json={"text": "a"}, headers=stale | {"If-Match": '"1"'})

    assert (answer.status_code, await desk.texts()) == (200, ["a"])


async def test_an_error_in_a_handler_changes_nothing_and_says_so(desk: Desk, client: httpx.AsyncClient) -> None:
    async def break_down(_tx: Transaction) -> None:
        raise KeyError("Ana Souza")

    desk.before_end = break_down
    answer = await client.post(WRITE, json={"text": "a"})

    assert code_of(answer)[:2] == (500, "internal_error")
    assert "Ana" not in answer.text
    assert await desk.texts() == []
    assert await told(desk.database) == []
    assert await desk.is_at_rest()


async def test_two_that_do_the_same_at_once_are_told_apart(desk: Desk, client: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(client.post(WRITE, json={"text": "a"}) for _ in range(4)))

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert {code_of(answer)[1] for answer in answers if answer.status_code == 409} == {"two_at_once"}
    assert await desk.texts() == ["a"]
    assert await desk.is_at_rest()


async def test_a_database_that_is_away_is_503_and_the_same_request_may_come_again() -> None:
    away = Database("postgresql://nobody@127.0.0.1:1/none", service="echo", clock=SystemClock())
    keys = {"Idempotency-Key": "k"}

    async with Desk(away).client() as client:
        answers = [await client.post(WRITE, json={"text": "a"}, headers=keys), await client.get(READ)]

    assert [code_of(answer)[0] for answer in answers] == [503, 503]
    assert all(answer.headers["retry-after"] == "1" for answer in answers)


async def test_a_request_that_is_cut_off_is_rolled_back_and_gives_its_connection_back(desk: Desk) -> None:
    """The server cancels what is still running when the process must end."""
    inside = asyncio.Event()

    async def wait_for_ever(_tx: Transaction) -> None:
        inside.set()
        await asyncio.Event().wait()

    desk.before_end = wait_for_ever
    async with desk.client() as client:
        request = asyncio.create_task(client.post(WRITE, json={"text": "a"}, headers={"Idempotency-Key": "k"}))
        await inside.wait()
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request

    assert await desk.texts() == []
    assert await desk.is_at_rest()


async def test_a_client_that_goes_away_in_the_middle_of_its_body_leaves_nothing_open(desk: Desk) -> None:
    sent: list[Any] = []
    headers = [(name.lower().encode(), value.encode()) for name, value in desk.client().headers.items()]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": WRITE,
        "raw_path": WRITE.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [*headers, (b"content-type", b"application/json")],
        "server": ("desk.test", 80),
        "client": ("127.0.0.1", 1),
    }
    received = iter([{"type": "http.request", "body": b'{"te', "more_body": True}, {"type": "http.disconnect"}])

    async def receive() -> Any:
        return next(received)

    async def send(message: Any) -> None:
        sent.append(message)

    await desk.app(scope, receive, send)  # type: ignore[arg-type]  # as above

    assert sent[0]["status"] == 400
    assert await desk.is_at_rest()


async def test_what_fails_after_the_commit_does_not_say_that_nothing_was_done(
    desk: Desk, client: httpx.AsyncClient
) -> None:
    desk.view_error = TimeoutError("the database is slow")

    answer = await client.post("/v1/decisions", json={"text": "a"}, headers={"Prefer": "wait=1"})

    assert (answer.status_code, answer.json()["text"]) == (202, "a")
    assert await desk.texts() == ["a"]
    assert await desk.is_at_rest()


class Unsettled:
    """A rehearsal in which facts cannot be delivered."""

    async def settle(self) -> None:
        """Fail."""
        raise AssertionError("facts cause facts without end")


async def test_a_rehearsal_that_does_not_settle_says_that_the_request_was_carried_out(
    open_database: OpenDatabase,
) -> None:
    desk = Desk(await open_database("echo"), rehearsal=Unsettled())
    await desk.open()

    async with desk.client() as client:
        answer = await client.post(WRITE, json={"text": "a"})

    assert code_of(answer)[:2] == (500, "not_settled")
    assert await desk.texts() == ["a"]


async def test_a_connection_lost_before_the_commit_is_not_said_to_have_done_nothing(
    open_postgresql: OpenDatabase,
) -> None:
    """What became of the commit is not known: only the same key makes it safe to send the request again."""
    desk = Desk(await open_postgresql("echo"))
    await desk.open()
    other = await open_postgresql("echo")

    async def lose_connection(tx: Transaction) -> None:
        mine = (await tx.execute(sa.text("SELECT pg_backend_pid()"))).scalar_one()
        async with other.transaction() as theirs:
            await theirs.execute(sa.text("SELECT pg_terminate_backend(:mine)"), {"mine": mine})

    desk.before_end = lose_connection
    keys = {"Idempotency-Key": "k"}
    async with desk.client() as client:
        answer = await client.post(WRITE, json={"text": "a"}, headers=keys)
        desk.before_end = None
        again = await client.post(WRITE, json={"text": "a"}, headers=keys)

    assert code_of(answer)[:2] == (503, "try_again")
    assert "not known" in answer.json()["detail"]
    assert again.status_code == 201
    assert await desk.texts() == ["a"]


async def test_what_the_commit_itself_refuses_is_told(open_postgresql: OpenDatabase) -> None:
    desk = Desk(await open_postgresql("echo"))
    await desk.open()
    async with desk.database.transaction() as tx:
        await tx.execute(sa.text("ALTER TABLE notes ADD UNIQUE (tenant) DEFERRABLE INITIALLY DEFERRED"))
    async with desk.client() as client:
        assert (await client.post(WRITE, json={"text": "a"})).status_code == 201

        answer = await client.post(WRITE, json={"text": "b"})

    assert code_of(answer)[:2] == (409, "two_at_once")
    assert await desk.texts() == ["a"]
    assert await desk.is_at_rest()


@pytest.mark.parametrize("after", ["-1", "9223372036854775808", "9" * 30, "9" * 5000, "x"])
async def test_a_place_in_the_feed_that_cannot_be_is_refused(desk: Desk, after: str) -> None:
    async with desk.client() as agent:
        assert (await agent.get("/v1/feeds/echo")).status_code == 403
    async with desk.client(Role.ADMIN) as client:
        assert code_of(await client.get("/v1/feeds/echo", params={"after": after})) == (422, "invalid", "after")
        assert (await client.get("/v1/feeds/echo", params={"after": "9223372036854775807"})).json() == {
            "facts": [],
            "next_after": 9223372036854775807,
        }
