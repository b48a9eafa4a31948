"""Laws of the fold, over random lives of tickets: batches, replay, open hours, nothing negative, verdicts final."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.sla import domain
from services.sla.domain import AnyFact, Clock, Metric, State, Ticket
from services.sla.domain.telling import Said
from shared.calendar import business_calendar
from shared.clock import VirtualClock
from shared.db import Database
from shared.events import Event
from shared.migrations import migrate
from tests.sla import folding
from tests.sla.shops import REF, SAO_PAULO, Life, Sla, at, section, terms

STATES = ("awaiting_customer", "awaiting_approval", "blocked", "scheduled")
PRIORITIES = ("low", "medium", "high")
BOOK = {REF: terms("blocktime")}
BUSINESS = business_calendar(section("blocktime").calendars["business"].spec("business"))
COVERED: Counter[str] = Counter()

Step = tuple[str, str]
"""What happens, and of which state or priority."""

steps = st.one_of(
    st.tuples(st.just("attended"), st.just("")),
    st.tuples(st.sampled_from(("began", "over", "began", "over")), st.sampled_from(STATES)),
    st.tuples(st.just("prioritised"), st.sampled_from(PRIORITIES)),
    st.tuples(st.just("promised"), st.just("")),
    st.tuples(st.sampled_from(("resolved", "reopened", "cancelled")), st.just("")),
)
# Minutes to days: near the targets (30, 120, 240 minutes) and across nights, weekends and the holiday of 20 November.
gaps = st.one_of(st.sampled_from((0, 1, 30, 60, 120, 240)), st.integers(0, 60 * 24 * 4))
lives = st.tuples(
    st.integers(0, 60 * 24 * 7), st.sampled_from((None, *PRIORITIES)), st.lists(st.tuples(gaps, steps), max_size=12)
)
Drawn = tuple[int, str | None, list[tuple[int, Step]]]

START = at("2026-11-16T06:00")


def wall(instant: datetime) -> str:
    """An instant as the builders of facts read it."""
    return instant.astimezone(SAO_PAULO).replace(tzinfo=None).isoformat()


def facts_of(drawn: Drawn) -> list[AnyFact]:
    """The facts of a random life."""
    offset, priority, happened = drawn
    now = START + timedelta(minutes=offset)
    facts: list[AnyFact] = [folding.opening(wall(now), life=Life(priority=priority))]
    for minutes, (what, of) in happened:
        now += timedelta(minutes=minutes)
        facts.append(_fact(what, of, wall(now), now))
    return facts


def _fact(what: str, of: str, when: str, now: datetime) -> AnyFact:
    if what == "promised":
        return folding.promised(when, wall(now + timedelta(hours=30)))
    if what == "cancelled":
        return domain.Cancelled(id=folding.new_id(), at=now)
    made: AnyFact = getattr(folding, what)(when, of) if of else getattr(folding, what)(when)
    return made


def fold(facts: Sequence[AnyFact]) -> Ticket:
    return domain.fold(facts, BOOK)


@settings(max_examples=150, deadline=None)
@given(lives)
def test_a_running_clock_is_due_in_open_hours_or_at_their_end(drawn: Drawn) -> None:
    for clock in fold(facts_of(drawn)).clocks:
        if clock.metric is Metric.ATTENDANCE and clock.calendar_name == "business":
            COVERED["due"] += 1
            instants = [clock.due_at, *(level.at for level in clock.levels)]
            assert all(
                BUSINESS.is_open(instant) or BUSINESS.elapsed(instant - timedelta(seconds=1), instant) == 1
                for instant in instants
            )


@settings(max_examples=150, deadline=None)
@given(lives)
def test_nothing_is_negative_and_levels_rise(drawn: Drawn) -> None:
    for clock in fold(facts_of(drawn)).clocks:
        COVERED[clock.state] += 1
        assert clock.remaining_seconds is None or clock.remaining_seconds >= 0
        assert clock.elapsed_seconds is None or clock.elapsed_seconds >= 0
        assert [level.at for level in clock.levels] == sorted(level.at for level in clock.levels)
        assert (clock.next_due_at is not None) == (clock.state is State.RUNNING)
        assert clock.state is not State.MET or (clock.ended_at is not None and clock.ended_at <= clock.due_at)
        assert clock.state is not State.BREACHED or clock.ended_at == clock.due_at


@settings(max_examples=150, deadline=None)
@given(lives)
def test_a_verdict_is_final_and_generations_rise(drawn: Drawn) -> None:
    facts = facts_of(drawn)
    ended: dict[Any, Clock] = {}
    for count in range(1, len(facts) + 1):
        clocks = fold(facts[:count]).clocks
        for clock in clocks:
            verdict = replace(clock, settled_at=None)  # what was broken may still be made good
            assert ended.get(clock.id, verdict) == verdict
        ended |= {clock.id: replace(clock, settled_at=None) for clock in clocks if not clock.is_open}
        for metric in Metric:
            generations = [clock.generation for clock in clocks if clock.metric is metric]
            assert generations == sorted(set(generations))
            assert sum(clock.is_open for clock in clocks if clock.metric is metric) <= 1


@settings(max_examples=150, deadline=None)
@given(lives)
def test_a_fact_that_changes_nothing_can_be_left_out(drawn: Drawn) -> None:
    facts = facts_of(drawn)
    kept = [facts[0]]
    for fact in facts[1:]:
        if domain.changes_nothing(fold(kept), fact, BOOK):
            COVERED["left out"] += 1
        else:
            kept.append(fact)

    later = max(fact.at for fact in facts)
    assert [_until(clock, later) for clock in fold(kept).clocks] == [
        _until(clock, later) for clock in fold(facts).clocks
    ]


def _until(clock: Clock, instant: datetime) -> Clock:
    """What fell due before an instant is broken, whether a fact or the job says so."""
    return domain.pass_time(clock, until=instant - timedelta(microseconds=1))


@settings(max_examples=150, deadline=None)
@given(lives, st.lists(st.integers(0, 60 * 24 * 12), min_size=1, max_size=4))
def test_whoever_announces_first_it_is_said_once_and_ends_up_the_same(drawn: Drawn, looks: list[int]) -> None:
    facts = facts_of(drawn)
    visits = sorted(START + timedelta(minutes=look, seconds=1) for look in looks)
    kept: dict[Any, Clock] = {}
    told: list[str] = []
    for count, fact in enumerate(facts, start=1):
        for visit in [one for one in visits if one <= fact.at]:
            kept, said = _announce(kept, visit)
            told += said
        kept, said = _settle(kept, fold(facts[:count]), fact)
        told += said
    last = max(visits[-1], facts[-1].at)
    kept, said = _announce(kept, last)
    told += said

    assert list(kept.values()) == [domain.pass_time(clock, until=last) for clock in fold(facts).clocks]
    assert "BreachRevised" not in told  # nobody looked ahead of the facts
    assert told.count("SlaBreached") == sum(clock.state is State.BREACHED for clock in kept.values())
    COVERED["breaches told"] += told.count("SlaBreached")


@settings(max_examples=150, deadline=None)
@given(lives, st.lists(st.integers(0, 60 * 24 * 3), min_size=13, max_size=13))
def test_however_late_facts_come_they_decide_and_each_winding_breaks_once(drawn: Drawn, late: list[int]) -> None:
    facts = facts_of(drawn)
    kept: dict[Any, Clock] = {}
    broken: Counter[tuple[str, int]] = Counter()
    revised = 0
    last = facts[0].at
    for count, (fact, minutes) in enumerate(zip(facts, late, strict=False), start=1):
        last = max(last, fact.at + timedelta(minutes=minutes))
        settled, said = _settle(kept, fold(facts[:count]), fact)
        revised += said.count("BreachRevised")
        announced, _ = _announce(settled, last)
        broken.update(_newly_broken(kept, settled) + _newly_broken(settled, announced))
        kept = announced

    folded = [domain.pass_time(clock, until=last) for clock in fold(facts).clocks]
    assert [replace(clock, percent_said=0) for clock in kept.values()] == [
        replace(clock, percent_said=0) for clock in folded
    ]
    assert all(times == 1 for times in broken.values())
    COVERED["breaches revised"] += revised


def _newly_broken(before: dict[Any, Clock], after: dict[Any, Clock]) -> list[tuple[str, int]]:
    ended = {clock.id for clock in before.values() if clock.state is State.BREACHED}
    now = [clock for clock in after.values() if clock.state is State.BREACHED and clock.id not in ended]
    return [(clock.metric.value, clock.generation) for clock in now]


def _announce(kept: dict[Any, Clock], visit: datetime) -> tuple[dict[Any, Clock], list[str]]:
    passed = {key: domain.pass_time(clock, until=visit) for key, clock in kept.items()}
    told = [
        type(event).__name__
        for key, before in kept.items()
        for event in domain.tell(before, passed[key], at=visit, now=visit)
    ]
    return passed, told


def _settle(kept: dict[Any, Clock], ticket: Ticket, fact: AnyFact) -> tuple[dict[Any, Clock], list[str]]:
    after: dict[Any, Clock] = {}
    told: list[str] = []
    for clock in ticket.clocks:
        before = kept.get(clock.id)
        said: Said | None = domain.said_of(before) if before else None
        after[clock.id] = domain.reconcile(clock, said)
        told += [type(event).__name__ for event in domain.tell(before, after[clock.id], at=fact.at, now=fact.at)]
    return after, told


MORE_ATTEMPTS = 5  # rare states are looked for again, so that chance decides nothing


def is_covered() -> bool:
    """Whether the laws were tried often enough on what they are about."""
    often = COVERED["due"] > 50 and COVERED["left out"] > 50 and all(COVERED[state] > 5 for state in State)
    return often and COVERED["breaches told"] > 20 and COVERED["breaches revised"] > 20


def test_the_laws_were_tried_on_what_they_are_about() -> None:
    for _ in range(MORE_ATTEMPTS):
        if not is_covered():
            test_a_running_clock_is_due_in_open_hours_or_at_their_end()
            test_nothing_is_negative_and_levels_rise()
            test_a_fact_that_changes_nothing_can_be_left_out()
            test_whoever_announces_first_it_is_said_once_and_ends_up_the_same()
            test_however_late_facts_come_they_decide_and_each_winding_breaks_once()

    print(dict(COVERED))
    assert is_covered()


batches = st.lists(st.integers(1, 6), min_size=1, max_size=12)


@settings(max_examples=12, deadline=None)
@given(st.lists(lives, min_size=1, max_size=3), batches, batches)
def test_batches_do_not_matter_and_a_replay_gives_the_same_bytes(
    drawn: list[Drawn], one: list[int], other: list[int]
) -> None:
    asyncio.run(_through_the_inbox(drawn, one, other))


async def _through_the_inbox(drawn: list[Drawn], one: list[int], other: list[int]) -> None:
    stories = [_events(life) for life in drawn]
    facts = [fact for _, told in stories for fact in told]
    rows = []
    for sizes in (one, other):
        with TemporaryDirectory() as folder:
            sla = await _open(Path(folder))
            for batch in _cut(facts, sizes):
                await sla.hear(*batch)
            found = [[_comparable(row) for row in await sla.rows(life)] for life, _ in stories]
            for life, _ in stories:
                before = await sla.rows(life)
                await sla.replay(life)
                assert await sla.rows(life) == before
            rows.append([sorted(each, key=repr) for each in found])
            await sla.database.close()
    assert rows[0] == rows[1]


async def _open(folder: Path) -> Sla:
    clock = VirtualClock(START)
    database = Database(f"sqlite:///{folder / 'sla.db'}", service="sla", clock=clock, durable=False)
    await migrate(database, "services.sla.migrations")
    sla = Sla(database=database, clock=clock)
    await sla.open()
    return sla


def _events(drawn: Drawn) -> tuple[Life, list[Event]]:
    """The same random life, as ticketing tells it."""
    offset, priority, happened = drawn
    life = Life(priority=priority)
    now = START + timedelta(minutes=offset)
    told: list[Event] = [life.opened(wall(now))]
    for minutes, (what, of) in happened:
        now += timedelta(minutes=minutes)
        told.append(_event(life, what, of, wall(now), now))
    return life, told


def _event(life: Life, what: str, of: str, when: str, now: datetime) -> Event:
    if what == "promised":
        return life.promised(when, wall(now + timedelta(hours=30)))
    names = {"attended": "message", "began": "paused", "over": "resumed", "prioritised": "triaged"}
    make = getattr(life, names.get(what, what))
    made: Event = make(when, of) if of else make(when)
    return made


def _cut(facts: Sequence[Event], sizes: Sequence[int]) -> Iterator[Sequence[Event]]:
    start = 0
    while start < len(facts):
        for size in sizes:
            yield facts[start : start + size]
            start += size


def _comparable(row: dict[str, Any]) -> dict[str, Any]:
    """A row without the id that was drawn for it."""
    return {name: value for name, value in row.items() if name != "id"}


@pytest.fixture(autouse=True, scope="module")
def _fresh_counts() -> None:
    COVERED.clear()
