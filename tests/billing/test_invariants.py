"""Invariants 16, 17, 18 and 20 of domain 2.12 over the real store, with counts of what the examples reached."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.billing import domain, store
from services.billing.domain import Contract, Month
from shared.calendar import business_calendar
from shared.clock import VirtualClock
from shared.db import Database
from shared.events.hourbank import OverageAccrued
from shared.migrations import migrate
from shared.money import price_of_minutes
from tests.billing.shops import Billing, local, overage_of, section

FIRST_DAY = date(2026, 10, 20)
DAYS = 170  # the run of April takes what is told last
ZONES = ("America/Sao_Paulo", "America/Manaus", "America/Noronha")
PLANS = ("START", "BASIC", "ADVANCED")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """A contract of a story: signed so many days after the story's first day."""

    day: int
    plan: str | None
    start_offset_days: int
    first_cycle: str
    zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """A ticket of a contract that closes with overage, at a local wall time, told so many hours later."""

    contract: int
    day: int
    clock_minutes: int
    minutes: int
    delay_hours: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What happens, and on which days the server is down until the evening of the third day after."""

    signings: tuple[Signing, ...]
    closes: tuple[Close, ...]
    outages: tuple[int, ...]


signings = st.builds(
    Signing,
    day=st.integers(0, 40),
    plan=st.sampled_from((*PLANS, None)),
    start_offset_days=st.sampled_from((-70, -20, -1, 0, 0, 0, 1, 15)),
    first_cycle=st.sampled_from(("prorated", "full", "skip")),
    zone=st.sampled_from(ZONES),
)
closes = st.builds(
    Close,
    contract=st.integers(0, 2),
    # Near the ends of months, where the month of an overage and its run are decided.
    day=st.sampled_from((45, 60, 71, 72, 73, 74, 90, 102, 103, 104, 105)),
    clock_minutes=st.sampled_from((0, 1, 479, 480, 481, 1380, 1439)),
    minutes=st.integers(1, 900),
    delay_hours=st.sampled_from((0, 0, 1, 30, 800)),
)
stories = st.builds(
    Story,
    signings=st.lists(signings, min_size=1, max_size=3).map(tuple),
    closes=st.lists(closes, max_size=8).map(tuple),
    outages=st.lists(st.sampled_from((42, 71, 73, 105)), max_size=1).map(tuple),
)


@dataclass(slots=True, kw_only=True)
class Stage:
    """One database for all examples: each plays in a tenant of its own."""

    loop: asyncio.Runner
    database: Database
    numbers: Iterator[int]
    reached: Counter[str]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A migrated SQLite database that is not worth an fsync."""
    url = f"sqlite:///{tmp_path / 'invariants.db'}"
    with asyncio.Runner() as loop:
        database = Database(url, service="billing", clock=VirtualClock(local("2000-01-01")), durable=False)
        loop.run(migrate(database, "services.billing.migrations"))
        yield Stage(loop=loop, database=database, numbers=count(1), reached=Counter())
        loop.run(database.close())


@dataclass(slots=True, kw_only=True)
class Played:
    """What a story left behind."""

    contracts: list[Contract]
    heard: dict[OverageAccrued, datetime]
    issued: list[store.Issued]


async def play(stage: Stage, story: Story, *, shuffle: int | None = None) -> Played:
    """Play a story day by day; facts of one instant are delivered in an order that `shuffle` chooses."""
    tenant = f"tenant-{next(stage.numbers)}"
    clock = VirtualClock(local(FIRST_DAY))
    stage.database.clock = clock
    billing = Billing(database=stage.database, clock=clock, tenant=tenant)
    await billing.open()
    contracts = [await _sign(billing, one) for one in sorted(story.signings, key=lambda one: one.day)]
    deliveries = [(fact, at) for close in story.closes if (told := _fact(contracts, close)) for fact, at in [told]]
    random.Random(shuffle).shuffle(deliveries)  # noqa: S311  repeatable on purpose
    deliveries.sort(key=lambda one: one[1])
    for fact, at in deliveries:
        await _move(billing, story, at)
        await billing.hear(fact)
    await _move(billing, story, local(FIRST_DAY + timedelta(days=DAYS)))
    return Played(contracts=contracts, heard=dict(deliveries), issued=list(await billing.invoices()))


