"""Why a promise falls due when it does: the strip of its time, piece by piece, that adds up to the second."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from services.sla.domain.clocks import Clock, State, Wait, Wound
from shared.calendar import BusinessCalendar, local_midnight
from shared.calendar.opening import MICROSECONDS

FIRST_DAY_OF_WEEKEND = 5  # of Monday's 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of the strip, [starts_at, ends_at). `kind`: it ran, stood still (paused), or the calendar was closed.

    `reason` is the state waited for; or weekend, day_off, holiday or outside_hours; `name` is the holiday's, or why a
    day was closed. `seconds` are those that it ran, or its length. `is_ahead`: it has not come yet.
    """

    kind: str
    reason: str | None
    name: str
    starts_at: datetime
    ends_at: datetime
    seconds: int = 0
    is_ahead: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A promise and the strip of its time: contiguous, from where it is counted to its due instant, verdict or now."""

    clock: Clock
    zone: str
    pieces: tuple[Piece, ...]

    @property
    def ran_seconds(self) -> int:
        """What ran, altogether: the target when it ends at the due instant, else what was taken."""
        return sum(piece.seconds for piece in self.pieces if piece.kind == "ran")


def explain(wound: Wound, clock: Clock, waits: Sequence[Wait], *, now: datetime) -> Explanation:
    """The strip of a promise as it stands; `clock` is the kept one, which knows what has been announced."""
    calendar = wound.rule.calendar
    starts_at = clock.started_at if wound.promised_on is None else wound.promised_on
    ends_at = max(starts_at, _end(clock, now=now))
    own = [wait for wait in waits if wait.state in wound.rule.pause_states]
    pieces = _joined(_cut(_pieces(calendar, own, starts_at, ends_at), now))
    zone = calendar.spec.timezone
    return Explanation(clock=clock, zone=zone, pieces=tuple(_counted(pieces)))


def _end(clock: Clock, *, now: datetime) -> datetime:
    if clock.state is State.PAUSED:
        return now
    if clock.state in (State.MET, State.CANCELLED):
        return clock.ended_at or now
    return clock.due_at


def _pieces(
    calendar: BusinessCalendar, waits: Sequence[Wait], starts_at: datetime, ends_at: datetime
) -> Iterator[Piece]:
    at = starts_at
    for opens, closes in calendar.intervals(starts_at, ends_at):
        yield from _closed(calendar, at, opens)
        yield from _open(waits, opens, closes)
        at = closes
    yield from _closed(calendar, at, ends_at)


def _open(waits: Sequence[Wait], starts_at: datetime, ends_at: datetime) -> Iterator[Piece]:
    """An open interval, cut where waits begin and end; where they overlap the first one names the reason (S-05)."""
    bounds = {bound for wait in waits for bound in (wait.since, wait.until or ends_at) if starts_at < bound < ends_at}
    cuts = [starts_at, *sorted(bounds), ends_at]
    for begins, ends in pairwise(cuts):
        held = next((one for one in waits if one.since <= begins and (one.until is None or one.until > begins)), None)
        kind, reason = ("ran", None) if held is None else ("paused", held.state)
        yield Piece(kind=kind, reason=reason, name="", starts_at=begins, ends_at=ends)


def _closed(calendar: BusinessCalendar, starts_at: datetime, ends_at: datetime) -> Iterator[Piece]:
    """A closed time, cut at the midnights of the calendar's zone: each day is closed for a reason of its own."""
    at = starts_at
    while at < ends_at:
        day = calendar.local_date(at)
        until = min(ends_at, local_midnight(day + timedelta(days=1), calendar.spec.timezone))
        because = calendar.days.closed_because(day)
        if because is not None:
            reason = "holiday"
        elif calendar.days.is_business_day(day) or calendar.days.pieces(day):
            reason = "outside_hours"
        else:
            reason = "weekend" if day.weekday() >= FIRST_DAY_OF_WEEKEND else "day_off"
        yield Piece(kind="closed", reason=reason, name=because or "", starts_at=at, ends_at=until)
        at = until


def _cut(pieces: Iterator[Piece], now: datetime) -> Iterator[Piece]:
    """The pieces, the one of the present instant cut in two: what has come, and what is ahead."""
    for piece in pieces:
        if piece.starts_at < now < piece.ends_at:
            yield replace(piece, ends_at=now)
            yield replace(piece, starts_at=now, is_ahead=True)
        else:
            yield replace(piece, is_ahead=piece.starts_at >= now)


def _joined(pieces: Iterator[Piece]) -> list[Piece]:
    """Neighbours of one kind and reason as one piece: an evening and the morning after it."""
    joined: list[Piece] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        if last and _looks(last) == _looks(piece):
            joined[-1] = replace(last, ends_at=piece.ends_at)
        elif piece.starts_at < piece.ends_at:
            joined.append(piece)
    return joined


def _looks(piece: Piece) -> tuple[str, str | None, str, bool]:
    return (piece.kind, piece.reason, piece.name, piece.is_ahead)


def _counted(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Give each piece its whole seconds; those that ran are rounded so that they add up to the whole (S-26)."""
    ran = 0
    for piece in pieces:
        length = (piece.ends_at - piece.starts_at) // timedelta(microseconds=1)
        if piece.kind == "ran":
            yield replace(piece, seconds=(ran + length) // MICROSECONDS - ran // MICROSECONDS)
            ran += length
        else:
            yield replace(piece, seconds=length // MICROSECONDS)
