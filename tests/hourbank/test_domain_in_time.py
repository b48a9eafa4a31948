"""What time brings, on the pure rules: grants, expiry, warnings, statements (2.2, 2.3, N26)."""

from __future__ import annotations

from datetime import date

import pytest

from services.hourbank import domain
from services.hourbank.domain import EntryKind
from shared.events.hourbank import (
    BalanceDepleted,
    BalanceLow,
    HoldRefused,
    HoursGranted,
    HoursHeld,
    LotExpired,
    LotExpiring,
)
from tests.hourbank.pure import Bank, calendar, terms_of, wall


def test_s06_on_the_thirteenth_grant_the_first_lot_expires_first() -> None:
    most = {}
    for plan in ("START", "BASIC", "ADVANCED"):
        bank = Bank.opened(plan, "2025-12-01")
        bank.tick("2026-11-30T23:00")
        before = bank.account.balance_minutes
        bank.tick("2026-12-01T00:00")
        most[plan] = (before, bank.account.balance_minutes)
        at_midnight = [entry.kind for entry in bank.entries if entry.local_date == date(2026, 12, 1)]
        assert at_midnight == [EntryKind.EXPIRE, EntryKind.GRANT]

    assert most == {"START": (2160, 2160), "BASIC": (5040, 5040), "ADVANCED": (10800, 10800)}


def test_s07_only_the_unused_rest_of_a_lot_expires() -> None:
    bank = Bank.opened("START", "2025-12-01")

    bank.approve(bank.estimate("T1", 100, at="2026-03-10T09:00"), at="2026-03-10T09:00")
    bank.close("T1", 100, at="2026-03-10T12:00")
    bank.tick("2026-12-01T00:00")

    lot = bank.account.lots[0]
    assert (lot.granted_minutes, lot.consumed_minutes, lot.expired_minutes, lot.available_minutes) == (180, 100, 80, 0)
    assert bank.account.balance_minutes == 2160


def test_s08_held_minutes_outlive_their_lot_and_expire_when_they_come_back() -> None:
    bank = Bank.opened("START", "2025-12-01")
    estimate = bank.estimate("T1", 100, at="2026-11-30T10:00")

    bank.tick("2026-12-01T00:00")
    while_held = bank.account.lots[0]
    bank.decline(estimate, at="2026-12-02T10:00")

    assert (while_held.held_minutes, while_held.expired_minutes) == (100, 80)
    lot = bank.account.lots[0]
    assert (lot.held_minutes, lot.available_minutes, lot.expired_minutes) == (0, 0, 180)
    assert [fact.reason for fact in bank.told(LotExpired) if isinstance(fact, LotExpired)] == [
        "validity",
        "released_after_expiry",
    ]


def test_s20_a_contract_that_begins_on_the_tenth_has_a_prorated_lot_with_its_own_year() -> None:
    bank = Bank.opened("BASIC", "2026-11-10")
    first = bank.account.lots[0]

    bank.tick("2026-12-01T00:00")

    assert (first.granted_minutes, first.terms.expires_date) == (294, date(2027, 11, 10))
    assert [lot.granted_minutes for lot in bank.account.lots] == [294, 420]
    assert bank.account.balance_minutes == 714


@pytest.mark.parametrize(("first_cycle", "lots"), [("prorated", [126, 180]), ("full", [180, 180]), ("skip", [180])])
def test_the_first_cycle_is_prorated_full_or_skipped(first_cycle: str, lots: list[int]) -> None:
    bank = Bank.opened("START", "2026-11-10", first_cycle=first_cycle)

    bank.tick("2026-12-01T00:00")

    assert [lot.granted_minutes for lot in bank.account.lots] == lots


def test_a_contract_of_the_future_holds_nothing_before_it_begins() -> None:
    bank = Bank.opened("START", "2026-12-01", at="2026-11-21T10:00")

    bank.estimate("T1", 60, at="2026-11-22T10:00")
    refused = bank.told(HoldRefused)[0]
    bank.estimate("T2", 60, at="2026-12-01T09:00")

    assert isinstance(refused, HoldRefused)
    assert refused.rule == "contract_not_started"
    assert [fact.minutes_held for fact in bank.told(HoursHeld) if isinstance(fact, HoursHeld)] == [60]


