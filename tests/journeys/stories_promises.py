"""The stories of scenarios.json about promises of time, and those that domain 4.3 tells in a sentence, over HTTP.

They are about single seconds of a provider's own clock, and some change the offer: each has a house to itself, whose
clock obeys.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from services.cli.demo.actors import Customer, Shop
from services.cli.demo.seen import Clock, Ticket, as_seen
from services.cli.demo.stage import Stage
from tests.journeys.stories import SAO_PAULO, Story, desk_customer, repertoire, shop_of

PROMISES: dict[str, Story] = {}
story = repertoire(PROMISES)


@story("S28", begins="2026-11-01T09:00-03:00")
async def s28(stage: Stage) -> None:
    """PREMIUM has a team until 20:00."""
    shop = await shop_of(stage, "blocktime")
    premium = await desk_customer(shop, "Hospital Quincas", plan_code="PREMIUM", start_date="2026-11-01")
    pro = await desk_customer(shop, "Transportes Riobaldo", plan_code="PRO", start_date="2026-11-01")

    await stage.at("2026-11-18T17:00-03:00")
    stopped = [await one.asks("Sem acesso", "O sistema não abre e eu parei.") for one in (premium, pro)]
    for ticket in stopped:
        assert (await shop.triage(ticket, impact="one_user", operation="stopped")).priority == "medium"
    await stage.at("2026-11-19T16:30-03:00")
    slow = await premium.asks("Lento", "O sistema está lento.")
    assert (await shop.triage(slow, impact="one_user", operation="running")).priority == "low"

    assert [await due_of(shop, ticket) for ticket in stopped] == ["2026-11-18T19:00", "2026-11-19T09:00"]
    assert await due_of(shop, slow) == "2026-11-23T08:30"


@story("S30", begins="2026-11-01T09:00-03:00")
async def s30(stage: Stage) -> None:
    """Critical, found by monitoring on a Saturday at 03:10: the clock starts at detection, 24x7."""
    shop = await shop_of(stage, "blocktime")
    customer = await desk_customer(shop, "Transportes Riobaldo", plan_code="PRO", start_date="2026-11-01")
    await stage.at("2026-11-21T03:10-03:00")

    ticket = await found_by_monitoring(shop, customer)

    (clock,) = await shop.clocks(ticket)
    assert (wall(clock.started_at), wall(clock.due_at)) == ("2026-11-21T03:10", "2026-11-21T03:40")
    assert (clock.calendar, clock.target_seconds) == ("always", 30 * 60)


@story("S30-business", begins="2026-11-01T09:00-03:00")
async def s30_business(stage: Stage) -> None:
    """The same where the tenant sets its business calendar: counted from Monday at 08:00; it was found at 03:10."""
    shop = await shop_of(stage, "blocktime")
    section = await shop.admin.get("/v1/offers/sla")
    policies = [in_business_time(policy) for policy in section["policies"]]
    await shop.admin.put("/v1/offers/sla", section | {"policies": policies})
    customer = await desk_customer(shop, "Transportes Riobaldo", plan_code="PRO", start_date="2026-11-01")
    await stage.at("2026-11-21T03:25-03:00")

    ticket = await found_by_monitoring(shop, customer)

    (clock,) = await shop.clocks(ticket)
    assert (wall(clock.started_at), wall(clock.due_at)) == ("2026-11-21T03:10", "2026-11-23T08:30")
    assert (clock.calendar, clock.target_seconds) == ("business", 30 * 60)


@story("S32", begins="2026-11-01T09:00-03:00")
async def s32(stage: Stage) -> None:
    """Next4 SLA by plan, ticket opened on the 20 November holiday (a Friday)."""
    shop = await shop_of(stage, "next4")
    agreed: dict[str, Any] = {"price_cents": 368000, "monthly_minutes": 1200}
    customers = {
        plan: await shop.sign(f"Cliente {plan}", plan_code=plan, start_date="2026-11-01", **terms)
        for plan, terms in {"START": {}, "BASIC": {}, "ADVANCED": {}, "CUSTOM": agreed}.items()
    }
    await stage.at("2026-11-20T10:00-03:00")

    asked = {plan: await one.asks("Banner", "Trocar o banner.") for plan, one in customers.items()}

    assert {plan: await due_of(shop, ticket) for plan, ticket in asked.items()} == {
        "START": "2026-11-23T12:00",
        "BASIC": "2026-11-23T11:00",
        "ADVANCED": "2026-11-23T10:00",
        "CUSTOM": "2026-11-23T10:00",
    }


@story("S33", begins="2026-11-01T09:00-03:00")
async def s33(stage: Stage) -> None:
    """Level-1 approach limited to 30 minutes and a remote session to 1 hour."""
    shop = await shop_of(stage, "blocktime")
    customer = await desk_customer(shop, "Transportes Riobaldo", plan_code="PRO", start_date="2026-11-01")
    await stage.at("2026-11-18T13:50-03:00")
    remote = await customer.asks("Impressora", "A impressora fiscal não imprime.")
    await shop.escalate(remote)
    await stage.at("2026-11-18T14:00-03:00")
    await shop.agent.post(f"/v1/tickets/{remote.id}/timers", {"kind": "remote", "billable": False})

    await stage.at("2026-11-18T14:59:59-03:00")
    assert "timebox_reached" not in await acts(shop, remote)
    await stage.at("2026-11-18T15:00-03:00")
    assert [*await acts(shop, remote)].count("timebox_reached") == 1
    assert (await shop.look(remote)).level == 2  # it is for the technician to escalate it or to schedule a visit

    await stage.at("2026-11-18T17:45-03:00")
    first = await customer.asks("Senha", "Esqueci a senha do sistema.")
    await shop.triage(first, impact="one_user", operation="running")
    await stage.at("2026-11-19T08:14:59-03:00")
    assert (await shop.look(first)).level == 1
    await stage.at("2026-11-19T08:15-03:00")
    assert (await shop.look(first)).level == 2
    await stage.at("2026-11-19T18:00-03:00")

    reached = await told(shop, first, "timebox_reached")
    assert [(one["box"], one["at_limit"], wall(one["reached_at"])) for one in reached] == [
        ("n1", "escalate", "2026-11-19T08:15")
    ]
    assert [one["to_level"] for one in await told(shop, first, "ticket_escalated", by="ticketing")] == [2]
    assert [wall(one["due_at"]) for one in await told(shop, first, "sla_breached")] == ["2026-11-19T11:45"]
    reached = await told(shop, remote, "timebox_reached")
    assert [(one["box"], one["at_limit"], wall(one["reached_at"])) for one in reached] == [
        ("remote", "suggest", "2026-11-18T15:00")
    ]


@story("S31", begins="2026-11-01T09:00-03:00")
async def s31(stage: Stage) -> None:
    """A priority that is raised counts from the registration; what is past gets half an hour; the earlier one stays."""
    shop = await shop_of(stage, "blocktime")
    section = await shop.admin.get("/v1/offers/sla")
    await shop.admin.put(
        "/v1/offers/sla", section | {"timeboxes": []}
    )  # else the first level's limit attends by itself
    customer = await desk_customer(shop, "Transportes Riobaldo", plan_code="PRO", start_date="2026-11-01")
    await stage.at("2026-11-18T09:00-03:00")
    early, late, evening = [await customer.asks("Lento", "O sistema está lento.") for _ in range(3)]

    await stage.at("2026-11-18T10:00-03:00")
    await shop.triage(early, priority="medium")
    await stage.at("2026-11-18T12:00-03:00")
    await shop.triage(late, priority="medium")
    await stage.at("2026-11-18T12:45-03:00")
    await shop.triage(evening, priority="medium")

    assert await due_of(shop, early) == "2026-11-18T11:00"
    assert [(one["percent"], wall(one["warned_at"])) for one in await told(shop, late, "sla_warned")] == [
        (75, "2026-11-18T12:00"),  # of the four hours that were promised until then
        (90, "2026-11-18T12:27"),
    ]
    assert [wall(one["due_at"]) for one in await told(shop, late, "sla_breached")] == ["2026-11-18T12:30"]
    assert await due_of(shop, evening) == "2026-11-18T13:00"
    await shop.triage(evening, priority="low", reason="uma pessoa só")
    assert await due_of(shop, evening) == "2026-11-18T13:00"
    await stage.at("2026-11-18T18:00-03:00")
    for ticket in (early, late, evening):
        assert len(await told(shop, ticket, "sla_breached")) == 1


@story("S29", begins="2026-11-01T09:00-03:00")
async def s29(stage: Stage) -> None:
    """A pause over a holiday and a weekend moves the delivery by its business time alone; one at night by nothing."""
    shop = await shop_of(stage, "blocktime")
    customer = await desk_customer(shop, "Transportes Riobaldo", plan_code="PRO", start_date="2026-11-01")
    await stage.at("2026-11-19T10:00-03:00")
    over_holiday, by_night = [await customer.asks("Servidor", "Trocar o disco do servidor.") for _ in range(2)]
    for ticket in (over_holiday, by_night):
        await shop.promise(ticket, "2026-11-23T12:00-03:00")

    await stage.at("2026-11-19T17:00-03:00")
    await shop.write(over_holiday, "Qual disco está com defeito?", asks_customer=True)
    await stage.at("2026-11-19T18:00-03:00")
    await shop.write(by_night, "Qual disco está com defeito?", asks_customer=True)
    waiting = await delivery_of(shop, over_holiday)
    assert (waiting.state, waiting.due_at, waiting.remaining_seconds) == ("paused", None, 5 * 3600)
    await stage.at("2026-11-23T07:59-03:00")
    await customer.answers(by_night, "O segundo.")
    await stage.at("2026-11-23T09:00-03:00")
    await customer.answers(over_holiday, "O primeiro.")

    assert wall((await delivery_of(shop, by_night)).due_at) == "2026-11-23T12:00"
    assert wall((await delivery_of(shop, over_holiday)).due_at) == "2026-11-23T14:00"
    await stage.at("2026-11-23T18:00-03:00")
    for ticket, due in ((over_holiday, "2026-11-23T14:00"), (by_night, "2026-11-23T12:00")):
        broken = [one for one in await told(shop, ticket, "sla_breached") if one["metric"] == "delivery"]
        assert [wall(one["due_at"]) for one in broken] == [due]


@story("merge-and-split", begins="2026-11-01T09:00-03:00")
async def merge_and_split(stage: Stage) -> None:
    """Who goes on for a merged ticket, and what is split off one, keep the earliest registration (4.3, N31)."""
    shop = await shop_of(stage, "blocktime")
    customer = await desk_customer(shop, "Transportes Riobaldo", plan_code="PRO", start_date="2026-11-01")
    await stage.at("2026-11-18T08:00-03:00")
    merged = await customer.asks("Internet", "A internet caiu no depósito.")
    await stage.at("2026-11-18T09:00-03:00")
    survivor = await customer.asks("Internet de novo", "Continua sem internet no depósito.")
    assert await due_of(shop, survivor) == "2026-11-18T13:00"

    await stage.at("2026-11-18T10:00-03:00")
    await shop.agent.post(f"/v1/tickets/{merged.id}/merge", {"into_ticket_id": str(survivor.id)})
    body = {"subject": "E o telefone", "description": "O telefone também está mudo."}
    part = UUID((await shop.agent.post(f"/v1/tickets/{survivor.id}/split", body)).body["id"])

    (cancelled,) = await shop.clocks(merged)
    assert (cancelled.state, wall(cancelled.ended_at)) == ("cancelled", "2026-11-18T10:00")
    assert await due_of(shop, survivor) == "2026-11-18T12:00"
    split_off = as_seen(await shop.agent.get(f"/v1/tickets/{part}"), Ticket)
    (clock,) = await shop.clocks(split_off)
    assert wall(clock.due_at) == "2026-11-18T12:00"
    assert wall(clock.started_at) == "2026-11-18T08:00"
    await stage.at("2026-11-18T18:00-03:00")
    assert await told(shop, merged, "sla_breached") == []


@story("warnings-and-breach", begins="2026-11-01T09:00-03:00")
async def warnings_and_breach(stage: Stage) -> None:
    """75 % and 90 % of the business time are warned of, then it is broken, each once and at its instant."""
    shop = await shop_of(stage, "blocktime")
    customer = await desk_customer(shop, "Transportes Riobaldo", plan_code="PRO", start_date="2026-11-01")
    await stage.at("2026-11-19T16:30-03:00")
    ticket = await customer.asks("Planilha", "A planilha de fretes não abre.")

    percents = []
    for instant in ("2026-11-23T09:29:59", "2026-11-23T09:30", "2026-11-23T10:05:59", "2026-11-23T10:06",
                    "2026-11-23T10:29:59", "2026-11-23T10:30"):  # fmt: skip
        await stage.at(f"{instant}-03:00")
        (clock,) = await shop.clocks(ticket)
        percents.append((clock.warned_percent, clock.state))

    running = [(0, "running"), (75, "running"), (75, "running"), (90, "running"), (90, "running")]
    assert percents == [*running, (100, "breached")]
    await stage.at("2026-11-23T10:31-03:00")
    await shop.write(ticket, "Estamos olhando.")
    await stage.at("2026-12-01T10:30-03:00")
    warned = await told(shop, ticket, "sla_warned")
    assert [(one["percent"], wall(one["warned_at"])) for one in warned] == [
        (75, "2026-11-23T09:30"),
        (90, "2026-11-23T10:06"),
    ]
    (breached,) = await told(shop, ticket, "sla_breached")
    assert (wall(breached["due_at"]), wall(breached["announced_at"])) == ("2026-11-23T10:30", "2026-11-23T10:30")
    assert await told(shop, ticket, "sla_met") == []
    assert [(one.state, wall(one.settled_at)) for one in await shop.clocks(ticket)] == [
        ("breached", "2026-11-23T10:31")
    ]


@story("reopened", begins="2026-11-01T09:00-03:00")
async def reopened(stage: Stage) -> None:
    """The verdict of the first round is final; a reopening promises attention anew, counted from then on (4.3)."""
    shop = await shop_of(stage, "blocktime")
    customer = await desk_customer(shop, "Transportes Riobaldo", plan_code="PRO", start_date="2026-11-01")
    await stage.at("2026-11-18T09:00-03:00")
    ticket = await customer.asks("Planilha", "A planilha de fretes não abre.")
    await stage.at("2026-11-18T10:00-03:00")
    await shop.write(ticket, "Reinstalamos o pacote.")
    await shop.resolve(ticket)

    await stage.at("2026-11-19T17:00-03:00")
    await customer.person.post(f"/v1/tickets/{ticket.id}/reopen", {"reason": "Parou de novo."})

    again, first = await shop.clocks(ticket)
    assert (first.state, wall(first.ended_at), first.generation) == ("met", "2026-11-18T10:00", 1)
    assert (again.state, again.generation) == ("running", 2)
    assert (wall(again.started_at), wall(again.due_at)) == ("2026-11-19T17:00", "2026-11-23T11:00")


def in_business_time(policy: Mapping[str, Any]) -> dict[str, Any]:
    """A policy of the offer, counted by the section's own calendar."""
    return {name: value for name, value in policy.items() if name not in ("calendar", "pause_states")}


