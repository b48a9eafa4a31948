"""What monitoring sees becomes one ticket for each asset and check while it is open (B17)."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from services.ticketing.domain import life
from services.ticketing.domain.values import ENDED, Status, Ticket
from services.ticketing.offer import Section

OVER_SOON = timedelta(minutes=5)  # a problem that lasts as long or longer is looked at by somebody, over or not (4.3)


class Verdict(enum.StrEnum):
    """What became of an alarm or of a recovery."""

    OPENED = "opened"
    ANNOTATED = "annotated"
    REOPENED = "reopened"
    RESOLVED = "resolved"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What was watched: an asset, and which check of it."""

    asset_id: UUID
    check: str

    def is_of(self, ticket: Ticket) -> bool:
        """Whether a ticket was opened by this very check, and did not only take such a one in."""
        return ticket.asset_id == self.asset_id and ticket.monitor_check == self.check


def judge_alarm(ticket: Ticket | None, *, detected_at: datetime) -> Verdict:
    """What an alarm does, given the last ticket of its asset and check.

    One that was seen before the recovery that is known already comes late and means nothing new; one on a resolved
    ticket says that it was not the end.
    """
    if ticket is None:
        return Verdict.OPENED
    if ticket.recovered_at is not None and detected_at <= ticket.recovered_at:
        return Verdict.IGNORED
    if ticket.stage in ENDED:
        return Verdict.OPENED
    return Verdict.REOPENED if ticket.stage is Status.RESOLVED else Verdict.ANNOTATED


def alarm_again(ticket: Ticket) -> Ticket:
    """The ticket after another alarm of its check: it has not recovered; if it was resolved, work goes on."""
    kept = life.reopen(ticket) if ticket.stage is Status.RESOLVED else ticket
    return replace(kept, recovered_at=None)


def judge_recovery(ticket: Ticket | None, source: Source, *, recovered_at: datetime, is_untouched: bool) -> Verdict:
    """What a recovery does: it resolves what was over soon and untouched, is noted elsewhere, or means nothing.

    What lasted longer waits for somebody's word, and the promise of attention with it (4.3). It never ends a ticket
    that only took the alarm's in by a merge.
    """
    if ticket is None or ticket.stage in ENDED:
        return Verdict.IGNORED
    if not source.is_of(ticket):
        return Verdict.ANNOTATED
    seen = ticket.detected_at or ticket.registered_at
    if ticket.recovered_at is not None or recovered_at < seen:
        return Verdict.IGNORED
    is_over = is_untouched and recovered_at - seen < OVER_SOON and ticket.stage is not Status.RESOLVED
    return Verdict.RESOLVED if is_over else Verdict.ANNOTATED


def recover(ticket: Ticket, *, recovered_at: datetime) -> Ticket:
    """The ticket after its problem went away by itself; whoever is at it goes on."""
    return replace(ticket, recovered_at=recovered_at)


def recover_whole(ticket: Ticket, *, recovered_at: datetime, at: datetime, offer: Section) -> Ticket:
    """The ticket that nobody touched, resolved by its recovery: silence closes it as any other (N19)."""
    return recover(life.resolve(ticket, at=at, offer=offer), recovered_at=recovered_at)
