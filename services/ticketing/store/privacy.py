"""What is kept of a person here, and how it is forgotten: the record of the business stays, who it was goes (5.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.ticketing.domain.mail import CHANNEL
from services.ticketing.domain.privacy import Export, Gone
from services.ticketing.store.approvals import approvals
from services.ticketing.store.attachments import attachments
from services.ticketing.store.channel_tables import channel_contacts
from services.ticketing.store.identity import login_links, logins, sessions
from services.ticketing.store.people_tables import agents, people
from services.ticketing.store.saved import saved_views
from services.ticketing.store.searching import reindex
from services.ticketing.store.tables import estimates, history, messages, metadata, tickets, work
from services.ticketing.store.work_tables import visits
from shared.db import Instant, Transaction

anonymised = sa.Table(
    "anonymised",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("person_id", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("anonymised_at", Instant, nullable=False),
    sa.Column("anonymised_by", sa.Text, nullable=False),
)
anonymised_counts = sa.Table(
    "anonymised_counts",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("last", sa.Integer, nullable=False),
)
privacy_exports = sa.Table(
    "privacy_exports",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("person_id", sa.Text, nullable=False),
    sa.Column("requested_at", Instant, nullable=False),
    sa.Column("requested_by", sa.Text, nullable=False),
    sa.Column("due_at", Instant, nullable=False),
    sa.Index("exports_of_person", "tenant", "person_id", "id"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A ticket that the person opened, in their words."""

    ticket_id: UUID
    number: int
    subject: str
    description: str
    registered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A message that the person wrote."""

    ticket_id: UUID
    text: str
    posted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision of the person, and from where it came as far as that is kept."""

    ticket_id: UUID
    decision: str
    channel: str
    reason: str | None
    user_agent: str | None
    decided_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """An account of the person at a messenger."""

    channel: str
    channel_user_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file that the person brought; its bytes are read at `/v1/attachments/{id}`."""

    attachment_id: UUID
    ticket_id: UUID
    name: str
    media_type: str
    size_bytes: int
    added_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the person is called here: for a customer, or (`organization_id` None) as one of the team."""

    organization_id: UUID | None
    name: str
    email: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Everything that ticketing keeps of a person."""

    email: str | None
    known_as: Sequence[Known]
    files: Sequence[File]
    tickets: Sequence[Opened]
    messages: Sequence[Written]
    decisions: Sequence[Decided]
    chats: Sequence[Chat]


async def gone(tx: Transaction, person_id: str) -> Gone | None:
    """The person as one who is anonymised; None while they are not."""
    row = (await tx.execute(_GONE, {"tenant": tx.tenant, "person_id": person_id})).first()
    return None if row is None else Gone(**{name: getattr(row, name) for name in _GONE_FIELDS})


async def next_number(tx: Transaction) -> int:
    """The next number of this tenant; two who ask at once wait for one another."""
    number: int = (await tx.execute(_COUNT[tx.dialect], {"tenant": tx.tenant, "last": 1})).scalar_one()
    return number


async def add_gone(tx: Transaction, person: Gone) -> None:
    """Keep that a person is anonymised, and under which number."""
    await tx.execute(_ADD_GONE, {"tenant": tx.tenant} | {name: getattr(person, name) for name in _GONE_FIELDS})


async def forget(tx: Transaction, person_id: str, *, mark: str) -> None:
    """Put `mark` where the person's name and words stood; their logins, sessions, chats, files and origins go."""
    own = {"own_tenant": tx.tenant, "own_person": person_id}
    touched = [row.id for row in await tx.execute(_SPOKE_IN, own)]
    for statement in _REDACT:
        await tx.execute(statement, own | {"mark": mark})
    for emptied in _EMPTY:
        await tx.execute(emptied, own)
    await reindex(tx, touched)
    await tx.execute(_FILES_GO, own | {"now": tx.now})
    tx.falls_due(tx.now)


async def addresses_of(tx: Transaction, person_id: str) -> Sequence[str]:
    """From where a person writes, as far as it is known here, in lower case."""
    rows = await tx.execute(_ADDRESSES, {"own_tenant": tx.tenant, "own_person": person_id})
    return sorted({row.address for row in rows if row.address})


async def kept_of(tx: Transaction, person_id: str) -> Kept:
    """Everything that is kept of a person here, each in the order of its happening."""
    own = {"own_tenant": tx.tenant, "own_person": person_id}
    return Kept(
        email=(await tx.execute(_EMAIL, own)).scalar_one_or_none(),
        known_as=[_as(Known, row) for row in await tx.execute(_KNOWN, own)],
        files=[_as(File, row) for row in await tx.execute(_FILES, own)],
        tickets=[_as(Opened, row) for row in await tx.execute(_OPENED, own)],
        messages=[_as(Written, row) for row in await tx.execute(_WRITTEN, own)],
        decisions=[_as(Decided, row) for row in await tx.execute(_DECIDED, own)],
        chats=[_as(Chat, row) for row in await tx.execute(_CHATS, own)],
    )


async def add_export(tx: Transaction, export: Export) -> None:
    """Keep that a person asked for what is kept of them."""
    await tx.execute(_ADD_EXPORT, {"tenant": tx.tenant} | {name: getattr(export, name) for name in _EXPORT_FIELDS})


async def export_of(tx: Transaction, person_id: str, export_id: UUID) -> Export | None:
    """A request of a person."""
    row = (await tx.execute(_EXPORT, {"tenant": tx.tenant, "person_id": person_id, "id": export_id})).first()
    return None if row is None else Export(**{name: getattr(row, name) for name in _EXPORT_FIELDS})


