"""What becomes of a contract, for the tickets of its people; and what happens when a time-box is used up (2.8, 2.9)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import uuid5

import pytest

from shared.events.billing import (
    AccountManagerChanged,
    CancellationRequested,
    CancellationWithdrawn,
    ContractResumed,
    ContractRoundingChanged,
    ContractSuspended,
    ContractTerminated,
    PlanChanged,
    RoundingRule,
)
from shared.events.sla import TimeboxReached
from shared.events.ticketing import MessagePosted, TicketClosed, TicketEscalated, TicketOpened
from tests.ticketing.desk import ACME, CONTRACT, CUSTOMER, DEMAND, SPACE, Desk, at, ticket_id

pytestmark = pytest.mark.anyio

OF_ACME: dict[str, Any] = {"contract_id": CONTRACT, "organization_id": ACME}


def plan_changed() -> PlanChanged:
    """From START to ADVANCED."""
    return PlanChanged(
        **OF_ACME,
        change_id=uuid5(SPACE, "change"),
        mode="immediate_prorated",
        from_plan_code="START",
        plan_code="ADVANCED",
        monthly_minutes=900,
        plan_price_cents=293000,
        full_hour_price_cents=23000,
        queue_rank=2,
        account_manager_id="gil",
        effective_date=date(2026, 11, 10),
        decided_at=at("2026-11-10T11:00"),
        changed_at=at("2026-11-10T11:00"),
    )


async def test_n10_the_deputy_goes_with_the_account_manager(next4: Desk) -> None:
    path = await next4.open()
    named: dict[str, Any] = {"account_manager_id": "marina", "account_manager_deputy_id": "rafael"}
    await next4.hear(AccountManagerChanged(**OF_ACME, **named, changed_at=at("2026-11-10T11:00")))
    assert {name: (await next4.get(path))[name] for name in named} == named

    await next4.hear(replace(plan_changed(), plan_code="START", account_manager_id=None))
    assert {name: (await next4.get(path))[name] for name in named} == dict.fromkeys(named)


def notice(ends: date) -> CancellationRequested:
    """A contract that ends on a date."""
    return CancellationRequested(
        **OF_ACME,
        received_date=date(2026, 11, 10),
        effective_date=ends,
        reason="mudança de fornecedor",
        on_termination="forfeit",
        requested_at=at("2026-11-10T12:00"),
    )


def timebox(path: str, *, level: int | None = 1, box: str = "n1", at_limit: str = "escalate") -> TimeboxReached:
    """Half an hour of level 1 is over."""
    return TimeboxReached(
        ticket_id=ticket_id(path),
        **OF_ACME,
        ticket_number=1,
        box=box,
        level=level,
        timer_id=None,
        at_limit=at_limit,
        limit_minutes=30,
        reached_at=at("2026-11-10T12:30"),
    )


async def test_28_only_new_tickets_are_of_the_new_plan(next4: Desk) -> None:
    old = await next4.open()
    await next4.hear(plan_changed())
    new = await next4.open()
    assert [(await next4.get(path))["plan_code"] for path in (old, new)] == ["START", "ADVANCED"]
    assert [one.plan_code for one in await next4.facts(TicketOpened)] == ["START", "ADVANCED"]


async def test_29_while_suspended_tickets_are_opened_and_nothing_new_is_estimated(next4: Desk) -> None:
    running = await next4.approved(60)
    await next4.hear(
        ContractSuspended(**OF_ACME, reason="fatura vencida", stops_grants=False, suspended_at=at("2026-11-10T12:00"))
    )
    path = await next4.open()
    body = {"minutes": 60, "justification": "mais uma página"}
    for one in (path, running):
        assert await next4.refused(f"{one}/estimates", body) == (409, "contract_is_suspended", "2.9")
    await next4.post(f"{running}/work", {"kind": "meeting", "minutes": 45}, status=201)
    await next4.post(f"{running}/close", {})
    assert (await next4.facts(TicketClosed))[0].minutes == 45

    await next4.hear(ContractResumed(**OF_ACME, resumed_at=at("2026-11-10T12:00")))
    assert await next4.estimate(path, 60, held=60) == 1


async def test_29_from_the_effective_date_on_nothing_is_registered_or_estimated(next4: Desk) -> None:
    await next4.hear(notice(date(2026, 12, 10)))
    await next4.move_to(at("2026-12-09T23:59:59"))
    path = await next4.open()

    await next4.move_to(at("2026-12-10T00:00"))

    assert await next4.refused("/v1/tickets", DEMAND, who=CUSTOMER) == (409, "contract_ended", "2.9")
    assert await next4.refused(f"{path}/estimates", {"minutes": 60}) == (409, "contract_ended", "2.9")
    assert len(await next4.facts(TicketOpened)) == 1
    await next4.post(f"{path}/messages", {"text": "Ainda estamos aqui."}, status=201)
    await next4.hear(
        ContractTerminated(**OF_ACME, effective_date=date(2026, 12, 10), terminated_at=at("2026-12-10T00:00"))
    )
    assert await next4.refused("/v1/tickets", DEMAND, who=CUSTOMER) == (409, "contract_ended", "2.9")


async def test_29_a_notice_that_was_taken_back_ends_nothing(next4: Desk) -> None:
    await next4.hear(notice(date(2026, 12, 10)))
    await next4.hear(CancellationWithdrawn(**OF_ACME, withdrawn_at=at("2026-11-10T12:00")))
    await next4.move_to(at("2026-12-10T09:00"))
    await next4.open()


async def test_26_a_changed_rounding_holds_for_tickets_that_are_estimated_afterwards(next4: Desk) -> None:
    before, after = await next4.approved(60), await next4.open()
    rule = RoundingRule(increment_minutes=30, version=2)
    await next4.hear(ContractRoundingChanged(**OF_ACME, rounding=rule, changed_at=at("2026-11-10T12:00")))
    await next4.estimate(after, 60, held=60)
    for path in (before, after):
        await next4.post(f"{path}/work", {"kind": "meeting", "seconds": 61}, status=201)
        await next4.post(f"{path}/close", {})
    assert [one.minutes for one in await next4.facts(TicketClosed)] == [2, 30]
    assert (await next4.facts(TicketClosed))[1].rounding == rule


async def test_b26_after_half_an_hour_of_level_one_the_ticket_goes_up_by_itself(blocktime: Desk) -> None:
    path = await blocktime.open()
    await blocktime.hear(timebox(path))
    assert (await blocktime.get(path))["level"] == 2
    (told,) = await blocktime.facts(TicketEscalated)
    assert (told.from_level, told.to_level, told.escalated_by) == (1, 2, "sla")


async def test_s33_what_has_moved_on_is_left_alone_and_a_suggestion_is_a_note(blocktime: Desk) -> None:
    moved, resolved, suggested = await blocktime.open(), await blocktime.open(), await blocktime.open()
    await blocktime.post(f"{moved}/escalate", {})
    await blocktime.post(f"{resolved}/resolve")
    told = len(await blocktime.facts(TicketEscalated))
    await blocktime.hear(timebox(moved), timebox(resolved), timebox(suggested, at_limit="suggest"))
    assert [(await blocktime.get(path))["level"] for path in (moved, resolved, suggested)] == [2, 1, 1]
    assert len(await blocktime.facts(TicketEscalated)) == told
    (note,) = (await blocktime.get(f"{suggested}/messages"))["items"]
    assert (note["author_role"], note["public"]) == ("system", False)
    assert "30 minutos (n1)" in note["text"]
    assert (await blocktime.get(f"{suggested}/messages", who=CUSTOMER))["items"] == []


async def test_b20_at_the_highest_level_a_long_session_is_a_note_to_the_team(blocktime: Desk) -> None:
    path = await blocktime.open()
    await blocktime.post(f"{path}/escalate", {"to_level": 3})
    await blocktime.hear(timebox(path, level=None, box="remote"))
    assert (await blocktime.get(path))["level"] == 3
    assert [one.author_role for one in await blocktime.facts(MessagePosted)] == ["system"]


async def test_n19_the_team_is_told_when_silence_cannot_close_and_told_again(next4: Desk) -> None:
    path = await next4.approved(30)
    await next4.post(f"{path}/work", {"kind": "meeting", "minutes": 45}, status=201)
    await next4.post(f"{path}/resolve")

    await next4.move_to(at("2026-11-14T09:00"))

    (note,) = (await next4.get(f"{path}/messages"))["items"]
    assert "45 minutos e aprovados 30" in note["text"]
    assert (note["public"], note["author_role"], note["posted_at"]) == (False, "system", "2026-11-13T21:00:00Z")
    assert (await next4.get(path))["auto_close_at"] == "2026-11-18T21:00:00Z"
    await next4.move_to(at("2026-11-19T09:00"))
    assert len(await next4.facts(MessagePosted)) == 2
    await next4.post(f"{path}/close", {"write_off_minutes": 15}, status=403)
    assert await next4.facts(TicketClosed) == []
