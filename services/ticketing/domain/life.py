"""The life of a ticket: the one table of transitions, and the acts that are no estimates."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from services.ticketing.domain import refusals
from services.ticketing.domain.values import WAITABLE, State, Status, Ticket
from services.ticketing.offer import Section
from shared.calendar import CalendarSpec, business_calendar, local_date, local_midnight

HISTORY = "import"  # the source of what was closed in an older system
PROMISE_MOST_DAYS = 366  # a promise further away is a typing error, not a plan


class Act(enum.StrEnum):
    """What can be done with a ticket or happen to it."""

    TRIAGE = "triage"
    ESCALATE = "escalate"
    ASSIGN = "assign"
    PROMISE = "promise"
    MERGE = "merge"
    ABSORB = "absorb"
    SPLIT = "split"
    WRITE = "write"
    WAIT = "wait"
    ESTIMATE = "estimate"
    ADD_HOURS = "add_hours"
    COVER = "cover"
    ASK_APPROVAL = "ask_approval"
    APPROVE = "approve"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    WITHDRAW_HOURS = "withdraw_hours"
    REPEAT = "repeat"
    REPEAT_HOURS = "repeat_hours"
    DECLINE_HOURS = "decline_hours"
    LAPSE = "lapse"
    LAPSE_HOURS = "lapse_hours"
    LOG_WORK = "log_work"
    START_TIMER = "start_timer"
    RESOLVE = "resolve"
    REOPEN = "reopen"
    CLOSE = "close"
    CANCEL = "cancel"


_R, _T, _E, _A = Status.REGISTERED, Status.TRIAGED, Status.ESTIMATED, Status.AWAITING_APPROVAL
_P, _D, _S, _C, _X = Status.IN_PROGRESS, Status.DECLINED, Status.RESOLVED, Status.CLOSED, Status.CANCELLED


def _stay(*stages: Status) -> dict[Status, Status]:
    return {stage: stage for stage in stages}


# From each stage, where an act leads; what is not in here is refused. Acts on the first estimate of a round lead
# through ESTIMATED; additional hours leave the work going on until the bank has said what the customer is asked.
TRANSITIONS: Mapping[Act, Mapping[Status, Status]] = {
    Act.TRIAGE: {**_stay(_T, _E, _A, _P, _D), _R: _T},
    Act.ESCALATE: _stay(_R, _T, _E, _A, _P),
    Act.ASSIGN: _stay(_R, _T, _E, _A, _P, _D, _S),
    Act.MERGE: {_R: _X, _T: _X, _E: _X, _A: _X, _D: _X},
    Act.ABSORB: _stay(_R, _T, _E, _A, _P, _D, _S),
    Act.SPLIT: _stay(_R, _T, _E, _A, _P, _D, _S),
    Act.PROMISE: _stay(_R, _T, _E, _A, _P, _D),
    Act.WRITE: _stay(_R, _T, _E, _A, _P, _D, _S),
    Act.WAIT: _stay(*sorted(WAITABLE)),
    Act.ESTIMATE: {_R: _E, _T: _E, _E: _E, _A: _E, _D: _E, _P: _E},
    Act.ADD_HOURS: _stay(_P, _A),
    Act.COVER: {_E: _P, _P: _P},
    Act.ASK_APPROVAL: {_E: _A, _P: _A, _A: _A},
    Act.APPROVE: {_A: _P},
    Act.DECLINE: {_A: _D},
    Act.WITHDRAW: {_P: _D},
    Act.WITHDRAW_HOURS: _stay(_P),
    Act.REPEAT: {_D: _E},
    Act.REPEAT_HOURS: _stay(_P),
    Act.DECLINE_HOURS: {_A: _P},
    Act.LAPSE: {_A: _T, _E: _T},
    Act.LAPSE_HOURS: {_A: _P, _P: _P},
    Act.START_TIMER: _stay(_R, _T, _E, _A, _P),
    Act.LOG_WORK: _stay(_R, _T, _E, _A, _P, _S),
    Act.RESOLVE: {_R: _S, _T: _S, _P: _S, _D: _S},
    Act.REOPEN: {_S: _P, _C: _R},
    Act.CLOSE: {_P: _C, _S: _C},
    Act.CANCEL: {_R: _X, _T: _X, _E: _X, _A: _X, _P: _X, _D: _X, _S: _X},
}


# The rule that an act is of: what a refusal of the table names.
RULES: Mapping[Act, str] = {
    Act.TRIAGE: "B25",
    Act.ESCALATE: "B27",
    Act.ASSIGN: "B24",
    Act.PROMISE: "N16",
    Act.MERGE: "B3",
    Act.ABSORB: "B3",
    Act.SPLIT: "N31",
    Act.WRITE: "N15",
    Act.WAIT: "4.3",
    Act.ESTIMATE: "N17",
    Act.ADD_HOURS: "N41",
    Act.COVER: "N17",
    Act.ASK_APPROVAL: "N17",
    Act.APPROVE: "N42",
    Act.DECLINE: "N42",
    Act.WITHDRAW: "A-03",
    Act.WITHDRAW_HOURS: "A-03",
    Act.REPEAT: "A-03",
    Act.REPEAT_HOURS: "A-03",
    Act.DECLINE_HOURS: "N42",
    Act.LAPSE: "A-08",
    Act.LAPSE_HOURS: "A-08",
    Act.LOG_WORK: "N40",
    Act.START_TIMER: "N40",
    Act.RESOLVE: "N18",
    Act.REOPEN: "N19",
    Act.CLOSE: "N19",
    Act.CANCEL: "N19",
}


# What a time-box may still move (B20, B26): what was not resolved, declined or ended.
BOUNDED = frozenset(TRANSITIONS[Act.ESCALATE])


def step(stage: Status, act: Act) -> Status:
    """Where an act leads from a stage. Raises TicketIsClosed, TicketIsCancelled or WrongStage.

    >>> step(Status.REGISTERED, Act.TRIAGE), step(Status.RESOLVED, Act.REOPEN)
    (<Status.TRIAGED: 'triaged'>, <Status.IN_PROGRESS: 'in_progress'>)
    """
    to = TRANSITIONS[act].get(stage)
    if to is not None:
        return to
    if stage is Status.CLOSED:
        raise refusals.TicketIsClosed(
            "the ticket is closed: reopen it to begin a new round, or open a follow-up ticket"
        )
    if stage is Status.CANCELLED:
        raise refusals.TicketIsCancelled("the ticket was cancelled: open a new one")
    told = f"a ticket that is {stage.value} does not take {act.value.replace('_', ' ')}"
    raise refusals.WrongStage(told, rule=RULES[act])


def triage(
    ticket: Ticket, *, priority: str | None, area: str | None = None, item: str | None = None, reason: str | None = None
) -> Ticket:
    """Classify (B9, B25), or classify again, which says why (4.3, S31); area and item are put right where given.

    `priority` None: the provider has none, and promises by the plan (N28). Raises ReasonRequired.
    """
    stage = step(ticket.stage, Act.TRIAGE)
    if ticket.priority not in (None, priority) and not (reason or "").strip():
        raise refusals.ReasonRequired("a changed priority says why", field="reason", rule="4.3")
    return replace(
        ticket,
        stage=stage,
        priority=priority,
        area=area or ticket.area,
        item=item or ticket.item,
    )


def escalate(ticket: Ticket, *, to_level: int | None, offer: Section) -> Ticket:
    """Forward to the queue of a higher level (B27, B29), the next one unless said otherwise. Raises NoSuchLevel."""
    stage = step(ticket.stage, Act.ESCALATE)
    level = to_level if to_level is not None else ticket.level + 1
    if not ticket.level < level <= len(offer.levels):
        told = f"the ticket is at level {ticket.level} of {len(offer.levels)}: it cannot go up to level {level}"
        raise refusals.NoSuchLevel(told, field="to_level")
    return replace(ticket, stage=stage, level=level, agent_id=None)


def is_bounded(ticket: Ticket, *, level: int | None) -> bool:
    """Whether a time-box still bounds a ticket: it is in work, and at that level if the box is a level's (B26)."""
    return ticket.stage in BOUNDED and level in (None, ticket.level)


