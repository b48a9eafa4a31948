"""HTTP in: balances, the ledger, statements, and the hour bank's section of a provider's offer."""

from __future__ import annotations

from uuid import UUID

from litestar import Response, get, put
from litestar.handlers import HTTPRouteHandler

from services.hourbank import actions
from services.hourbank.api import ahead, receipts, statements
from services.hourbank.api.corrections import correction_routes
from services.hourbank.api.views import (
    AccountView,
    EntryPage,
    account_view,
    entry_page,
)
from services.hourbank.offer import Section
from shared import offers
from shared.auth import ADMINS, EVERYBODY, OFFICE
from shared.db import Transaction
from shared.offers import Applied
from shared.pages import PAGE_ITEMS, Cursor, Limit, Number, Slice
from shared.web import versioned


@get("/v1/accounts/{contract_id:uuid}", roles=EVERYBODY, operation_id="read_account", summary="Balance of hours")
async def read_account(tx: Transaction, contract_id: UUID) -> Response[AccountView]:
    """The balance of a contract: available, held, every lot with its buckets and dates, approved overage pending."""
    account = await actions.look_at_account(tx, contract_id=contract_id)
    return versioned(account_view(account), version=account.version)


@get("/v1/accounts/{contract_id:uuid}/entries", roles=EVERYBODY, operation_id="list_entries", summary="The ledger")
async def list_entries(
    tx: Transaction,
    contract_id: UUID,
    cursor: Cursor = None,
    limit: Limit = PAGE_ITEMS,
) -> EntryPage:
    """The lines of the ledger, first to last: append-only, numbered without gaps."""
    asked = Slice(limit=limit, cursor=cursor)
    found = await actions.read_entries(tx, contract_id=contract_id, after=asked.after(Number, 0), most=asked.most)
    return entry_page(asked.page(found, lambda entry: entry.sequence))


@put("/v1/offers/hourbank", roles=ADMINS, operation_id="apply_offer_to_hourbank", summary="Apply the offer's section")
async def apply_offer(tx: Transaction, data: Section) -> Applied:
    """Keep the provider's section of its offer; the same again changes nothing."""
    return await actions.apply_offer(tx, section=data)


@get("/v1/offers/hourbank", roles=OFFICE, operation_id="read_offer_of_hourbank", summary="The offer's section")
async def read_offer(tx: Transaction) -> Section:
    """The section as it was applied last."""
    return await offers.current(tx, Section)


routes: list[HTTPRouteHandler] = [
    read_account,
    list_entries,
    apply_offer,
    read_offer,
    *correction_routes,
    *statements.routes,
    *receipts.routes,
    *ahead.routes,
]
