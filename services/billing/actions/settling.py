"""The verbs of what becomes of an invoice: sent, reminded of, overdue, paid, given up, voided (3.1)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from services.billing import domain, store
from services.billing.actions import telling
from services.billing.actions.current import let_wait
from services.billing.actions.invoicing import invoice_what_waits
from services.billing.offer import Section
from shared import offers
from shared.calendar import local_date
from shared.db import Transaction
from shared.errors import Invalid, Refused, Stale
from shared.events.billing import InvoiceOverpaid, InvoiceSent, InvoiceUncollectible, InvoiceVoided, PaymentRecorded

INVOICE_LETTER = "invoice_finalized"  # notify's template that gives an invoice to the customer


class PaymentKnown(Refused):
    """A payment of this method and reference was recorded for this invoice before."""

    rule = "3.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """Money that came, in centavos; `reference` is the bank's, None where there is none."""

    cents: int
    paid_on: date
    method: str
    reference: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message that left the house: `about` is the document that it gives to its reader, None where it gives none."""

    message_id: UUID
    template: str
    channel: str
    about: UUID | None
    header_id: str
    sent_at: datetime


async def record_payment(
    tx: Transaction, *, invoice_id: UUID, money: Money, expected_version: int | None
) -> store.Issued:
    """Take a payment, in parts if need be; what is too much is the customer's credit (3.1).

    Raises InvoiceNotFound, Stale, TransitionRefused, PaymentKnown, Invalid.
    """
    issued = await _locked(tx, invoice_id, expected_version)
    await _check_day(tx, issued, money.paid_on)
    if issued.state not in {*domain.TAKES_MONEY, "paid"}:
        raise domain.TransitionRefused(f"an invoice that is {issued.state} takes no money")
    payment = store.Payment(
        id=tx.new_id(),
        invoice_id=invoice_id,
        cents=money.cents,
        paid_on=money.paid_on,
        method=money.method,
        reference=money.reference,
        recorded_at=tx.now,
        recorded_by=tx.actor,
    )
    if not await store.add_payment(tx, payment):
        raise PaymentKnown(f"the {money.method} payment {money.reference!r} was recorded before", field="reference")
    received = replace(issued, paid_cents=issued.paid_cents + money.cents)
    invoice = issued.invoice
    await _charge_late(tx, issued, payment)
    event = PaymentRecorded(
        invoice_id=invoice.id,
        contract_id=invoice.contract_id,
        organization_id=invoice.organization_id,
        number=invoice.number,
        payment_id=payment.id,
        cents=payment.cents,
        paid_on=payment.paid_on,
        method=payment.method,
        amount_due_cents=received.balance.due_cents,
        recorded_at=tx.now,
    )
    await tx.publish(event)
    return await settle(tx, before=issued, after=received)


async def _charge_late(tx: Transaction, issued: store.Issued, payment: store.Payment) -> None:
    """Let wait for the next invoice what it costs that a part of this one was paid late (3.4)."""
    invoice, section = issued.invoice, await offers.current(tx, Section)
    days = domain.days_late(invoice.due_date, payment.paid_on, calendars=domain.calendars_of(section))
    late_cents = min(payment.cents, issued.balance.due_cents)
    lines = domain.late_lines(invoice, cents=late_cents, paid_on=payment.paid_on, days=days)
    for line in lines:
        await let_wait(tx, invoice.contract_id, line, cause=str(payment.id))
    if lines:
        await invoice_what_waits(tx, contract_id=invoice.contract_id)


async def settle(tx: Transaction, *, before: store.Issued, after: store.Issued) -> store.Issued:
    """Keep an invoice after money or credit came: paid when nothing is left, what is over is the customer's."""
    state = domain.settled(before.state, after.balance)
    is_open = state in {"finalized", "sent", "overdue"}
    kept = replace(
        after,
        state=state,
        version=before.version + 1,
        reminds_at=after.reminds_at if is_open else None,
        overdue_at=after.overdue_at if is_open else None,
    )
    await store.save_invoice(tx, kept)
    if state == "paid" and before.state != "paid":
        await telling.paid(tx, kept)
    over = after.balance.over_cents - before.balance.over_cents
    if over:
        await _move_credit(tx, kept, cents=over)
    return kept


