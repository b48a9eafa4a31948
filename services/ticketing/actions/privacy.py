"""What a person has a right to: to know what is kept of them, and to be forgotten (LGPD art. 18, 5.1)."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from services.ticketing.domain.mail import digest_of
from services.ticketing.domain.privacy import ANSWERED_WITHIN, TICKETS_KEPT, Export, Gone, key_of, mark_of
from services.ticketing.store import mail as letters
from services.ticketing.store import privacy as store
from services.ticketing.store import retention
from shared.db import Transaction
from shared.errors import NotFound
from shared.events.ticketing import PersonAnonymised, PrivacyExportReady, PrivacyExportRequested


async def anonymise(tx: Transaction, *, person_id: str) -> Gone:
    """Forget who a person was, here and through the fact everywhere; what was agreed, worked and charged stays.

    Asked again it forgets what has come since, under the same number. Raises nothing: of whom nothing is kept, nothing
    is forgotten, and whether there was anything is not told.
    """
    person = await store.gone(tx, person_id)
    if person is None:
        number = await store.next_number(tx)
        person = Gone(person_id=person_id, number=number, anonymised_at=tx.now, anonymised_by=tx.actor)
        await store.add_gone(tx, person)
    for address in await store.addresses_of(tx, person_id):
        await letters.forget_sender(tx, address, digest=digest_of(tx.tenant, address))
    await store.forget(tx, person_id, mark=mark_of(person.number))
    fact = PersonAnonymised(
        person_id=person_id,
        person_key=key_of(tx.tenant, person_id),
        number=person.number,
        anonymised_at=tx.now,
    )
    await tx.publish(fact)
    return person


async def next_to_forget(tx: Transaction) -> datetime | None:
    """When the words of the ticket that was closed first are to be forgotten, at the full hour after that."""
    oldest = await retention.oldest_closed(tx)
    if oldest is None:
        return None
    return (oldest + TICKETS_KEPT).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


async def forget_words(tx: Transaction) -> int:
    """Forget what was written in tickets that were closed five years ago (5.1); what they were debited stays."""
    return await retention.forget_words(tx, before=tx.now - TICKETS_KEPT)


async def ask_for_export(tx: Transaction, *, person_id: str) -> Export:
    """Note that a person asks for what is kept of them, due in 15 calendar days (art. 19)."""
    export = Export(
        id=tx.new_id(),
        person_id=person_id,
        requested_at=tx.now,
        requested_by=tx.actor,
        due_at=tx.now + ANSWERED_WITHIN,
    )
    await store.add_export(tx, export)
    fact = PrivacyExportRequested(
        person_id=person_id,
        person_key=key_of(tx.tenant, person_id),
        export_id=export.id,
        requested_at=export.requested_at,
        due_at=export.due_at,
    )
    await tx.publish(fact)
    # It is put together when it is read, so that it is never older than its reader: ready at once.
    ready = PrivacyExportReady(
        person_id=person_id, person_key=fact.person_key, export_id=export.id, ready_at=export.requested_at
    )
    await tx.publish(ready)
    return export


async def read_export(tx: Transaction, *, person_id: str, export_id: UUID) -> tuple[Export, store.Kept]:
    """A request with everything that is kept of the person here, as of now. Raises NotFound."""
    export = await store.export_of(tx, person_id, export_id)
    if export is None:
        raise NotFound("nobody asked for this")
    return export, await store.kept_of(tx, person_id)
