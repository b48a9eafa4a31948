"""The hour bank over HTTP: balances, the ledger, statements, the offer; and who may see them."""

from __future__ import annotations

from uuid import uuid4

import msgspec
import pytest

from services.hourbank.app import measures
from shared.pages import cursor_behind
from tests.hourbank.conftest import Client
from tests.hourbank.pure import named, wall
from tests.hourbank.stage import SECTION, Stage

pytestmark = pytest.mark.anyio


async def story(stage: Stage) -> str:
    """S02 with a second ticket that waits; answers the account's path."""
    contract_id = await stage.activate("START", "2026-11-01")
    await stage.approve(await stage.publish("T1", 330, at="2026-11-10T10:00"), over=150, at="2026-11-10T15:00")
    await stage.close("T1", 320, at="2026-11-12T17:00")
    await stage.publish("T2", 30, at="2026-11-13T10:00")
    await stage.approve(await stage.publish("T3", 60, at="2026-11-13T11:00"), over=60, at="2026-11-13T12:00")
    await stage.move_to("2026-12-01T09:00")
    return f"/v1/accounts/{contract_id}"


async def test_the_balance_shows_lots_holds_and_what_was_approved_beyond_them(stage: Stage, client: Client) -> None:
    path = await story(stage)

    async with client("agent") as agent:
        answer = await agent.get(path)
        again = await agent.get(path, headers={"If-None-Match": answer.headers["ETag"]})

    shown = answer.json()
    assert (shown["balance_minutes"], shown["available_minutes"], shown["held_minutes"]) == (180, 180, 0)
    assert (shown["overage_approved_minutes"], shown["overage_approved_cents"]) == (60, 23000)
    assert (shown["low_threshold_minutes"], shown["next_grant_date"], shown["next_expiry_date"]) == (
        36,
        "2027-01-01",
        "2027-12-01",
    )
    assert [(lot["effective_date"], lot["consumed_minutes"], lot["available_minutes"]) for lot in shown["lots"]] == [
        ("2026-11-01", 180, 0),
        ("2026-12-01", 0, 180),
    ]
    assert [
        (hold["state"], hold["held_minutes"], hold["over_minutes"], hold["overage_cents"]) for hold in shown["holds"]
    ] == [
        ("waiting", 0, 30, 11500),
        ("approved", 0, 60, 23000),
    ]
    assert again.status_code == 304


async def test_the_ledger_is_read_in_pages_from_the_first_line_to_the_last(stage: Stage, client: Client) -> None:
    path = await story(stage)

    async with client("agent") as agent:
        first = (await agent.get(f"{path}/entries", params={"limit": 3})).json()
        second = (await agent.get(f"{path}/entries", params={"limit": 3, "cursor": first["next_cursor"]})).json()
        wrong = await agent.get(f"{path}/entries", params={"limit": 201})
        beyond = await agent.get(f"{path}/entries", params={"cursor": cursor_behind(2**31)})

    lines = first["items"] + second["items"]
    assert [(line["sequence"], line["kind"], line["minutes"], line["local_date"]) for line in lines] == [
        (1, "grant", 180, "2026-11-01"),
        (2, "hold", 180, "2026-11-10"),
        (3, "capture", 180, "2026-11-12"),
        (4, "overage", 140, "2026-11-12"),
        (5, "grant", 180, "2026-12-01"),
    ]
    assert (first["next_cursor"], second["next_cursor"]) == (cursor_behind(3), None)
    assert (lines[2]["ticket_id"], lines[2]["lot_effective_date"], lines[2]["actor"]) == (
        str(named("T1")),
        "2026-11-01",
        "ana",
    )
    assert (lines[3]["lot_id"], lines[3]["hour_price_cents"], lines[3]["tranche"]) == (None, 23000, 1)
    assert (wrong.status_code, beyond.status_code) == (422, 422)


async def test_a_statement_is_summed_from_the_ledger_with_its_closings(stage: Stage, client: Client) -> None:
    path = await story(stage)

    async with client("agent") as agent:
        november = (await agent.get(f"{path}/statements/2026-11")).json()
        december = (await agent.get(f"{path}/statements/2026-12")).json()
        statuses = [
            (await agent.get(f"{path}/statements/{month}")).status_code
            for month in ("2026-10", "2027-01", "2026-13", "hoje", "20\uff12\uff16-11", "2026-11%0A")
        ]

    figures = ("opening", "granted", "debited", "expired", "closing", "overage")
    assert [november[f"{name}_minutes"] for name in figures] == [0, 180, 180, 0, 0, 140]
    assert (november["overage_cents"], november["issued_at"]) == (53667, "2026-12-01T11:00:00Z")
    assert [(one["minutes"], one["over_minutes"], one["ticket_number"]) for one in november["debits"]] == [
        (320, 140, 1042)
    ]
    assert [(one["effective_date"], one["minutes"]) for one in november["debits"][0]["by_lot"]] == [("2026-11-01", 180)]
    assert [december[f"{name}_minutes"] for name in figures] == [0, 180, 0, 0, 180, 0]
    assert december["issued_at"] is None
    assert statuses == [404, 404, 422, 422, 422, 422]


