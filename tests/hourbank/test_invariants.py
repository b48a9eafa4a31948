"""The invariants of 2.12 on the pure rules: a stateful machine that says how often it got where it hurts."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

from services.hourbank import domain
from services.hourbank.domain import Entry
from shared.money import price_of_minutes
from tests.hourbank.contract_machine import ContractLife
from tests.hourbank.machine import HourBank
from tests.hourbank.oracle import MUST_BE_REACHED, MUST_BE_REACHED_IN_STORE, reached
from tests.hourbank.pure import Bank
from tests.hourbank.stored_machine import StoredLife, prepare

ATTEMPTS = 3
STORIES = settings(
    max_examples=220,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
IN_TABLES = settings(STORIES, max_examples=12, stateful_step_count=25, phases=[Phase.generate])


def test_years_of_an_account_keep_every_invariant(capsys: pytest.CaptureFixture[str]) -> None:
    live(ContractLife, STORIES, MUST_BE_REACHED)

    with capsys.disabled():
        print("\nhourbank, reached: " + ", ".join(f"{name} {reached[name]}" for name in MUST_BE_REACHED))
    assert missed(MUST_BE_REACHED) == [], "a run that never got there proves nothing about it"


def test_years_of_an_account_in_the_tables_are_what_the_rules_say(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    StoredLife.empty = tmp_path / "empty.db"
    prepare(StoredLife.empty)

    live(StoredLife, IN_TABLES, MUST_BE_REACHED_IN_STORE)

    with capsys.disabled():
        print(
            "\nhourbank's store, reached: " + ", ".join(f"{name} {reached[name]}" for name in MUST_BE_REACHED_IN_STORE)
        )
    assert missed(MUST_BE_REACHED_IN_STORE) == [], "a run that never got there proves nothing about it"


def live(machine: type[HourBank], stories: settings, wanted: tuple[str, ...]) -> None:
    """Live many lives: the same ones first, others where a rare case was missed, so that chance decides nothing."""
    reached.clear()
    for attempt in range(ATTEMPTS):
        run_state_machine_as_test(machine, settings=settings(stories, derandomize=attempt == 0))
        if not missed(wanted):
            return


def missed(wanted: tuple[str, ...]) -> list[str]:
    """What was never met."""
    return [name for name in wanted if reached[name] == 0]


@given(minutes=st.integers(0, 100_000), more=st.integers(0, 1000), hour_price_cents=st.integers(0, 10_000_000))
def test_more_minutes_never_cost_less(minutes: int, more: int, hour_price_cents: int) -> None:
    assert price_of_minutes(minutes + more, hour_price_cents) >= price_of_minutes(minutes, hour_price_cents)


@pytest.fixture
def zone_of_the_server() -> Iterator[None]:
    """Puts the process's own zone back."""
    kept = os.environ.get("TZ")
    yield
    if kept is None:
        os.environ.pop("TZ", None)
    else:
        os.environ["TZ"] = kept
    time.tzset()


def test_the_servers_zone_changes_nothing(zone_of_the_server: None) -> None:
    ledgers = []
    for zone in ("UTC", "Asia/Tokyo", "America/Los_Angeles"):
        os.environ["TZ"] = zone
        time.tzset()
        ledgers.append(_a_year())

    assert ledgers[0] == ledgers[1] == ledgers[2]


def test_facts_of_two_accounts_in_any_order_give_the_same_ledgers() -> None:
    in_turns = (Bank.opened("START", "2026-08-10"), Bank.opened("BASIC", "2026-08-01", timezone="America/Manaus"))
    one_by_one = (Bank.opened("START", "2026-08-10"), Bank.opened("BASIC", "2026-08-01", timezone="America/Manaus"))

    for step in range(4):
        for bank in in_turns:
            _step(bank, step)
    for bank in one_by_one[::-1]:
        for step in range(4):
            _step(bank, step)

    assert [bank.entries for bank in in_turns] == [bank.entries for bank in one_by_one]


def _step(bank: Bank, step: int) -> None:
    estimate = bank.estimate(f"T{step}", 300, at=f"2026-1{step % 3}-10T23:30")
    bank.approve(estimate, at=f"2026-1{step % 3}-11T00:30")
    bank.close(f"T{step}", 250, at=f"2026-1{step % 3}-30T23:59")


def _a_year() -> list[Entry]:
    bank = Bank.opened("START", "2025-12-05")
    for month in range(1, 10):
        bank.approve(bank.estimate(f"T{month}", 200, at=f"2026-0{month}-28T23:30"), at=f"2026-0{month}-28T23:40")
        bank.close(f"T{month}", 190, at=f"2026-0{month}-28T23:59")
    bank.tick("2027-01-01T00:00")
    assert domain.fold(bank.entries) == bank.account.lots
    return bank.entries