async def send_invoice(
    tx: Transaction, *, invoice_id: UUID, channel: str, reference: str | None, expected_version: int | None
) -> store.Issued:
    """Note that the invoice was given to the customer; once more keeps its number and its state (3.1).

    Raises InvoiceNotFound, Stale, TransitionRefused.
    """
    issued = await _locked(tx, invoice_id, expected_version)
    if issued.state == "void":
        raise domain.TransitionRefused("a voided invoice is not given to anybody")
    delivery = store.Delivery(
        id=tx.new_id(),
        invoice_id=invoice_id,
        channel=channel,
        reference=reference or str(tx.new_id()),
        sent_at=tx.now,
        sent_by=tx.actor,
    )
    return await _deliver(tx, issued, delivery)


async def note_letter(tx: Transaction, *, letter: Letter) -> None:
    """Note that notify's letter took an invoice to the customer: from then on it is sent (3.1).

    Letters about anything else are not billing's; of an invoice that was voided on the way nothing becomes, and what
    was heard before changes nothing.
    """
    if letter.template != INVOICE_LETTER or letter.about is None:
        return
    issued = await store.lock_invoice(tx, letter.about)
    if issued.state == "void":
        return
    delivery = store.Delivery(
        id=tx.new_id(),
        invoice_id=issued.invoice.id,
        channel=letter.channel,
        reference=letter.header_id or str(letter.message_id),
        sent_at=letter.sent_at,
        sent_by="notify",
    )
    await _deliver(tx, issued, delivery)


async def void_invoice(
    tx: Transaction, *, invoice_id: UUID, cancel_charge: bool, reason: str | None = None, expected_version: int | None
) -> store.Issued:
    """Void an invoice for which nothing was paid: it keeps its number and asks for nothing (3.1).

    What it charged waits for the next run, unless the charge is cancelled; credit that it used comes back in any case.
    Raises InvoiceNotFound, Stale, TransitionRefused, AlreadyPaidFor, DisputeOpen.
    """
    issued = await _locked(tx, invoice_id, expected_version)
    invoice = issued.invoice
    state = domain.check_void(issued.state, issued.balance)
    if any(dispute.state == "open" for dispute in await store.disputes_of(tx, invoice_id)):
        # What is frozen must not be charged again, and its outcome must find the line that it is about.
        raise domain.DisputeOpen("a line is disputed: settle the dispute first")
    voided = replace(
        issued,
        state=state,
        version=issued.version + 1,
        charge_cancelled=cancel_charge,
        reminds_at=None,
        overdue_at=None,
    )
    await store.save_invoice(tx, voided)
    if moved := domain.credit_moved(invoice.lines):
        await _move_credit(tx, voided, cents=-moved, is_overpaid=False)
    if not cancel_charge:
        await _give_lines_back(tx, issued)
    event = InvoiceVoided(
        invoice_id=invoice.id,
        contract_id=invoice.contract_id,
        organization_id=invoice.organization_id,
        number=invoice.number,
        charge_cancelled=cancel_charge,
        voided_at=tx.now,
        reason=reason,
    )
    await tx.publish(event)
    return voided


async def give_up_invoice(tx: Transaction, *, invoice_id: UUID, expected_version: int | None) -> store.Issued:
    """Count on an overdue invoice no more. Raises InvoiceNotFound, Stale, TransitionRefused."""
    issued = await _locked(tx, invoice_id, expected_version)
    given_up = replace(
        issued, state=domain.after(issued.state, "write_off"), version=issued.version + 1, overdue_at=None
    )
    await store.save_invoice(tx, given_up)
    invoice = given_up.invoice
    event = InvoiceUncollectible(
        invoice_id=invoice.id,
        contract_id=invoice.contract_id,
        organization_id=invoice.organization_id,
        number=invoice.number,
        amount_due_cents=given_up.balance.due_cents,
        marked_at=tx.now,
    )
    await tx.publish(event)
    return given_up


