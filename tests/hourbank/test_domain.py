"""The stories of domain.md section 2 on the pure rules, to the minute and the centavo."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from services.hourbank import domain
from services.hourbank.domain import Approval, HoldState
from shared.events.hourbank import (
    HoursDebited,
    HoursHeld,
    HoursReleased,
    OverageAccrued,
)
from tests.hourbank.pure import Bank, named, wall


def test_s01_a_ticket_draws_the_oldest_lots_first_and_needs_no_approval() -> None:
    bank = Bank.opened("START", "2026-08-01", at="2026-11-23T09:00")
    assert bank.account.balance_minutes == 720

    estimate = bank.estimate("T1", 330, at="2026-11-23T10:00")
    assert (bank.hold(estimate).minutes_over, bank.account.held_minutes, bank.account.available_minutes) == (
        0,
        330,
        390,
    )
    bank.approve(estimate, at="2026-11-23T10:00")
    debit = bank.close("T1", 330, at="2026-11-23T16:00")

    assert [(str(share.effective_date), share.minutes) for share in debit.by_lot] == [
        ("2026-08-01", 180),
        ("2026-09-01", 150),
    ]
    assert bank.available_by_lot() == {"2026-08-01": 0, "2026-09-01": 30, "2026-10-01": 180, "2026-11-01": 180}
    assert (bank.account.balance_minutes, debit.minutes_over) == (390, 0)


def test_s02_what_the_bank_does_not_have_is_overage_at_the_full_price_once_it_is_approved() -> None:
    bank = Bank.opened("START", "2026-11-01")

    estimate = bank.estimate("T1", 330, at="2026-11-10T10:00")
    with pytest.raises(domain.ApprovalPending):
        bank.close("T1", 330, at="2026-11-10T14:00")
    bank.approve(estimate, at="2026-11-10T15:00")
    debit = bank.close("T1", 330, at="2026-11-12T17:00")

    held = bank.told(HoursHeld)[0]
    assert isinstance(held, HoursHeld)
    assert (held.minutes_held, held.minutes_over, held.overage_cents, held.hour_price_cents) == (180, 150, 57500, 23000)
    overage = debit.overages[0]
    assert (overage.minutes, overage.cents, overage.billing_month) == (150, 57500, "2026-11")
    assert bank.account.balance_minutes == 0


def test_a_hold_of_an_expired_lot_is_captured_all_the_same() -> None:
    bank = Bank.opened("START", "2025-12-01")
    bank.approve(bank.estimate("T1", 180, at="2026-11-30T10:00"), at="2026-11-30T10:00")

    debit = bank.close("T1", 180, at="2026-12-03T10:00")

    assert [(str(share.effective_date), share.minutes) for share in debit.by_lot] == [("2025-12-01", 180)]
    assert bank.account.balance_minutes == 2160


def test_s10_additional_hours_have_a_hold_of_their_own_and_what_is_unused_comes_back() -> None:
    bank = Bank.opened("START", "2026-11-01")
    bank.approve(bank.estimate("T1", 120, at="2026-11-09T09:00"), at="2026-11-09T09:00")
    bank.approve(bank.estimate("T1", 60, at="2026-11-10T09:00"), at="2026-11-10T11:00")

    debit = bank.close("T1", 175, at="2026-11-10T16:00")

    assert (debit.minutes, debit.minutes_over, bank.account.balance_minutes) == (175, 0, 5)
    released = bank.told(HoursReleased)[0]
    assert isinstance(released, HoursReleased)
    assert (released.minutes, released.reason, released.available_after) == (5, "closed", 5)


def test_s11_above_the_approved_limit_a_close_is_refused_and_changes_nothing_but_a_write_off_helps() -> None:
    bank = Bank.opened("START", "2026-11-01")
    bank.approve(bank.estimate("T1", 120, at="2026-11-09T09:00"), at="2026-11-09T09:00")
    additional = bank.estimate("T1", 45, at="2026-11-10T09:00")
    while_pending = bank.account.available_minutes
    bank.decline(additional, at="2026-11-10T10:00")
    after_decline = bank.account

    with pytest.raises(domain.ApprovalRequired):
        bank.close("T1", 150, at="2026-11-10T16:00")
    assert bank.account == after_decline
    debit = bank.close("T1", 150, written_off=30, at="2026-11-10T16:00")

    assert (while_pending, after_decline.available_minutes) == (15, 60)
    assert (debit.minutes, debit.minutes_written_off, debit.minutes_over) == (120, 30, 0)
    assert bank.account.balance_minutes == 60


def test_s12_overage_is_rounded_to_the_centavo_once() -> None:
    bank = Bank.opened("BASIC", "2026-11-01")
    bank.approve(bank.estimate("T1", 440, at="2026-11-11T10:00"), at="2026-11-11T11:00")

    debit = bank.close("T1", 440, at="2026-11-12T10:00")

    assert [(one.minutes, one.cents) for one in debit.overages] == [(20, 7667)]


def test_s13_each_tranche_has_its_own_rate_and_its_own_rounding() -> None:
    bank = Bank.opened("START", "2026-11-01")
    bank.approve(bank.estimate("T1", 200, at="2026-11-03T10:00"), at="2026-11-03T10:00")
    dearer = replace(bank.account, terms=replace(bank.account.terms, hour_price_cents=25000))
    bank.account = dearer
    bank.approve(bank.estimate("T1", 50, at="2026-11-04T10:00"), at="2026-11-04T10:00")

    debit = bank.close("T1", 230, at="2026-11-05T10:00")

    assert [(one.minutes, one.hour_price_cents, one.cents) for one in debit.overages] == [
        (20, 23000, 7667),
        (30, 25000, 12500),
    ]
    assert [fact.cents for fact in bank.told(OverageAccrued) if isinstance(fact, OverageAccrued)] == [7667, 12500]


def test_s15_two_professionals_for_45_minutes_are_90_minutes() -> None:
    bank = Bank.opened("START", "2026-11-01")
    bank.approve(bank.estimate("M", 90, at="2026-11-09T09:00"), at="2026-11-09T09:00")

    debit = bank.close("M", 45 * 2, at="2026-11-09T11:00")

    assert (debit.minutes, bank.account.balance_minutes) == (90, 90)


def test_s16_minutes_that_arrive_before_the_close_are_used_too() -> None:
    bank = Bank.opened("START", "2026-10-01")
    bank.approve(bank.estimate("T1", 330, at="2026-10-30T10:00"), at="2026-10-30T11:00")

    debit = bank.close("T1", 330, at="2026-11-03T10:00")

    assert [(str(share.effective_date), share.minutes) for share in debit.by_lot] == [
        ("2026-10-01", 180),
        ("2026-11-01", 150),
    ]
    assert (debit.minutes_over, bank.account.balance_minutes) == (0, 30)


def test_s17_a_declined_quote_gives_back_every_held_minute() -> None:
    bank = Bank.opened("START", "2026-11-01")
    estimate = bank.estimate("T1", 300, at="2026-11-10T10:00")
    waiting = (bank.account.available_minutes, bank.account.held_minutes)

    bank.decline(estimate, at="2026-11-11T10:00")

    assert waiting == (0, 180)
    assert (bank.account.available_minutes, bank.account.held_minutes) == (180, 0)
    assert bank.told(OverageAccrued) == []


def test_s26_the_same_grant_and_the_same_estimate_twice_change_nothing() -> None:
    bank = Bank.opened("START", "2026-11-01")
    estimate = bank.estimate("T1", 100, at="2026-11-10T10:00")
    before = bank.account

    bank.tick("2026-11-10T10:00")
    bank.estimates -= 1
    assert bank.estimate("T1", 100, at="2026-11-10T10:00") == estimate

    assert replace(bank.account, version=before.version) == before
    bank.estimates -= 1
    with pytest.raises(domain.EstimateDiffers):
        bank.estimate("T1", 101, at="2026-11-10T10:00")


def test_a_plan_without_hours_is_overage_from_the_first_minute_and_never_warned_of() -> None:
    bank = Bank.opened("NONE", "2026-11-01", hour_price_cents=30000)
    bank.approve(bank.estimate("T1", 50, at="2026-11-10T10:00"), at="2026-11-10T11:00")
    debit = bank.close("T1", 40, at="2026-11-11T10:00")
    bank.tick("2028-01-01T00:00")

    assert [(one.minutes, one.cents) for one in debit.overages] == [(40, 20000)]
    assert {type(fact) for fact in bank.facts} == {HoursHeld, HoursDebited, OverageAccrued}
    assert domain.next_due_at(bank.account) is None


def test_an_hour_costs_nothing_only_where_the_contract_says_so() -> None:
    free = Bank.opened("NONE", "2026-11-01", hour_price_cents=0)
    free.approve(free.estimate("T1", 50, at="2026-11-10T10:00"), at="2026-11-10T11:00")
    priced = Bank.opened("NONE", "2026-11-01")
    estimate = priced.estimate("T1", 50, at="2026-11-10T10:00")

    assert free.close("T1", 50, at="2026-11-10T12:00").overages[0].cents == 0
    with pytest.raises(domain.ApprovalDiffers):
        domain.approve(
            priced.account,
            Approval(estimate_id=estimate, minutes=50, minutes_over=50, hour_price_cents=0),
            at=priced.at("2026-11-10T10:00"),
        )


def test_a_fact_of_yesterday_heard_after_midnight_is_not_paid_by_the_lot_that_came_at_midnight() -> None:
    bank = Bank.opened("START", "2026-11-01")
    bank.approve(bank.estimate("T1", 200, at="2026-11-30T10:00"), at="2026-11-30T10:00")
    bank.tick("2026-12-01T00:00")

    debit = bank.close("T1", 200, at="2026-11-30T23:59:50")

    assert [(one.minutes, one.billing_month) for one in debit.overages] == [(20, "2026-11")]
    assert bank.available_by_lot()["2026-12-01"] == 180


def test_the_month_is_that_of_the_contracts_zone() -> None:
    bank = Bank.opened("NONE", "2026-10-01", timezone="America/Manaus")
    bank.approve(bank.estimate("T1", 60, at="2026-10-31T20:00"), at="2026-10-31T20:00")

    debit = bank.close("T1", 60, at="2026-10-31T23:30")

    assert debit.debited_at == wall("2026-11-01T00:30")
    assert debit.overages[0].billing_month == "2026-10"


def test_a_cancelled_ticket_gives_back_approved_holds_too() -> None:
    bank = Bank.opened("START", "2026-11-01")
    bank.approve(bank.estimate("T1", 100, at="2026-11-09T09:00"), at="2026-11-09T09:00")
    bank.estimate("T1", 50, at="2026-11-09T10:00")
    bank.estimate("T2", 10, at="2026-11-09T11:00")

    bank.cancel("T1", at="2026-11-10T09:00")
    bank.cancel("T1", at="2026-11-10T09:00")

    assert (bank.account.available_minutes, bank.account.held_minutes) == (170, 10)
    released = [fact for fact in bank.told(HoursReleased) if isinstance(fact, HoursReleased)]
    assert [(fact.minutes, fact.reason, fact.estimate_id) for fact in released] == [(150, "cancelled", None)]
    with pytest.raises(domain.ApprovalRequired):
        bank.close("T1", 1, at="2026-11-10T10:00")


def test_what_was_approved_can_be_neither_declined_nor_approved_otherwise() -> None:
    bank = Bank.opened("START", "2026-11-01")
    estimate = bank.estimate("T1", 330, at="2026-11-10T10:00")
    bank.approve(estimate, at="2026-11-10T15:00")
    before = bank.account

    with pytest.raises(domain.EstimateAnswered):
        bank.decline(estimate, at="2026-11-10T16:00")
    with pytest.raises(domain.ApprovalDiffers):
        domain.approve(
            bank.account,
            Approval(estimate_id=estimate, minutes=330, minutes_over=140, hour_price_cents=23000),
            at=bank.at("2026-11-10T16:00"),
        )
    with pytest.raises(domain.EstimateUnknown):
        bank.decline(named("nobody's"), at="2026-11-10T16:00")

    bank.approve(estimate, at="2026-11-10T16:00")
    assert replace(bank.account, version=before.version) == before


def test_a_new_round_after_the_close_has_its_own_estimate_and_debit() -> None:
    bank = Bank.opened("START", "2026-11-01")
    bank.approve(bank.estimate("T1", 100, at="2026-11-09T09:00"), at="2026-11-09T09:00")
    bank.close("T1", 90, at="2026-11-09T12:00")

    bank.approve(bank.estimate("T1", 30, at="2026-11-10T09:00", round_number=2), at="2026-11-10T09:00")
    with pytest.raises(domain.ApprovalRequired):
        bank.close("T1", 31, at="2026-11-10T12:00", round_number=2)
    debit = bank.close("T1", 30, at="2026-11-10T12:00", round_number=2)

    assert (debit.round, debit.minutes, bank.account.balance_minutes) == (2, 30, 60)


def test_a_purchase_with_less_time_to_live_is_taken_first() -> None:
    bank = Bank.opened("START", "2026-11-01")
    bank.account = domain.written(
        domain.grant(
            bank.account,
            60,
            source="purchase",
            effective_date=date(2026, 11, 5),
            expires_date=date(2026, 12, 5),
            cause=bank.cause("2026-11-05T10:00"),
        )
    )

    estimate = bank.estimate("T1", 100, at="2026-11-05T11:00")

    assert [(str(one.effective_date), one.minutes) for one in bank.hold(estimate).shares] == [
        ("2026-11-05", 60),
        ("2026-11-01", 40),
    ]


def test_what_is_left_of_a_hold_comes_back_to_the_lot_that_expires_last() -> None:
    bank = Bank.opened("START", "2026-10-01", at="2026-11-10T09:00")
    estimate = bank.estimate("T1", 300, at="2026-11-10T10:00")
    bank.approve(estimate, at="2026-11-10T10:00")

    bank.close("T1", 200, at="2026-11-10T12:00")

    assert bank.available_by_lot() == {"2026-10-01": 0, "2026-11-01": 160}
    assert (bank.hold(estimate).state, bank.hold(estimate).shares) == (HoldState.SETTLED, ())


def test_holds_come_back_in_the_order_opposite_to_that_in_which_they_are_captured() -> None:
    bank = Bank.opened("START", "2026-10-01", at="2026-11-10T09:00")
    estimate = bank.estimate("T1", 300, at="2026-11-10T10:00")

    bank.decline(estimate, at="2026-11-10T12:00")

    moved = [(entry.kind.value, str(entry.lot.effective_date)) for entry in bank.entries if entry.lot and entry.work]
    assert moved == [
        ("hold", "2026-10-01"),
        ("hold", "2026-11-01"),
        ("release", "2026-11-01"),
        ("release", "2026-10-01"),
    ]


def test_the_balances_are_the_fold_of_the_entries() -> None:
    bank = Bank.opened("START", "2026-08-01", at="2026-11-23T09:00")
    bank.approve(bank.estimate("T1", 330, at="2026-11-23T10:00"), at="2026-11-23T10:00")
    bank.close("T1", 300, at="2026-11-23T16:00")

    assert domain.fold(bank.entries) == bank.account.lots
    assert [entry.sequence for entry in bank.entries] == list(range(1, len(bank.entries) + 1))


def test_a03_an_approval_that_was_taken_back_gives_back_its_hold_and_allows_no_overage() -> None:
    bank = Bank.opened("START", "2026-11-01")
    estimate = bank.estimate("T1", 300, at="2026-11-10T10:00")
    bank.approve(estimate, at="2026-11-10T11:00")
    account = domain.advance(bank.account, at=bank.at("2026-11-11T10:00"))
    taken = domain.withdraw(account, estimate, cause=bank.cause("2026-11-11T10:00"))
    assert (account.available_minutes, taken.available_minutes) == (0, 180)
    assert domain.withdraw(taken, estimate, cause=bank.cause("2026-11-11T10:00")) == taken
    waiting = bank.estimate("T2", 60, at="2026-11-11T11:00")
    with pytest.raises(domain.EstimateAnswered):
        domain.withdraw(bank.account, waiting, cause=bank.cause("2026-11-11T12:00"))