def assign(ticket: Ticket, *, agent_id: str | None, team: str | None) -> Ticket:
    """Put an agent or a team in charge; None leaves it to whoever takes it next."""
    return replace(ticket, stage=step(ticket.stage, Act.ASSIGN), agent_id=agent_id, team=team)


def promise(ticket: Ticket, *, promised_at: datetime, reason: str | None, at: datetime, offer: Section) -> Ticket:
    """Tell when the work will be delivered (N16); a change carries its reason and is counted.

    Raises PromiseOutsideWorkingTime, ReasonRequired, PromiseChangedTooOften.
    """
    stage = step(ticket.stage, Act.PROMISE)
    if not at < promised_at <= at + timedelta(days=PROMISE_MOST_DAYS):
        told = f"a promise lies ahead, by {PROMISE_MOST_DAYS} days at most"
        raise refusals.PromiseOutsideWorkingTime(told, field="promised_at")
    if not in_working_time(offer.calendar_of(ticket.plan_code), promised_at):
        told = "the promised instant lies outside the team's working hours"
        raise refusals.PromiseOutsideWorkingTime(told, field="promised_at")
    promised_at = promised_at.astimezone(UTC)
    if ticket.promised_at is None:
        return replace(ticket, stage=stage, promised_at=promised_at)
    if not (reason or "").strip():
        raise refusals.ReasonRequired("a changed promise says why", field="reason")
    most = offer.promise_changes_most
    if most is not None and ticket.promise_changes >= most:
        raise refusals.PromiseChangedTooOften(f"the promise was changed {most} times already")
    return replace(ticket, stage=stage, promised_at=promised_at, promise_changes=ticket.promise_changes + 1)


