"""What of the older system is in the house already, and how the house calls what is not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from uuid import NAMESPACE_OID, UUID, uuid5
from zoneinfo import ZoneInfo

import httpx
import msgspec

from services.billing.offer import Section as BillingOffer
from services.client import Answered, Api
from services.ticketing.offer import Section as TicketingOffer

PAGE = 200
TOO_MANY = httpx.codes.TOO_MANY_REQUESTS
AGAIN_SECONDS = 1.0  # after a refusal for too many requests
LOOK_EVERY_SECONDS = 0.05
PATIENCE_SECONDS = 60.0  # a contract is known everywhere within this, or something is broken

AnsweredT = TypeVar("AnsweredT")


@dataclass(slots=True, kw_only=True)
class There:
    """The house as it is before the import; ids are made of how the older system calls things."""

    tenant: str
    now: datetime
    billing: BillingOffer
    ticketing: TicketingOffer
    organizations: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    contracts: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    contacts: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        """The provider's wall clock."""
        return ZoneInfo(self.billing.timezone)

    def organization_id(self, reference: str, cnpj: str | None = None) -> UUID:
        """The id of a customer: of the one that has this CNPJ, else the one of this name in the older system."""
        known = [one for one, it in self.organizations.items() if cnpj is not None and it["party"]["cnpj"] == cnpj]
        return known[0] if known else uuid5(NAMESPACE_OID, f"{self.tenant}/organization/{reference}")

    def contract_id(self, reference: str) -> UUID:
        """The id of a contract."""
        return uuid5(NAMESPACE_OID, f"{self.tenant}/contract/{reference}")


async def look_around(api: Api, tenant: str) -> There:
    """What is there. Raises Answered, NobodyAnswers."""
    there = There(
        tenant=tenant,
        now=await api.now(),
        billing=msgspec.convert(await patient(lambda: api.get("/v1/offers/billing")), BillingOffer),
        ticketing=msgspec.convert(await patient(lambda: api.get("/v1/offers/ticketing")), TicketingOffer),
    )
    there.organizations = {UUID(one["organization_id"]): one for one in await every(api, "/v1/organizations")}
    there.contracts = {UUID(one["contract_id"]): one for one in await every(api, "/v1/contracts")}
    there.contacts = {one["contact_id"]: one for one in await every(api, "/v1/contacts")}
    return there


async def every(api: Api, path: str) -> list[dict[str, Any]]:
    """Every item of a list, page by page."""
    found: list[dict[str, Any]] = []
    query: dict[str, str | int] = {"limit": PAGE}
    while True:
        page = await patient(lambda: api.get(path, **query))
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        query["cursor"] = page["next_cursor"]


async def patient(ask: Callable[[], Awaitable[AnsweredT]], *, until_heard: frozenset[str] = frozenset()) -> AnsweredT:
    """What is answered; asked again after too many requests, and while the house has not heard of what was just done.

    `until_heard` are the codes of the refusals that say so. Raises Answered.
    """
    waited = 0.0
    while True:
        try:
            return await ask()
        except Answered as refusal:
            too_many = refusal.answered_status == TOO_MANY
            if not too_many and (refusal.code not in until_heard or waited > PATIENCE_SECONDS):
                raise
        pause = AGAIN_SECONDS if too_many else LOOK_EVERY_SECONDS
        waited += pause
        await asyncio.sleep(pause)
