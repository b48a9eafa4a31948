"""Scripts of web pages of other origins: those that the settings name may ask, and read what they need to know."""

import pytest

from tests.shared.conftest import OpenDatabase
from tests.shared.desk import PORTAL, Desk

WRITE = "/v1/notes"


@pytest.fixture
async def desk(open_database: OpenDatabase) -> Desk:
    """The service on an empty database."""
    opened = Desk(await open_database("echo"))
    await opened.open()
    return opened


async def test_a_page_of_the_portal_may_ask_and_read_the_headers(desk: Desk) -> None:
    async with desk.client() as page:
        asked = {"Origin": PORTAL, "Access-Control-Request-Method": "POST"}
        asked["Access-Control-Request-Headers"] = "authorization, idempotency-key"
        before = await page.options(WRITE, headers=asked)
        written = await page.post(WRITE, json={"text": "a"}, headers={"Origin": PORTAL})

    assert before.status_code == 204
    assert before.headers["access-control-allow-origin"] == PORTAL
    assert "idempotency-key" in before.headers["access-control-allow-headers"].lower()
    assert written.status_code == 201
    assert written.headers["access-control-allow-origin"] == PORTAL
    assert "etag" in written.headers["access-control-expose-headers"].lower()
    assert "access-control-allow-credentials" not in written.headers


async def test_a_page_of_elsewhere_is_told_nothing(desk: Desk) -> None:
    async with desk.client() as page:
        refused = await page.options(
            WRITE, headers={"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
        )
        answer = await page.get("/v1/notes/one", headers={"Origin": "https://elsewhere.example"})

    assert refused.status_code == 400
    assert "access-control-allow-origin" not in answer.headers