def wait(
    ticket: Ticket,
    state: Status,
    *,
    reason: str | None = None,
    until: datetime | None = None,
    remind_at: datetime | None = None,
    at: datetime,
) -> Ticket:
    """Wait for the customer (N15), for what is missing (N38, N39) or for a visit (B21). Raises ReasonRequired."""
    stage = step(ticket.stage, Act.WAIT)
    if state is Status.BLOCKED and not reason:
        raise refusals.ReasonRequired("a blocked ticket names its impediment", field="reason", rule="N38")
    is_visit = state is Status.SCHEDULED
    if is_visit and not (until is not None and at < until <= at + timedelta(days=PROMISE_MOST_DAYS)):
        raise refusals.ReasonRequired("a visit is scheduled for an instant ahead", field="until", rule="B21")
    kept = until.astimezone(UTC) if is_visit and until else None
    return replace(
        awake(ticket), stage=stage, waiting=state, waiting_reason=reason, waiting_until=kept, remind_at=remind_at
    )


def resume(ticket: Ticket) -> Ticket:
    """End the wait, whatever it was for. Raises NothingWaits."""
    if ticket.waiting is None or ticket.stage not in WAITABLE:
        raise refusals.NothingWaits(f"a ticket that is {ticket.status.value} does not wait to be resumed")
    return awake(ticket)


def begin_visit(ticket: Ticket) -> Ticket:
    """The scheduled instant has come (B21): the wait for it is over, whatever else is waited for."""
    assert ticket.waiting is Status.SCHEDULED, "only a visit begins by itself"
    return awake(ticket)


def hear_customer(ticket: Ticket, *, at: datetime, offer: Section) -> Ticket:
    """Any message of the customer answers the team's question (N15, S-34) and ends the silence after resolving (N19).

    Being blocked or awaiting an approval is not ended by words alone.
    """
    ticket = replace(ticket, stage=step(ticket.stage, Act.WRITE))
    if ticket.stage is Status.RESOLVED:
        return replace(ticket, auto_close_at=silence_ends(at, offer))
    return awake(ticket) if ticket.waiting is Status.AWAITING_CUSTOMER else ticket