async def found_by_monitoring(shop: Shop, customer: Customer) -> Ticket:
    """A machine saw a server stand still at 03:10."""
    seen = {"impact": "company", "operation": "stopped", "detected_at": "2026-11-21T03:10:00-03:00"}
    ticket = await customer.asks_by(shop.agent, "Servidor", "O servidor não responde.", channel="monitoring", **seen)
    assert ticket.priority == "high"
    return ticket


async def due_of(shop: Shop, ticket: Ticket) -> str | None:
    """When the one promise about a ticket falls, or fell, due."""
    (clock,) = await shop.clocks(ticket)
    assert clock.metric == "attendance"
    return wall(clock.due_at)


async def delivery_of(shop: Shop, ticket: Ticket) -> Clock:
    """The promised delivery of a ticket."""
    (clock,) = [one for one in await shop.clocks(ticket) if one.metric == "delivery"]
    return clock


async def acts(shop: Shop, ticket: Ticket) -> list[str]:
    """What was done to a ticket, the oldest first."""
    page = await shop.agent.get(f"/v1/tickets/{ticket.id}/history", limit=200)
    return [one["act"] for one in page["items"]]


async def told(shop: Shop, ticket: Ticket, name: str, *, by: str = "sla") -> list[dict[str, Any]]:
    """The facts of this name that a service told of a ticket, in their order."""
    page = await shop.admin.get(f"/v1/feeds/{by}", limit=500)
    facts = [one["data"] for one in page["facts"] if one["type"] == f"{by}.{name}"]
    return [one for one in facts if one["ticket_id"] == str(ticket.id)]


def wall(instant: datetime | str | None) -> str | None:
    """An instant as the provider's wall clock shows it."""
    if instant is None:
        return None
    read = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    shown = read.astimezone(ZoneInfo(SAO_PAULO)).replace(tzinfo=None)
    return shown.isoformat(timespec="seconds" if shown.second else "minutes")
