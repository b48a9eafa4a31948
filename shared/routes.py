"""The routes that every service and every process has: its feed of facts, health, metrics, public keys."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
import sqlalchemy as sa
from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import Parameter

from shared import audit, metrics, parked
from shared.auth import ADMINS, OFFICE, PUBLIC
from shared.db import Transaction
from shared.frame import Frame
from shared.outbox import POSITION_MOST, events
from shared.pages import PAGE_ITEMS, Cursor, Limit, Position, Slice
from shared.relay import measure_outbox

FEED_MOST_FACTS = 500
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=200)] | None
Flag = bool | None
Instant = Annotated[datetime, msgspec.Meta(tz=True)] | None


class FeedPage(msgspec.Struct, frozen=True, kw_only=True):
    """Facts of one service in the order in which they became durable; ask again with `after` = `next_after`."""

    facts: list[msgspec.Raw]
    next_after: int


class ActView(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody did, or was not allowed to do (`status` 401, 403); `request_id` is in the trace of its facts."""

    at: datetime
    subject: str
    roles: list[str]
    operation: str
    about: str | None
    ids: dict[str, str]
    status: int
    request_id: str


class AuditPage(msgspec.Struct, frozen=True, kw_only=True):
    """Acts, the latest first."""

    items: list[ActView]
    next_cursor: str | None


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """How the process is; `problems` names what is away."""

    status: str
    at: datetime
    problems: list[str]


def of_service(name: str) -> list[HTTPRouteHandler]:
    """The routes that each service has under its own name."""

    @get(f"/v1/feeds/{name}", roles=OFFICE, operation_id=f"read_feed_of_{name}", name=f"feed_{name}")
    async def read_feed(
        tx: Transaction,
        after: Annotated[int, Parameter(ge=0, le=POSITION_MOST)] = 0,
        limit: Annotated[int, Parameter(ge=1, le=FEED_MOST_FACTS)] = 100,
    ) -> FeedPage:
        """The facts that this service told of your tenant, after a position."""
        upto = await tx.settled()
        rows = (await tx.execute(_FEED, {"tenant": tx.tenant, "after": after, "upto": upto, "most": limit})).all()
        position = rows[-1].position if rows else after
        return FeedPage(facts=[msgspec.Raw(bytes(row.body)) for row in rows], next_after=position)

    return [read_feed, _audit_of(name)]


def _audit_of(name: str) -> HTTPRouteHandler:
    @get(f"/v1/audit/{name}", roles=ADMINS, operation_id=f"read_audit_of_{name}", name=f"audit_{name}")
    async def read_audit(
        tx: Transaction,
        subject: Word = None,
        operation: Word = None,
        about: Word = None,
        refused: Flag = None,
        since: Instant = None,
        until: Instant = None,
        cursor: Cursor = None,
        limit: Limit = PAGE_ITEMS,
    ) -> AuditPage:
        """Who did what here, the latest first: each write that was carried out, each request that was not allowed.

        `about` is an id: of a ticket, a contract, an invoice, whatever the request's address named first or made.
        """
        asked = Slice(limit=limit, cursor=cursor)
        sought = audit.Asked(
            subject=subject, operation=operation, about=about, refused=refused, since=since, until=until
        )
        found = await audit.acts(tx, sought, before=asked.after(Position, POSITION_MOST), most=asked.most)
        page = asked.page(found, lambda act: act.position)
        items = msgspec.convert(page.items, list[ActView], from_attributes=True)
        return AuditPage(items=items, next_cursor=page.next_cursor)

    return read_audit


def of_process() -> list[HTTPRouteHandler]:
    """The routes that each process has once."""
    return [live, ready, scrape, read_keys]


def _frame(request: Request[Any, Any, Any]) -> Frame:
    frame: Frame = request.app.state.edges
    return frame


@get("/health/live", roles=PUBLIC)
async def live(request: Request[Any, Any, Any]) -> Health:
    """The process runs."""
    return Health(status="live", at=_frame(request).clock.now(), problems=[])


@get("/health/ready", roles=PUBLIC, also=(503,))
async def ready(request: Request[Any, Any, Any]) -> Response[Health]:
    """The process can work: its database and its bus answer; else 503 with what is away."""
    frame = _frame(request)
    problems = await frame.ready()
    status = "ready" if not problems else "not ready"
    body = Health(status=status, at=frame.clock.now(), problems=problems)
    return Response(body, status_code=503 if problems else 200)


@get("/metrics", roles=PUBLIC, include_in_schema=False)
async def scrape(request: Request[Any, Any, Any]) -> Response[bytes]:
    """What Prometheus reads."""
    found: list[metrics.Measure] = []
    for one in _frame(request).hosted:
        await measure_outbox(one.database)
        async with one.database.reading() as tx:
            metrics.parked_facts.labels(one.service.name).set(await parked.count(tx))
            found += await one.service.measures(tx)
    return Response(metrics.exposition(found), media_type="text/plain; version=0.0.4")


@get("/.well-known/jwks.json", roles=PUBLIC)
async def read_keys(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """The public half of the key that signs the tokens (JWKS)."""
    return _frame(request).keys.public()


_FEED = (
    sa.select(events.c.position, events.c.body)
    .where(
        events.c.tenant == sa.bindparam("tenant"),
        events.c.position > sa.bindparam("after"),
        events.c.position <= sa.bindparam("upto"),
    )
    .order_by(events.c.position)
    .limit(sa.bindparam("most"))
)
