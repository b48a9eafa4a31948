"""An invoice whose letter left is sent, and the letter's Message-ID is the record of it (3.1)."""

from __future__ import annotations

from uuid import UUID, uuid4

from services.billing.handlers import on_message_sent
from shared.events.billing import InvoiceSent
from shared.events.notify import MessageSent
from tests.billing.conftest import Client
from tests.billing.settling import december, kinds, newest, post
from tests.billing.shops import Billing, local

HEADER = "<contract-1.2@next4.example>"


def letter(about: UUID | None, *, template: str = "invoice_finalized", header_id: str = HEADER) -> MessageSent:
    """What notify tells when a message has left."""
    return MessageSent(
        message_id=uuid4(),
        template=template,
        channel="email",
        attempts=1,
        sent_at=local("2026-12-01", "08:01"),
        about=about,
        header_id=header_id,
    )


async def hear(billing: Billing, event: MessageSent) -> None:
    """What the inbox does with the fact."""
    async with billing.transaction() as tx:
        await on_message_sent(tx, event)


async def test_an_invoice_whose_letter_left_is_sent_under_its_message_id(billing: Billing, client: Client) -> None:
    await december(billing)
    async with client("billing") as http:
        invoice = await newest(http)

        await hear(billing, letter(UUID(invoice["invoice_id"])))
        await hear(billing, letter(UUID(invoice["invoice_id"])))

        history = (await http.get(f"/v1/invoices/{invoice['invoice_id']}/history")).json()
        sent = [event for event in await billing.told() if isinstance(event, InvoiceSent)]
        assert [(one["channel"], one["reference"]) for one in history["deliveries"]] == [("email", HEADER)]
        assert (await newest(http))["state"] == "sent"
        assert [(one.number, one.reference, one.sent_at) for one in sent] == [
            (invoice["number"], HEADER, local("2026-12-01", "08:01"))
        ]


async def test_each_reader_of_an_invoice_is_a_delivery_and_the_state_changes_once(
    billing: Billing, client: Client
) -> None:
    await december(billing)
    async with client("billing") as http:
        invoice = await newest(http)
        path = f"/v1/invoices/{invoice['invoice_id']}"
        await post(http, f"{path}/payments", {"cents": invoice["amount_due_cents"], "paid_on": "2026-12-01"})

        await hear(billing, letter(UUID(invoice["invoice_id"]), header_id="<a@next4.example>"))
        await hear(billing, letter(UUID(invoice["invoice_id"]), header_id="<b@next4.example>"))

        history = (await http.get(f"{path}/history")).json()
        assert {one["reference"] for one in history["deliveries"]} == {"<a@next4.example>", "<b@next4.example>"}
        assert (await newest(http))["state"] == "paid"


async def test_a_letter_of_a_voided_invoice_or_about_something_else_changes_nothing(
    billing: Billing, client: Client
) -> None:
    await december(billing)
    async with client("billing") as http:
        invoice = await newest(http)
        path = f"/v1/invoices/{invoice['invoice_id']}"
        await post(http, f"{path}/void", {})
        before, told = await newest(http), await kinds(billing)

        await hear(billing, letter(UUID(invoice["invoice_id"])))
        await hear(billing, letter(uuid4(), template="ticket_opened"))
        await hear(billing, letter(None, template="statement_issued"))

        assert (await newest(http), await kinds(billing)) == (before, told)
        assert (await http.get(f"{path}/history")).json()["deliveries"] == []
