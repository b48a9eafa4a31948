"""The verbs of hours bought beside the plan: bought, taken back, and what the hour bank says of that (L-16)."""

from __future__ import annotations

from uuid import UUID

from services.billing import domain, store
from services.billing.actions.current import check_version, let_wait
from services.billing.domain import Purchase
from shared.db import Transaction
from shared.events.billing import HoursPurchased, PurchaseVoided


async def buy_hours(
    tx: Transaction,
    *,
    contract_id: UUID,
    minutes: int,
    cents: int | None,
    validity_months: int | None,
    expected_version: int | None,
) -> Purchase:
    """Sell hours beside the plan; they are usable at once and on the next invoice. Raises NotInForce, ContractEnded."""
    contract = await store.lock_contract(tx, contract_id)
    check_version(contract, expected_version)
    purchase = domain.buy(
        contract, id=tx.new_id(), minutes=minutes, cents=cents, validity_months=validity_months, at=tx.now
    )
    await store.add_purchase(tx, purchase)
    await let_wait(tx, contract.id, domain.purchase_line(contract, purchase), cause=str(purchase.id))
    await tx.publish(
        HoursPurchased(
            contract_id=contract.id,
            organization_id=contract.organization_id,
            purchase_id=purchase.id,
            minutes=purchase.minutes,
            cents=purchase.cents,
            validity_months=purchase.validity_months,
            effective_date=purchase.effective_date,
            purchased_at=purchase.purchased_at,
        )
    )
    return purchase


async def void_purchase(tx: Transaction, *, contract_id: UUID, purchase_id: UUID) -> Purchase:
    """Take a purchase back while its line waits. Raises PurchaseInvoiced, PurchaseVoidedAlready, HoursUsed."""
    contract = await store.lock_contract(tx, contract_id)
    purchase = domain.void(await store.lock_purchase(tx, contract_id, purchase_id), at=tx.now)
    pending = await store.pending_of(tx, contract_id, kind="purchase", cause=str(purchase_id))
    if pending is None:
        raise domain.PurchaseInvoiced("this purchase is on an invoice")
    await store.drop_pending(tx, pending.id)
    await store.save_purchase(tx, purchase)
    await tx.publish(
        PurchaseVoided(
            contract_id=contract.id,
            organization_id=contract.organization_id,
            purchase_id=purchase_id,
            voided_at=tx.now,
        )
    )
    return purchase


async def keep_purchase(tx: Transaction, *, contract_id: UUID, purchase_id: UUID, rule: str) -> None:
    """Let the line of a purchase wait again: some of its hours were used before it was taken back (L-16).

    What was heard before changes nothing (invariant 13). Raises ContractNotFound, PurchaseNotFound.
    """
    contract = await store.lock_contract(tx, contract_id)
    purchase = await store.lock_purchase(tx, contract_id, purchase_id)
    if purchase.voided_at is not None:
        kept = domain.keep(purchase, rule=rule)
        await store.save_purchase(tx, kept)
        await let_wait(tx, contract_id, domain.purchase_line(contract, kept), cause=str(purchase_id))


async def confirm_void(tx: Transaction, *, contract_id: UUID, purchase_id: UUID | None) -> None:
    """The hour bank gave up the minutes: the purchase is taken back for good (L-16). None: of no purchase.

    Raises ContractNotFound, PurchaseNotFound.
    """
    if purchase_id is None:
        return
    await store.lock_contract(tx, contract_id)
    await store.save_purchase(tx, domain.confirm_void(await store.lock_purchase(tx, contract_id, purchase_id)))