async def test_nobody_sees_another_organizations_or_another_providers_hours(stage: Stage, client: Client) -> None:
    path = await story(stage)
    own = client("customer", organization_id=named("organization"))
    foreign = client("customer", organization_id=uuid4())
    elsewhere = client("admin", tenant="blocktime")
    other_stage = Stage(stage.database, stage.clock, tenant="blocktime")
    await other_stage.apply()

    async with own, foreign, elsewhere:
        for place in (
            "",
            "/entries",
            "/entries/1/explanation",
            "/forecast",
            "/statements",
            "/statements/2026-11",
            "/statements/2026-11?format=pdf",
        ):
            assert (await own.get(path + place)).status_code == 200
            assert (await foreign.get(path + place)).status_code == 404
            assert (await elsewhere.get(path + place)).status_code == 404


async def test_the_offer_is_applied_once_and_read_back(stage: Stage, client: Client) -> None:
    document = msgspec.to_builtins(SECTION)

    async with client("admin") as admin, client("agent") as agent:
        same = await admin.put("/v1/offers/hourbank", json=document)
        changed = await admin.put("/v1/offers/hourbank", json=document | {"low_percent": 50})
        read = await admin.get("/v1/offers/hourbank")
        refused = await agent.put("/v1/offers/hourbank", json=document)

    assert (same.json(), changed.json()) == ({"version": 1, "changed": False}, {"version": 2, "changed": True})
    assert read.json()["low_percent"] == 50
    assert refused.status_code == 403


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"calendar": "elsewhere"}, "calendar"),
        (
            {"calendars": {"office": {"name": "office", "timezone": "America/Sao_Paulo", "hours": {}}}},
            "calendars.office.hours",
        ),
        ({"low_percentage": 20}, "low_percentage"),
    ],
)
async def test_an_offer_that_breaks_a_rule_is_refused_by_field(
    stage: Stage, client: Client, change: dict[str, object], field: str
) -> None:
    async with client("admin") as admin:
        answer = await admin.put("/v1/offers/hourbank", json=msgspec.to_builtins(SECTION) | change)
        kept = await admin.get("/v1/offers/hourbank")

    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert kept.json()["calendar"] == "office"


async def test_the_metrics_say_how_many_minutes_are_available_by_provider(stage: Stage) -> None:
    await story(stage)

    async with stage.database.reading() as tx:
        found = await measures(tx)

    assert [(one.name, one.labels, one.value) for one in found] == [
        ("hours_available_minutes", (("tenant", "next4"),), 180)
    ]


async def test_a_balance_is_shown_as_of_now_also_before_the_midnights_job_has_run(stage: Stage, client: Client) -> None:
    path = f"/v1/accounts/{await stage.activate('START', '2026-11-01')}"
    stage.clock.move_to(wall("2026-11-30T12:00"))

    async with client("agent") as agent:
        in_november = await agent.get(path)
        stage.clock.move_to(wall("2026-12-01T00:00"))
        at_midnight = await agent.get(path)
        written = len(await stage.ledger())
        await stage.move_to("2026-12-01T00:00")
        after_the_job = await agent.get(path)

    assert (in_november.json()["available_minutes"], at_midnight.json()["available_minutes"], written) == (180, 360, 1)
    assert after_the_job.json() == at_midnight.json()
    assert in_november.headers["ETag"] != at_midnight.headers["ETag"] == after_the_job.headers["ETag"]


async def test_every_route_is_described_with_examples(client: Client) -> None:
    async with client("agent") as agent:
        document = (await agent.get("/schema/openapi.json")).json()

    paths = {path for path in document["paths"] if path.startswith(("/v1/accounts", "/v1/offers"))}
    assert paths == {
        "/v1/accounts/{contract_id}",
        "/v1/accounts/{contract_id}/entries",
        "/v1/accounts/{contract_id}/entries/{sequence}/explanation",
        "/v1/accounts/{contract_id}/reversals",
        "/v1/accounts/{contract_id}/corrections",
        "/v1/accounts/{contract_id}/opening-lots/{reference}",
        "/v1/accounts/{contract_id}/tickets/{ticket_id}/reversals",
        "/v1/accounts/{contract_id}/forecast",
        "/v1/accounts/{contract_id}/what-if",
        "/v1/accounts/{contract_id}/statements",
        "/v1/accounts/{contract_id}/statements/{month}",
        "/v1/offers/hourbank",
    }
    account = document["components"]["schemas"]["AccountView"]
    assert account["properties"]["balance_minutes"]["examples"] == [180]
