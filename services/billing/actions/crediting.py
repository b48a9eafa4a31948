"""The verbs of giving back: credit notes, reversed overage, disputed lines (3.1, 2.7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from services.billing import domain, store
from services.billing.actions import telling
from services.billing.actions.settling import settle
from services.billing.domain import Dispute, LineCredit, Outcome
from services.billing.offer import Section
from shared import offers
from shared.calendar import local_date
from shared.db import Transaction
from shared.errors import NotYet, Stale
from shared.events.billing import CreditNoteVoided, DisputeOpened, DisputeSettled


class OverageNotHeard(NotYet):
    """What is reversed has not been heard of here."""

    rule = "2.7"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal:
    """Minutes of an overage that are not owed, and what they are worth; the month is the overage's own."""

    reversal_id: UUID
    overage_id: UUID
    minutes: int
    cents: int
    reason: str
    dispute_id: UUID | None


async def issue_credit_note(
    tx: Transaction, *, invoice_id: UUID, asked: Sequence[LineCredit], reason: str, expected_version: int | None
) -> store.IssuedNote:
    """Credit lines of an invoice, up to what is left of each. Raises InvoiceNotFound, Stale, and what `domain` refuses.

    Overage is credited by a reversal or a dispute, so that hours and money stay together: here it is refused.
    """
    issued = await store.lock_invoice(tx, invoice_id)
    if expected_version is not None and expected_version != issued.version:
        raise Stale(f"the invoice is at version {issued.version}, not {expected_version}")
    domain.refuse_overage(issued.invoice, asked)
    return await _credit(tx, issued, asked, reason=reason, reversal=None)


async def void_credit_note(
    tx: Transaction, *, invoice_id: UUID, credit_note_id: UUID, expected_version: int | None
) -> store.IssuedNote:
    """Take back a credit note that was an error, while what it gave is there (3.11).

    Raises InvoiceNotFound, CreditNoteNotFound, Stale, CreditNoteFinal, CreditUsed.
    """
    issued = await store.lock_invoice(tx, invoice_id)
    held = await store.credit_note(tx, credit_note_id, invoice_id=invoice_id)
    if expected_version is not None and expected_version != held.version:
        raise Stale(f"the credit note is at version {held.version}, not {expected_version}")
    domain.check_note_void(held.note, held.state, issued.balance)
    await store.void_credit_note(tx, held)
    after = replace(issued, credited_cents=issued.credited_cents - held.note.cents, version=issued.version + 1)
    await store.save_invoice(tx, after)
    note = held.note
    event = CreditNoteVoided(
        invoice_id=note.invoice_id,
        contract_id=note.contract_id,
        organization_id=note.organization_id,
        number=note.invoice_number,
        credit_note_id=note.id,
        credit_note_number=note.number,
        cents=note.cents,
        voided_at=tx.now,
    )
    await tx.publish(event)
    return replace(held, state="voided", version=held.version + 1)


async def reverse_overage(tx: Transaction, *, reversal: Reversal) -> None:
    """Charge less: what waits shrinks (S23), what was invoiced is credited and the invoice stays as it is (S24).

    Of a voided invoice whose charge was cancelled nothing is owed any more. What was heard before changes nothing.
    Raises OverageNotHeard.
    """
    known = await store.overage(tx, reversal.overage_id)
    if known is None:
        raise OverageNotHeard(f"the overage {reversal.overage_id} is not known here")
    is_new = await store.note_reversal(
        tx,
        reversal_id=reversal.reversal_id,
        overage_id=reversal.overage_id,
        minutes=reversal.minutes,
        cents=reversal.cents,
    )
    if not is_new:
        return
    await store.shrink_overage(tx, domain.shrink(known.overage, minutes=reversal.minutes, cents=reversal.cents))
    if known.invoice_id is None:
        return
    issued = await store.lock_invoice(tx, known.invoice_id)
    if issued.state != "void":
        line = domain.line_of_overage(issued.invoice, reversal.overage_id)
        credit = LineCredit(line=line, cents=reversal.cents, minutes=reversal.minutes)
        await _credit(tx, issued, [credit], reason=reversal.reason, reversal=reversal)


