"""What billing hears, and what it does about it."""

from __future__ import annotations

from services.billing import actions
from services.billing.domain import Month, Overage
from shared.bus import Subscriptions
from shared.db import Transaction
from shared.events.hourbank import HoursRefunded, LotVoided, LotVoidRefused, OverageAccrued, OverageReversed
from shared.events.notify import MessageSent

subscriptions = Subscriptions()


@subscriptions.to(OverageAccrued)
async def on_overage_accrued(tx: Transaction, event: OverageAccrued) -> None:
    """Minutes beyond the bank wait for the first business day of the next month (N20, N35)."""
    overage = Overage(
        overage_id=event.overage_id,
        contract_id=event.contract_id,
        ticket_id=event.ticket_id,
        ticket_number=event.ticket_number,
        round=event.round,
        minutes=event.minutes,
        hour_price_cents=event.hour_price_cents,
        cents=event.cents,
        month=Month.read(event.billing_month),
        accrued_at=event.accrued_at,
    )
    await actions.accrue_overage(tx, overage=overage)


@subscriptions.to(OverageReversed)
async def on_overage_reversed(tx: Transaction, event: OverageReversed) -> None:
    """Minutes beyond the bank are not owed after all: the pending line shrinks, or a credit note is made (S23, S24)."""
    reversal = actions.Reversal(
        reversal_id=event.reversal_id,
        overage_id=event.overage_id,
        minutes=event.minutes,
        cents=event.cents,
        reason=event.reason,
        dispute_id=event.dispute_id,
    )
    await actions.reverse_overage(tx, reversal=reversal)


@subscriptions.to(HoursRefunded)
async def on_hours_refunded(tx: Transaction, event: HoursRefunded) -> None:
    """Hours that lapsed with the contract are paid back with its last invoice (2.9)."""
    await actions.refund_hours(tx, contract_id=event.contract_id, minutes=event.minutes, cents=event.cents)


@subscriptions.to(LotVoidRefused)
async def on_lot_void_refused(tx: Transaction, event: LotVoidRefused) -> None:
    """Some of the hours that were to be taken back had been used: the purchase stands (L-16)."""
    await actions.keep_purchase(tx, contract_id=event.contract_id, purchase_id=event.purchase_id, rule=event.rule)


@subscriptions.to(LotVoided)
async def on_lot_voided(tx: Transaction, event: LotVoided) -> None:
    """The hours that were to be taken back were untouched: the purchase is undone (L-16)."""
    await actions.confirm_void(tx, contract_id=event.contract_id, purchase_id=event.purchase_id)


@subscriptions.to(MessageSent)
async def on_message_sent(tx: Transaction, event: MessageSent) -> None:
    """The letter that gives an invoice to the customer has left: its Message-ID is the record of it (3.1)."""
    letter = actions.Letter(
        message_id=event.message_id,
        template=event.template,
        channel=event.channel,
        about=event.about,
        header_id=event.header_id,
        sent_at=event.sent_at,
    )
    await actions.note_letter(tx, letter=letter)
