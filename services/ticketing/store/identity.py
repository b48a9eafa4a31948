"""Machines, logins, sessions and the links that log in: who is let in, and by which hash."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.ticketing.domain.identity import Login, Machine, Secret, Session, Standing
from services.ticketing.store.tables import metadata
from shared.auth import Role
from shared.db import Instant, Json, Transaction

machines = sa.Table(
    "machines",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("client_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("roles", Json, nullable=False),
    sa.Column("organization_id", sa.Uuid),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("revoked_at", Instant),
)
machine_secrets = sa.Table(
    "machine_secrets",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("client_id", sa.Text, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.Column("until", Instant),
    sa.Index("secrets_of_machine", "tenant", "client_id"),
)
logins = sa.Table(
    "logins",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("roles", Json, nullable=False),
    sa.Column("organization_id", sa.Uuid),
    sa.Column("password", sa.Text),
    sa.Column("blocked_at", Instant),
    sa.Column("version", sa.Integer, nullable=False),
    sa.UniqueConstraint("tenant", "email", name="one_login_an_email"),
)
sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("renewal", sa.LargeBinary, nullable=False),
    sa.Column("renewed_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False, index=True),
    sa.Column("ended_at", Instant),
    sa.Index("sessions_of_login", "tenant", "subject"),
)
login_links = sa.Table(
    "login_links",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("expires_at", Instant, nullable=False, index=True),
    sa.Column("used_at", Instant),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkUsed:
    """A link that was redeemed just now, by its one and only use."""

    subject: str


async def add_machine(tx: Transaction, machine: Machine) -> None:
    """Keep a new machine."""
    values = {
        "tenant": tx.tenant,
        "client_id": machine.client_id,
        "name": machine.name,
        "roles": _names(machine.standing),
        "organization_id": machine.standing.organization_id,
        "created_at": machine.created_at,
    }
    await tx.execute(_ADD_MACHINE, values)


async def machine_of(tx: Transaction, client_id: str) -> Machine | None:
    """A machine of this tenant."""
    row = (await tx.execute(_MACHINE, {"tenant": tx.tenant, "client_id": client_id})).first()
    return None if row is None else _machine(row)


async def machines_after(tx: Transaction, client_id: str, *, most: int) -> Sequence[Machine]:
    """The machines of this tenant in the order of their ids."""
    rows = await tx.execute(_MACHINES, {"tenant": tx.tenant, "after": client_id, "most": most})
    return [_machine(row) for row in rows]


async def revoke_machine(tx: Transaction, client_id: str) -> None:
    """Let a machine in no more."""
    await tx.execute(_REVOKE, {"own_tenant": tx.tenant, "own_id": client_id, "revoked_at": tx.now})


async def secrets_of(tx: Transaction, client_id: str) -> Sequence[Secret]:
    """The secrets of a machine, those that are good no longer among them."""
    rows = await tx.execute(_SECRETS, {"tenant": tx.tenant, "client_id": client_id})
    return [Secret(hash=bytes(row.hash), until=row.until) for row in rows]


async def add_secret(tx: Transaction, client_id: str, hashed: bytes, *, old_until: datetime) -> None:
    """Give a machine a new secret; the one before is good until `old_until`, those before that are forgotten."""
    own = {"own_tenant": tx.tenant, "own_id": client_id}
    await tx.execute(_FORGET_SECRETS, own)
    await tx.execute(_END_SECRETS, own | {"until": old_until})
    values = {"id": tx.new_id(), "tenant": tx.tenant, "client_id": client_id, "hash": hashed}
    await tx.execute(_ADD_SECRET, values)


async def add_login(tx: Transaction, login: Login) -> bool:
    """Keep a new login; False when the subject or the address has one already."""
    values = _login_values(login) | {"tenant": tx.tenant, "subject": login.subject}
    return (await tx.execute(_ADD_LOGIN, values)).rowcount == 1


async def save_login(tx: Transaction, login: Login) -> bool:
    """Keep what changed; False when another login has the address."""
    taken = (await tx.execute(_LOGIN_BY_EMAIL, {"tenant": tx.tenant, "email": login.email})).first()
    if taken is not None and taken.subject != login.subject:
        return False
    await tx.execute(_SAVE_LOGIN, _login_values(login) | {"own_tenant": tx.tenant, "own_subject": login.subject})
    return True


async def login_of(tx: Transaction, subject: str) -> Login | None:
    """The login of a person."""
    row = (await tx.execute(_LOGIN, {"tenant": tx.tenant, "subject": subject})).first()
    return None if row is None else _login(row)


async def login_by_email(tx: Transaction, email: str) -> Login | None:
    """The login with an address."""
    row = (await tx.execute(_LOGIN_BY_EMAIL, {"tenant": tx.tenant, "email": email})).first()
    return None if row is None else _login(row)


async def logins_after(tx: Transaction, subject: str, *, most: int) -> Sequence[Login]:
    """The logins of this tenant in the order of their subjects."""
    rows = await tx.execute(_LOGINS, {"tenant": tx.tenant, "after": subject, "most": most})
    return [_login(row) for row in rows]


async def add_session(tx: Transaction, session: Session) -> None:
    """Keep a new session."""
    values = {name: getattr(session, name) for name in ("id", "subject", "renewal", "renewed_at", "expires_at")}
    await tx.execute(_ADD_SESSION, values | {"tenant": tx.tenant})


async def locked_session(tx: Transaction, session_id: UUID) -> Session | None:
    """A session, locked until this transaction ends."""
    row = (await tx.execute(_SESSION, {"tenant": tx.tenant, "id": session_id})).first()
    return None if row is None else Session(**{name: getattr(row, name) for name in Session.__dataclass_fields__})


async def save_session(tx: Transaction, session: Session) -> None:
    """Keep that a session was renewed."""
    values = {"renewal": session.renewal, "renewed_at": session.renewed_at, "expires_at": session.expires_at}
    await tx.execute(_SAVE_SESSION, values | {"own_tenant": tx.tenant, "own_id": session.id})


async def end_session(tx: Transaction, session_id: UUID) -> None:
    """End one session."""
    await tx.execute(_END_SESSION, {"own_tenant": tx.tenant, "own_id": session_id, "ended_at": tx.now})


async def end_sessions(tx: Transaction, subject: str) -> None:
    """End every session of a person."""
    await tx.execute(_END_SESSIONS, {"own_tenant": tx.tenant, "own_subject": subject, "ended_at": tx.now})


async def add_link(tx: Transaction, subject: str, *, link_id: UUID, expires_at: datetime) -> None:
    """Keep that a link was sent."""
    values = {"id": link_id, "tenant": tx.tenant, "subject": subject, "expires_at": expires_at}
    await tx.execute(_ADD_LINK, values)


async def use_link(tx: Transaction, link_id: UUID) -> LinkUsed | None:
    """Use a link up; None when it was used before, or is unknown."""
    row = (await tx.execute(_USE_LINK, {"own_tenant": tx.tenant, "own_id": link_id, "used_at": tx.now})).first()
    return None if row is None else LinkUsed(subject=row.subject)


async def next_to_forget(tx: Transaction) -> datetime | None:
    """When the first session or link ends, over all tenants."""
    ends: datetime | None = (await tx.execute(_NEXT_END)).scalar_one_or_none()
    return ends


async def forget_ended(tx: Transaction, *, before: datetime, most: int) -> int:
    """Forget sessions and links that ended before an instant, over all tenants; how many rows went."""
    gone = 0
    for statement in (_FORGET_SESSIONS, _FORGET_LINKS):
        gone += (await tx.execute(statement, {"before": before, "most": most})).rowcount
    return gone


def _names(standing: Standing) -> list[str]:
    return sorted(role.value for role in standing.roles)


def _standing(row: sa.Row[Any]) -> Standing:
    return Standing(roles=frozenset(Role(name) for name in row.roles), organization_id=row.organization_id)


def _machine(row: sa.Row[Any]) -> Machine:
    return Machine(
        client_id=row.client_id,
        name=row.name,
        standing=_standing(row),
        created_at=row.created_at,
        revoked_at=row.revoked_at,
    )


def _login(row: sa.Row[Any]) -> Login:
    return Login(
        subject=row.subject,
        email=row.email,
        standing=_standing(row),
        password=row.password,
        blocked_at=row.blocked_at,
        version=row.version,
    )


def _login_values(login: Login) -> dict[str, object]:
    return {
        "email": login.email,
        "roles": _names(login.standing),
        "organization_id": login.standing.organization_id,
        "password": login.password,
        "blocked_at": login.blocked_at,
        "version": login.version,
    }


def _own(table: sa.Table, key: str, name: str) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return table.c.tenant == sa.bindparam("own_tenant"), table.c[key] == sa.bindparam(name)


_ADD_MACHINE = sa.insert(machines)
_OF_TENANT = sa.select(machines).where(machines.c.tenant == sa.bindparam("tenant"))
_MACHINE = _OF_TENANT.where(machines.c.client_id == sa.bindparam("client_id"))
_MACHINES = (
    _OF_TENANT.where(machines.c.client_id > sa.bindparam("after"))
    .order_by(machines.c.client_id)
    .limit(sa.bindparam("most"))
)
_REVOKE = (
    sa.update(machines)
    .where(*_own(machines, "client_id", "own_id"), machines.c.revoked_at.is_(None))
    .values(revoked_at=sa.bindparam("revoked_at"))
)
_SECRETS = sa.select(machine_secrets).where(
    machine_secrets.c.tenant == sa.bindparam("tenant"), machine_secrets.c.client_id == sa.bindparam("client_id")
)
_FORGET_SECRETS = sa.delete(machine_secrets).where(
    *_own(machine_secrets, "client_id", "own_id"), machine_secrets.c.until.is_not(None)
)
_END_SECRETS = (
    sa.update(machine_secrets)
    .where(*_own(machine_secrets, "client_id", "own_id"), machine_secrets.c.until.is_(None))
    .values(until=sa.bindparam("until"))
)
_ADD_SECRET = sa.insert(machine_secrets)

# Two that take the same address at once: the second is refused, not broken.
_TAKEN = sa.select(logins.c.subject).where(
    logins.c.tenant == sa.bindparam("tenant"),
    sa.or_(logins.c.subject == sa.bindparam("subject"), logins.c.email == sa.bindparam("email")),
)
_LOGIN_COLUMNS = [column.name for column in logins.c]
_ADD_LOGIN = sa.insert(logins).from_select(
    _LOGIN_COLUMNS,
    sa.select(*(sa.bindparam(column.name, type_=column.type) for column in logins.c)).where(~_TAKEN.exists()),
)
_LOGINS_OF_TENANT = sa.select(logins).where(logins.c.tenant == sa.bindparam("tenant"))
_LOGIN = _LOGINS_OF_TENANT.where(logins.c.subject == sa.bindparam("subject"))
_LOGIN_BY_EMAIL = _LOGINS_OF_TENANT.where(logins.c.email == sa.bindparam("email"))
_LOGINS = (
    _LOGINS_OF_TENANT.where(logins.c.subject > sa.bindparam("after"))
    .order_by(logins.c.subject)
    .limit(sa.bindparam("most"))
)
_CHANGING = ("email", "roles", "organization_id", "password", "blocked_at", "version")
_SAVE_LOGIN = (
    sa.update(logins)
    .where(*_own(logins, "subject", "own_subject"))
    .values({name: sa.bindparam(name) for name in _CHANGING})
)
_ADD_SESSION = sa.insert(sessions)
_SESSION = (
    sa.select(sessions)
    .where(sessions.c.tenant == sa.bindparam("tenant"), sessions.c.id == sa.bindparam("id"))
    .with_for_update()
)
_SAVE_SESSION = (
    sa.update(sessions)
    .where(*_own(sessions, "id", "own_id"))
    .values({name: sa.bindparam(name) for name in ("renewal", "renewed_at", "expires_at")})
)
_END_SESSION = (
    sa.update(sessions)
    .where(*_own(sessions, "id", "own_id"), sessions.c.ended_at.is_(None))
    .values(ended_at=sa.bindparam("ended_at"))
)
_END_SESSIONS = (
    sa.update(sessions)
    .where(*_own(sessions, "subject", "own_subject"), sessions.c.ended_at.is_(None))
    .values(ended_at=sa.bindparam("ended_at"))
)
_ADD_LINK = sa.insert(login_links)
_USE_LINK = (
    sa.update(login_links)
    .where(*_own(login_links, "id", "own_id"), login_links.c.used_at.is_(None))
    .values(used_at=sa.bindparam("used_at"))
    .returning(login_links.c.subject)
)


def _oldest(table: sa.Table) -> sa.Delete:
    some = sa.select(table.c.id).where(table.c.expires_at <= sa.bindparam("before")).limit(sa.bindparam("most"))
    return sa.delete(table).where(table.c.id.in_(some))


_FORGET_SESSIONS, _FORGET_LINKS = _oldest(sessions), _oldest(login_links)
_FIRST_ENDS = sa.union_all(
    *(sa.select(sa.func.min(table.c.expires_at).label("ends")) for table in (sessions, login_links))
).subquery()
_NEXT_END = sa.select(sa.func.min(_FIRST_ENDS.c.ends))
