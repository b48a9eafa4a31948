"""Calendars that people edit: days laid over them, what that moves, and a preview that equals the save (S-13, S-22)."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from services.sla.domain import Clock, Metric
from services.sla.offer import Policy
from tests.sla.conftest import Client
from tests.sla.shops import Life, Sla, local, section

pytestmark = pytest.mark.anyio

CLOSED = {"kind": "closed", "reason": "Mudança de escritório", "source": "Circular 7"}


async def due(sla: Sla, life: Life) -> tuple[str, str | None]:
    """How the one clock of a ticket stands, and when it is due in São Paulo."""
    (clock,) = await sla.clocks(life)
    return (clock.state.value, local(clock.due_at))


def seen(clock: Clock) -> tuple[Any, ...]:
    """What of a clock people see: while it stands still, what is left of it; else when it is due."""
    return (clock.state.value, clock.remaining_seconds, clock.due_at if clock.remaining_seconds is None else None)


async def test_a_day_that_is_closed_moves_what_is_open_and_says_so(blocktime: Sla, client: Client) -> None:
    life = Life(priority="low")
    await blocktime.hear(life.opened("2026-11-17T16:00"))

    answer = await client("manager").put("/v1/calendars/business/days/2026-11-18", json=CLOSED)

    told = await blocktime.said()
    assert (answer.status_code, answer.json()["moved"], answer.headers["etag"]) == (200, 1, '"2"')
    assert await due(blocktime, life) == ("running", "2026-11-19T10:00")
    assert [name for name, _ in told] == ["clock_started", "clock_rescheduled", "calendar_changed"]
    assert (told[1][1]["reason"], told[1][1]["previous_due_at"]) == ("calendar_changed", "2026-11-18T13:00:00Z")
    assert (told[2][1]["calendar"], told[2][1]["version"], told[2][1]["open_clocks_moved"]) == ("business", 2, 1)


async def test_what_is_decided_keeps_the_verdict_of_its_own_version(blocktime: Sla, client: Client) -> None:
    met, broken = Life(priority="low"), Life(priority="low")
    await blocktime.hear(met.opened("2026-07-06T08:00"), broken.opened("2026-07-06T08:00"))
    await blocktime.hear(met.message("2026-07-06T09:00"))
    await blocktime.move_to("2026-07-06T13:00")
    await blocktime.hear(broken.message("2026-07-06T12:30"))
    before = [*await blocktime.clocks(met), *await blocktime.clocks(broken)]

    answer = await client("manager").put("/v1/calendars/business/days/2026-07-06", json=CLOSED)

    assert (answer.json()["changed"], answer.json()["moved"]) == (True, 0)
    assert [*await blocktime.clocks(met), *await blocktime.clocks(broken)] == before
    assert [clock.calendar_version for clock in before] == [1, 1]


async def test_a_holiday_that_nobody_had_entered_forgives_the_breach_of_what_is_still_owed(
    blocktime: Sla, client: Client
) -> None:
    life = Life(priority="low")
    await blocktime.hear(life.opened("2026-07-06T08:00"))
    await blocktime.move_to("2026-07-06T13:00")
    assert await due(blocktime, life) == ("breached", "2026-07-06T12:00")

    answer = await client("manager").put("/v1/calendars/business/days/2026-07-06", json=CLOSED)

    assert (answer.json()["forgiven"], answer.json()["moves"][0]["is_forgiven"]) == (1, True)
    assert await due(blocktime, life) == ("running", "2026-07-07T12:00")
    assert (await blocktime.names())[-3:] == ["breach_revised", "clock_rescheduled", "calendar_changed"]
    await blocktime.move_to("2026-07-07T12:00")
    assert await due(blocktime, life) == ("breached", "2026-07-07T12:00")
    assert (await blocktime.names()).count("sla_breached") == 2


async def test_a_holiday_that_is_worked_after_all_breaks_what_its_time_is_over_for(
    blocktime: Sla, client: Client
) -> None:
    life = Life(priority="low")
    await blocktime.hear(life.opened("2026-11-19T17:00"))
    blocktime.clock.move_to((await blocktime.clocks(life))[0].levels[0].at.replace(hour=12, minute=30))

    answer = await client("manager").put("/v1/calendars/business/days/2026-11-20", json={"kind": "open"})
    await blocktime.settle()

    assert (answer.json()["broken"], answer.json()["moves"][0]["due_at"]) == (1, "2026-11-20T14:00:00Z")
    assert await due(blocktime, life) == ("breached", "2026-11-20T11:00")


async def test_a_ticket_that_waits_is_counted_by_the_new_calendar_when_it_goes_on(
    blocktime: Sla, client: Client
) -> None:
    life = Life(priority="low")
    await blocktime.hear(life.opened("2026-07-06T16:00"), life.paused("2026-07-06T17:00"))

    await client("manager").put("/v1/calendars/business/days/2026-07-07", json=CLOSED)
    await blocktime.hear(life.resumed("2026-07-07T09:00"))

    assert await due(blocktime, life) == ("running", "2026-07-08T11:00")


async def test_a_promise_that_is_made_after_the_edit_is_counted_by_it(blocktime: Sla, client: Client) -> None:
    life = Life(priority="low")
    await blocktime.hear(life.opened("2026-07-06T08:00"), life.message("2026-07-06T08:10"))
    await client("manager").put("/v1/calendars/business/days/2026-07-07", json=CLOSED)

    await blocktime.hear(life.promised("2026-07-06T17:00", "2026-07-08T10:00"))

    (clock,) = [clock for clock in await blocktime.clocks(life) if clock.metric is Metric.DELIVERY]
    assert (clock.target_seconds, clock.calendar_version) == (3 * 3600, 2)


async def test_a_laid_day_stays_when_the_offer_is_applied_again(blocktime: Sla, client: Client) -> None:
    manager = client("manager")
    await manager.put("/v1/calendars/business/days/2026-11-18", json=CLOSED)

    again = await client("admin").put("/v1/offers/sla", json=(await client("admin").get("/v1/offers/sla")).json())

    view = (await manager.get("/v1/calendars/business")).json()
    assert (again.json()["changed"], view["version"]) == (False, 2)
    assert [one["day"] for one in view["laid_days"]] == [{"date": "2026-11-18", "windows": [], **CLOSED}]
    assert view["laid_days"][0]["changed_by"] == "manager"


async def test_taking_a_laid_day_away_brings_back_what_was(blocktime: Sla, client: Client) -> None:
    life, manager = Life(priority="low"), client("manager")
    await blocktime.hear(life.opened("2026-11-17T16:00"))
    await manager.put("/v1/calendars/business/days/2026-11-18", json=CLOSED)

    answer = await manager.delete("/v1/calendars/business/days/2026-11-18")

    assert (answer.status_code, answer.json()["moved"]) == (200, 1)
    assert await due(blocktime, life) == ("running", "2026-11-18T10:00")
    assert (await manager.delete("/v1/calendars/business/days/2026-11-18")).status_code == 404


@pytest.mark.parametrize(
    ("path", "body", "rule"),
    [
        ("/v1/calendars/business", {"timezone": "America/Sao_Paulo", "hours": {}}, "never_opens"),
        ("/v1/calendars/new", {"timezone": "America/Sampa", "hours": {"mon": [["08:00", "18:00"]]}}, "unknown_zone"),
        ("/v1/calendars/business/days/2026-11-18", {"kind": "partial"}, "partial_without_windows"),
        ("/v1/calendars/business/days/2026-11-21", {"kind": "open"}, "open_without_windows"),
    ],
)
async def test_a_calendar_that_cannot_be_counted_by_is_refused_and_nothing_changes(
    blocktime: Sla, client: Client, path: str, body: Any, rule: str
) -> None:
    manager = client("manager")

    answer = await manager.put(path, json=body)

    assert (answer.status_code, answer.json()["rule"]) == (422, rule)
    view = (await manager.get("/v1/calendars/business")).json()
    assert (view["version"], view["laid_days"], await blocktime.names()) == (1, [], [])


async def test_an_edit_of_a_version_that_holds_no_more_is_refused(blocktime: Sla, client: Client) -> None:
    manager = client("manager")
    await manager.put("/v1/calendars/business/days/2026-11-18", json=CLOSED)

    stale = await manager.put("/v1/calendars/business/days/2026-11-19", json=CLOSED, headers={"If-Match": '"1"'})

    assert (stale.status_code, stale.json()["field"]) == (412, "If-Match")
    assert (await manager.get("/v1/calendars/business")).json()["version"] == 2


async def test_only_managers_edit_and_nobody_sees_another_providers_days(blocktime: Sla, client: Client) -> None:
    path = "/v1/calendars/business/days/2026-11-18"

    assert (await client("agent").put(path, json=CLOSED)).status_code == 403
    assert (await client("manager", tenant="next4").put(path, json=CLOSED)).status_code == 404
    assert (await client("manager").get("/v1/calendars/business")).json()["laid_days"] == []


BY_NIGHT = {"timezone": "America/Sao_Paulo", "hours": {"mon": [["07:00", "11:00"]], "tue": [["22:00", "02:00"]]}}
CHANGES: list[tuple[dict[str, Any], str, dict[str, Any]]] = [
    ({"days": [{"date": "2026-11-18", **CLOSED}]}, "/days/2026-11-18", CLOSED),
    ({"days": [{"date": "2026-11-16", **CLOSED}]}, "/days/2026-11-16", CLOSED),
    (
        {
            "calendar": {
                "timezone": "America/Sao_Paulo",
                "hours": {"mon": [["07:00", "11:00"]], "tue": [["22:00", "02:00"]]},
            }
        },
        "",
        {"timezone": "America/Sao_Paulo", "hours": {"mon": [["07:00", "11:00"]], "tue": [["22:00", "02:00"]]}},
    ),
]


@pytest.mark.parametrize(("change", "path", "body"), CHANGES)
async def test_a_preview_is_what_the_save_then_does(
    blocktime: Sla, client: Client, change: dict[str, Any], path: str, body: dict[str, Any]
) -> None:
    lives = [Life(priority="low") for _ in range(5)]
    await blocktime.hear(
        *(life.opened(f"2026-11-16T{hour}:00") for life, hour in zip(lives, range(10, 15), strict=True))
    )
    await blocktime.hear(lives[0].paused("2026-11-16T10:30"), lives[1].promised("2026-11-16T11:30", "2026-11-18T17:00"))
    await blocktime.hear(
        lives[1].paused("2026-11-16T12:00", "blocked"), lives[1].resumed("2026-11-16T13:00", "blocked")
    )
    await blocktime.move_to("2026-11-16T17:00")
    before, told = [await blocktime.clocks(life) for life in lives], len(await blocktime.names())

    preview = (await client("manager").post("/v1/calendars/business/preview", json=change)).json()
    assert [await blocktime.clocks(life) for life in lives] == before
    assert len(await blocktime.names()) == told
    saved = (await client("manager").put(f"/v1/calendars/business{path}", json=body)).json()

    after = {clock.id: clock for life in lives for clock in await blocktime.clocks(life)}
    was = {clock.id: clock for clocks in before for clock in clocks}
    assert preview == saved
    assert preview["moved"] > 0
    moved = {move["clock_id"] for move in preview["moves"]}
    assert moved == {str(one) for one in after if seen(after[one]) != seen(was[one])}
    for life in lives:
        rows = await blocktime.rows(life)
        await blocktime.replay(life)
        assert await blocktime.rows(life) == rows


SUNDAY_WORKED = {"date": "2026-11-15", "kind": "partial", "windows": [["08:00", "18:00"]]}
LONG_LUNCH = {"date": "2026-11-16", "kind": "partial", "windows": [["08:00", "11:00"], ["16:00", "18:00"]]}


def promising(minutes: int) -> dict[str, Any]:
    """Attention for everybody within so many minutes, open tickets among them."""
    return {"policies": [{"target_minutes": minutes}], "apply_to_open": True}


@pytest.mark.parametrize(
    ("preview", "save", "body", "dues", "counts"),
    [
        (
            "/v1/calendars/business/preview",
            "/v1/calendars/business",
            {"days": [SUNDAY_WORKED, LONG_LUNCH]},
            ["2026-11-17T09:00", "2026-11-15T16:00", "2026-11-17T10:00"],
            (3, 1, 1),
        ),
        (
            "/v1/policies/preview",
            "/v1/policies",
            promising(480),
            ["2026-11-16T18:00", "2026-11-17T11:30", "2026-11-17T13:00"],
            (3, 0, 1),
        ),
        (
            "/v1/policies/preview",
            "/v1/policies",
            promising(60),
            ["2026-11-16T14:00", "2026-11-16T17:30", "2026-11-16T17:30"],
            (1, 0, 0),
        ),
    ],
)
async def test_what_a_preview_says_breaks_is_broken_and_what_it_forgives_is_revised(
    blocktime: Sla,
    client: Client,
    preview: str,
    save: str,
    body: dict[str, Any],
    dues: list[str],
    counts: tuple[int, int, int],
) -> None:
    broken, waited, fresh, met, answered = lives = [Life(priority="low") for _ in range(5)]
    await blocktime.hear(met.opened("2026-11-16T09:00"), met.message("2026-11-16T09:30"))
    await blocktime.hear(broken.opened("2026-11-16T10:00"), answered.opened("2026-11-16T10:00"))
    await blocktime.hear(
        waited.opened("2026-11-15T12:00"), waited.paused("2026-11-16T08:30"), waited.resumed("2026-11-16T14:00")
    )
    await blocktime.hear(answered.message("2026-11-16T14:30"), fresh.opened("2026-11-16T15:00"))
    await blocktime.move_to("2026-11-16T17:00")
    decided, told = [await blocktime.clocks(life) for life in (met, answered)], len(await blocktime.said())
    admin = client("admin")
    if "calendars" in save:
        body = (await admin.get(save)).json()["calendar"] | body

    foreseen = await admin.post(preview, json={"calendar": body} if "calendars" in save else body)
    saved = await admin.put(save, json=body)
    await blocktime.settle()

    effect = foreseen.json()
    assert effect == saved.json()
    assert (effect["moved"], effect["broken"], effect["forgiven"]) == counts
    assert [local((await blocktime.clocks(life))[0].due_at) for life in lives[:3]] == dues
    assert [await blocktime.clocks(life) for life in (met, answered)] == decided
    after = (await blocktime.said())[told:]
    for name, mark in (("sla_breached", "breaks"), ("breach_revised", "is_forgiven")):
        foretold = [move["clock_id"] for move in effect["moves"] if move[mark]]
        assert [one["clock_id"] for said, one in after if said == name] == foretold


async def test_policies_for_open_tickets_hold_for_one_that_is_counted_by_a_calendar_of_before(
    blocktime: Sla, client: Client
) -> None:
    offered, life = section("blocktime"), Life(priority="low")
    calendars = offered.calendars | {"old": msgspec.structs.replace(offered.calendars["business"], name="old")}
    policies = (Policy(target_minutes=240, calendar="old"),)
    await blocktime.apply(msgspec.structs.replace(offered, calendars=calendars, policies=policies))
    await blocktime.hear(life.opened("2026-07-06T08:00"))
    await blocktime.apply(offered)

    answer = (await client("admin").put("/v1/policies", json=promising(60))).json()

    assert answer["moved"] == 1
    assert await due(blocktime, life) == ("running", "2026-07-06T09:00")


async def test_policies_hold_for_new_tickets_unless_they_are_asked_to_hold_for_open_ones(
    blocktime: Sla, client: Client
) -> None:
    policies = [{"target_minutes": 480}, {"priority": "low", "target_minutes": 60}]
    old, new = Life(priority="low"), Life(priority="low")
    await blocktime.hear(old.opened("2026-07-06T08:00"))
    admin = client("admin")
    asked = {"policies": policies, "apply_to_open": True}
    nothing = (await admin.post("/v1/policies/preview", json={"policies": policies})).json()
    something = (await admin.post("/v1/policies/preview", json=asked)).json()

    first = (await admin.put("/v1/policies", json={"policies": policies})).json()
    await blocktime.hear(new.opened("2026-07-06T08:00"))

    assert (nothing["moved"], first["moved"], something["moved"]) == (0, 0, 1)
    assert await due(blocktime, old) == ("running", "2026-07-06T12:00")
    assert await due(blocktime, new) == ("running", "2026-07-06T09:00")
    assert (await client("agent").get("/v1/policies")).json()["text"]["pt-BR"].startswith("Todo chamado")


async def test_an_open_promise_is_counted_anew_with_some_grace_where_it_is_asked_for(
    blocktime: Sla, client: Client
) -> None:
    life, broken = Life(priority="low"), Life(priority="medium")
    await blocktime.hear(broken.opened("2026-07-06T08:00"), life.opened("2026-07-06T08:00"))
    await blocktime.move_to("2026-07-06T10:30")
    policies = [{"target_minutes": 60}, {"priority": "medium", "target_minutes": 240}]
    body = {"policies": policies, "apply_to_open": True}

    preview = (await client("admin").post("/v1/policies/preview", json=body)).json()
    saved = (await client("admin").put("/v1/policies", json=body)).json()

    assert preview == saved
    assert (saved["moved"], saved["broken"], saved["forgiven"]) == (2, 0, 1)
    assert await due(blocktime, life) == ("running", "2026-07-06T11:00")  # an hour is past: thirty minutes from now
    assert await due(blocktime, broken) == ("running", "2026-07-06T12:00")