async def open_dispute(tx: Transaction, *, invoice_id: UUID, line: int, minutes: int | None, reason: str) -> Dispute:
    """Say that minutes of one line are not accepted: they freeze until it is settled.

    Raises InvoiceNotFound, NothingToCredit, UnknownLine, TooManyMinutes, DisputeOpen.
    """
    issued = await store.lock_invoice(tx, invoice_id)
    invoice = issued.invoice
    domain.check_disputable(issued.state)
    credited = await _credited_minutes(tx, invoice_id)
    disputed = domain.disputed_minutes(invoice, line, minutes, credited_minutes=credited[line])
    if await store.open_dispute(tx, invoice_id, line) is not None:
        raise domain.DisputeOpen(f"line {line} is disputed already", field="line")
    overage_id = invoice.lines[line - 1].overage_id
    assert overage_id is not None, "only overage is disputed"
    known = await store.overage(tx, overage_id)
    assert known is not None, "an invoiced overage was heard of"
    dispute = Dispute(
        id=tx.new_id(),
        invoice_id=invoice_id,
        line=line,
        overage_id=overage_id,
        ticket_id=known.overage.ticket_id,
        round=known.overage.round,
        minutes=disputed,
        reason=reason,
        state="open",
        opened_at=tx.now,
        opened_by=tx.actor,
    )
    await store.add_dispute(tx, dispute)
    await _tell_opened(tx, issued, dispute)
    return dispute


async def settle_dispute(
    tx: Transaction, *, invoice_id: UUID, line: int, outcome: Outcome, minutes: int | None, reason: str
) -> Dispute:
    """Settle a dispute: what is accepted the hour bank reverses, and tells, from which the credit note is made.

    Raises InvoiceNotFound, NoDispute, TooManyMinutes.
    """
    issued = await store.lock_invoice(tx, invoice_id)
    dispute = await store.open_dispute(tx, invoice_id, line)
    if dispute is None:
        raise domain.NoDispute(f"line {line} is not disputed", field="line")
    settled = replace(
        dispute,
        state=outcome,
        settled_minutes=domain.settled_minutes(dispute, outcome, minutes),
        settlement=reason,
        settled_at=tx.now,
        settled_by=tx.actor,
    )
    await store.save_dispute(tx, settled)
    event = DisputeSettled(
        contract_id=issued.invoice.contract_id,
        organization_id=issued.invoice.organization_id,
        dispute_id=dispute.id,
        overage_id=dispute.overage_id,
        ticket_id=dispute.ticket_id,
        round=dispute.round,
        outcome=outcome,
        minutes=settled.settled_minutes or 0,
        reason=f"dispute {outcome}",  # what people wrote stays here
        settled_at=tx.now,
    )
    await tx.publish(event)
    return settled


async def _credit(
    tx: Transaction, issued: store.Issued, asked: Sequence[LineCredit], *, reason: str, reversal: Reversal | None
) -> store.IssuedNote:
    """Number a credit note for a locked invoice, keep it, say so, and let the invoice ask for less."""
    invoice = issued.invoice
    credited = await store.credited_lines(tx, invoice.id)
    sums: Counter[int] = Counter()
    for one in credited:
        sums[one.line] += one.cents
    domain.check_credits(invoice, issued.state, asked, sums)
    section = await offers.current(tx, Section)
    issue_date = local_date(tx.now, invoice.timezone)
    numbering = await store.take_number(tx, series=section.invoicing.credit_note_series, year=issue_date.year)
    note = domain.write_credit_note(
        invoice,
        asked,
        id=tx.new_id(),
        numbering=numbering,
        issue_date=issue_date,
        reason=reason,
        reversal_id=reversal.reversal_id if reversal else None,
        dispute_id=reversal.dispute_id if reversal else None,
    )
    kept = await store.add_credit_note(tx, note, numbering)
    await telling.credit_note_issued(tx, kept)
    await settle(tx, before=issued, after=replace(issued, credited_cents=issued.credited_cents + note.cents))
    return kept


async def _credited_minutes(tx: Transaction, invoice_id: UUID) -> Counter[int]:
    minutes: Counter[int] = Counter()
    for one in await store.credited_lines(tx, invoice_id):
        minutes[one.line] += one.minutes or 0
    return minutes


async def _tell_opened(tx: Transaction, issued: store.Issued, dispute: Dispute) -> None:
    event = DisputeOpened(
        contract_id=issued.invoice.contract_id,
        organization_id=issued.invoice.organization_id,
        dispute_id=dispute.id,
        invoice_id=dispute.invoice_id,
        line=dispute.line,
        overage_id=dispute.overage_id,
        ticket_id=dispute.ticket_id,
        round=dispute.round,
        minutes=dispute.minutes,
        opened_at=tx.now,
    )
    await tx.publish(event)
