"""HTTP in: sla's section of the provider's offer."""

from __future__ import annotations

from litestar import get, put

from services.sla import actions
from services.sla.offer import Section
from shared import offers
from shared.auth import ADMINS
from shared.db import Transaction


@put("/v1/offers/sla", roles=ADMINS, operation_id="apply_sla_offer")
async def apply_sla_offer(tx: Transaction, data: Section) -> offers.Applied:
    """Bring sla to this section of the offer; applying the same again changes nothing."""
    return await actions.apply_offer(tx, data)


@get("/v1/offers/sla", roles=ADMINS, operation_id="read_sla_offer")
async def read_sla_offer(tx: Transaction) -> Section:
    """The section of the offer that is in force."""
    return await offers.current(tx, Section)


routes = [apply_sla_offer, read_sla_offer]