async def _sign(billing: Billing, one: Signing) -> Contract:
    day = FIRST_DAY + timedelta(days=one.day)
    await billing.move_to(max(local(day, "10:00"), billing.clock.now()))
    start = day + timedelta(days=one.start_offset_days)
    return await billing.sign(
        one.plan,
        start.isoformat(),
        kind="recurring" if one.plan else "one_off",
        first_cycle=one.first_cycle,
        timezone=one.zone,
    )


def _fact(contracts: list[Contract], close: Close) -> tuple[OverageAccrued, datetime] | None:
    if close.contract >= len(contracts):
        return None
    contract = contracts[close.contract]
    midnight = datetime.combine(FIRST_DAY + timedelta(days=close.day), datetime.min.time(), ZoneInfo(contract.timezone))
    at = midnight + timedelta(minutes=close.clock_minutes)
    fact = overage_of(contract, close.minutes, closed_at=at, ticket_number=close.minutes)
    return fact, at + timedelta(hours=close.delay_hours)


async def _move(billing: Billing, story: Story, instant: datetime) -> None:
    """Let time pass; during an outage nothing runs, and what was due runs when it is over."""
    for outage in sorted(story.outages):
        begins = local(FIRST_DAY + timedelta(days=outage))
        ends = begins + timedelta(days=3, hours=20)
        if begins <= instant and billing.clock.now() < ends:
            await billing.move_to(max(begins, billing.clock.now()))
            billing.sleep_until(max(min(instant, ends), billing.clock.now()))
            if instant < ends:
                return
            await billing.catch_up()
    await billing.move_to(max(instant, billing.clock.now()))


def scheduled(contract: Contract, month: Month) -> datetime:
    """Eight o'clock, in the contract's zone, of the first business day of a month: computed without the code."""
    calendar = business_calendar(section().calendars["business"])
    day = calendar.first_business_day(month.year, month.month)
    return datetime.combine(day, datetime.min.time(), ZoneInfo(contract.timezone)) + timedelta(hours=8)


def check_money(played: Played) -> None:
    """Invariant 16: totals are the sums of lines, and overage lines are what was accrued, month by month."""
    accrued: Counter[tuple[object, str]] = Counter()
    for fact in played.heard:
        accrued[fact.contract_id, fact.billing_month] += fact.cents
    invoiced: Counter[tuple[object, str]] = Counter()
    for issued in played.issued:
        lines = issued.invoice.lines
        assert issued.invoice.total_cents == sum(line.cents for line in lines) > 0
        for line in lines:
            if line.kind == "overage":
                invoiced[issued.invoice.contract_id, line.period] += line.cents
    assert invoiced == accrued


def check_months(stage: Stage, story: Story, played: Played) -> None:
    """Invariant 17: every overage lands on exactly one invoice, made by the first run after its month that it could."""
    by_id = {contract.id: contract for contract in played.contracts}
    landed = Counter(line.overage_id for one in played.issued for line in one.invoice.lines if line.overage_id)
    assert landed == Counter(fact.overage_id for fact in played.heard)
    where = {line.overage_id: one for one in played.issued for line in one.invoice.lines}
    for fact, told_at in played.heard.items():
        issued = where[fact.overage_id]
        run = scheduled(by_id[fact.contract_id], Month.read(fact.billing_month).next())
        if told_at < run and not story.outages:
            assert issued.invoice.issue_date == run.date()
            stage.reached["overage on time"] += 1
        elif told_at >= run and not story.outages:
            assert issued.invoice.issue_date > run.date()
            stage.reached["overage after its run"] += 1
        assert issued.finalized_at >= run


def check_fees(stage: Stage, played: Played) -> None:
    """Every month of a recurring contract is charged exactly once, the first one as agreed."""
    for contract in played.contracts:
        lines = [line for one in played.issued if one.invoice.contract_id == contract.id for line in one.invoice.lines]
        fees = [line for line in lines if line.kind == "plan_fee"]
        start = Month.of(contract.start_date)
        first = start.next() if contract.first_cycle == "skip" else start
        expected = first.until(Month.of(FIRST_DAY + timedelta(days=DAYS))) if contract.kind == "recurring" else ()
        assert [line.period for line in sorted(fees, key=lambda line: line.period)] == [str(one) for one in expected]
        stage.reached["first month prorated"] += any("dias" in line.description for line in fees)
        stage.reached["fees caught up"] += any(
            sum(line.kind == "plan_fee" for line in one.invoice.lines) > 1 for one in played.issued
        )


