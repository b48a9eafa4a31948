"""What billing hears, and what it does about it."""

from __future__ import annotations

from services.billing import actions
from services.billing.domain import Month, Overage
from shared.bus import Subscriptions
from shared.db import Transaction
from shared.events.hourbank import OverageAccrued

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