def hear_staff(
    ticket: Ticket, *, public: bool, automatic: bool = False, asks_customer: bool, at: datetime, offer: Section
) -> Ticket:
    """A public question pauses the ticket where there is work to wait with (N15); an internal note changes nothing.

    On a resolved ticket the customer is given the whole silence again, but not by a machine's reminder.

    Raises MessageRequired for a question that the customer cannot see.
    """
    check_writable(ticket)
    if asks_customer and not public:
        raise refusals.MessageRequired("a question to the customer is public", field="public", rule="N15")
    if not public:
        return ticket
    ticket = replace(ticket, stage=step(ticket.stage, Act.WRITE))
    if ticket.stage is Status.RESOLVED:
        return ticket if automatic else replace(ticket, auto_close_at=silence_ends(at, offer))
    may_wait = asks_customer and ticket.stage in WAITABLE
    return wait(ticket, Status.AWAITING_CUSTOMER, at=at) if may_wait else ticket


def resolve(ticket: Ticket, *, at: datetime, offer: Section) -> Ticket:
    """Say that it is done (N18); silence from here on closes it (N19). Raises ApprovalPending."""
    if ticket.pending is not None:
        raise refusals.ApprovalPending("an estimate still waits for its answer")
    stage = step(ticket.stage, Act.RESOLVE)
    return replace(awake(ticket), stage=stage, resolved_at=at, auto_close_at=silence_ends(at, offer))


def reopen(ticket: Ticket) -> Ticket:
    """Before the close: back to work, nothing was debited (N19). After it: a new round with its own estimate (2.7).

    Raises TicketIsHistory for one that was closed in an older system: nobody here knows its hours.
    """
    check_writable(ticket)
    stage = step(ticket.stage, Act.REOPEN)
    again = replace(ticket, stage=stage, resolved_at=None, auto_close_at=None)
    if ticket.stage is not Status.CLOSED:
        return again
    return replace(
        again,
        round=ticket.round + 1,
        closed_at=None,
        promised_at=None,
        promise_changes=0,
        rounding=None,
        level=1,
        emergency_at=None,
    )


def check_writable(ticket: Ticket) -> None:
    """Refuse what was closed in an older system: no other service has heard of it. Raises TicketIsHistory."""
    if ticket.source == HISTORY:
        raise refusals.TicketIsHistory("the ticket was closed in an older system: open a new one and link it")


def cancel(ticket: Ticket, *, billable_seconds: int, at: datetime, by: str) -> Ticket:
    """Give the demand up: what is held comes back. Raises WorkWasDone when minutes would be lost unseen."""
    stage = step(ticket.stage, Act.CANCEL)
    if billable_seconds:
        told = "billable work was done: close the ticket, a manager may write minutes off"
        raise refusals.WorkWasDone(told)
    estimates = tuple(
        replace(one, state=State.CANCELLED, decided_at=at, decided_by=by) if one.is_pending else one
        for one in ticket.estimates
    )
    return replace(awake(ticket), stage=stage, estimates=estimates, auto_close_at=None)


def silence_ends(at: datetime, offer: Section) -> datetime:
    """The instant at which silence closes a resolved ticket: the end of the third business day after (N19, S-35)."""
    return end_of_business_day(offer.calendars[offer.calendar], at, offer.auto_close_business_days)


def end_of_business_day(spec: CalendarSpec, at: datetime, days: int) -> datetime:
    """The closing instant of the `days`-th business day after the local date of `at`, which does not count (S18).

    >>> from shared.calendar import HolidaySource
    >>> week = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), [("08:00", "18:00")])
    >>> spec = CalendarSpec(name="b", timezone="America/Sao_Paulo", hours=week, holidays=HolidaySource())
    >>> end_of_business_day(spec, datetime.fromisoformat("2026-11-16T10:00-03:00"), 5).isoformat()
    '2026-11-24T21:00:00+00:00'
    """
    calendar = business_calendar(spec)
    day = calendar.business_days_after(local_date(at, spec.timezone), days)
    return calendar.due_backward(local_midnight(day + timedelta(days=1), spec.timezone), 0)


def in_working_time(spec: CalendarSpec, at: datetime) -> bool:
    """Whether the team works at an instant; its closing time still counts, as for due times (4.2)."""
    calendar = business_calendar(spec)
    return calendar.is_open(at) or calendar.due_backward(at, 0) == at


def awake(ticket: Ticket) -> Ticket:
    """The ticket with nothing to wait for, and nobody to be reminded."""
    return replace(ticket, waiting=None, waiting_reason=None, waiting_until=None, remind_at=None, reminders=0)
