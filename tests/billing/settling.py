"""A customer with two invoices, and what tests of their settlement ask through the HTTP door."""

from __future__ import annotations

from typing import Any

import httpx

from services.billing.domain import Contract
from shared.events import type_of
from shared.events.hourbank import OverageAccrued
from tests.billing.shops import Billing, local, overage_of


async def december(billing: Billing, minutes: int = 90) -> tuple[Contract, OverageAccrued]:
    """START from November with overage: two invoices, of 65400 and of 65400 and the overage."""
    contract = await billing.sign("START", "2026-11-01")
    await billing.live_to(local("2026-11-12", "17:00"))
    overage = overage_of(contract, minutes, closed_at=billing.clock.now())
    await billing.hear(overage)
    await billing.live_to(local("2026-12-01", "09:00"))
    return contract, overage


async def newest(http: httpx.AsyncClient, **query: str) -> Any:
    """The invoice that was made last."""
    return (await http.get("/v1/invoices", params=query)).json()["items"][0]


async def post(http: httpx.AsyncClient, path: str, body: object, *, expect: int = 200) -> Any:
    """What a write answers."""
    answer = await http.post(path, json=body)
    assert answer.status_code == expect, answer.text
    return answer.json()


async def kinds(billing: Billing) -> list[str]:
    """What was told, by name."""
    return [type_of(type(event)).removeprefix("billing.") for event in await billing.told()]
