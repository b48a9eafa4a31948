"""What becomes of an invoice, through the HTTP door: sent, paid in parts, overdue, voided, credited, disputed."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import msgspec
import pytest

from services.billing.offer import Section
from shared.events import type_of
from shared.events.billing import InvoiceVoided
from tests.billing.conftest import Client
from tests.billing.settling import december, kinds, newest, post
from tests.billing.shops import Billing, document, local, overage_of, reversal_of

pytestmark = pytest.mark.anyio


async def test_an_invoice_is_paid_in_parts_and_what_is_too_much_is_used_on_the_next_one(
    billing: Billing, client: Client
) -> None:
    await december(billing)
    async with client("billing") as office:
        invoice = await newest(office)
        payments = f"/v1/invoices/{invoice['invoice_id']}/payments"

        part = await post(office, payments, {"cents": 50000, "paid_on": "2026-12-01", "reference": "E1"})
        again = await office.post(payments, json={"cents": 50000, "paid_on": "2026-12-01", "reference": "E1"})
        future = await office.post(payments, json={"cents": 1, "paid_on": "2026-12-02"})
        whole = await post(office, payments, {"cents": 60000, "paid_on": "2026-12-01", "reference": "E2"})
        await billing.live_to(local("2027-01-04", "08:00"))
        january = await newest(office)

    assert (part["state"], part["amount_due_cents"]) == ("finalized", 49900)
    assert (again.status_code, again.json()["code"]) == (409, "payment_known")
    assert (future.status_code, future.json()["field"]) == (422, "paid_on")
    assert (whole["state"], whole["paid_cents"], whole["amount_due_cents"]) == ("paid", 110000, 0)
    assert [(line["kind"], line["cents"]) for line in january["lines"]] == [("plan_fee", 65400), ("credit", -10100)]
    assert january["total_cents"] == 55300
    told = await kinds(billing)
    assert [told.count(one) for one in ("payment_recorded", "invoice_paid", "invoice_overpaid")] == [2, 1, 1]


async def test_3_1_money_may_come_long_before_its_invoice_but_no_year_before_its_contract(
    billing: Billing, client: Client
) -> None:
    await december(billing)
    async with client("billing") as office:
        invoice = await newest(office)
        path = f"/v1/invoices/{invoice['invoice_id']}"

        refused = [
            await office.post(f"{path}/payments", json={"cents": 100, "paid_on": day})
            for day in ("2006-12-01", "2025-10-31", "2026-12-02")
        ]
        untouched = await newest(office)
        early = await post(office, f"{path}/payments", {"cents": 100, "paid_on": "2025-11-01"})

    assert [(one.status_code, one.json()["field"], one.json()["rule"]) for one in refused] == [
        (422, "paid_on", "3.1")
    ] * 3
    assert untouched == invoice
    assert (early["paid_cents"], early["amount_due_cents"]) == (100, 99800)


async def test_an_invoice_that_credit_covers_is_paid_when_it_is_made(billing: Billing, client: Client) -> None:
    await december(billing)
    async with client("billing") as office:
        invoice = await newest(office)
        path = f"/v1/invoices/{invoice['invoice_id']}/payments"
        await post(office, path, {"cents": 99900 + 70000, "paid_on": "2026-12-01"})

        await billing.live_to(local("2027-02-01", "08:00"))
        february, january = (await office.get("/v1/invoices")).json()["items"][:2]

    assert (january["state"], january["total_cents"]) == ("paid", 0)
    assert (february["state"], february["total_cents"]) == ("finalized", 65400 - 4600)


async def test_3_4_an_invoice_falls_overdue_when_its_bank_day_is_over_and_may_be_given_up_and_paid_after_all(
    billing: Billing, client: Client
) -> None:
    await december(billing)
    async with client("billing") as office:
        invoice = await newest(office)
        path = f"/v1/invoices/{invoice['invoice_id']}"
        early = await office.post(f"{path}/uncollectible")
        await billing.live_to(local("2026-12-11", "23:59"))
        on_the_day = (await office.get(path)).json()["state"]
        await billing.live_to(local("2026-12-12"))
        after = (await office.get(path)).json()["state"]
        given_up = await post(office, f"{path}/uncollectible", None)
        paid = await post(office, f"{path}/payments", {"cents": 99900, "paid_on": "2026-12-11"})

    assert (early.status_code, early.json()["code"]) == (409, "transition_refused")
    assert (invoice["due_date"], on_the_day, after) == ("2026-12-11", "finalized", "overdue")
    assert (given_up["state"], paid["state"]) == ("uncollectible", "paid")
    told = [one for one in await kinds(billing) if one in {"invoice_will_be_due", "invoice_overdue"}]
    assert told == ["invoice_will_be_due", "invoice_overdue"] * 2  # November's, and December's


async def test_a_bank_holiday_that_becomes_known_gives_the_payer_another_day(billing: Billing, client: Client) -> None:
    await december(billing)
    changed = document("next4")
    changed["calendars"]["bank"]["closed_dates"] = ["2026-12-11"]

    await billing.open(msgspec.convert(changed, Section))
    await billing.live_to(local("2026-12-14", "23:59"))
    async with client("billing") as office:
        monday = (await newest(office))["state"]
        await billing.live_to(local("2026-12-15", "01:00"))
        tuesday = (await newest(office))["state"]

    assert (monday, tuesday) == ("finalized", "overdue")


async def test_a_voided_invoice_keeps_its_number_and_what_it_charged_is_on_the_next_one(
    billing: Billing, client: Client
) -> None:
    await december(billing)
    async with client("billing") as office:
        invoice = await newest(office)
        path = f"/v1/invoices/{invoice['invoice_id']}"

        voided = await post(office, f"{path}/void", {"reason": "issued to the wrong customer"})
        again = await office.post(f"{path}/void", json={})
        draft = (await office.get(f"/v1/contracts/{invoice['contract_id']}/invoice-draft")).json()
        await billing.live_to(local("2027-01-04", "08:00"))
        january = await newest(office)

    assert (voided["state"], voided["number"], voided["amount_due_cents"]) == ("void", invoice["number"], 0)
    assert again.json()["code"] == "transition_refused"
    told = [fact for fact in await billing.told() if isinstance(fact, InvoiceVoided)]
    assert [fact.reason for fact in told] == ["issued to the wrong customer"]
    assert [(line["kind"], line["period"], line["cents"]) for line in january["lines"]] == [
        ("plan_fee", "2027-01", 65400),
        ("plan_fee", "2026-12", 65400),
        ("overage", "2026-11", 34500),
    ]
    assert draft["lines"] == january["lines"]
    assert january["number"] == "A-2027/00001"


async def test_a_cancelled_charge_is_not_charged_again_and_its_reversal_gives_nothing(
    billing: Billing, client: Client
) -> None:
    _contract, overage = await december(billing)
    async with client("billing") as office:
        invoice = await newest(office)
        await post(office, f"/v1/invoices/{invoice['invoice_id']}/void", {"cancel_charge": True})
        await billing.hear(reversal_of(overage, 90, at=billing.clock.now()))
        await billing.live_to(local("2027-01-04", "08:00"))
        january = await newest(office)

    assert [(line["kind"], line["period"]) for line in january["lines"]] == [("plan_fee", "2027-01")]
    assert "credit_note_issued" not in await kinds(billing)


async def test_what_was_paid_is_not_voided(billing: Billing, client: Client) -> None:
    await december(billing)
    async with client("billing") as office:
        invoice = await newest(office)
        path = f"/v1/invoices/{invoice['invoice_id']}"
        before = await post(office, f"{path}/payments", {"cents": 1, "paid_on": "2026-12-01"})

        refused = await office.post(f"{path}/void", json={})
        after = (await office.get(path)).json()

    assert (refused.status_code, refused.json()["code"]) == (409, "already_paid_for")
    assert after == before


async def test_s23_a_reversal_before_the_invoice_shrinks_the_line_that_waits(billing: Billing) -> None:
    contract = await billing.sign("START", "2026-11-01")
    await billing.move_to(local("2026-11-12", "17:00"))
    overage = overage_of(contract, 150, closed_at=billing.clock.now())
    await billing.hear(overage)

    part = reversal_of(overage, 60, at=billing.clock.now())
    await billing.hear(part)
    await billing.hear(part)
    await billing.move_to(local("2026-12-01", "08:00"))

    (_, made) = await billing.invoices()
    line = made.invoice.lines[1]
    assert (line.minutes, line.cents, made.invoice.total_cents) == (90, 34500, 99900)


async def test_s24_a_reversal_after_the_invoice_is_a_credit_note_and_the_invoice_stays(
    billing: Billing, client: Client
) -> None:
    _contract, overage = await december(billing)
    async with client("billing") as office:
        invoice = await newest(office)
        await billing.live_to(local("2026-12-07", "10:00"))

        reversal = reversal_of(overage, 90, at=billing.clock.now())
        await billing.hear(reversal)
        await billing.hear(reversal)
        after = await newest(office)
        history = (await office.get(f"/v1/invoices/{invoice['invoice_id']}/history")).json()

    (note,) = history["credit_notes"]
    assert (note["cents"], note["number"], note["invoice_number"]) == (34500, "NC-2026/00001", invoice["number"])
    assert (note["issue_date"], invoice["issue_date"]) == ("2026-12-07", "2026-12-01")
    assert (after["amount_due_cents"], after["credited_cents"]) == (65400, 34500)
    for name in ("lines", "total_cents", "sha256", "number"):
        assert after[name] == invoice[name]


async def test_reversals_of_a_paid_invoice_are_the_customers_credit_to_the_centavo(
    billing: Billing, client: Client
) -> None:
    _contract, overage = await december(billing, minutes=20)  # 7667 centavos: no third of it is whole
    async with client("billing") as office:
        invoice = await newest(office)
        path = f"/v1/invoices/{invoice['invoice_id']}"
        await post(office, f"{path}/payments", {"cents": 65400 + 7667, "paid_on": "2026-12-01"})

        for before in (0, 7, 14):
            await billing.hear(reversal_of(overage, min(7, 20 - before), before=before, at=billing.clock.now()))
        await billing.live_to(local("2027-01-04", "08:00"))
        january = await newest(office)

    assert [line["cents"] for line in january["lines"]] == [65400, -7667]


async def test_a_credit_note_never_goes_beyond_its_line_and_overage_is_given_back_as_hours(
    billing: Billing, client: Client
) -> None:
    await december(billing)
    async with client("billing") as office:
        invoice = await newest(office)
        path = f"/v1/invoices/{invoice['invoice_id']}/credit-notes"

        def asked(line: int, cents: int) -> object:
            return {"lines": [{"line": line, "cents": cents}], "reason": "two days without the service"}

        first = await post(office, path, asked(1, 60000), expect=201)
        too_much = await office.post(path, json=asked(1, 5401))
        of_minutes = await office.post(path, json=asked(2, 100))
        rest = await post(office, path, asked(1, 5400), expect=201)
        read = await office.get(f"{path}/{rest['credit_note_id']}")

    assert (first["number"], rest["number"]) == ("NC-2026/00001", "NC-2026/00002")
    assert (too_much.status_code, too_much.json()["code"]) == (409, "credit_too_large")
    assert of_minutes.json()["code"] == "overage_by_reversal"
    assert read.json() == rest


async def test_3_1_the_series_of_credit_notes_is_listed_newest_first_to_whom_it_concerns(
    billing: Billing, client: Client
) -> None:
    contract, overage = await december(billing)
    async with (
        client("manager") as manager,
        client("customer", organization_id=contract.organization_id) as own,
        client("customer", organization_id=uuid4()) as stranger,
    ):
        invoice = await newest(manager)
        path = f"/v1/invoices/{invoice['invoice_id']}/credit-notes"
        body = {"lines": [{"line": 1, "cents": 400}], "reason": "an error"}
        note = await post(manager, path, body, expect=201)
        await post(manager, f"{path}/{note['credit_note_id']}/void", None)
        await billing.hear(reversal_of(overage, 90, at=billing.clock.now()))

        listed = "/v1/invoices/credit-notes"
        whole = (await manager.get(listed)).json()
        first = (await own.get(listed, params={"limit": 1})).json()
        rest = (await own.get(listed, params={"cursor": first["next_cursor"]})).json()
        others = [
            (await http.get(listed, params=asked)).json()["items"]
            for http, asked in ((stranger, {}), (manager, {"contract_id": str(uuid4())}))
        ]
        of_contract = (await manager.get(listed, params={"contract_id": str(contract.id)})).json()

    assert [(one["number"], one["state"], one["cents"]) for one in whole["items"]] == [
        ("NC-2026/00002", "issued", 34500),
        ("NC-2026/00001", "voided", 400),
    ]
    assert first["items"] + rest["items"] == whole["items"] == of_contract["items"]
    assert (rest["next_cursor"], others) == (None, [[], []])


async def test_a_credit_note_that_was_an_error_is_taken_back_and_keeps_its_number(
    billing: Billing, client: Client
) -> None:
    await december(billing)
    async with client("manager") as office:
        invoice = await newest(office)
        path = f"/v1/invoices/{invoice['invoice_id']}"
        body = {"lines": [{"line": 1, "cents": 400}], "reason": "an error"}
        note = await post(office, f"{path}/credit-notes", body, expect=201)

        voided = await post(office, f"{path}/credit-notes/{note['credit_note_id']}/void", None)
        again = await office.post(f"{path}/credit-notes/{note['credit_note_id']}/void")
        after = (await office.get(path)).json()

    assert (voided["state"], voided["number"]) == ("voided", note["number"])
    assert again.json()["code"] == "credit_note_final"
    assert (after["credited_cents"], after["amount_due_cents"]) == (0, 99900)


async def test_a_disputed_line_freezes_until_it_is_settled_and_the_hour_bank_is_told(
    billing: Billing, client: Client
) -> None:
    contract, overage = await december(billing)
    async with (
        client("approver", organization_id=contract.organization_id) as approver,
        client("manager") as manager,
    ):
        invoice = await newest(approver)
        line = f"/v1/invoices/{invoice['invoice_id']}/lines"
        fee = await approver.post(f"{line}/1/dispute", json={"reason": "too dear"})
        too_many = await approver.post(f"{line}/2/dispute", json={"reason": "too long", "minutes": 91})
        opened = await post(approver, f"{line}/2/dispute", {"reason": "we waited for you", "minutes": 60})
        twice = await approver.post(f"{line}/2/dispute", json={"reason": "and again"})
        not_theirs = await approver.post(f"{line}/2/settlement", json={"outcome": "accepted", "reason": "please"})
        void = await manager.post(f"/v1/invoices/{invoice['invoice_id']}/void", json={})

        settled = await post(manager, f"{line}/2/settlement", {"outcome": "accepted", "reason": "yes", "minutes": 30})
        closed = await manager.post(f"{line}/2/settlement", json={"outcome": "rejected", "reason": "no more"})

    assert [one.json()["code"] for one in (fee, too_many, twice, void, closed)] == [
        "unknown_line",
        "too_many_minutes",
        "dispute_open",
        "dispute_open",
        "no_dispute",
    ]
    assert not_theirs.status_code == 403
    assert (opened["state"], opened["minutes"], settled["settled_minutes"]) == ("open", 60, 30)
    told = [event for event in await billing.told() if type_of(type(event)).startswith("billing.dispute")]
    assert [getattr(event, "minutes") for event in told] == [60, 30]  # noqa: B009  of two kinds of facts
    assert {getattr(event, "overage_id") for event in told} == {overage.overage_id}  # noqa: B009  as above


async def test_sending_again_keeps_the_number_and_a_known_message_changes_nothing(
    billing: Billing, client: Client
) -> None:
    await december(billing)
    async with client("billing") as office:
        invoice = await newest(office)
        path = f"/v1/invoices/{invoice['invoice_id']}/send"

        first = await post(office, path, {"reference": "<1@next4>"})
        known = await post(office, path, {"reference": "<1@next4>"})
        billing.clock.move_to(billing.clock.now() + timedelta(minutes=1))
        other = await post(office, path, {"channel": "whatsapp", "reference": "wamid.2"})
        history = (await office.get(f"/v1/invoices/{invoice['invoice_id']}/history")).json()

    assert [one["state"] for one in (first, known, other)] == ["sent"] * 3
    assert first == known
    assert {one["number"] for one in (first, other)} == {invoice["number"]}
    assert [one["channel"] for one in history["deliveries"]] == ["email", "whatsapp"]