def check_numbers(played: Played) -> None:
    """Numbers have no gap in a year, and an invoice is never issued before the one with the number before it."""
    by_year: dict[int, list[store.Issued]] = {}
    for issued in played.issued:
        by_year.setdefault(issued.invoice.issue_date.year, []).append(issued)
    for year, several in by_year.items():
        in_order = sorted(several, key=lambda one: one.invoice.number)
        expected = [f"A-{year}/{place:05d}" for place in range(1, len(several) + 1)]
        assert [one.invoice.number for one in in_order] == expected
        # Instants, not dates: where it is half past midnight in one contract's zone, it is the day before in another's.
        assert [one.finalized_at for one in in_order] == sorted(one.finalized_at for one in several)
    assert len({(one.invoice.contract_id, one.invoice.month) for one in played.issued}) == len(played.issued)


REACHED = (
    "overage on time",
    "overage after its run",
    "first month prorated",
    "fees caught up",
    "late runs",
    "one-off contracts",
    "overage lines",
)


def test_16_and_17_money_and_months(stage: Stage) -> None:
    @settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(story=stories)
    def run(story: Story) -> None:
        played = stage.loop.run(play(stage, story))
        check_money(played)
        check_months(stage, story, played)
        check_fees(stage, played)
        check_numbers(played)
        by_id = {contract.id: contract for contract in played.contracts}
        stage.reached["late runs"] += sum(
            one.invoice.issue_date > scheduled(by_id[one.invoice.contract_id], Month.read(one.invoice.month)).date()
            for one in played.issued
            if one.invoice.month > str(Month.of(by_id[one.invoice.contract_id].start_date))
        )
        stage.reached["one-off contracts"] += sum(contract.kind == "one_off" for contract in played.contracts)
        stage.reached["overage lines"] += len(played.heard)

    run()

    print(dict(stage.reached))
    assert [name for name in REACHED if not stage.reached[name]] == []


@given(
    minutes=st.integers(0, 100_000),
    more=st.integers(1, 1000),
    price=st.integers(0, 10_000_000),
    dearer=st.integers(0, 99),
)
def test_18_more_overage_never_costs_less(minutes: int, more: int, price: int, dearer: int) -> None:
    assert price_of_minutes(minutes + more, price) >= price_of_minutes(minutes, price)
    assert price_of_minutes(minutes, price + dearer) >= price_of_minutes(minutes, price)


@given(minutes=st.integers(0, 100_000), discount=st.integers(0, 99), price=st.integers(1, 1_000_000))
def test_18_a_larger_package_is_never_suggested_for_less(minutes: int, discount: int, price: int) -> None:
    small = domain.suggested_price(minutes, full_hour_price_cents=price, discount_percent=discount)
    large = domain.suggested_price(minutes + 1, full_hour_price_cents=price, discount_percent=discount)

    assert large >= small
    assert small <= price_of_minutes(minutes, price) + 1


def test_20_neither_the_servers_zone_nor_the_order_of_delivery_changes_an_invoice(stage: Stage) -> None:
    zone_before = os.environ.get("TZ")

    def invoices(story: Story, *, zone: str, shuffle: int) -> list[tuple[object, ...]]:
        os.environ["TZ"] = zone
        time.tzset()
        played = stage.loop.run(play(stage, story, shuffle=shuffle))
        places = {contract.id: place for place, contract in enumerate(played.contracts)}
        return sorted(
            (
                places[one.invoice.contract_id],
                one.invoice.month,
                one.invoice.issue_date,
                one.invoice.due_date,
                sorted((line.kind, line.period, line.description, line.cents) for line in one.invoice.lines),
            )
            for one in played.issued
        )

    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(story=stories, shuffle=st.integers(0, 1000))
    def run(story: Story, shuffle: int) -> None:
        here = invoices(story, zone="Pacific/Kiritimati", shuffle=0)
        there = invoices(story, zone="Pacific/Pago_Pago", shuffle=shuffle)
        assert here == there
        stage.reached["invoices compared"] += len(here)

    try:
        run()
    finally:
        os.environ.pop("TZ", None) if zone_before is None else os.environ.update(TZ=zone_before)
        time.tzset()

    print(dict(stage.reached))
    assert stage.reached["invoices compared"] > 0
