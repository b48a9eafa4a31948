"""Time that was worked: when it may be logged, how it is rounded (2.6), and what a close debits (2.5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from services.ticketing.domain import refusals
from services.ticketing.domain.life import Act, awake, step
from services.ticketing.domain.values import ENDED, Status, Ticket
from services.ticketing.offer import Policy, Rounding, Ruling, Section
from shared.errors import Invalid

ENTRY_MOST_SECONDS = 24 * 3600  # nobody is allocated for longer at a stretch; more is a typing error
LATE_MOST_DAYS = 366  # work is not remembered for longer


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """What a round comes to, in whole minutes: `minutes` = actual - written off, at most `minutes_approved`.

    `rounding` is what made minutes of the seconds.
    """

    minutes_actual: int
    minutes_written_off: int
    minutes: int
    minutes_approved: int
    rounding: Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A closed ticket and what it came to."""

    ticket: Ticket
    closing: Closing


def rounded(seconds: Sequence[int], policy: Rounding) -> int:
    """The billable minutes of some entries (2.6, S14): summed, then rounded; or each rounded, then summed.

    >>> rounded([620, 340, 30], Rounding()), rounded([620, 340, 30], Rounding(scope="entry"))
    (17, 18)
    >>> rounded([620, 340, 30], Rounding(increment_minutes=15, mode="nearest"))
    15
    >>> rounded([600], Rounding(minimum_minutes=15)), rounded([], Rounding(minimum_minutes=15))
    (15, 0)
    """
    if policy.scope == "entry":
        return sum(_rounded_once(one, policy) for one in seconds)
    return _rounded_once(sum(seconds), policy)


