"""The board as data."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from services.sla.domain import Board, Metric, Standing, State


class StandingView(msgspec.Struct, frozen=True, kw_only=True):
    """A promise on the board. `remaining_seconds` are left of its calendar's open time at the board's instant."""

    clock_id: UUID
    ticket_id: UUID
    ticket_number: Annotated[int, Meta(examples=[1042])]
    organization_id: UUID
    plan_code: Annotated[str, Meta(examples=["START"])]
    priority: Annotated[str | None, Meta(examples=["high"])]
    metric: Metric
    state: State
    due_at: Annotated[datetime | None, Meta(description="Null while it stands still.")]
    remaining_seconds: int
    is_counting: Annotated[bool, Meta(description="Its calendar is open now: the seconds become fewer.")]
    turns_at: Annotated[datetime | None, Meta(description="When its calendar closes, or opens.")]
    calendar: Annotated[str, Meta(examples=["business"])]
    timezone: Annotated[str, Meta(examples=["America/Sao_Paulo"])]
    warned_percent: int
    paused_for: Annotated[str | None, Meta(examples=["awaiting_customer"])]


class BoardView(msgspec.Struct, frozen=True, kw_only=True):
    """What is owed, in the order of risk; `is_cut`: of some kind there is more than the hundred shown."""

    at: datetime
    breached: list[StandingView]
    running: list[StandingView]
    paused: list[StandingView]
    is_cut: bool


def board_of(board: Board) -> BoardView:
    """A board as it is shown."""
    return BoardView(
        at=board.at,
        breached=[_standing(one) for one in board.broken],
        running=[_standing(one) for one in board.running],
        paused=[_standing(one) for one in board.paused],
        is_cut=board.is_cut,
    )


def _standing(one: Standing) -> StandingView:
    clock = one.clock
    return StandingView(
        clock_id=clock.id,
        ticket_id=clock.ticket_id,
        ticket_number=clock.ticket_number,
        organization_id=clock.organization_id,
        plan_code=clock.plan_code,
        priority=clock.priority,
        metric=clock.metric,
        state=clock.state,
        due_at=None if clock.state is State.PAUSED else clock.due_at,
        remaining_seconds=one.remaining_seconds,
        is_counting=one.is_counting,
        turns_at=one.turns_at,
        calendar=clock.calendar_name,
        timezone=one.zone,
        warned_percent=clock.percent_said,
        paused_for=clock.paused_for,
    )
