"""A route without a token that enters on behalf of whoever its request names."""

import httpx
import pytest

from tests.shared.conftest import OpenDatabase
from tests.shared.desk import Desk


@pytest.fixture
async def desk(open_database: OpenDatabase) -> Desk:
    """The service on an empty database."""
    opened = Desk(await open_database("echo"))
    await opened.open()
    return opened


def stranger(desk: Desk) -> httpx.AsyncClient:
    """Somebody without a token."""
    client = desk.client()
    del client.headers["Authorization"]
    return client


async def test_what_a_stranger_does_is_committed_like_everything_else(desk: Desk) -> None:
    async with stranger(desk) as client:
        answers = [
            await client.post("/v1/knocks", json={"text": "open"}, headers={"Idempotency-Key": "k"}) for _ in range(2)
        ]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].content == answers[1].content
    assert await desk.texts() == ["open"]


async def test_a_refusal_that_is_news_is_kept_and_its_answer_is_not(desk: Desk) -> None:
    async with stranger(desk) as client:
        for word in ("wrong 1", "wrong 2"):
            refused = await client.post("/v1/knocks", json={"text": word}, headers={"Idempotency-Key": "k"})
            assert (refused.status_code, refused.json()["code"]) == (403, "wrong_word")

    assert await desk.texts() == ["wrong 1", "wrong 2"]


async def test_any_other_refusal_keeps_nothing(desk: Desk) -> None:
    async with stranger(desk) as client:
        refused = await client.post("/v1/knocks", json={"text": "open", "key": "k"})

    assert refused.status_code == 422
    assert await desk.texts() == []