def test_a_lot_is_warned_of_60_30_and_7_days_before_its_end_for_what_would_lapse() -> None:
    bank = Bank.opened("START", "2026-01-01")
    bank.tick("2026-12-01T00:00")
    bank.estimate("T1", 80, at="2026-12-01T10:00")
    bank.tick("2027-01-02T00:00")

    warnings = [fact for fact in bank.told(LotExpiring) if isinstance(fact, LotExpiring)]
    first_lot = [(one.days_left, one.minutes) for one in warnings if one.expires_date == date(2027, 1, 1)]
    assert first_lot == [(60, 180), (30, 100), (7, 100)]


def test_a_back_dated_account_is_warned_once_of_each_lot_that_is_near_its_end() -> None:
    bank = Bank.opened("START", "2026-01-01", at="2026-12-12T09:00")

    warnings = [fact for fact in bank.told(LotExpiring) if isinstance(fact, LotExpiring)]
    assert [(str(one.expires_date), one.days_left) for one in warnings] == [("2027-01-01", 20), ("2027-02-01", 51)]
    assert len(bank.told(HoursGranted)) == 12


def test_the_balance_is_low_once_and_depleted_once_until_a_top_up() -> None:
    bank = Bank.opened("START", "2026-11-01")
    for number, minutes in enumerate((143, 1, 10, 26, 0)):
        if minutes:
            bank.estimate(f"T{number}", minutes, at="2026-11-10T10:00")
    low = [fact for fact in bank.told(BalanceLow) if isinstance(fact, BalanceLow)]
    depleted = [fact for fact in bank.told(BalanceDepleted) if isinstance(fact, BalanceDepleted)]
    assert [(fact.available_minutes, fact.threshold_minutes) for fact in low] == [(36, 36)]
    assert [fact.held_minutes for fact in depleted] == [180]

    bank.cancel("T0", at="2026-11-11T10:00")
    bank.estimate("T9", 143, at="2026-11-11T11:00")
    assert len(bank.told(BalanceDepleted)) == 1

    bank.tick("2026-12-01T00:00")
    bank.estimate("T10", 180, at="2026-12-01T10:00")
    assert len(bank.told(BalanceLow)) == 1
    assert len(bank.told(BalanceDepleted)) == 2


def test_terms_that_cannot_be_carried_out_are_refused() -> None:
    for wrong in ({"monthly_minutes": -1}, {"validity_months": 0}, {"first_cycle": "half"}):
        with pytest.raises(domain.TermsUnusable):
            domain.open_account(
                terms_of("START", "2026-11-01", **wrong), domain.Policy(), calendar(), at=wall("2026-11-01T00:00")
            )


def test_a_lot_of_29_february_ends_on_28_february() -> None:
    bank = Bank.opened("START", "2024-02-29")

    assert bank.account.lots[0].terms.expires_date == date(2025, 2, 28)
    bank.tick("2025-02-27T23:59:59")
    assert bank.account.lots[0].expired_minutes == 0
    bank.tick("2025-02-28T00:00")
    assert bank.account.lots[0].expired_minutes == 6


def test_midnights_are_where_the_zone_begins_its_days() -> None:
    bank = Bank.opened("START", "2018-11-01", validity_months=1, policy=domain.Policy(expiring_days=(27,)))

    due = domain.next_due_at(bank.account)

    assert due is not None
    assert due.isoformat() == "2018-11-04T03:00:00+00:00"


def test_a_statement_is_due_on_the_first_business_day_and_closes_its_month_to_postings() -> None:
    bank = Bank.opened("START", "2026-10-01", at="2026-11-02T09:00")
    assert (bank.account.next_statement, bank.account.statement_due_at) == (date(2026, 10, 1), wall("2026-11-03T08:00"))
    bank.approve(bank.estimate("T1", 60, at="2026-10-31T10:00"), at="2026-10-31T10:00")
    october = domain.summarize("2026-10", [])
    bank.account = domain.written(domain.issue_statement(bank.account, october, calendar()))

    debit = bank.close("T1", 60, at="2026-10-31T18:00")

    assert bank.account.statement_due_at == wall("2026-12-01T08:00")
    assert bank.entries[-1].local_date == debit.local_date == date(2026, 11, 1)


def test_a_contract_activated_after_the_day_of_issue_has_its_first_statement_next_month() -> None:
    bank = Bank.opened("START", "2026-08-01", at="2026-11-23T09:00")

    assert bank.account.next_statement == date(2026, 11, 1)
