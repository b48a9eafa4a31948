"""The routes that every service and every process has: its feed of facts, health, metrics, public keys."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
import sqlalchemy as sa
from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import Parameter

from shared import metrics, parked
from shared.auth import OFFICE, PUBLIC
from shared.db import Transaction
from shared.edge import Frame
from shared.outbox import events
from shared.relay import measure_outbox

FEED_MOST_FACTS = 500
POSITION_MOST = 2**63 - 1  # of a bigint


class FeedPage(msgspec.Struct, frozen=True, kw_only=True):
    """Facts of one service in the order in which they became durable; ask again with `after` = `next_after`."""

    facts: list[msgspec.Raw]
    next_after: int


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
        statement = _FEED_POSTGRESQL if tx.dialect == "postgresql" else _FEED
        rows = (await tx.execute(statement, {"tenant": tx.tenant, "after": after, "most": limit})).all()
        position = rows[-1].position if rows else after
        return FeedPage(facts=[msgspec.Raw(bytes(row.body)) for row in rows], next_after=position)

    return [read_feed]


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
    return Response(metrics.exposition(found), media_type="text/plain; version=0.0.4; charset=utf-8")


@get("/.well-known/jwks.json", roles=PUBLIC)
async def read_keys(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """The public half of the key that signs the tokens (JWKS)."""
    return _frame(request).keys.public()


_FEED = (
    sa.select(events.c.position, events.c.body)
    .where(events.c.tenant == sa.bindparam("tenant"), events.c.position > sa.bindparam("after"))
    .order_by(events.c.position)
    .limit(sa.bindparam("most"))
)
# A transaction still open may hold a smaller position: only what no open transaction can precede is shown, so that a
# reader who remembers "after" never misses a fact.
_FEED_POSTGRESQL = _FEED.where(sa.text("events.writer < pg_snapshot_xmin(pg_current_snapshot())"))
