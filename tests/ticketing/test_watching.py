"""Monitoring: one ticket for each asset and check while it is open, from the instant at which it was seen (B17)."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import uuid5

import pytest

from shared.events.ticketing import MessagePosted, TicketOpened, TicketRecovered, TicketReopened, TicketResolved
from tests.ticketing.desk import ACME, ADMIN, CUSTOMER, SPACE, Desk, at

pytestmark = pytest.mark.anyio

LINK = uuid5(SPACE, "link")
SERVER = uuid5(SPACE, "server")
SEEN = "2026-11-10T11:50:00-03:00"


async def keep(desk: Desk, *assets: Any) -> None:
    """Assets of ACME."""
    for asset in assets or (LINK,):
        body = {"organization_id": str(ACME), "name": "Link", "kind": "internet_link", "is_device": False}
        assert (await desk.ask("PUT", f"/v1/assets/{asset}", body)).status == 200


def problem(**more: Any) -> dict[str, Any]:
    """Pings of the link are lost."""
    said = {"asset_id": str(LINK), "check": "ping", "subject": "Link caiu", "description": "5 de 5 perdidos"}
    return {**said, "detected_at": SEEN, **more}


async def alarm(desk: Desk, **more: Any) -> dict[str, Any]:
    """Raise an alarm."""
    return dict(await desk.post("/v1/alarms", problem(**more)))


async def recovery(desk: Desk, seen: str = "2026-11-10T11:54:59-03:00", **more: Any) -> dict[str, Any]:
    """Say that it is over."""
    body = {"asset_id": str(LINK), "check": "ping", "recovered_at": seen, **more}
    return dict(await desk.post("/v1/alarms/recoveries", body))


async def test_b17_an_alarm_opens_a_ticket_whose_clock_starts_when_it_was_seen(blocktime: Desk) -> None:
    await keep(blocktime)
    answer = await alarm(blocktime, impact="company", operation="stopped")

    [told] = await blocktime.facts(TicketOpened)
    assert (answer["decision"], answer["ticket_number"]) == ("opened", 1)
    assert (told.source, told.detected_at, told.registered_at) == (
        "monitoring",
        at("2026-11-10T11:50"),
        at("2026-11-10T12:00"),
    )
    assert (told.asset_id, told.priority) == (LINK, "high")


async def test_b17_a_second_alarm_annotates_the_open_ticket_and_says_which_it_is(blocktime: Desk) -> None:
    await keep(blocktime, LINK, SERVER)
    first = await alarm(blocktime)
    second = await alarm(blocktime, detected_at="2026-11-10T11:55:00-03:00")
    other_check = await alarm(blocktime, check="dns")
    other_asset = await alarm(blocktime, asset_id=str(SERVER))

    assert (second["decision"], second["ticket_id"]) == ("annotated", first["ticket_id"])
    assert [other_check["ticket_number"], other_asset["ticket_number"]] == [2, 3]
    path = f"/v1/tickets/{first['ticket_id']}"
    [note] = (await blocktime.get(f"{path}/messages"))["items"]
    assert (note["public"], note["automatic"], "ping" in note["text"]) == (False, True, True)
    assert (await blocktime.get(f"{path}/messages", who=CUSTOMER))["items"] == []
    assert len(await blocktime.facts(TicketOpened)) == 3


async def test_b17_the_recovery_within_five_minutes_resolves_a_ticket_that_nobody_touched(blocktime: Desk) -> None:
    await keep(blocktime)
    path = f"/v1/tickets/{(await alarm(blocktime))['ticket_id']}"
    answer = await recovery(blocktime)

    assert answer["decision"] == "resolved"
    shown = await blocktime.get(path)
    assert (shown["status"], shown["recovered_at"]) == ("resolved", "2026-11-10T14:54:59Z")
    [told] = await blocktime.facts(TicketRecovered)
    assert (told.detected_at, told.recovered_at) == (at("2026-11-10T11:50"), at("2026-11-10T11:54:59"))
    assert len(await blocktime.facts(TicketResolved)) == 1
    assert (await recovery(blocktime))["decision"] == "ignored"
    assert len(await blocktime.facts(TicketRecovered)) == 1


async def test_b17_what_lasted_five_minutes_is_noted_and_waits_for_somebody_to_confirm_it(blocktime: Desk) -> None:
    await keep(blocktime)
    path = f"/v1/tickets/{(await alarm(blocktime))['ticket_id']}"
    answer = await recovery(blocktime, "2026-11-10T11:55:00-03:00")

    assert answer["decision"] == "annotated"
    shown = await blocktime.get(path)
    assert (shown["status"], shown["recovered_at"]) == ("registered", "2026-11-10T14:55:00Z")
    assert "passou" in (await blocktime.get(f"{path}/messages", who=CUSTOMER))["items"][0]["text"]
    assert await blocktime.facts(TicketResolved) == []
    assert (await recovery(blocktime, "2026-11-10T11:56:00-03:00"))["decision"] == "ignored"


@pytest.mark.parametrize("touch", ["message", "timer", "customer"])
async def test_b17_the_recovery_only_tells_those_who_are_at_it(blocktime: Desk, touch: str) -> None:
    await keep(blocktime)
    path = f"/v1/tickets/{(await alarm(blocktime))['ticket_id']}"
    acts: dict[str, Any] = {
        "message": ("messages", {"text": "Olhando"}, 201, {}),
        "customer": ("messages", {"text": "Parou tudo"}, 201, {"who": CUSTOMER}),
        "timer": ("timers", {"kind": "remote", "billable": False}, 201, {}),
    }
    way, body, status, more = acts[touch]
    await blocktime.post(f"{path}/{way}", body, status=status, **more)
    answer = await recovery(blocktime)

    assert answer["decision"] == "annotated"
    assert (await blocktime.get(path))["status"] == "registered"
    assert len(await blocktime.facts(TicketRecovered)) == 1
    assert await blocktime.facts(TicketResolved) == []


async def test_b17_what_comes_back_after_it_was_resolved_goes_on_in_the_same_ticket(blocktime: Desk) -> None:
    await keep(blocktime)
    first = await alarm(blocktime)
    await recovery(blocktime)
    late = await alarm(blocktime, detected_at="2026-11-10T11:53:00-03:00")
    again = await alarm(blocktime, detected_at="2026-11-10T11:59:00-03:00")

    assert (late["decision"], again["decision"]) == ("ignored", "reopened")
    assert again["ticket_id"] == first["ticket_id"]
    shown = await blocktime.get(f"/v1/tickets/{first['ticket_id']}")
    assert (shown["status"], shown["recovered_at"], shown["auto_close_at"]) == ("in_progress", None, None)
    [told] = await blocktime.facts(TicketReopened)
    assert told.after_close is False


async def test_b17_after_the_end_of_its_ticket_an_alarm_opens_another(blocktime: Desk) -> None:
    await keep(blocktime)
    first = await alarm(blocktime)
    await blocktime.post(f"/v1/tickets/{first['ticket_id']}/cancel", {})
    second = await alarm(blocktime)
    assert (second["decision"], second["ticket_number"]) == ("opened", 2)


async def test_b17_an_alarm_whose_ticket_was_merged_is_told_to_the_one_that_lives_on(blocktime: Desk) -> None:
    await keep(blocktime)
    first = await alarm(blocktime)
    path = await blocktime.open()
    survivor = path.rpartition("/")[2]
    await blocktime.post(f"/v1/tickets/{first['ticket_id']}/merge", {"into_ticket_id": survivor})

    again = await alarm(blocktime, detected_at="2026-11-10T11:56:00-03:00")
    over = await recovery(blocktime)

    assert (again["decision"], again["ticket_id"]) == ("annotated", survivor)
    assert (over["decision"], over["ticket_id"]) == ("annotated", survivor)
    assert (await blocktime.get(path))["status"] == "registered"
    assert await blocktime.facts(TicketRecovered) == []


async def test_b17_an_alarm_in_the_future_of_no_asset_or_where_nothing_is_watched_changes_nothing(desk: Desk) -> None:
    await desk.open_shop("blocktime")
    await keep(desk)
    ahead = await desk.refused("/v1/alarms", problem(detected_at="2026-11-10T12:00:01-03:00"))
    old = await desk.refused("/v1/alarms", problem(detected_at="2026-10-01T12:00:00-03:00"))
    unknown = await desk.refused("/v1/alarms", problem(asset_id=str(SERVER)))
    customer = await desk.refused("/v1/alarms", problem(), who=CUSTOMER)
    nothing = await recovery(desk)

    assert (ahead, old) == ((422, "invalid", "B17"), (422, "invalid", "B17"))
    assert (unknown[0], customer[0]) == (404, 403)
    assert (nothing["decision"], nothing["ticket_id"]) == ("ignored", None)
    assert await desk.names() == []


async def test_b17_the_asset_of_an_alarms_ticket_stays(blocktime: Desk) -> None:
    await keep(blocktime)
    path = f"/v1/tickets/{(await alarm(blocktime))['ticket_id']}"
    assert await blocktime.refused(f"{path}/asset", {"asset_id": None}) == (409, "alarm_keeps_asset", "B17")
    assert (await blocktime.get(path))["asset_id"] == str(LINK)


async def test_b17_a_storm_of_twenty_alarms_at_once_opens_one_ticket(postgresql_desk: Desk) -> None:
    desk = postgresql_desk
    await desk.open_shop("blocktime")
    await keep(desk)
    seen = at("2026-11-10T11:50")

    answers = await asyncio.gather(
        *(alarm(desk, detected_at=(seen + timedelta(seconds=n)).isoformat()) for n in range(20))
    )

    assert Counter(one["decision"] for one in answers) == {"opened": 1, "annotated": 19}
    assert len({one["ticket_id"] for one in answers}) == 1
    assert len(await desk.facts(TicketOpened)) == 1
    assert len(await desk.facts(MessagePosted)) == 19
    assert (await desk.get("/v1/tickets", who=ADMIN))["next_cursor"] is None
