"""What falls due at an instant, seen narrowly: of a million armed clocks, only what is needed to announce one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from services.sla.domain.clocks import BREACH_PERCENT, Level
from services.sla.domain.telling import Announcement, announced, breached
from shared.events.sla import ClockEvent


class Armed(NamedTuple):
    """A running clock of some provider; `levels` are those that have not been announced, in rising order.

    `may_be_night`: its calendar has to be asked whether anything may be announced now (S-32).
    """

    tenant: str
    id: UUID
    ticket_id: UUID
    ticket_number: int
    contract_id: UUID
    organization_id: UUID
    plan_code: str
    priority: str | None
    metric: str
    generation: int
    due_at: datetime
    levels: Sequence[Level]
    may_be_night: bool = False


class Fallen(NamedTuple):
    """What time has passed of an armed clock: the levels to announce, in order, and when the next one is due."""

    armed: Armed
    levels: Sequence[Level]
    next_due_at: datetime | None

    @property
    def percent(self) -> int:
        """How far it is announced now."""
        return self.levels[-1].percent

    @property
    def is_broken(self) -> bool:
        """Whether the last level was among them: the promise is broken."""
        return self.percent == BREACH_PERCENT


def fall_due(armed: Armed, *, until: datetime) -> Fallen | None:
    """The levels of a clock that have fallen due by an instant, all of them and in order (S-31); None when none has.

    >>> nine, ten = (datetime(2026, 11, 16, hour) for hour in (9, 10))
    >>> levels = (Level(percent=90, at=nine), Level(percent=100, at=ten))
    >>> some = UUID(int=0)
    >>> armed = Armed("next4", some, some, 1042, some, some, "START", None, "attendance", 1, ten, levels)
    >>> fall_due(armed, until=nine).percent, fall_due(armed, until=nine).next_due_at == ten
    (90, True)
    >>> fall_due(armed, until=ten).is_broken, fall_due(armed, until=ten).next_due_at
    (True, None)
    """
    passed = [level for level in armed.levels if level.at <= until]
    if not passed:
        return None
    rest = armed.levels[len(passed) :]
    return Fallen(armed=armed, levels=passed, next_due_at=rest[0].at if rest else None)


def tell_fallen(fallen: Fallen, *, now: datetime) -> list[ClockEvent]:
    """What the others are told of it: each warning and the breach, dated by their own instants."""
    *warned, last = fallen.levels
    told = [announced(Announcement(clock=fallen.armed, level=level), now=now) for level in warned]
    if fallen.is_broken:
        return [*told, breached(fallen.armed, now=now)]
    return [*told, announced(Announcement(clock=fallen.armed, level=last), now=now)]
