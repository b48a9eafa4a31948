"""One request per ticket, one ticket per request: merged, split, linked; who is in charge (N31, B3, B24)."""

from __future__ import annotations

import asyncio

import pytest

from shared.events.ticketing import (
    EstimateSuperseded,
    MessagePosted,
    TicketAbsorbed,
    TicketAssigned,
    TicketMerged,
    TicketOpened,
)
from tests.ticketing.desk import BETA, CUSTOMER, OTHER_CONTRACT, STRANGER, Desk, activated, at, ticket_id

pytestmark = pytest.mark.anyio

PART = {"subject": "Trocar o logotipo", "description": "O logotipo novo está no anexo."}


def into(path: str) -> dict[str, str]:
    """The body of a merge."""
    return {"into_ticket_id": str(ticket_id(path))}


async def test_b3_two_tickets_about_the_same_become_one_with_the_earliest_registration(blocktime: Desk) -> None:
    early = await blocktime.open(channel="portal")
    blocktime.clock.move_to(at("2026-11-10T12:30"))
    late = await blocktime.open(channel="whatsapp")
    await blocktime.post(f"{early}/messages", {"text": "A impressora do caixa também."}, status=201, who=CUSTOMER)

    merged = await blocktime.post(f"{early}/merge", into(late))

    assert (merged["status"], merged["merged_into"]) == ("cancelled", str(ticket_id(late)))
    survivor = await blocktime.get(late)
    assert (survivor["status"], survivor["registered_at"]) == ("registered", "2026-11-10T15:00:00Z")
    (told,), (absorbed,) = await blocktime.facts(TicketMerged), await blocktime.facts(TicketAbsorbed)
    assert (told.ticket_id, told.into_ticket_id, told.into_number) == (ticket_id(early), ticket_id(late), 2)
    assert (absorbed.ticket_id, absorbed.from_number) == (ticket_id(late), 1)
    assert absorbed.registered_at == told.registered_at == at("2026-11-10T12:00")
    # What was said stays where it was said, and both ends lead to the other.
    said = [one["text"] for one in (await blocktime.get(f"{early}/messages", who=CUSTOMER))["items"]]
    assert said == [
        "A impressora do caixa também.",
        "Este chamado foi unido ao chamado #2: acompanhe por lá.",
    ]
    (link,) = (await blocktime.get(f"{late}/links", who=CUSTOMER))["items"]
    assert (link["other_number"], link["kind"], link["outward"]) == (1, "merged", False)


async def test_s33_a_merge_is_said_by_the_system_and_is_no_attendance(blocktime: Desk) -> None:
    early, late = await blocktime.open(), await blocktime.open()
    await blocktime.post(f"{early}/merge", into(late))
    told = await blocktime.facts(MessagePosted)
    assert {(one.author_role, one.public, one.automatic) for one in told} == {("system", True, True)}
    assert len(told) == 2


async def test_n31_a_ticket_with_agreed_or_done_work_is_not_merged(next4: Desk) -> None:
    agreed, other = await next4.approved(60), await next4.open()
    before = await next4.names()

    assert await next4.refused(f"{agreed}/merge", into(other)) == (409, "merge_loses_work", "N31")

    assert (await next4.get(agreed))["status"] == "in_progress"
    assert await next4.names() == before
    assert (await next4.post(f"{other}/merge", into(agreed)))["merged_into"] == str(ticket_id(agreed))


async def test_a_merge_gives_an_unanswered_hold_back_and_its_quote_is_dead(next4: Desk) -> None:
    asked, other = await next4.open(), await next4.open()
    await next4.estimate(asked, 300, held=180)

    merged = await next4.post(f"{asked}/merge", into(other))

    assert [one["state"] for one in merged["estimates"]] == ["superseded"]
    (released,) = await next4.facts(EstimateSuperseded)
    assert released.ticket_id == ticket_id(asked)
    assert (await next4.names())[-4:] == ["EstimateSuperseded", "TicketResumed", "TicketMerged", "TicketAbsorbed"]


async def test_what_cannot_become_one_is_refused_and_nothing_changes(next4: Desk) -> None:
    await next4.hear(activated(OTHER_CONTRACT, BETA))
    mine, other = await next4.open(), await next4.open()
    theirs = await next4.open(who=STRANGER)
    done = await next4.open()
    await next4.post(f"{done}/cancel", {})
    before = await next4.names()
    for there in (mine, theirs, done):
        assert await next4.refused(f"{mine}/merge", into(there)) == (409, "cannot_merge", "B3")
    assert await next4.refused(f"{done}/merge", into(mine)) == (409, "ticket_is_cancelled", "N31")
    assert (await next4.ask("POST", f"{mine}/merge", into(other), who=CUSTOMER)).status == 403
    assert (await next4.refused(f"{mine}/merge", into(other), headers={"If-Match": '"7"'}))[0] == 412
    assert await next4.names() == before


