"""What is seen of invoices before they are made and when they are looked for: drafts, notices, listings, tables."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime

import pytest

from services.billing import actions, store
from services.billing.store.tables import overages
from shared.db import Transaction
from shared.events.billing import FinalizationFailed, InvoiceDrafted, InvoiceUpcoming
from tests.billing.conftest import Client
from tests.billing.settling import december, newest
from tests.billing.shops import Billing, a_customer, local, overage_of

pytestmark = pytest.mark.anyio


async def test_invoices_are_found_by_state_number_and_sum_up_and_no_formula_leaves_the_house(
    billing: Billing, client: Client
) -> None:
    contract, _overage = await december(billing)
    async with billing.transaction() as tx:
        applicant = a_customer(contract.organization_id)
        evil = replace(applicant, party=type(applicant.party)(legal_name='=HYPERLINK("http://evil.example")'))
        await store.keep_organization(tx, evil)
    await billing.live_to(local("2027-01-04", "08:00"))
    async with client("billing") as office, client("customer", organization_id=contract.id) as stranger:
        overdue = (await office.get("/v1/invoices", params={"overdue": "true"})).json()
        finalized = (await office.get("/v1/invoices", params={"state": "finalized"})).json()
        by_number = (await office.get("/v1/invoices", params={"number": "A-2026/00002"})).json()
        csv = await office.get("/v1/invoices/export", params={"month": "2027-01"})
        keyless = await office.get(f"/v1/invoices/{overdue['items'][0]['invoice_id']}/pix")
        none = (await stranger.get("/v1/invoices")).json()

    assert [one["number"] for one in overdue["items"]] == ["A-2026/00002", "A-2026/00001"]
    assert overdue["totals"] == {
        "invoices": 2,
        "total_cents": 165300,
        "paid_cents": 0,
        "credited_cents": 0,
        "amount_due_cents": 165300,
    }
    assert [one["number"] for one in finalized["items"]] == ["A-2027/00001"]
    assert by_number["items"][0]["total_cents"] == 99900
    assert csv.headers["content-type"] == "text/csv; charset=utf-8"
    assert (keyless.status_code, keyless.json()["code"]) == (404, "no_pix_key")
    assert keyless.json()["detail"] == "the offer's billing section names no Pix key"
    assert csv.text.startswith("\ufeffnumber,state,month,")
    assert ',"\'=HYPERLINK(""http://evil.example"")",' in csv.text
    assert (none["items"], none["totals"]["invoices"]) == ([], 0)


async def test_3_11_a_run_is_upcoming_three_business_days_before_and_drafted_with_its_month(billing: Billing) -> None:
    await billing.sign("START", "2026-11-01")

    await billing.live_to(local("2026-12-01", "07:59"))
    told = [one for one in await billing.told() if isinstance(one, InvoiceUpcoming | InvoiceDrafted)]

    at = [(type(one), one.month, one.told_at if isinstance(one, InvoiceUpcoming) else one.drafted_at) for one in told]
    expected: list[tuple[type, str, datetime]] = [
        (InvoiceDrafted, "2026-11", local("2026-11-01")),
        (InvoiceUpcoming, "2026-12", local("2026-11-26", "08:00")),
        (InvoiceDrafted, "2026-12", local("2026-12-01")),
    ]
    assert at == expected


async def test_a_draft_is_what_finalizing_at_that_instant_makes(billing: Billing, client: Client) -> None:
    contract = await billing.sign("START", "2026-11-01")
    await billing.live_to(local("2026-11-20", "17:00"))
    await billing.hear(overage_of(contract, 47, closed_at=billing.clock.now()))
    async with client("customer", organization_id=contract.organization_id) as customer:
        draft = (await customer.get(f"/v1/contracts/{contract.id}/invoice-draft")).json()
        listed = (await customer.get("/v1/invoices/drafts")).json()["items"]
        await billing.live_to(local("2026-12-01", "08:00"))
        made = await newest(customer)
        upcoming = (await customer.get("/v1/invoices/drafts")).json()["items"]

    assert listed == [draft]
    for name in ("lines", "total_cents", "month", "issue_date", "due_date", "customer", "taxes"):
        assert draft[name] == made[name], name
    assert (draft["state"], draft["total_cents"]) == ("draft", 65400 + 18017)
    assert [(one["month"], one["total_cents"]) for one in upcoming] == [("2027-01", 65400)]


async def test_a_run_that_fails_is_told_once_and_done_when_it_can_be(billing: Billing) -> None:
    contract = await billing.sign("START", "2026-11-01")
    await billing.hear(overage_of(contract, 60, closed_at=local("2026-10-20")))
    async with billing.transaction() as tx:
        await tx.execute(overages.update().values(month="2026-00"))

    await billing.live_to(local("2026-11-03", "12:30"))
    failed = [event for event in await billing.told() if isinstance(event, FinalizationFailed)]
    before = await billing.invoices()
    async with billing.transaction() as tx:
        await tx.execute(overages.update().values(month="2026-10"))
    await billing.live_to(local("2026-11-03", "13:00"))

    assert [(one.month, one.rule) for one in failed] == [("2026-11", "fault")]
    assert before == []
    assert [one.invoice.number for one in await billing.invoices()] == ["A-2026/00001"]


async def test_an_export_is_written_page_by_page_while_others_write(billing: Billing) -> None:
    contract, _overage = await december(billing)
    looks = 0

    @asynccontextmanager
    async def look() -> AsyncIterator[Transaction]:
        nonlocal looks
        looks += 1
        async with billing.database.reading(tenant=billing.tenant) as tx:
            yield tx

    pages = []
    async for rows in actions.exported_invoices(look, wanted=store.InvoiceFilter(), page=1):
        pages.append(rows)
        async with billing.transaction() as tx:  # nothing is open while the caller takes its time
            await store.lock_contract(tx, contract.id)

    assert looks == 2
    assert [[(row[0], row[8], row[13]) for row in rows] for rows in pages] == [
        [("A-2026/00002", "plan_fee", 65400), ("A-2026/00002", "overage", 34500)],
        [("A-2026/00001", "plan_fee", 65400)],
    ]
