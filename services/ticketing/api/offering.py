"""The provider's offer for tickets over HTTP."""

from __future__ import annotations

from litestar import get, put

from services.ticketing import actions
from services.ticketing.offer import Section
from shared import offers
from shared.auth import ADMINS, EVERYBODY
from shared.db import Transaction


@put("/v1/offers/ticketing", roles=ADMINS, operation_id="apply_offer_of_ticketing")
async def apply_offer(tx: Transaction, data: Section) -> offers.Applied:
    """Bring the channels, catalogue, levels, priorities, form and terms to this; the same again changes nothing."""
    return await actions.apply_offer(tx, section=data)


@get("/v1/offers/ticketing", roles=EVERYBODY, operation_id="read_offer_of_ticketing")
async def read_offer(tx: Transaction) -> Section:
    """What a form, a bot or a screen needs to know: channels, catalogue, questions, hints, priorities."""
    return await offers.current(tx, Section)
