"""What the two shops say of themselves, sentence by sentence, where no other test says it (N2 to N45, B4 to B42)."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid5

import pytest

from services.ticketing.domain import Contract, Demand, Status, Ticket, intake, life, refusals
from services.ticketing.domain.life import Act
from services.ticketing.offer import Ruling, Section
from shared.errors import Invalid
from shared.events.ticketing import MessagePosted, TicketPaused, TicketResolved
from tests.ticketing.desk import ACME, CONTRACT, CUSTOMER, SPACE, Desk
from tests.ticketing.pure import BLOCKTIME, NEXT4, NOON, a_ticket

pytestmark = pytest.mark.anyio

DEMAND = Demand(channel="portal", by_customer=True, subject="x", area=None, item=None, hosting=None, fields={})


def register(demand: Demand, *, shop: Section = NEXT4, kind: str = "recurring") -> Ticket:
    """What becomes of a demand of ACME."""
    contract = Contract(
        id=CONTRACT,
        organization_id=ACME,
        plan_code="START",
        kind=kind,
        product="hour_bank",
        timezone="America/Sao_Paulo",
        queue_rank=4,
        account_manager_id=None,
        activated_at=NOON,
    )
    return intake.register(
        demand, ticket_id=uuid5(SPACE, "new"), contract=contract, offer=shop, at=NOON, by="customer-1"
    )


def test_n2_a_demand_is_of_an_area_that_the_provider_has() -> None:
    assert set(NEXT4.areas) == {"marketing", "web_programming"}
    assert register(replace(DEMAND, area="marketing")).area == "marketing"
    with pytest.raises(Invalid) as no:
        register(replace(DEMAND, area="accounting"))
    assert (no.value.field, no.value.rule_broken) == ("area", "N2")


def test_n29_b7_nothing_begins_but_as_a_ticket_in_a_channel_that_takes_demands() -> None:
    assert [code for code, row in NEXT4.channels.items() if row.intake] == ["portal"]
    assert [code for code, row in BLOCKTIME.channels.items() if row.intake] == [
        "portal",
        "whatsapp",
        "phone",
        "monitoring",
    ]
    for channel in ("email", "whatsapp"):
        with pytest.raises(refusals.IntakeClosed):
            register(replace(DEMAND, channel=channel))
    with pytest.raises(refusals.ChannelUnknown):
        register(replace(DEMAND, channel="fax"))


def test_b4_the_platform_takes_demands_and_says_where_it_is() -> None:
    portal = BLOCKTIME.channels["portal"]
    assert (portal.intake, portal.address) == (True, "www.blocktimetecnologia.com.br/suporte")
    assert register(DEMAND, shop=BLOCKTIME).channel == "portal"


def test_n43_what_a_client_may_ask_for_is_five_things_and_each_is_registered() -> None:
    allowed = [code for code, item in NEXT4.catalogue.items() if item.ruling is Ruling.ALLOWED]
    assert allowed == ["consulting", "support", "periodic_maintenance", "evolution", "content_change"]
    assert [register(replace(DEMAND, item=item)).item for item in allowed] == allowed
    with pytest.raises(Invalid) as no:
        register(replace(DEMAND, item="haircut"))
    assert no.value.rule_broken == "N43"


@pytest.mark.parametrize("plan", ["START", "BASIC", "ADVANCED", "CUSTOM"])
def test_n5_every_plan_talks_to_the_team_directly(plan: str) -> None:
    assert NEXT4.plan_features[plan].direct_access


def test_b9_b29_a_ticket_is_registered_first_classified_then_and_few_reach_the_third_level() -> None:
    ticket = register(DEMAND, shop=BLOCKTIME)
    assert (ticket.stage, ticket.priority, ticket.level) == (Status.REGISTERED, None, 1)
    triaged = life.triage(ticket, priority="medium")
    assert (triaged.stage, triaged.priority) == (Status.TRIAGED, "medium")
    third = life.escalate(life.escalate(triaged, to_level=None, offer=BLOCKTIME), to_level=None, offer=BLOCKTIME)
    assert (third.level, len(BLOCKTIME.levels)) == (3, 3)


@pytest.mark.parametrize("kind", ["recurring", "one_off", "project"])
def test_b42_contracts_one_off_services_and_projects_all_bring_tickets(kind: str) -> None:
    assert register(DEMAND, shop=BLOCKTIME, kind=kind).contract_id == CONTRACT


def test_n45_a_doubt_is_cleared_in_the_ticket_before_anybody_meets() -> None:
    asked = life.hear_staff(a_ticket(), public=True, asks_customer=True, at=NOON, offer=NEXT4)
    assert asked.status is Status.AWAITING_CUSTOMER
    assert life.hear_customer(asked, at=NOON, offer=NEXT4).status is Status.REGISTERED
    assert Act.WAIT in life.TRANSITIONS


def test_b19_a_call_is_work_of_its_own_kind_that_also_clears_a_ticket_up() -> None:
    call = BLOCKTIME.work_kinds["call"]
    assert (call.billable, call.attendance) == (True, None)
    assert BLOCKTIME.channels["phone"].opened_by == ("staff",)


async def test_n18_the_client_is_told_of_the_completion_and_nothing_is_debited_yet(next4: Desk) -> None:
    path = await next4.approved(60)
    await next4.post(f"{path}/resolve")

    (told,) = await next4.facts(TicketResolved)
    assert (told.resolved_at, told.resolved_by) == (NOON, "agent-1")
    assert (await next4.get(path, who=CUSTOMER))["status"] == "resolved"
    assert "TicketClosed" not in await next4.names()


async def test_b22_when_a_demand_was_registered_never_changes(next4: Desk) -> None:
    path = await next4.open()
    next4.clock.move_to(NOON.replace(day=11))
    await next4.post(f"{path}/messages", {"text": "Qual navegador?", "asks_customer": True}, status=201)
    await next4.post(f"{path}/messages", {"text": "Firefox"}, status=201, who=CUSTOMER)

    assert (await next4.get(path))["registered_at"] == "2026-11-10T15:00:00Z"
    assert len(await next4.facts(MessagePosted)) == 2
    assert len(await next4.facts(TicketPaused)) == 1
