"""What notify hears of waiting: answers that do not come or are taken back, impediments, emergencies."""

from __future__ import annotations

from services.notify import actions
from services.notify.domain import waiting_news
from services.notify.handlers.heard import subscriptions
from shared.db import Transaction
from shared.events.ticketing import ApprovalReminded, EmergencyBegun, EstimateWithdrawn, ImpedimentReminded


@subscriptions.to(ApprovalReminded)
async def on_approval_reminded(tx: Transaction, event: ApprovalReminded) -> None:
    """Ask once more (A-05)."""
    await actions.tell(tx, news=waiting_news.of_approval_reminded(event))


@subscriptions.to(EstimateWithdrawn)
async def on_estimate_withdrawn(tx: Transaction, event: EstimateWithdrawn) -> None:
    """Tell the team to stop (A-03)."""
    await actions.tell(tx, news=waiting_news.of_estimate_withdrawn(event))


@subscriptions.to(ImpedimentReminded)
async def on_impediment_reminded(tx: Transaction, event: ImpedimentReminded) -> None:
    """Remind the customer (N38), and in the end the team."""
    await actions.tell(tx, news=waiting_news.of_impediment_reminded(event))
    await actions.tell(tx, news=waiting_news.of_impediment_left(event))


@subscriptions.to(EmergencyBegun)
async def on_emergency_begun(tx: Transaction, event: EmergencyBegun) -> None:
    """Tell the customer that work has begun (A-07)."""
    await actions.tell(tx, news=waiting_news.of_emergency_begun(event))
