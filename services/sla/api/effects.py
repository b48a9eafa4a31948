"""What a change of calendars or policies does to open promises, as a preview and a save answer it alike."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response
from msgspec import Meta

from services.sla.actions import Effect
from services.sla.domain import Clock, Metric, Move, State
from shared.web import versioned


class MoveView(msgspec.Struct, frozen=True, kw_only=True):
    """A promise that is counted anew. A due instant is null while it stands still; then `remaining_seconds` differ.

    `breaks`: by the new count its time is over, so it breaks at once. `is_forgiven`: its breach falls.
    """

    clock_id: UUID
    ticket_id: UUID
    ticket_number: int
    metric: Metric
    previous_state: State
    state: State
    previous_due_at: datetime | None
    due_at: datetime | None
    previous_remaining_seconds: int | None
    remaining_seconds: int | None
    breaks: bool
    is_forgiven: bool


class EffectView(msgspec.Struct, frozen=True, kw_only=True):
    """What a change does: the version that then holds, and every open promise that it moves."""

    version: int
    changed: Annotated[bool, Meta(description="False: it says what holds already, and nothing happens.")]
    moved: int
    broken: int
    forgiven: int
    moves: list[MoveView]


def effect_of(effect: Effect) -> Response[EffectView]:
    """An effect as it is shown, under the version that then holds."""
    view = EffectView(
        version=effect.version,
        changed=effect.changed,
        moved=len(effect.moves),
        broken=sum(move.breaks for move in effect.moves),
        forgiven=sum(move.is_forgiven for move in effect.moves),
        moves=[_move(move) for move in effect.moves],
    )
    return versioned(view, version=effect.version)


def _move(move: Move) -> MoveView:
    before, after = move.before, move.after
    return MoveView(
        clock_id=after.id,
        ticket_id=after.ticket_id,
        ticket_number=after.ticket_number,
        metric=after.metric,
        previous_state=before.state,
        state=after.state,
        previous_due_at=_due(before),
        due_at=_due(after),
        previous_remaining_seconds=before.remaining_seconds,
        remaining_seconds=after.remaining_seconds,
        breaks=move.breaks,
        is_forgiven=move.is_forgiven,
    )


def _due(clock: Clock) -> datetime | None:
    return None if clock.state is State.PAUSED else clock.due_at