def _as(kind: type[Any], row: sa.Row[Any]) -> Any:
    return kind(**{name: getattr(row, name) for name in kind.__dataclass_fields__})


def _own(table: sa.Table, person: str) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return table.c.tenant == sa.bindparam("own_tenant"), table.c[person] == sa.bindparam("own_person")


def _mark() -> sa.BindParameter[str]:
    return sa.bindparam("mark", type_=sa.Text)


def _count(insert: Any) -> sa.Executable:
    counted: sa.Executable = (
        insert(anonymised_counts)
        .on_conflict_do_update(index_elements=[anonymised_counts.c.tenant], set_={"last": anonymised_counts.c.last + 1})
        .returning(anonymised_counts.c.last)
    )
    return counted


_GONE_FIELDS = tuple(Gone.__dataclass_fields__)
_EXPORT_FIELDS = tuple(Export.__dataclass_fields__)
_GONE = sa.select(anonymised).where(
    anonymised.c.tenant == sa.bindparam("tenant"), anonymised.c.person_id == sa.bindparam("person_id")
)
_ADD_GONE = sa.insert(anonymised)
_COUNT = {"postgresql": _count(postgresql.insert), "sqlite": _count(sqlite.insert)}
_ADD_EXPORT = sa.insert(privacy_exports)
_EXPORT = sa.select(privacy_exports).where(
    privacy_exports.c.tenant == sa.bindparam("tenant"),
    privacy_exports.c.person_id == sa.bindparam("person_id"),
    privacy_exports.c.id == sa.bindparam("id"),
)
_SPOKE_IN = (
    sa.select(tickets.c.id)
    .where(*_own(tickets, "opened_by"))
    .union(sa.select(messages.c.ticket_id).where(*_own(messages, "author_id")))
)
_KNOWN = (
    sa.select(people.c.organization_id, people.c.name, people.c.email)
    .where(*_own(people, "person_id"))
    .union_all(sa.select(sa.null(), agents.c.name, sa.null()).where(*_own(agents, "agent_id")))
)
_KEPT_FILE = (*_own(attachments, "added_by"), attachments.c.state == sa.literal("kept"))
_FILES = (
    sa.select(attachments, attachments.c.id.label("attachment_id")).where(*_KEPT_FILE).order_by(attachments.c.added_at)
)
# The job takes their bytes away, as those of files that somebody removed.
_FILES_GO = (
    sa.update(attachments)
    .where(*_KEPT_FILE)
    .values(
        state="going",
        name="",
        due_at=sa.bindparam("now", type_=Instant),
        removed_at=sa.bindparam("now", type_=Instant),
        removed_by=attachments.c.added_by,
        removed_reason=None,
        attempts=attachments.c.attempts + 1,
    )
)
_REDACT = (
    # The row stays: an organization without people would go by the roles of tokens again.
    sa.update(people)
    .where(*_own(people, "person_id"))
    .values(name=_mark(), email=None, active=False, can_open=False, can_approve_spend=False, critical=False),
    sa.update(agents).where(*_own(agents, "agent_id")).values(name=_mark(), active=False),
    sa.update(tickets)
    .where(*_own(tickets, "opened_by"))
    .values(subject=_mark(), description=_mark(), fields={}, version=tickets.c.version + 1),
    sa.update(messages).where(*_own(messages, "author_id")).values(text=_mark(), html=None),
)
_EMPTY = (
    sa.update(approvals)
    .where(*_own(approvals, "decided_by"))
    .values(reason=None, address_digest=None, user_agent=None),
    sa.update(estimates).where(*_own(estimates, "decided_by")).values(reason=None),
    sa.update(history).where(*_own(history, "acted_by")).values(reason=None),
    sa.update(estimates).where(*_own(estimates, "published_by")).values(justification=None),
    sa.update(work).where(*_own(work, "logged_by")).values(note=None),
    sa.update(work).where(*_own(work, "removed_by")).values(removed_reason=None),
    sa.update(attachments).where(*_own(attachments, "removed_by")).values(removed_reason=None),
    sa.update(visits).where(*_own(visits, "scheduled_by")).values(reason=None),
    sa.delete(saved_views).where(*_own(saved_views, "owner_id"), sa.not_(saved_views.c.shared)),
    sa.delete(channel_contacts).where(*_own(channel_contacts, "person_id")),
    sa.delete(login_links).where(*_own(login_links, "subject")),
    sa.delete(sessions).where(*_own(sessions, "subject")),
    sa.delete(logins).where(*_own(logins, "subject")),
)
_ADDRESSES = sa.union_all(
    sa.select(sa.func.lower(people.c.email).label("address")).where(*_own(people, "person_id")),
    sa.select(sa.func.lower(logins.c.email)).where(*_own(logins, "subject")),
    sa.select(sa.func.lower(channel_contacts.c.channel_user_id)).where(
        *_own(channel_contacts, "person_id"), channel_contacts.c.channel == CHANNEL
    ),
)
_EMAIL = sa.select(logins.c.email).where(*_own(logins, "subject"))
_OPENED = (
    sa.select(tickets, tickets.c.id.label("ticket_id")).where(*_own(tickets, "opened_by")).order_by(tickets.c.number)
)
_WRITTEN = sa.select(messages).where(*_own(messages, "author_id")).order_by(messages.c.posted_at, messages.c.id)
_DECIDED = sa.select(approvals).where(*_own(approvals, "decided_by")).order_by(approvals.c.decided_at, approvals.c.id)
_CHATS = (
    sa.select(channel_contacts)
    .where(*_own(channel_contacts, "person_id"))
    .order_by(channel_contacts.c.channel, channel_contacts.c.channel_user_id)
)