async def follow_invoice(tx: Transaction, *, issued: store.Issued) -> None:
    """Remind of a locked invoice, or let it fall overdue, once the bank day of today's calendar has passed (3.4)."""
    invoice, followed = issued.invoice, issued
    if issued.reminds_at is not None and issued.reminds_at <= tx.now:
        followed = replace(followed, reminds_at=None)
        await telling.will_be_due(tx, followed)
    if issued.overdue_at is not None and issued.overdue_at <= tx.now:
        calendars = domain.calendars_of(await offers.current(tx, Section))
        at = domain.overdue_at(invoice.due_date, timezone=invoice.timezone, calendars=calendars)
        followed = replace(followed, overdue_at=at if at > tx.now else None)
        if followed.overdue_at is None:
            state = domain.after(issued.state, "fall_due")
            followed = replace(followed, state=state, version=issued.version + 1)
            await telling.overdue(tx, followed)
    await store.save_invoice(tx, followed)


async def _deliver(tx: Transaction, issued: store.Issued, delivery: store.Delivery) -> store.Issued:
    """Keep a delivery of a locked invoice and say so, once for each reference of a channel."""
    if not await store.add_delivery(tx, delivery):
        return issued
    state = domain.after(issued.state, "send") if issued.state == "finalized" else issued.state
    sent = replace(issued, state=state, version=issued.version + 1)
    await store.save_invoice(tx, sent)
    invoice = sent.invoice
    event = InvoiceSent(
        invoice_id=invoice.id,
        contract_id=invoice.contract_id,
        organization_id=invoice.organization_id,
        number=invoice.number,
        channel=delivery.channel,
        reference=delivery.reference,
        sent_at=delivery.sent_at,
    )
    await tx.publish(event)
    return sent


async def _give_lines_back(tx: Transaction, issued: store.Issued) -> None:
    """Let everything that a voided invoice charged wait for the next run; what was used of the credit came back."""
    invoice = issued.invoice
    causes = await store.causes_of(tx, invoice.id)
    await store.free_causes(tx, invoice.id)
    overages = [line.overage_id for line in invoice.lines if line.overage_id is not None]
    await store.tie_overages(tx, overages, invoice_id=None)
    for place, line in enumerate(invoice.lines, start=1):
        if line.overage_id is None and line.kind != "credit":
            await let_wait(tx, invoice.contract_id, line, cause=causes[place])
    await invoice_what_waits(tx, contract_id=invoice.contract_id)


async def _move_credit(tx: Transaction, issued: store.Issued, *, cents: int, is_overpaid: bool = True) -> None:
    invoice = issued.invoice
    await store.move_credit(
        tx, organization_id=invoice.organization_id, invoice_id=invoice.id, cents=cents, reason="overpaid"
    )
    if is_overpaid and cents > 0:
        event = InvoiceOverpaid(
            invoice_id=invoice.id,
            contract_id=invoice.contract_id,
            organization_id=invoice.organization_id,
            number=invoice.number,
            cents=cents,
            noted_at=tx.now,
        )
        await tx.publish(event)


async def _locked(tx: Transaction, invoice_id: UUID, expected: int | None) -> store.Issued:
    issued = await store.lock_invoice(tx, invoice_id)
    if expected is not None and expected != issued.version:
        raise Stale(f"the invoice is at version {issued.version}, not {expected}")
    return issued


async def _check_day(tx: Transaction, issued: store.Issued, day: date) -> None:
    """Refuse a day on which nothing can have been paid for an invoice. Raises Invalid."""
    today = local_date(tx.now, issued.invoice.timezone)
    if day > today:
        raise Invalid(f"nothing was paid on {day}: today is {today}", field="paid_on", rule="3.1")
    earliest = domain.earliest_date(await store.contract(tx, issued.invoice.contract_id))
    if day < earliest:
        raise Invalid(f"nothing of this contract was paid before {earliest}", field="paid_on", rule="3.1")
