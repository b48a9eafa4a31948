"""Hostile input on the write routes of a ticket, on both databases; the walk of all is tests/journeys/test_abuse.py."""

from __future__ import annotations

import re
from typing import Any

import pytest

from services.ticketing import api
from tests.ticketing.desk import ADMIN, APPROVER, SPACE, Desk

pytestmark = pytest.mark.anyio

DEEP: list[Any] = []
for _ in range(200):
    DEEP = [DEEP]

BODIES: tuple[Any, ...] = (
    None,
    [],
    "x",
    7,
    {"unknown": 1},
    DEEP,
    {"text": DEEP, "subject": DEEP, "minutes": DEEP},
    {"text": "x" * 30_000, "subject": "x" * 30_000, "reason": "x" * 30_000, "justification": "x" * 30_000},
    {"text": "\x00", "message": "\x00", "reason": "a\x00", "subject": "\x00", "description": "\x00"},
    {"minutes": 2**63, "write_off_minutes": 2**63, "to_level": 2**63},
    {"minutes": -1, "write_off_minutes": -1, "to_level": -1, "seconds": -1, "kind": "meeting"},
    {"promised_at": "9999-12-31T23:59:59-14:00"},
    {"promised_at": "0001-01-01T00:00:00+14:00"},
    {"kind": "meeting", "seconds": 1, "started_at": "9999-12-31T23:59:59-14:00"},
    {"kind": "meeting", "seconds": 1, "started_at": "0001-01-01T00:00:00+14:00"},
    {"state": "scheduled", "message": "x", "until": "9999-12-31T23:59:59-14:00"},
    {"state": "scheduled", "message": "x", "until": "0001-01-01T00:00:00+14:00"},
    {"subject": "x", "description": "x", "channel": "monitoring", "detected_at": "0001-01-01T00:00:00+14:00"},
    {"decision": "perhaps"},
)


def _paths(path: str) -> list[tuple[str, str]]:
    """Every write route, with an open ticket's id."""
    found = []
    for route in api.routes:
        template = next(iter(route.paths))
        for method in route.http_methods - {"GET", "HEAD", "OPTIONS"}:
            asked = template.replace("/v1/tickets/{ticket_id:uuid}", path).replace("{number:int}", "1")
            asked = asked.replace("{redaction_id:uuid}", str(SPACE))
            found.append((str(method), asked))
    return found


async def test_hostile_input_is_refused_and_changes_nothing(next4: Desk) -> None:
    path = await next4.open()
    before, told = await next4.get(path), await next4.names()
    harmless = {
        f"{path}/{act}" for act in ("resume", "reopen", "resolve")
    }  # they take nothing, or nothing but a reason
    asked = 0
    for method, route in _paths(path):
        who = APPROVER if route.endswith("decision") else ADMIN
        for body in BODIES:
            if route in harmless or (body is None and route.endswith(("cancel", "close", "escalate"))):
                continue
            answer = await next4.ask(method, route, body, who=who)
            asked += 1
            assert 400 <= answer.status < 500, (route, body, answer.body)
            assert answer.headers["content-type"].startswith("application/problem+json")
    assert asked > 200
    assert await next4.names() == told
    assert await next4.get(path) == before


async def test_the_openapi_document_shows_every_route_with_examples(next4: Desk) -> None:
    document = await next4.get("/schema/openapi.json")
    for route in api.routes:
        template = re.sub(r":(uuid|int|str)\b", "", next(iter(route.paths)))
        assert (template in document["paths"]) == (route.include_in_schema is not False), template
    opening = document["components"]["schemas"]["OpenTicket"]
    assert set(opening["required"]) == {"subject", "description"}
    assert opening["properties"]["subject"]["examples"] == ["Formulário de contato não envia"]
