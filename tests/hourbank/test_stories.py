"""The stories of domain.md section 2 as facts in envelopes, on SQLite and PostgreSQL, to the minute and the centavo."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
import sqlalchemy as sa

from services.hourbank import domain
from services.hourbank.store import tables
from shared import parked
from shared.events.hourbank import (
    BalanceDepleted,
    BalanceLow,
    HoursDebited,
    HoursGranted,
    HoursHeld,
    HoursReleased,
    LotExpired,
    LotExpiring,
    OverageAccrued,
    StatementIssued,
)
from shared.events.ticketing import EstimateDeclined, EstimateExpired, EstimateSuperseded
from shared.inbox import Inbox, Outcome
from tests.hourbank.pure import OFFICE, wall
from tests.hourbank.stage import SECTION, SERVICE, Stage, activated

pytestmark = pytest.mark.anyio


async def available(stage: Stage) -> int:
    """The available minutes now."""
    return (await stage.account()).available_minutes


async def test_s01_a_back_dated_contract_has_every_lot_and_a_ticket_draws_the_oldest_first(stage: Stage) -> None:
    await stage.activate("START", "2026-08-01", at="2026-11-23T09:00")
    stage.clock.move_to(wall("2026-11-23T10:00"))
    assert await available(stage) == 720

    estimate = await stage.publish("T1", 330, at="2026-11-23T10:00")
    assert await available(stage) == 390
    await stage.approve(estimate, over=0, at="2026-11-23T10:00")
    await stage.close("T1", 330, at="2026-11-23T16:00")

    account = await stage.account()
    assert {str(lot.terms.effective_date): lot.available_minutes for lot in account.lots} == {
        "2026-08-01": 0,
        "2026-09-01": 30,
        "2026-10-01": 180,
        "2026-11-01": 180,
    }
    facts = await stage.facts()
    assert [type(fact) for fact in facts] == [HoursGranted] * 4 + [HoursHeld, HoursDebited]
    debited = facts[-1]
    assert isinstance(debited, HoursDebited)
    assert [share.minutes for share in debited.by_lot] == [180, 150]
    assert (debited.balance_after, debited.minutes_over) == (390, 0)


async def test_s02_the_bank_is_used_up_and_the_rest_is_told_to_billing_at_the_approved_rate(stage: Stage) -> None:
    await stage.activate("START", "2026-11-01")
    stage.clock.move_to(wall("2026-11-10T10:00"))

    estimate = await stage.publish("T1", 330, at="2026-11-10T10:00")
    await stage.approve(estimate, over=150, at="2026-11-10T15:00")
    await stage.close("T1", 330, at="2026-11-12T17:00")

    facts = await stage.facts()
    held, accrued = facts[1], facts[-1]
    assert isinstance(held, HoursHeld)
    assert (held.minutes_held, held.minutes_over, held.overage_cents, held.hour_price_cents) == (180, 150, 57500, 23000)
    assert isinstance(accrued, OverageAccrued)
    assert (accrued.minutes, accrued.hour_price_cents, accrued.cents) == (150, 23000, 57500)
    assert (accrued.billing_month, accrued.ticket_number) == ("2026-11", 1042)
    assert [type(fact) for fact in facts] == [HoursGranted, HoursHeld, BalanceDepleted, HoursDebited, OverageAccrued]
    assert (await stage.account()).balance_minutes == 0


async def test_s06_twelve_months_of_jobs_grant_expire_and_warn_each_at_its_midnight(stage: Stage) -> None:
    stage.clock.move_to(wall("2025-12-01T00:00"))
    await stage.activate("START", "2025-12-01")
    await stage.move_to("2026-11-30T23:00")
    before = await available(stage)
    await stage.move_to("2026-12-01T00:00")

    assert (before, await available(stage)) == (2160, 2160)
    at_midnight = [entry for entry in await stage.ledger() if entry.local_date == date(2026, 12, 1)]
    assert [entry.kind.value for entry in at_midnight] == ["expire", "grant"]
    assert {entry.cause.occurred_at for entry in at_midnight} == {wall("2026-12-01T00:00")}
    facts = await stage.facts()
    assert [fact.days_left for fact in facts if isinstance(fact, LotExpiring) and fact.expires_date.year == 2026] == [
        60,
        30,
        7,
    ]
    assert [fact.minutes for fact in facts if isinstance(fact, LotExpired)] == [180]
    assert len([fact for fact in facts if isinstance(fact, StatementIssued)]) == 11


async def test_a_service_that_was_down_for_a_year_catches_up_to_the_same_ledger(stage: Stage) -> None:
    stage.clock.move_to(wall("2025-12-01T00:00"))
    await stage.activate("START", "2025-12-01")
    stage.clock.move_to(wall("2026-12-01T12:00"))

    shown_before = await available(stage)
    await stage.move_to("2026-12-01T12:00")

    ledger = await stage.ledger()
    assert [entry.sequence for entry in ledger] == list(range(1, 15))
    assert {entry.cause.occurred_at for entry in ledger[-2:]} == {wall("2026-12-01T00:00")}
    assert (shown_before, await available(stage)) == (2160, 2160)
    periods = [fact.period for fact in await stage.facts() if isinstance(fact, StatementIssued)]
    assert periods == ["2025-12", *(f"2026-{month:02}" for month in range(1, 12))]


async def test_s07_only_the_unused_rest_of_a_lot_expires(stage: Stage) -> None:
    stage.clock.move_to(wall("2025-12-01T00:00"))
    await stage.activate("START", "2025-12-01")
    await stage.move_to("2026-03-10T09:00")
    await stage.approve(await stage.publish("T1", 100, at="2026-03-10T09:00"), over=0, at="2026-03-10T09:00")
    await stage.close("T1", 100, at="2026-03-10T12:00")

    await stage.move_to("2026-12-01T00:00")

    account = await stage.account()
    lot = account.lots[0]
    assert (lot.granted_minutes, lot.consumed_minutes, lot.expired_minutes, lot.available_minutes) == (180, 100, 80, 0)
    assert account.balance_minutes == 2160


async def test_s10_additional_hours_hold_and_come_back(stage: Stage) -> None:
    await stage.activate("START", "2026-11-01")
    await stage.approve(await stage.publish("T1", 120, at="2026-11-09T09:00"), over=0, at="2026-11-09T09:00")
    additional = await stage.publish("T1", 60, at="2026-11-10T09:00", kind="additional")
    await stage.approve(additional, over=0, at="2026-11-10T11:00")

    await stage.close("T1", 175, at="2026-11-10T16:00")

    stage.clock.move_to(wall("2026-11-10T16:00"))
    assert (await stage.account()).balance_minutes == 5
    released, debited = (await stage.facts())[-2:]
    assert isinstance(released, HoursReleased)
    assert (released.minutes, released.reason) == (5, "closed")
    assert isinstance(debited, HoursDebited)
    assert (debited.minutes, debited.minutes_over, debited.balance_after) == (175, 0, 5)


async def test_s11_a_declined_addition_comes_back_and_the_write_off_is_kept(stage: Stage) -> None:
    await stage.activate("START", "2026-11-01")
    await stage.approve(await stage.publish("T1", 120, at="2026-11-09T09:00"), over=0, at="2026-11-09T09:00")
    additional = await stage.publish("T1", 45, at="2026-11-10T09:00", kind="additional")
    stage.clock.move_to(wall("2026-11-10T16:00"))
    while_pending = await available(stage)
    await stage.end_estimate(EstimateDeclined, additional, at="2026-11-10T10:00")
    after_decline = await available(stage)

    assert await stage.close("T1", 150, written_off=30, at="2026-11-10T16:00") is Outcome.APPLIED

    debited = (await stage.facts())[-1]
    assert isinstance(debited, HoursDebited)
    assert (while_pending, after_decline) == (15, 60)
    assert (debited.minutes, debited.minutes_written_off, debited.minutes_over, debited.balance_after) == (
        120,
        30,
        0,
        60,
    )


async def test_a_close_above_the_limit_is_parked_and_leaves_no_trace(stage: Stage) -> None:
    await stage.activate("START", "2026-11-01")
    await stage.approve(await stage.publish("T1", 120, at="2026-11-09T09:00"), over=0, at="2026-11-09T09:00")
    before = (await stage.ledger(), await stage.facts(), await stage.account())

    outcome = await stage.close("T1", 150, at="2026-12-10T16:00")

    assert outcome is Outcome.PARKED
    assert (await stage.ledger(), await stage.facts(), await stage.account()) == before
    async with stage.database.reading() as tx:
        waiting = await parked.waiting(tx)
    assert [one.error.partition(":")[0] for one in waiting] == ["ApprovalRequired"]


async def test_s12_and_s15_and_s20_minutes_and_centavos(stage: Stage) -> None:
    await stage.activate("BASIC", "2026-11-10")
    stage.clock.move_to(wall("2026-11-12T10:00"))
    assert await available(stage) == 294
    meeting = await stage.publish("M", 90, at="2026-11-12T09:00")
    await stage.approve(meeting, over=0, at="2026-11-12T09:00")
    await stage.close("M", 45 * 2, at="2026-11-12T10:00")
    work = await stage.publish("T1", 224, at="2026-11-12T11:00")
    await stage.approve(work, over=20, at="2026-11-12T11:30")
    await stage.close("T1", 224, at="2026-11-12T17:00")

    await stage.move_to("2026-12-01T00:00")

    accrued = [fact for fact in await stage.facts() if isinstance(fact, OverageAccrued)]
    assert [(fact.minutes, fact.cents) for fact in accrued] == [(20, 7667)]
    assert await available(stage) == 420


async def test_s16_what_arrives_before_the_close_is_used_too(stage: Stage) -> None:
    stage.clock.move_to(wall("2026-10-01T00:00"))
    await stage.activate("START", "2026-10-01")
    estimate = await stage.publish("T1", 330, at="2026-10-30T10:00")
    await stage.approve(estimate, over=150, at="2026-10-30T11:00")

    await stage.close("T1", 330, at="2026-11-03T10:00")

    debited = (await stage.facts())[-1]
    assert isinstance(debited, BalanceLow)
    ledger = await stage.ledger()
    assert [entry.kind.value for entry in ledger] == ["grant", "hold", "grant", "capture", "consume"]
    assert ledger[2].cause.occurred_at == wall("2026-11-01T00:00")


async def test_s17_declined_expired_and_superseded_quotes_come_back_whole(stage: Stage) -> None:
    await stage.activate("START", "2026-11-01")
    stage.clock.move_to(wall("2026-11-24T23:00"))
    for kind in (EstimateDeclined, EstimateExpired, EstimateSuperseded):
        estimate = await stage.publish("T1", 300, at="2026-11-16T10:00")
        assert await available(stage) == 0
        await stage.end_estimate(kind, estimate, at="2026-11-24T18:00")
        assert await available(stage) == 180

    released = [fact for fact in await stage.facts() if isinstance(fact, HoursReleased)]
    assert [(fact.minutes, fact.reason) for fact in released] == [
        (180, "declined"),
        (180, "expired"),
        (180, "superseded"),
    ]


async def test_s26_the_same_facts_again_change_nothing(stage: Stage) -> None:
    await stage.activate("START", "2026-11-01")
    await stage.approve(await stage.publish("T1", 100, at="2026-11-10T09:00"), over=0, at="2026-11-10T09:00")
    await stage.close("T1", 100, at="2026-11-10T10:00")
    before = (await stage.ledger(), await stage.facts(), (await stage.account()).lots)
    last_close = await stage.close("T1", 100, at="2026-11-10T10:00")
    last_grant = await stage.tell(stage.contract_of[""])

    assert (last_close, last_grant) == (Outcome.APPLIED, Outcome.APPLIED)
    assert (await stage.ledger(), await stage.facts(), (await stage.account()).lots) == before
    assert [lot.available_minutes for lot in before[2]] == [80]
    assert await stage.close("T1", 99, at="2026-11-10T10:00") is Outcome.PARKED
    assert await stage.tell(replace(stage.contract_of[""], monthly_minutes=420)) is Outcome.PARKED


async def test_the_same_envelope_twice_in_one_batch_is_debited_once(stage: Stage) -> None:
    await stage.activate("START", "2026-11-01")
    body = stage.seal(activated("BASIC", "2026-11-01", at=wall("2026-11-01T00:00")))

    outcomes = await Inbox(stage.database, SERVICE.subscriptions).take([body, body])

    assert outcomes == [Outcome.APPLIED, Outcome.DUPLICATE]
    assert len([fact for fact in await stage.facts() if isinstance(fact, HoursGranted)]) == 2


async def test_a_cancelled_ticket_gives_back_what_it_held_and_one_without_estimate_is_nobodys_business(
    stage: Stage,
) -> None:
    await stage.activate("START", "2026-11-01")
    await stage.approve(await stage.publish("T1", 100, at="2026-11-10T09:00"), over=0, at="2026-11-10T09:00")

    assert await stage.cancel("T1", at="2026-11-10T10:00") is Outcome.APPLIED
    assert await stage.cancel("T2", at="2026-11-10T10:00") is Outcome.APPLIED

    stage.clock.move_to(wall("2026-11-10T10:00"))
    account = await stage.account()
    assert (account.available_minutes, account.held_minutes, account.holds) == (180, 0, ())


async def test_a_ticket_closed_without_billable_time_is_debited_with_nothing(stage: Stage) -> None:
    await stage.activate("START", "2026-11-01")

    assert await stage.close("T1", 0, at="2026-11-10T10:00") is Outcome.APPLIED

    debited = (await stage.facts())[-1]
    assert isinstance(debited, HoursDebited)
    assert (debited.minutes, debited.by_lot, debited.balance_after) == (0, (), 180)


async def test_a_fact_about_an_unknown_contract_is_parked_and_goes_on_once_the_contract_is_known(stage: Stage) -> None:
    contract = activated("START", "2026-11-01", at=wall("2026-11-01T00:00"))
    stage.contract_of[""] = contract
    with pytest.raises(AssertionError):
        await stage.publish("T1", 60, at="2026-11-10T09:00")

    await stage.tell(contract)
    ticket_stream = next(stream for teller, stream in stage.sequences if teller == "ticketing")
    handled = await parked.retry(stage.database, SERVICE.subscriptions, teller="ticketing", stream=ticket_stream)

    assert handled == 1
    assert isinstance((await stage.facts())[-1], HoursHeld)


async def test_the_statement_adds_up_from_month_to_month_and_is_issued_once(stage: Stage) -> None:
    stage.clock.move_to(wall("2026-09-10T00:00"))
    await stage.activate("START", "2026-09-10")
    await stage.move_to("2026-10-20T10:00")
    await stage.approve(await stage.publish("T1", 400, at="2026-10-20T10:00"), over=94, at="2026-10-20T10:00")
    await stage.close("T1", 380, at="2026-10-21T10:00")
    await stage.publish("T2", 30, at="2026-10-21T11:00")

    await stage.move_to("2026-12-02T00:00")

    statements = [fact for fact in await stage.facts() if isinstance(fact, StatementIssued)]
    assert [
        (
            one.period,
            one.opening_minutes,
            one.granted_minutes,
            one.debited_minutes,
            one.expired_minutes,
            one.closing_minutes,
            one.overage_minutes,
        )
        for one in statements
    ] == [("2026-09", 0, 126, 0, 0, 126, 0), ("2026-10", 126, 180, 306, 0, 0, 74), ("2026-11", 0, 180, 0, 0, 180, 0)]
    async with stage.database.reading(tenant=stage.tenant) as tx:
        issued = (await tx.execute(sa.select(tables.statements.c.issued_at).order_by("issued_at"))).scalars().all()
    assert issued == [wall("2026-10-01T08:00"), wall("2026-11-03T08:00"), wall("2026-12-01T08:00")]


async def test_a_fact_of_a_month_that_is_stated_is_posted_to_the_first_open_day(stage: Stage) -> None:
    stage.clock.move_to(wall("2026-10-01T00:00"))
    await stage.activate("START", "2026-10-01")
    estimate = await stage.publish("T1", 250, at="2026-10-30T10:00")
    await stage.approve(estimate, over=70, at="2026-10-30T10:00")
    await stage.move_to("2026-11-04T00:00")

    await stage.close("T1", 250, at="2026-10-31T18:00")
    await stage.move_to("2026-12-02T00:00")

    statements = [fact for fact in await stage.facts() if isinstance(fact, StatementIssued)]
    assert [(one.period, one.debited_minutes, one.closing_minutes) for one in statements] == [
        ("2026-10", 0, 180),
        ("2026-11", 180, 180),
    ]
    accrued = next(fact for fact in await stage.facts() if isinstance(fact, OverageAccrued))
    assert accrued.billing_month == "2026-10"


async def test_a_new_calendar_moves_the_statements_and_new_days_move_the_warnings(stage: Stage) -> None:
    stage.clock.move_to(wall("2026-10-05T00:00"))
    await stage.activate("START", "2026-10-01", at="2026-10-05T00:00")
    closed = replace(OFFICE, closed_dates=(date(2026, 11, 3),))

    assert await stage.apply(SECTION) is False
    changed = await stage.apply(type(SECTION)(calendars={"office": closed}, calendar="office", expiring_days=(300,)))
    await stage.move_to("2026-12-05T00:00")

    assert changed is True
    async with stage.database.reading(tenant=stage.tenant) as tx:
        issued = (await tx.execute(sa.select(tables.statements.c.issued_at).order_by("issued_at"))).scalars().all()
    assert issued == [wall("2026-11-04T08:00"), wall("2026-12-01T08:00")]
    warned = [fact for fact in await stage.facts() if isinstance(fact, LotExpiring)]
    assert [(fact.days_left, str(fact.expires_date)) for fact in warned] == [(300, "2027-10-01")]


async def test_the_ledger_can_be_neither_changed_nor_shortened(stage: Stage) -> None:
    await stage.activate("START", "2026-11-01")
    before = await stage.ledger()

    for change in (sa.update(tables.entries).values(minutes=1), sa.delete(tables.entries)):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"):
            async with stage.database.transaction(tenant=stage.tenant) as tx:
                await tx.execute(change)

    assert await stage.ledger() == before


async def test_what_is_stored_is_the_fold_of_what_is_written(stage: Stage) -> None:
    await stage.activate("START", "2026-08-01", at="2026-11-23T09:00")
    stage.clock.move_to(wall("2026-11-23T17:00"))
    await stage.approve(await stage.publish("T1", 330, at="2026-11-23T10:00"), over=0, at="2026-11-23T10:00")
    await stage.publish("T2", 100, at="2026-11-23T11:00")
    await stage.close("T1", 300, at="2026-11-23T16:00")

    account, ledger = await stage.account(), await stage.ledger()

    assert domain.fold(ledger) == account.lots
    assert account.last_sequence == len(ledger) == ledger[-1].sequence
    held: dict[UUID, int] = {}
    for hold in account.holds:
        for share in hold.shares:
            held[share.lot_id] = held.get(share.lot_id, 0) + share.minutes
    assert held == {lot.id: lot.held_minutes for lot in account.lots if lot.held_minutes}
