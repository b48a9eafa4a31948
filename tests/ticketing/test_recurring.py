"""Demands that come again (N13), and the checklist that a template brings (B50)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

import pytest

from services.ticketing.app import build
from services.ticketing.domain import checklists, recurring, refusals
from services.ticketing.domain.recurring import Recurrence, RecurrenceState
from shared.errors import Invalid
from shared.events.billing import ContractTerminated
from shared.events.ticketing import TicketOpened
from shared.jobs import run_due
from shared.settings import Settings
from tests.ticketing.desk import ACME, ADMIN, CONTRACT, CUSTOMER, STRANGER, Desk, at
from tests.ticketing.pure import BLOCKTIME

pytestmark = pytest.mark.anyio

WEEKLY = {
    "contract_id": str(CONTRACT),
    "subject": "Atualizações da semana",
    "description": "Atualizar sistema e extensões.",
    "rule": "FREQ=WEEKLY;BYDAY=MO",
    "first_at": "2026-11-16T09:00:00-03:00",
    "template": "periodic_updates",
}


def coming(rule: str, first: str, *, zone: str = "America/Sao_Paulo", **more: Any) -> Recurrence:
    """A recurrence, for its rule alone."""
    return Recurrence(
        id=UUID(int=1),
        contract_id=CONTRACT,
        organization_id=ACME,
        subject="x",
        description="x",
        item=None,
        area=None,
        asset_id=None,
        template=None,
        rule=recurring.check_rule(rule, timezone=zone),
        first_local=first,
        timezone=zone,
        state=RecurrenceState.ACTIVE,
        next_at=None,
        opened=0,
        missed=0,
        stopped_because=None,
        created_by="agent-1",
        **more,
    )


def shown(one: Recurrence, after: str, most: int) -> list[str]:
    """The next instants, in UTC."""
    return [f"{come:%Y-%m-%d %H:%M}" for come in islice(recurring.after(one, at(after)), most)]


def test_n13_a_day_that_a_month_does_not_have_does_not_drift_and_the_last_one_is_said_so() -> None:
    last = coming("FREQ=MONTHLY;BYMONTHDAY=-1", "2027-01-31T09:00:00")
    thirty_first = coming("FREQ=MONTHLY;BYMONTHDAY=31", "2027-01-31T09:00:00")
    assert shown(last, "2027-01-01T00:00", 3) == ["2027-01-31 12:00", "2027-02-28 12:00", "2027-03-31 12:00"]
    assert shown(thirty_first, "2027-01-01T00:00", 3) == ["2027-01-31 12:00", "2027-03-31 12:00", "2027-05-31 12:00"]


def test_n13_the_local_time_stays_when_the_clocks_change() -> None:
    """São Paulo in 2018: the hour after midnight of 4 November was skipped; the one before 18 February came twice."""
    midnight = coming("FREQ=DAILY", "2018-11-02T00:30:00")
    late = coming("FREQ=DAILY", "2018-02-16T23:30:00")
    assert shown(midnight, "2018-11-02T12:00-03:00", 3) == [
        "2018-11-03 03:30",
        "2018-11-04 03:30",  # 01:30 by the new clock: 00:30 was not
        "2018-11-05 02:30",
    ]
    assert shown(late, "2018-02-16T12:00-02:00", 3) == ["2018-02-17 01:30", "2018-02-18 01:30", "2018-02-19 02:30"]


def test_n13_an_end_is_a_local_day_and_a_count_counts() -> None:
    until = coming("FREQ=DAILY;UNTIL=20270102", "2027-01-01T23:00:00")
    in_utc = coming("FREQ=DAILY;UNTIL=20270103T020000Z", "2027-01-01T23:00:00")
    twice = coming("FREQ=DAILY;COUNT=2", "2027-01-01T23:00:00")
    assert shown(until, "2026-12-31T00:00", 9) == ["2027-01-02 02:00", "2027-01-03 02:00"]
    assert shown(in_utc, "2026-12-31T00:00", 9) == shown(twice, "2026-12-31T00:00", 9)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=HOURLY",
        "FREQ=MINUTELY;INTERVAL=5",
        "FREQ=DAILY;BYHOUR=1,2,3",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
        "FREQ=MONTHLY;BYDAY=MO;BYMONTHDAY=1",
        "FREQ=MONTHLY;BYSETPOS=1",
        "FREQ=WEEKLY;BYDAY=1MO",
        "FREQ=WEEKLY;INTERVAL=0",
        "FREQ=DAILY;COUNT=3;UNTIL=20270101",
        "FREQ=DAILY;COUNT=9999",
        "FREQ=DAILY;UNTIL=20271301",
        "FREQ=DAILY;FREQ=DAILY",
        "FREQ=DAILY\nDTSTART:20200101T000000",
        "BYDAY=MO",
        "",
    ],
)
def test_n13_what_comes_oftener_than_daily_or_never_is_refused(rule: str) -> None:
    with pytest.raises(refusals.RecurrenceInvalid) as no:
        recurring.check_rule(rule, timezone="America/Sao_Paulo")
    assert (no.value.field, no.value.rule_broken) == ("rule", "N13")


def test_n13_after_an_outage_the_newest_opens_one_ticket_and_the_others_are_counted() -> None:
    daily = coming("FREQ=DAILY;COUNT=5", "2026-11-11T09:00:00")
    daily = replace(daily, next_at=recurring.next_after(daily, at("2026-11-10T12:00")))
    come = recurring.due(daily, at=at("2026-11-13T12:00"))
    assert (come.occurs_at, come.missed, come.next_at) == (at("2026-11-13T09:00"), 2, at("2026-11-14T09:00"))
    over = recurring.due(daily, at=at("2027-01-01T00:00"))
    assert (over.occurs_at, over.missed, over.next_at) == (at("2026-11-15T09:00"), 4, None)
    assert recurring.opened(daily, over).state is RecurrenceState.ENDED


async def test_n13_each_occurrence_opens_one_ticket_with_its_checklist(next4: Desk) -> None:
    one = await next4.post("/v1/recurrences", WEEKLY, status=201)
    assert one["upcoming"][:2] == ["2026-11-16T12:00:00Z", "2026-11-23T12:00:00Z"]
    await next4.move_to(at("2026-11-30T10:00"))

    opened = await next4.facts(TicketOpened)
    assert [(fact.channel, fact.source, fact.item) for fact in opened] == [
        ("recurrence", "staff", "periodic_maintenance")
    ] * 3
    assert [fact.registered_at for fact in opened] == [at(f"2026-11-{day}T09:00") for day in (16, 23, 30)]
    mine = (await next4.get(f"/v1/recurrences/{one['id']}/occurrences", who=CUSTOMER))["items"]
    assert [row["ticket_id"] for row in reversed(mine)] == [str(fact.ticket_id) for fact in opened]
    steps = (await next4.get(f"/v1/tickets/{opened[0].ticket_id}/checklist", who=CUSTOMER))["items"]
    assert [step["text"] for step in steps][::2] == ["Fazer backup", "Conferir o site depois"]
    assert (await next4.ask("GET", f"/v1/recurrences/{one['id']}", who=STRANGER)).status == 404
    assert (await next4.get("/v1/recurrences", who=STRANGER))["items"] == []


async def test_n13_two_runners_after_an_outage_open_one_ticket(next4: Desk) -> None:
    await next4.post("/v1/recurrences", WEEKLY, status=201)
    next4.clock.move_to(at("2026-12-09T10:00"))
    await asyncio.gather(*(run_due(next4.database, build(Settings()).jobs) for _ in range(3)))

    (opened,) = await next4.facts(TicketOpened)
    path = f"/v1/tickets/{opened.ticket_id}"
    assert "3" in (await next4.get(f"{path}/messages"))["items"][0]["text"]
    assert (await next4.get(f"{path}/messages", who=CUSTOMER))["items"] == []
    (one,) = (await next4.get("/v1/recurrences"))["items"]
    assert (one["opened"], one["missed"], one["next_at"]) == (1, 3, "2026-12-14T12:00:00Z")


async def test_n13_what_falls_into_a_pause_is_not_made_up_for_and_what_is_over_stays_over(next4: Desk) -> None:
    path = f"/v1/recurrences/{(await next4.post('/v1/recurrences', WEEKLY, status=201))['id']}"
    await next4.post(f"{path}/pause")
    await next4.move_to(at("2026-11-24T10:00"))
    assert await next4.facts(TicketOpened) == []
    assert (await next4.post(f"{path}/resume"))["next_at"] == "2026-11-30T12:00:00Z"
    assert (await next4.ask("POST", f"{path}/pause", headers={"If-Match": '"1"'})).status == 412
    assert (await next4.post(f"{path}/end"))["state"] == "ended"
    assert await next4.refused(f"{path}/resume") == (409, "recurrence_is_over", "N13")


async def test_n13_a_contract_that_has_ended_stops_what_comes_again_and_says_why(next4: Desk) -> None:
    await next4.post("/v1/recurrences", WEEKLY, status=201)
    await next4.hear(
        ContractTerminated(
            contract_id=CONTRACT,
            organization_id=ACME,
            effective_date=date(2026, 11, 12),
            terminated_at=at("2026-11-12T00:00"),
        )
    )
    await next4.move_to(at("2026-11-25T10:00"))
    (one,) = (await next4.get("/v1/recurrences"))["items"]
    assert (one["state"], one["stopped_because"]) == ("paused", "the contract ended on 2026-11-12")
    assert await next4.facts(TicketOpened) == []


async def test_n13_a_plan_that_cannot_be_is_refused_and_nothing_is_kept(next4: Desk) -> None:
    for wrong in (
        {"rule": "FREQ=HOURLY"},
        {"first_at": "2026-11-09T09:00:00-03:00"},
        {"item": "seo"},
        {"template": "office_move"},
        {"contract_id": str(UUID(int=3))},
    ):
        assert (await next4.refused("/v1/recurrences", WEEKLY | wrong))[0] in (404, 409, 422)
    assert (await next4.refused("/v1/recurrences", WEEKLY, who=CUSTOMER))[0] == 403
    assert (await next4.get("/v1/recurrences", who=ADMIN))["items"] == []


def test_b50_the_steps_of_a_move_are_due_business_days_before_it() -> None:
    move = BLOCKTIME.templates["office_move"]
    steps = checklists.steps_of(move, planned_on=date(2027, 3, 1), offer=BLOCKTIME)
    assert [step.due_on for step in steps] == [date(2027, 1, 15), date(2027, 1, 22), date(2027, 2, 15)]
    assert [step.is_late(date(2027, 1, 20)) for step in steps] == [True, False, False]
    with pytest.raises(Invalid):
        checklists.template_of(BLOCKTIME, None, planned_on=date(2027, 3, 1), today=date(2026, 11, 10))


async def test_b50_a_move_that_is_told_late_is_at_risk_and_its_steps_are_ticked_once(blocktime: Desk) -> None:
    path = await blocktime.open(template="office_move", planned_on="2026-12-01")
    ticket = await blocktime.get(path, who=CUSTOMER)
    assert (ticket["template"], ticket["planned_on"], ticket["item"]) == ("office_move", "2026-12-01", "office_move")
    (warned,) = (await blocktime.get(f"{path}/messages", who=CUSTOMER))["items"]
    assert warned["text"].startswith("A data planejada é 01/12/2026, e 2 etapas")

    await blocktime.post(f"{path}/checklist/1", {"done": True})
    assert await blocktime.refused(f"{path}/checklist/1", {"done": True}) == (409, "step_is_so", "B50")
    assert (await blocktime.refused(f"{path}/checklist/4", {"done": True}))[0] == 404
    assert (await blocktime.refused(f"{path}/checklist/2", {"done": True}, who=CUSTOMER))[0] == 403
    steps = (await blocktime.get(f"{path}/checklist", who=CUSTOMER))["items"]
    assert [(step["due_on"], step["done_by"]) for step in steps] == [
        ("2026-10-16", "agent-1"),
        ("2026-10-23", None),
        ("2026-11-16", None),
    ]
    unknown = {"subject": "x", "description": "x", "template": "nope"}
    assert (await blocktime.refused("/v1/tickets", unknown, who=CUSTOMER))[::2] == (422, "B50")


def test_n13_the_wall_clock_of_the_first_is_that_of_the_contract() -> None:
    first = datetime(2026, 11, 16, 12, tzinfo=UTC)
    assert recurring.begins(first, timezone="America/Manaus", at=first - timedelta(days=1)) == "2026-11-16T08:00:00"