def _rounded_once(seconds: int, policy: Rounding) -> int:
    assert seconds >= 0, "time is not worked backwards"
    if seconds == 0:
        return 0
    unit = policy.increment_minutes * 60
    added = {"up": unit - 1, "nearest": unit // 2, "down": 0}[policy.mode]
    return max((seconds + added) // unit * policy.increment_minutes, policy.minimum_minutes)


def is_billable(offer: Section, kind: str) -> bool:
    """Whether a kind of work counts when nobody says otherwise (N34; B21 travel does not)."""
    known = offer.work_kinds.get(kind)
    return known is None or known.billable


def takes_work(ticket: Ticket) -> bool:
    """Whether the round is still open for entries: to be put on it, or taken back."""
    return ticket.stage not in ENDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Time that is to be put on a ticket: `seconds` for each of the professionals, from `started_at` on."""

    kind: str
    billable: bool
    seconds: int
    started_at: datetime
    professionals: int = 1


def check_work(ticket: Ticket, work: Work, *, at: datetime, offer: Section, round_seconds: int = 0) -> Ticket:
    """Whether this time may be put on the ticket now: billable only after an approved estimate (N40, 2.4.1).

    What is critical may begin before, as far as the offer says (A-07): `round_seconds` are the round's billable ones
    beside this work. More than was approved may be logged (L-39); closing with it may not (S11). Raises Invalid for a
    kind or an instant that cannot be, TicketIsClosed, NotDone, AgreementNeeded, ApprovalPending, EstimateRequired,
    EmergencyUsedUp.
    """
    known = offer.work_kinds.get(work.kind)
    if known is None:
        raise Invalid(f"the kinds of work are {', '.join(offer.work_kinds)}", field="kind", rule="N34")
    if not at - timedelta(days=LATE_MOST_DAYS) <= work.started_at <= at:
        raise Invalid("work began before now, within the last year", field="started_at", rule="L-07")
    assert 0 < work.seconds <= ENTRY_MOST_SECONDS, "the door keeps impossible lengths out"
    stage = step(ticket.stage, Act.LOG_WORK)
    item = offer.catalogue.get(ticket.item or "")
    ruling = item.ruling_for(known.attendance) if item else Ruling.ALLOWED
    if item is not None and ruling is Ruling.EXCLUDED:
        told = offer.say(item.reason) if item.reason else f"{offer.say(item.name)}: not done by {work.kind}"
        raise refusals.NotDone(told, field="kind", rule="B32")
    if item is not None and ruling is Ruling.NEEDS_AGREEMENT and not ticket.approved:
        told = offer.say(item.reason) if item.reason else "this is done after an approved estimate only"
        raise refusals.AgreementNeeded(told, field="kind")
    if work.billable and not _may_bill(ticket, offer):
        _check_emergency(ticket, offer, round_seconds + work.seconds * work.professionals)
        return replace(ticket, stage=stage, emergency_at=ticket.emergency_at or at)
    return replace(ticket, stage=stage)


def _may_bill(ticket: Ticket, offer: Section) -> bool:
    is_triage = offer.bill_triage and ticket.stage in (Status.REGISTERED, Status.TRIAGED)
    return bool(ticket.approved) or is_triage


def _check_emergency(ticket: Ticket, offer: Section, seconds: int) -> None:
    """What is critical begins before its approval, up to the provider's limit (A-07); all else waits for it (N40)."""
    rule = offer.emergency
    if rule is not None and ticket.priority in rule.priorities:
        if seconds <= rule.most_minutes * 60:
            return
        told = f"an emergency begins before its approval with {rule.most_minutes} minutes at most: estimate the rest"
        raise refusals.EmergencyUsedUp(told)
    if ticket.pending is not None:
        raise refusals.ApprovalPending("work waits until the estimate is approved")
    raise refusals.EstimateRequired("billable work begins after an approved estimate")


class Timed(Protocol):
    """Somebody's time, as far as the close looks at it."""

    @property
    def seconds(self) -> int:
        """How long."""
        ...

    @property
    def billable(self) -> bool:
        """Whether it counts."""
        ...


def billable(entries: Sequence[Timed]) -> list[int]:
    """The seconds of each entry that counts."""
    return [one.seconds for one in entries if one.billable]


def closing_of(ticket: Ticket, seconds: Sequence[int], *, write_off_minutes: int, policy: Policy) -> Closing:
    """What a round comes to with these billable entries (2.5). Raises ApprovalRequired above the approved limit."""
    rounding = ticket.rounding or policy
    actual = rounded(seconds, rounding)
    if write_off_minutes > actual:
        told = f"{actual} minutes were worked: no more than that can be written off"
        raise Invalid(told, field="write_off_minutes", rule="2.5")
    minutes, limit = actual - write_off_minutes, ticket.minutes_approved
    if minutes > limit:
        told = (
            f"{minutes} minutes are to be debited and {limit} are approved: ask for {minutes - limit} more,"
            " or let a manager write them off"
        )
        raise refusals.ApprovalRequired(told)
    assert 0 <= minutes <= limit, "a debit never exceeds what was approved"
    return Closing(
        minutes_actual=actual,
        minutes_written_off=write_off_minutes,
        minutes=minutes,
        minutes_approved=limit,
        rounding=rounding,
    )


def close(
    ticket: Ticket,
    seconds: Sequence[int],
    *,
    write_off_minutes: int,
    may_write_off: bool,
    by_customer: bool,
    at: datetime,
    policy: Policy,
) -> Closed:
    """End the round: the debit happens now (N19). `seconds` are the billable entries of this round.

    `policy` makes minutes of them where no estimate has fixed one (2.6).

    Raises ApprovalPending, ApprovalRequired, WriteOffNeedsManager, NotResolvedYet, TicketIsClosed, WrongStage.
    """
    if ticket.pending is not None:
        raise refusals.ApprovalPending("an estimate still waits for its answer")
    stage = step(ticket.stage, Act.CLOSE)
    if by_customer and ticket.stage is not Status.RESOLVED:
        raise refusals.NotResolvedYet("the work still goes on: it is closed once it was resolved")
    if write_off_minutes and not may_write_off:
        raise refusals.WriteOffNeedsManager("only a manager writes minutes off", field="write_off_minutes")
    closing = closing_of(ticket, seconds, write_off_minutes=write_off_minutes, policy=policy)
    ended = replace(
        awake(ticket),
        stage=stage,
        resolved_at=ticket.resolved_at or at,
        closed_at=at,
        auto_close_at=None,
    )
    return Closed(ticket=ended, closing=closing)


def close_in_silence(ticket: Ticket, seconds: Sequence[int], *, policy: Policy) -> Closed | None:
    """Close a resolved ticket whose customer said nothing (N19), dated by the end of the silence.

    None when it cannot be: more was worked than was approved, and that is for people to settle.
    """
    assert ticket.auto_close_at is not None, "only a resolved ticket is closed by silence"
    try:
        return close(
            ticket,
            seconds,
            write_off_minutes=0,
            may_write_off=False,
            by_customer=False,
            at=ticket.auto_close_at,
            policy=policy,
        )
    except refusals.ApprovalRequired:
        return None
