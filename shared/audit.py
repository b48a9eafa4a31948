"""Who did what: one row for each write that was carried out, and for each that somebody was not allowed.

It is written where requests are committed, in the same transaction, so there is none without the other; what was
refused for want of a right is written by itself. It holds ids, roles and the name of the operation, no word that
anybody wrote and no secret, and nothing changes it: it is read, and in time forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from litestar.types import HTTPScope

from shared.auth import Principal
from shared.db import Database, Instant, Json, Transaction, is_passing
from shared.log import describe, log
from shared.outbox import machinery

ID_MOST_CHARACTERS: Final = 200
SECRETS: Final = frozenset({"token"})  # parameters of a path that let somebody in are kept nowhere

audit = sa.Table(
    "audit",
    machinery,
    sa.Column("position", sa.BigInteger().with_variant(sa.Integer, "sqlite"), sa.Identity(), primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("roles", Json, nullable=False),
    sa.Column("operation", sa.Text, nullable=False),
    sa.Column("about", sa.Text),
    sa.Column("ids", Json, nullable=False),
    sa.Column("status", sa.Integer, nullable=False),
    sa.Column("request_id", sa.Text, nullable=False),
    sa.Index("audit_of_tenant", "tenant", "position"),
    sa.Index("audit_about", "tenant", "about", "position"),
    sqlite_autoincrement=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What somebody did, or was not allowed to do: `ids` are those of the path, `about` the first of them.

    `request_id` is the trace's, which the facts that it caused carry too.
    """

    subject: str
    roles: tuple[str, ...]
    operation: str
    about: str | None
    ids: dict[str, str]
    status: int
    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted(Act):
    """An act as it was noted."""

    position: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which acts are looked for; None narrows nothing. `since` and `until` are instants, the second excluded."""

    subject: str | None = None
    operation: str | None = None
    about: str | None = None
    refused: bool | None = None
    since: datetime | None = None
    until: datetime | None = None


def ids_of(parameters: dict[str, Any]) -> dict[str, str]:
    """The parameters of a path that may be kept.

    >>> ids_of({"ticket_id": 7, "token": "eyJ"})
    {'ticket_id': '7'}
    """
    return {name: str(one)[:ID_MOST_CHARACTERS] for name, one in parameters.items() if name not in SECRETS}


def about(ids: dict[str, str], location: str | None) -> str | None:
    """What an act is about: the first id of its path, else that of what it made.

    >>> about({}, "/v1/tickets/01999999-9999-7999-8999-999999999999")
    '01999999-9999-7999-8999-999999999999'
    """
    if ids:
        return next(iter(ids.values()))
    last = (location or "").rpartition("/")[2]
    try:
        return str(UUID(last))
    except ValueError:
        return None


def act_of(scope: HTTPScope, who: Principal, *, status: int, location: str, request_id: str) -> Act:
    """What a request was: of a route that is in no document, its function's name stands for the operation."""
    handler, ids = scope["route_handler"], ids_of(scope.get("path_params", {}))
    known = getattr(handler, "operation_id", None)
    return Act(
        subject=who.subject,
        roles=tuple(sorted(who.roles)),
        operation=known if isinstance(known, str) else handler.handler_name,
        about=about(ids, location),
        ids=ids,
        status=status,
        request_id=request_id,
    )


async def note_apart(database: Database, tenant: str, act: Act) -> None:
    """Note by itself that somebody was not allowed; that it cannot be noted now is no error of who asked."""
    try:
        async with database.transaction(tenant=tenant, actor=act.subject) as tx:
            await note(tx, act)
    except Exception as error:
        if not is_passing(error):
            raise
        log.warning("a refusal was not noted", error=describe(error))


async def note(tx: Transaction, act: Act) -> None:
    """Write an act down."""
    values = {name: getattr(act, name) for name in Act.__dataclass_fields__}
    await tx.execute(_NOTE, values | {"roles": list(act.roles), "tenant": tx.tenant, "at": tx.now})


async def acts(tx: Transaction, asked: Asked, *, before: int, most: int) -> list[Noted]:
    """What was done at the tenant, the latest first, before a position."""
    values = {name: getattr(asked, name) for name in Asked.__dataclass_fields__}
    query = _ACTS.where(*(condition for name, condition in _WHERE.items() if values[name] is not None))
    rows = await tx.execute(query, values | {"tenant": tx.tenant, "before": before, "most": most})
    return [Noted(**{**row, "roles": tuple(row["roles"])}) for row in rows.mappings()]


_NOTE = sa.insert(audit)
_ACTS = (
    sa.select(*(one for one in audit.c if one is not audit.c.tenant))
    .where(audit.c.tenant == sa.bindparam("tenant"), audit.c.position < sa.bindparam("before"))
    .order_by(audit.c.position.desc())
    .limit(sa.bindparam("most"))
)
_BAD_REQUEST = 400
_WHERE: dict[str, Any] = {
    "subject": audit.c.subject == sa.bindparam("subject"),
    "operation": audit.c.operation == sa.bindparam("operation"),
    "about": audit.c.about == sa.bindparam("about"),
    "refused": (audit.c.status >= _BAD_REQUEST) == sa.bindparam("refused", type_=sa.Boolean),
    "since": audit.c.at >= sa.bindparam("since", type_=Instant),
    "until": audit.c.at < sa.bindparam("until", type_=Instant),
}
