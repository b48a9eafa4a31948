"""HTTP in: the clocks."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get
from litestar.params import HeaderParameter, QueryParameter
from msgspec import Meta

from services.sla import actions, store
from services.sla.domain import Clock, Explanation, Metric, State, locale_of, sentence, summary
from services.sla.offer import Counting
from services.sla.store import Wanted
from shared.auth import EVERYBODY
from shared.db import Transaction
from shared.pages import PAGE_ITEMS, Cursor, Limit, Slice


class ClockView(msgspec.Struct, frozen=True, kw_only=True):
    """A promise about time. Seconds are counted by `calendar`; `counting` wall counts nights and weekends too."""

    clock_id: UUID
    ticket_id: UUID
    ticket_number: Annotated[int, Meta(examples=[1042])]
    contract_id: UUID
    organization_id: UUID
    plan_code: Annotated[str, Meta(examples=["START"])]
    priority: Annotated[str | None, Meta(examples=["high"])]
    metric: Annotated[Metric, Meta(description="attendance: first human answer; delivery: the promised instant.")]
    generation: Annotated[int, Meta(description="Counts how often this ticket's promise was wound anew.")]
    state: State
    calendar: Annotated[str, Meta(examples=["business"])]
    counting: Counting
    terms_version: Annotated[int, Meta(description="The version of the offer that the promise was made under.")]
    calendar_version: Annotated[int, Meta(description="The version whose calendars it is counted by.")]
    target_seconds: Annotated[int, Meta(examples=[14400])]
    started_at: datetime
    due_at: Annotated[datetime | None, Meta(description="When it is broken; null while it stands still.")]
    warned_percent: Annotated[int, Meta(description="The last level announced: 75, 90; 100 is the breach.")]
    paused_at: datetime | None
    paused_for: Annotated[str | None, Meta(examples=["awaiting_customer"])]
    remaining_seconds: Annotated[int | None, Meta(description="Left of the target while it stands still.")]
    elapsed_seconds: Annotated[int | None, Meta(description="Taken until it was met.")]
    ended_at: Annotated[datetime | None, Meta(description="When it was met, broken or cancelled.")]
    settled_at: Annotated[datetime | None, Meta(description="When it came, even after a breach, or was owed no more.")]


class PieceView(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of a promise's time: it ran, stood still (paused), or its calendar was closed; and why."""

    kind: Annotated[str, Meta(examples=["closed"])]
    reason: Annotated[str | None, Meta(examples=["holiday"])]
    name: Annotated[str, Meta(examples=["Dia Nacional de Zumbi e da Consciência Negra"])]
    starts_at: datetime
    ends_at: datetime
    seconds: Annotated[int, Meta(description="Those that ran; of another piece its length.")]
    is_ahead: Annotated[bool, Meta(description="It has not come yet.")]
    words: str


class ExplanationView(msgspec.Struct, frozen=True, kw_only=True):
    """A promise and the strip of its time, without a gap: to its due instant, to its verdict, or to now while it waits.

    What ran adds up to `ran_seconds`: the target, or what was taken of it.
    """

    clock: ClockView
    timezone: str
    locale: str
    summary: str
    ran_seconds: int
    pieces: list[PieceView]


class ClockPage(msgspec.Struct, frozen=True, kw_only=True):
    """Clocks in the order of the queue: what is due first, then the rank of the plan (N8); then paused, then ended."""

    items: list[ClockView]
    next_cursor: str | None


@get("/v1/clocks", roles=EVERYBODY, operation_id="list_clocks")
async def list_clocks(
    tx: Transaction,
    ticket_id: UUID | None = None,
    clock_state: Annotated[State | None, QueryParameter(name="state")] = None,
    metric: Metric | None = None,
    limit: Limit = PAGE_ITEMS,
    cursor: Cursor = None,
) -> ClockPage:
    """The promises of your tickets, of one ticket with `ticket_id`, in the order in which they fall due."""
    wanted = Wanted(ticket_id=ticket_id, state=clock_state, metric=metric)
    page = await store.page(tx, wanted, Slice(limit=limit, cursor=cursor))
    return ClockPage(items=[view_of(one.clock) for one in page.items], next_cursor=page.next_cursor)


@get("/v1/clocks/{clock_id:uuid}", roles=EVERYBODY, operation_id="read_clock")
async def read_clock(tx: Transaction, clock_id: UUID) -> ClockView:
    """One promise, as it stands."""
    return view_of(await actions.read_clock(tx, clock_id=clock_id))


@get("/v1/clocks/{clock_id:uuid}/explanation", roles=EVERYBODY, operation_id="explain_clock")
async def explain_clock(
    tx: Transaction,
    clock_id: UUID,
    locale: str | None = None,
    accept_language: Annotated[str | None, HeaderParameter(name="Accept-Language")] = None,
) -> ExplanationView:
    """Why a promise falls due when it does: its time piece by piece, in Portuguese or English."""
    explanation = await actions.explain_clock(tx, clock_id=clock_id)
    return explained(explanation, locale=locale_of(locale, accept_language))


def explained(explanation: Explanation, *, locale: str) -> ExplanationView:
    """An explanation as it is shown."""
    pieces = [
        PieceView(
            kind=piece.kind,
            reason=piece.reason,
            name=piece.name,
            starts_at=piece.starts_at,
            ends_at=piece.ends_at,
            seconds=piece.seconds,
            is_ahead=piece.is_ahead,
            words=sentence(piece, zone=explanation.zone, locale=locale),
        )
        for piece in explanation.pieces
    ]
    return ExplanationView(
        clock=view_of(explanation.clock),
        timezone=explanation.zone,
        locale=locale,
        summary=summary(explanation, locale=locale),
        ran_seconds=explanation.ran_seconds,
        pieces=pieces,
    )


def view_of(clock: Clock) -> ClockView:
    """A clock as it is shown."""
    return ClockView(
        clock_id=clock.id,
        ticket_id=clock.ticket_id,
        ticket_number=clock.ticket_number,
        contract_id=clock.contract_id,
        organization_id=clock.organization_id,
        plan_code=clock.plan_code,
        priority=clock.priority,
        metric=clock.metric,
        generation=clock.generation,
        state=clock.state,
        calendar=clock.calendar_name,
        counting=clock.counting,
        terms_version=clock.terms_version,
        calendar_version=clock.calendar_version,
        target_seconds=clock.target_seconds,
        started_at=clock.started_at,
        due_at=None if clock.state is State.PAUSED else clock.due_at,
        warned_percent=clock.percent_said,
        paused_at=clock.paused_at,
        paused_for=clock.paused_for,
        remaining_seconds=clock.remaining_seconds,
        elapsed_seconds=clock.elapsed_seconds,
        ended_at=clock.ended_at,
        settled_at=clock.settled_at,
    )


routes = [list_clocks, read_clock, explain_clock]