async def test_two_merges_of_the_same_pair_at_once_leave_one_survivor(postgresql_desk: Desk) -> None:
    desk = postgresql_desk
    await desk.open_shop("next4")
    one, other = await desk.open(), await desk.open()

    answers = await asyncio.gather(
        desk.ask("POST", f"{one}/merge", into(other)), desk.ask("POST", f"{other}/merge", into(one))
    )

    assert sorted(answer.status for answer in answers) == [200, 409]
    statuses = sorted([(await desk.get(path))["status"] for path in (one, other)])
    assert statuses == ["cancelled", "registered"]


async def test_n31_a_second_request_becomes_a_ticket_of_its_own_with_the_same_registration(next4: Desk) -> None:
    origin = await next4.approved(120)
    next4.clock.move_to(at("2026-11-11T09:00"))

    part = await next4.post(f"{origin}/split", PART, status=201)

    assert (part["split_from"], part["registered_at"]) == (str(ticket_id(origin)), "2026-11-10T15:00:00Z")
    assert (part["status"], part["minutes_approved"], part["estimates"]) == ("registered", 0, [])
    whole = await next4.get(origin)
    assert (whole["minutes_approved"], whole["status"]) == (120, "in_progress")
    opened = (await next4.facts(TicketOpened))[-1]
    assert (opened.split_from, opened.registered_at) == (ticket_id(origin), at("2026-11-10T12:00"))
    (link,) = (await next4.get(f"{origin}/links"))["items"]
    assert (link["kind"], link["other_number"], link["outward"]) == ("split", 2, False)
    refused = await next4.refused(f"/v1/tickets/{part['id']}/work", {"kind": "meeting", "minutes": 5})
    assert refused == (409, "estimate_required", "N40")


async def test_n44_a_part_that_is_not_done_here_is_refused(next4: Desk) -> None:
    origin = await next4.open()
    before = await next4.names()
    assert (await next4.refused(f"{origin}/split", {**PART, "item": "seo"}))[2] in ("N43", "N44")
    assert (await next4.ask("POST", f"{origin}/split", PART, who=CUSTOMER)).status == 403
    assert await next4.names() == before


async def test_tickets_of_one_customer_are_linked_once_and_others_not(next4: Desk) -> None:
    await next4.hear(activated(OTHER_CONTRACT, BETA))
    one, other, theirs = await next4.open(), await next4.open(), await next4.open(who=STRANGER)
    body = {"ticket_id": str(ticket_id(other)), "kind": "follows"}
    for _ in range(2):
        shown = await next4.post(f"{one}/links", body, status=201)
        assert [(link["kind"], link["outward"]) for link in shown["items"]] == [("follows", True)]
    assert (await next4.get(f"{other}/links"))["items"][0]["outward"] is False
    for wrong in (one, theirs):
        refused = await next4.refused(f"{one}/links", {"ticket_id": str(ticket_id(wrong))})
        assert refused == (409, "cannot_link", "N31")
    assert (await next4.ask("GET", f"{one}/links", who=STRANGER)).status == 404


async def test_b24_somebody_is_put_in_charge_and_the_next_level_takes_over(blocktime: Desk) -> None:
    path = await blocktime.open()
    shown = await blocktime.post(f"{path}/assign", {"agent_id": "ana", "team": "redes"})
    assert (shown["agent_id"], shown["team"], shown["level"]) == ("ana", "redes", 1)
    assert (await blocktime.post(f"{path}/escalate", {}))["agent_id"] is None
    await blocktime.post(f"{path}/assign", {"agent_id": "rui"})

    told = [(one.agent_id, one.team, one.level, one.assigned_by) for one in await blocktime.facts(TicketAssigned)]
    assert told == [("ana", "redes", 1, "agent-1"), ("rui", None, 2, "agent-1")]
    await blocktime.post(f"{path}/close", {}, status=409)
    await blocktime.post(f"{path}/cancel", {})
    assert await blocktime.refused(f"{path}/assign", {"agent_id": "ana"}) == (409, "ticket_is_cancelled", "N31")


async def test_two_agents_on_one_ticket_the_stale_write_is_refused(next4: Desk) -> None:
    path = await next4.open()
    seen = (await next4.ask("GET", path)).etag
    await next4.post(f"{path}/assign", {"agent_id": "ana"}, headers={"If-Match": seen})

    late = await next4.refused(f"{path}/assign", {"agent_id": "rui"}, headers={"If-Match": seen})

    assert late[0] == 412
    assert (await next4.get(path))["agent_id"] == "ana"
    assert len(await next4.facts(TicketAssigned)) == 1
