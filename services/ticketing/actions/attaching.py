"""Files of tickets: written down, stored, kept; and taken away when nobody needs them (N37, B35, 5.1).

In two steps, so that who dies in between leaves neither a row without its file nor a file without its row: the row is
written as pending and committed, then the bytes are stored, then the row is kept. A job takes away what was given up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from uuid import UUID

import msgspec

from services.ticketing import store
from services.ticketing.actions.current import current
from services.ticketing.actions.keeping import keep
from services.ticketing.actions.screening import note_secrets
from services.ticketing.domain import Ticket, files, life, screening, secrets
from services.ticketing.domain.files import Attachment, FileState
from services.ticketing.domain.refusals import FileNotAttachable, UploadTooSlow
from services.ticketing.domain.screening import Finding, Screened
from services.ticketing.gateway.spool import Received, cleaned
from services.ticketing.gateway.storage import Storage, StorageAway
from services.ticketing.offer import Section
from services.ticketing.store import attachments
from services.ticketing.store.attachments import DueFile
from shared import offers
from shared.db import Transaction

LOOKED_AT_MOST = 100  # files that stay, at one go


class FileWords(msgspec.Struct, frozen=True):
    """What a file brings in words."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A file as it may be kept: without secrets, known by its content."""

    received: Received
    said: Screened[FileWords]
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A file of a ticket, and the ticket after it."""

    ticket: Ticket
    attachment: Attachment


async def terms_for(tx: Transaction, *, ticket_id: UUID) -> Section:
    """What holds for files of this ticket. Raises NotFound, TicketIsClosed, TicketIsCancelled, TooManyFiles."""
    ticket = await store.one(tx, ticket_id)
    life.step(ticket.stage, life.Act.WRITE)
    offer = await offers.current(tx, Section)
    files.make_room(await attachments.held(tx, ticket_id), 0, offer=offer.files)
    return offer


async def examine(received: Received, *, name: str, offer: Section) -> Looked:
    """What a file is, and whether it holds a secret; text is given without it, as the provider's policy says.

    Raises FileKindRefused, SecretRefused.
    """
    safe = files.safe_name(name)
    head = received.head
    media_type = files.kind_of(head, name=safe, offer=offer.files)
    named = secrets.clean_file_name(safe)
    kept, findings = received, [Finding(place="name", kind=kind) for kind in named.kinds]
    if files.is_text(head):
        examined = await asyncio.to_thread(cleaned, received)
        findings += [Finding(place="content", kind=kind) for kind in examined.kinds]
        kept = examined.cleaned
    said = Screened(data=FileWords(named.text), findings=tuple(findings))
    if findings:
        said = screening.decided(FileWords(safe), said, offer=offer)
        kept = received if said.policy == "warn" else kept
    return Looked(received=kept, said=said, media_type=media_type)


async def begin_file(tx: Transaction, *, ticket_id: UUID, looked: Looked) -> Attachment:
    """Write a file down before it is stored: should nobody come back, it is taken away in an hour."""
    pending = Attachment(
        id=tx.new_id(),
        ticket_id=ticket_id,
        message_id=None,
        name=looked.said.data.name,
        media_type=looked.media_type,
        size_bytes=looked.received.size_bytes,
        sha256=looked.received.digest.hex(),
        public=tx.organization_id is not None,
        state=FileState.PENDING,
        added_at=tx.now,
        added_by=tx.actor,
        removed_at=None,
        removed_by=None,
        removed_reason=None,
        due_at=tx.now + files.PENDING_KEPT,
        attempts=0,
    )
    await attachments.add_attachment(tx, pending)
    tx.falls_due(tx.now + files.PENDING_KEPT)
    return pending


async def keep_file(tx: Transaction, *, pending: Attachment, looked: Looked) -> Attached:
    """The file is stored: from here on it is a part of its ticket.

    Raises NotFound, TicketIsClosed, TicketIsCancelled, TooManyFiles, UploadTooSlow.
    """
    before = await current(tx, pending.ticket_id)
    life.step(before.stage, life.Act.WRITE)
    offer = await offers.current(tx, Section)
    files.make_room(await attachments.held(tx, before.id), pending.size_bytes, offer=offer.files)
    kept = replace(pending, state=FileState.KEPT, due_at=tx.now + files.FILES_KEPT)
    if not await attachments.save_attachment(tx, pending, kept):
        raise UploadTooSlow("the upload took too long and was given up: send it again")
    ticket = await keep(tx, before, before, act="file_attached", new_value=str(kept.id), public=kept.public)
    return Attached(ticket=await note_secrets(tx, ticket, looked.said), attachment=kept)


async def attachment_of(tx: Transaction, *, attachment_id: UUID) -> Attachment:
    """A file that may be seen. Raises NotFound, also for another organization's and for what is internal."""
    found = await attachments.attachment_of(tx, attachment_id)
    await store.one(tx, found.ticket_id)
    return found


async def put_into_message(
    tx: Transaction, *, ticket_id: UUID, several: tuple[UUID, ...], message_id: UUID, public: bool
) -> None:
    """Files stand in a message from here on, and are seen by whoever sees it. Raises FileNotAttachable."""
    put = await attachments.put_into_message(tx, ticket_id, several, message_id=message_id, public=public)
    if put != len(several):
        raise FileNotAttachable("a message takes files that you brought into this ticket, once", field="attachments")


async def remove_attachment(tx: Transaction, *, attachment_id: UUID, reason: str) -> Attached:
    """Take a file out of its ticket; its bytes go with the next run of the job. Raises NotFound."""
    found = await attachment_of(tx, attachment_id=attachment_id)
    before = await current(tx, found.ticket_id)
    gone = replace(found, state=FileState.GOING, due_at=tx.now, attempts=found.attempts + 1)
    gone = replace(gone, removed_at=tx.now, removed_by=tx.actor, removed_reason=reason)
    if not await attachments.save_attachment(tx, found, gone):
        return Attached(ticket=before, attachment=found)
    tx.falls_due(tx.now)
    value = str(found.id)
    ticket = await keep(tx, before, before, act="file_removed", old_value=value, reason=reason, public=found.public)
    return Attached(ticket=ticket, attachment=gone)


async def take_file(tx: Transaction) -> DueFile | None:
    """Lease the next file that must go; those that stay are put off on the way."""
    for _ in range(LOOKED_AT_MOST):
        found = await attachments.lock_due_file(tx)
        if found is None:
            return None
        after = files.looked_at(found.attachment, closed_at=found.closed_at, at=tx.now)
        await attachments.save_attachment(tx.as_tenant(found.tenant), found.attachment, after)
        assert after.due_at is not None, "what was looked at is looked at again"
        tx.falls_due(after.due_at)
        if after.state is FileState.GOING:
            return replace(found, attachment=after)
    return None


def carry_out_of(storage: Storage) -> Callable[[DueFile], Awaitable[bool]]:
    """How a file is taken out of a store: whether it is gone."""

    async def carry_out(due: DueFile) -> bool:
        try:
            await storage.delete(due.attachment.key)
        except StorageAway:
            return False  # said in the log; its lease ends, and it is tried again
        return True

    return carry_out


async def settle_file(tx: Transaction, due: DueFile, is_gone: bool) -> None:  # noqa: FBT001  an errand settles so
    """Write down that a file is gone: of one that was never kept nothing is left, of others who took them away."""
    if not is_gone:
        return
    own, one = tx.as_tenant(due.tenant), due.attachment
    if one.removed_at is None:
        await attachments.forget_attachment(own, one)
        return
    gone = replace(one, state=FileState.GONE, name="", due_at=None)
    await attachments.save_attachment(own, one, gone)
