"""How long a message is tried: at least once, never lost; refused for good, or given up a day after the first try."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.notify.domain.values import Message, State
from shared.events.notify import MessageFailed, MessageSent, OutgoingEvent

FIRST_DELAY = timedelta(minutes=1)
LONGEST_DELAY = timedelta(hours=6)
GIVE_UP_AFTER = timedelta(hours=24)  # counted from the first try: a house that was down a day still tries
LEASE = timedelta(seconds=90)  # three times what a conversation with a mail server may take
CHANNEL = "email"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What went wrong: `code` may be told to others (no personal data), `detail` is what the server said."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The next server has taken the message over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The house has no server to hand messages to: it stays readable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PutOff:
    """Not now; `everything` when it is the server that is away, not this message that is not wanted."""

    trouble: Trouble
    everything: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedForGood:
    """The server will never take this message (5xx)."""

    trouble: Trouble


Outcome = Accepted | Kept | PutOff | RefusedForGood


def lease(message: Message, *, at: datetime) -> Message:
    """The message while it is tried: nobody else takes it before the lease is over, and then it is another try."""
    assert message.state is State.WAITING, "what is settled is not tried again"
    first = message.first_attempt_at or at
    return replace(message, attempts=message.attempts + 1, first_attempt_at=first, next_attempt_at=at + LEASE)


def settle(tried: Message, outcome: Outcome, *, at: datetime) -> Message:
    """The message after the try that it was leased for."""
    assert tried.state is State.WAITING, "what is settled is not tried again"
    match outcome:
        case Accepted():
            return _end(tried, State.SENT, at=at, error=None)
        case Kept():
            return _end(tried, State.KEPT, at=at, error=None)
        case RefusedForGood(trouble=trouble):
            return _end(tried, State.FAILED, at=at, error=trouble.detail)
        case PutOff(trouble=trouble):
            return _later(tried, trouble, at=at)


def _later(tried: Message, trouble: Trouble, *, at: datetime) -> Message:
    assert tried.first_attempt_at is not None, "it has just been tried"
    again = next_attempt(attempts=tried.attempts, first_attempt_at=tried.first_attempt_at, at=at)
    if again is None:
        return _end(tried, State.FAILED, at=at, error=trouble.detail)
    return replace(tried, next_attempt_at=again, error=trouble.detail)


def _end(tried: Message, state: State, *, at: datetime, error: str | None) -> Message:
    return replace(tried, state=state, next_attempt_at=None, settled_at=at, error=error)


def next_attempt(*, attempts: int, first_attempt_at: datetime, at: datetime) -> datetime | None:
    """When to try again after `attempts` tries: 1, 2, 4 ... minutes later, at most 6 hours, the last after 24 hours.

    >>> noon = datetime(2026, 11, 10, 12)
    >>> next_attempt(attempts=1, first_attempt_at=noon, at=noon) - noon
    datetime.timedelta(seconds=60)
    >>> next_attempt(attempts=11, first_attempt_at=noon, at=noon + timedelta(hours=14)) - noon
    datetime.timedelta(seconds=72000)
    >>> next_attempt(attempts=12, first_attempt_at=noon, at=noon + timedelta(hours=20)) - noon
    datetime.timedelta(days=1)
    >>> next_attempt(attempts=13, first_attempt_at=noon, at=noon + timedelta(hours=24)) is None
    True
    """
    assert attempts >= 1, "a delay follows a try"
    last = first_attempt_at + GIVE_UP_AFTER
    if at >= last:
        return None
    doublings = min(attempts - 1, 16)  # far beyond the longest delay: a timedelta has an end
    delay = min(FIRST_DELAY * (1 << doublings), LONGEST_DELAY)
    return min(at + delay, last)


def put_off_until(outcome: Outcome, *, at: datetime) -> datetime | None:
    """Until when everything that is due waits, because the server is away; None when it is not."""
    is_away = isinstance(outcome, PutOff) and outcome.everything
    return at + FIRST_DELAY if is_away else None


def fact_of(message: Message, outcome: Outcome) -> OutgoingEvent | None:
    """What notify tells of a message that has just been tried; what waits or was kept in the house is no fact."""
    if message.settled_at is None or message.state is State.KEPT:
        return None
    if message.state is State.SENT:
        return MessageSent(
            message_id=message.message_id,
            template=message.template,
            channel=CHANNEL,
            attempts=message.attempts,
            sent_at=message.settled_at,
            about=message.about,
            header_id=message.header_id,
        )
    assert isinstance(outcome, PutOff | RefusedForGood), "only a try that failed ends in failure"
    return MessageFailed(
        message_id=message.message_id,
        template=message.template,
        channel=CHANNEL,
        attempts=message.attempts,
        error=outcome.trouble.code,
        failed_at=message.settled_at,
    )
