"""What tests of a contract that changes do to it, and what they look at."""

from __future__ import annotations

from datetime import date
from typing import Any

from services.billing import actions
from services.billing.domain import Contract, Mode, Negotiated
from tests.billing.shops import Billing


async def change(billing: Billing, contract: Contract, plan: str, mode: Mode = "next_cycle", **agreed: int) -> Contract:
    """Decide on another plan."""
    async with billing.transaction() as tx:
        return await actions.change_plan(
            tx,
            contract_id=contract.id,
            plan_code=plan,
            mode=mode,
            agreed=Negotiated(**agreed),
            account_manager_id=None,
            expected_version=None,
        )


async def cancel(billing: Billing, contract: Contract, received: str, *, early: bool = False) -> Contract:
    """Enter a cancellation."""
    async with billing.transaction() as tx:
        return await actions.cancel_contract(
            tx,
            contract_id=contract.id,
            received=date.fromisoformat(received),
            reason="pedido por e-mail",
            early=early,
            expected_version=None,
        )


async def told_of(billing: Billing, kind: type[Any]) -> list[Any]:
    """The facts of one kind."""
    return [event for event in await billing.told() if isinstance(event, kind)]


async def lines(billing: Billing, contract: Contract) -> list[tuple[str, str, int]]:
    """Kind, issue date and centavos of every line of a contract, oldest first."""
    found = await billing.invoices(contract_id=contract.id)
    return [(line.kind, one.invoice.issue_date.isoformat(), line.cents) for one in found for line in one.invoice.lines]
