"""How long a message is tried, and what is told of it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.domain import (
    Accepted,
    Kept,
    Message,
    Outcome,
    PutOff,
    RefusedForGood,
    State,
    Trouble,
    fact_of,
    lease,
    put_off_until,
    settle,
)
from shared.events.notify import MessageFailed, MessageSent
from tests.notify.messages import MESSAGE, message
from tests.notify.shop import local

NINE = local("2026-11-10T09:00")
BUSY = PutOff(trouble=Trouble(code="451 4.7.1", detail="greylisted"), everything=False)
AWAY = PutOff(trouble=Trouble(code="SMTPConnectError", detail="connection refused"), everything=True)
UNKNOWN = RefusedForGood(trouble=Trouble(code="550 5.1.1", detail="<ana@cliente.example> unknown"))


def tried(one: Message, outcome: Outcome, *, at: datetime) -> Message:
    """The message after one more try."""
    return settle(lease(one, at=at), outcome, at=at)


def test_an_accepted_message_is_sent_and_told_so() -> None:
    after = tried(message(), Accepted(), at=NINE)

    assert (after.state, after.attempts, after.next_attempt_at, after.settled_at) == (State.SENT, 1, None, NINE)
    assert fact_of(after, Accepted()) == MessageSent(
        message_id=MESSAGE,
        template="ticket_opened",
        channel="email",
        attempts=1,
        sent_at=NINE,
        header_id=after.header_id,
    )


def test_a_message_kept_in_the_house_is_no_fact() -> None:
    after = tried(message(), Kept(), at=NINE)

    assert (after.state, after.next_attempt_at) == (State.KEPT, None)
    assert fact_of(after, Kept()) is None


def test_a_message_refused_for_good_is_told_without_the_address() -> None:
    after = tried(message(), UNKNOWN, at=NINE)

    assert (after.state, after.error) == (State.FAILED, "<ana@cliente.example> unknown")
    assert fact_of(after, UNKNOWN) == MessageFailed(
        message_id=MESSAGE, template="ticket_opened", channel="email", attempts=1, error="550 5.1.1", failed_at=NINE
    )


def test_a_message_put_off_waits_and_nothing_is_told() -> None:
    after = tried(message(), BUSY, at=NINE)

    assert (after.state, after.next_attempt_at) == (State.WAITING, NINE + timedelta(minutes=1))
    assert (after.first_attempt_at, after.error) == (NINE, "greylisted")
    assert fact_of(after, BUSY) is None


def test_the_delays_double_from_a_minute_to_six_hours_and_end_after_a_day() -> None:
    tries = tried_until_the_end(message())

    minutes = [int((at - NINE).total_seconds() // 60) for at in tries]
    assert minutes == [0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 871, 1231, 1440]


def tried_until_the_end(one: Message) -> list[datetime]:
    """The instants at which a message is tried while every try is put off."""
    tries = []
    while one.next_attempt_at is not None:
        tries.append(one.next_attempt_at)
        one = tried(one, BUSY, at=one.next_attempt_at)
    assert one.state is State.FAILED
    assert fact_of(one, BUSY) is not None
    return tries


def test_a_house_that_was_down_for_two_days_still_tries_for_a_day() -> None:
    after = tried(message(), BUSY, at=NINE + timedelta(days=2))

    assert after.next_attempt_at == NINE + timedelta(days=2, minutes=1)


def test_a_message_that_is_tried_is_nobody_else_s_for_a_minute_and_a_half() -> None:
    leased = lease(message(), at=NINE)

    assert (leased.next_attempt_at, leased.attempts) == (NINE + timedelta(seconds=90), 1)


def test_only_a_server_that_is_away_puts_everything_off() -> None:
    assert put_off_until(AWAY, at=NINE) == NINE + timedelta(minutes=1)
    assert put_off_until(BUSY, at=NINE) is None
    assert put_off_until(Accepted(), at=NINE) is None


def test_what_is_settled_is_not_tried_again() -> None:
    sent = tried(message(), Accepted(), at=NINE)

    with pytest.raises(AssertionError):
        settle(sent, Accepted(), at=NINE)


@given(late=st.lists(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=3)), max_size=40))
def test_however_late_the_clock_is_a_message_waits_or_is_settled_never_neither(late: list[timedelta]) -> None:
    one, now = message(), NINE
    for delay in late:
        if one.next_attempt_at is None:
            break
        now = max(now, one.next_attempt_at) + delay
        one = tried(one, BUSY, at=now)
        assert one.next_attempt_at is None or now < one.next_attempt_at <= NINE + timedelta(days=5)
    assert (one.state is State.WAITING) == (one.next_attempt_at is not None)
