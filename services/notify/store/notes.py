"""What notify notes of contracts and tickets, for later facts that carry only their ids."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from services.notify.domain import Contract, Ticket
from services.notify.store.tables import contracts, per_dialect, tickets
from shared.db import Transaction


async def note_contract(tx: Transaction, contract: Contract) -> None:
    """Keep what a contract is; a newer note takes the place of an older one."""
    await tx.execute(
        _NOTE_CONTRACT[tx.dialect],
        {
            "tenant": tx.tenant,
            "contract_id": contract.contract_id,
            "organization_id": contract.organization_id,
            "plan_code": contract.plan_code,
            "timezone": contract.timezone,
            "monthly_minutes": contract.monthly_minutes,
            "account_manager_id": contract.account_manager_id,
            "account_manager_deputy_id": contract.account_manager_deputy_id,
        },
    )


async def find_contract(tx: Transaction, contract_id: UUID) -> Contract | None:
    """What is known of a contract; None when its activation has not been heard yet."""
    row = (await tx.execute(_CONTRACT, {"tenant": tx.tenant, "contract_id": contract_id})).first()
    if row is None:
        return None
    return Contract(
        contract_id=row.contract_id,
        organization_id=row.organization_id,
        plan_code=row.plan_code,
        timezone=row.timezone,
        monthly_minutes=row.monthly_minutes,
        account_manager_id=row.account_manager_id,
        account_manager_deputy_id=row.account_manager_deputy_id,
    )


async def note_ticket(tx: Transaction, ticket: Ticket) -> None:
    """Keep which ticket an id means; it never changes."""
    await tx.execute(
        _NOTE_TICKET[tx.dialect],
        {
            "tenant": tx.tenant,
            "ticket_id": ticket.ticket_id,
            "contract_id": ticket.contract_id,
            "organization_id": ticket.organization_id,
            "number": ticket.number,
        },
    )


async def find_ticket(tx: Transaction, ticket_id: UUID) -> Ticket | None:
    """What is known of a ticket; None when its opening has not been heard yet."""
    row = (await tx.execute(_TICKET, {"tenant": tx.tenant, "ticket_id": ticket_id})).first()
    if row is None:
        return None
    return Ticket(
        ticket_id=row.ticket_id,
        contract_id=row.contract_id,
        organization_id=row.organization_id,
        number=row.number,
    )


_CHANGES = ("plan_code", "timezone", "monthly_minutes", "account_manager_id", "account_manager_deputy_id")
_NOTE_CONTRACT = per_dialect(
    lambda insert: (new := insert(contracts)).on_conflict_do_update(
        index_elements=[contracts.c.tenant, contracts.c.contract_id],
        set_={name: new.excluded[name] for name in _CHANGES},
    )
)
_NOTE_TICKET = per_dialect(lambda insert: insert(tickets).on_conflict_do_nothing())
_CONTRACT = sa.select(contracts).where(
    contracts.c.tenant == sa.bindparam("tenant"), contracts.c.contract_id == sa.bindparam("contract_id")
)
_TICKET = sa.select(tickets).where(
    tickets.c.tenant == sa.bindparam("tenant"), tickets.c.ticket_id == sa.bindparam("ticket_id")
)
