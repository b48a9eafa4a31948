"""What was written in a ticket is kept for five years after its close, and what was brought stays that long (5.1)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.ticketing.domain import past
from shared.events.ticketing import TicketCancelled
from shared.personal import FREE_TEXTS
from tests.ticketing.desk import ACME, AGENT, APPROVER, CONTRACT, MANAGER, Desk

pytestmark = pytest.mark.anyio

DAY = timedelta(days=1)


def brought(reference: str, closed_at: datetime | None, **more: Any) -> dict[str, Any]:
    """A ticket as an older system has it."""
    registered_at = datetime.fromisoformat("2026-01-05T10:00:00-03:00")
    return {
        "reference": reference,
        "contract_id": str(CONTRACT),
        "subject": "Impressora parada",
        "description": "A impressora da Ana não imprime.",
        "registered_at": registered_at.isoformat(),
        "closed_at": closed_at and closed_at.isoformat(),
        **more,
    }


async def bring(desk: Desk, *several: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    """Bring tickets, and what became of each."""
    body = {"tickets": list(several), **more}
    items: list[dict[str, Any]] = (await desk.post("/v1/imports/tickets", body, who=MANAGER))["items"]
    return items


async def test_words_go_five_years_after_the_close_and_what_was_done_stays(next4: Desk) -> None:
    now = next4.clock.now()
    old, young = await bring(next4, brought("1", now - 30 * DAY), brought("2", now - 10 * DAY))
    await next4.move_to(now + 1826 * DAY - 20 * DAY)

    forgotten = await next4.get(f"/v1/tickets/{old['ticket_id']}", who=AGENT)
    kept = await next4.get(f"/v1/tickets/{young['ticket_id']}", who=AGENT)
    found = await next4.get("/v1/tickets?q=impressora", who=AGENT)

    assert (forgotten["subject"], forgotten["description"], forgotten["status"]) == ("[...]", "", "closed")
    assert forgotten["closed_at"] is not None
    assert kept["description"] == "A impressora da Ana não imprime."
    assert [one["id"] for one in found["items"]] == [young["ticket_id"]]


async def test_history_is_brought_once_told_to_nobody_and_never_changed(next4: Desk) -> None:
    now = next4.clock.now()
    before = await next4.names()
    one = brought("1", now - DAY)
    looked = await bring(next4, one, only_look=True)
    first = await bring(next4, one, one)
    other = await bring(next4, one | {"subject": "Outra"})

    assert [(item["outcome"], item["ticket_id"]) for item in looked] == [("new", None)]
    assert [item["outcome"] for item in first] == ["new", "known"]
    assert [(item["outcome"], item["differs"]) for item in other] == [("differs", ["subject"])]
    assert first[0]["ticket_id"] == str(past.id_of("next4", "1"))
    assert await next4.names() == before


async def test_what_is_open_there_is_registered_here_today(next4: Desk) -> None:
    (one,) = await bring(next4, brought("7", None, opened_by="maria", description="senha: Abacaxi123!"))
    ticket = await next4.get(f"/v1/tickets/{one['ticket_id']}", who=AGENT)
    assert (await next4.names())[-1] == "TicketOpened"
    assert (ticket["status"], ticket["opened_by"]) == ("registered", "maria")
    assert datetime.fromisoformat(ticket["registered_at"]) == next4.clock.now()
    assert "Abacaxi" not in ticket["description"]
    assert one["redacted"]


@pytest.mark.parametrize(
    ("days", "changes", "field"),
    [
        (1, {"priority": "gigantic"}, "tickets[1].priority"),
        (2000, {"registered_at": "2019-01-05T10:00:00-03:00"}, "tickets[1].closed_at"),
        (-1, {}, "tickets[1].closed_at"),
        (1, {"contract_id": str(UUID(int=9))}, "tickets[1].contract_id"),
    ],
)
async def test_of_tickets_that_cannot_all_be_none_is(
    next4: Desk, days: int, changes: dict[str, Any], field: str
) -> None:
    now = next4.clock.now()
    wrong = brought("2", now - days * DAY, **changes)
    body = {"tickets": [brought("1", now - DAY), wrong]}
    refused = await next4.ask("POST", "/v1/imports/tickets", body, who=MANAGER)
    assert refused.body["field"] == field
    assert (await next4.get("/v1/tickets", who=AGENT))["items"] == []


async def test_what_reaches_a_person_is_in_no_fact(next4: Desk) -> None:
    path = await next4.open()
    await next4.post(f"{path}/cancel", {"reason": "Já resolvi com ana@acme.example, 11 98765-4321"})
    (told,) = await next4.facts(TicketCancelled)
    assert told.reason == "Já resolvi com [e-mail], [telefone]"
    history = (await next4.get(f"{path}/history"))["items"]
    assert history[-1]["reason"] == "Já resolvi com ana@acme.example, 11 98765-4321"


async def test_51_the_names_of_who_is_known_are_in_no_fact_and_stay_in_the_ticket(next4: Desk) -> None:
    for person in ("customer-1", "approver-1"):
        body = {"name": "Maria de Souza" if person == "customer-1" else "Davi", "can_approve_spend": True}
        assert (await next4.ask("PUT", f"/v1/people/{ACME}/{person}", body)).status == 200
    assert (await next4.ask("PUT", "/v1/agents/bia", {"name": "Bia Rocha", "levels": [1]}, who=MANAGER)).status == 200
    path = await next4.open()
    await next4.post(f"{path}/promise", {"promised_at": "2026-11-12T10:00:00-03:00"})
    moved = {"promised_at": "2026-11-13T10:00:00-03:00", "reason": "A Maria pediu à Bia Rocha: sexta, como na rocha"}
    await next4.post(f"{path}/promise", moved)
    await next4.estimate(path, 300, held=180, why="Pedido de MARIA DE SOUZA: página nova")
    no = {"decision": "decline", "reason": "O Davi não quer"}
    await next4.post(f"{path}/estimates/1/decision", no, who=APPROVER)
    await next4.post(f"{path}/cancel", {"reason": "Rocha desistiu"})

    quoted = [text for fact in await next4.facts() for name in FREE_TEXTS if (text := getattr(fact, name, None))]
    assert quoted == [
        "A [nome] pediu à [nome]: sexta, como na rocha",
        "Pedido de [nome]: página nova",
        "Pedido de [nome]: página nova",
        "O [nome] não quer",
        "[nome] desistiu",
    ]
    assert "A Maria pediu à Bia Rocha" in str((await next4.get(f"{path}/history"))["items"])
