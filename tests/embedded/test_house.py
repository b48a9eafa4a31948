"""An embedded house over HTTP: the clock route, two tenants side by side, real time, and a year in seconds."""

import json
import time
from datetime import datetime, timedelta
from pathlib import Path

import httpx

from services.cli.demo.stage import Stage
from services.client import Api
from services.embedded.house import House, open_house
from shared.auth import Role
from shared.settings import Settings
from tests.journeys.conftest import OpenStage, open_stage
from tests.journeys.stories import STORIES, desk_customer, refused, shop_of, start_customer, worked_and_closed

__all__ = ["open_stage"]

BEGINS = datetime.fromisoformat("2026-11-01T09:00-03:00")
YEAR_SECONDS = 30  # a year of two shops where others work too; it takes two where nobody does


def stage_of(house: House, http: httpx.AsyncClient, *, obeys: bool) -> Stage:
    """A stage in a house."""
    return Stage(api=Api(http), keys=house.keys, obeys=obeys, opened_at=house.world.clock.now())


async def test_the_clock_is_moved_by_admins_forward_only(open_stage: OpenStage) -> None:
    async with open_stage(BEGINS) as stage:
        admin = stage.bearer("next4", "admin", Role.ADMIN)
        agent = stage.bearer("next4", "bia", Role.AGENT)
        later = BEGINS + timedelta(days=9)

        await admin.move_to(later)

        assert await admin.now() == later
        await refused(admin.move_to(BEGINS), "time_goes_back", status=422)
        await refused(agent.move_to(later + timedelta(days=1)), "forbidden", status=403)
        await refused(admin.put("/v1/clock", {"now": "2026-12-01T09:00:00"}), "invalid", status=422)
        await refused(admin.put("/v1/clock", {"when": later.isoformat()}), "invalid", status=422)
        assert await admin.now() == later


async def test_the_document_of_a_rehearsal_has_its_clock_beside_those_of_promises(open_stage: OpenStage) -> None:
    async with open_stage(BEGINS) as stage:
        paths = json.loads(await stage.bearer("next4", "bia", Role.AGENT).get("/schema/openapi.json"))["paths"]

    assert {"get", "put"} <= paths["/v1/clock"].keys()
    assert "get" in paths["/v1/clocks/{clock_id}"]


async def test_a_house_goes_on_from_where_its_rehearsal_stood(tmp_path: Path) -> None:
    later = BEGINS + timedelta(days=40)
    async with open_house(tmp_path, settings=Settings(), start=BEGINS) as house:
        transport = httpx.ASGITransport(app=house.app)  # type: ignore[arg-type]  # ASGI, in other words
        async with httpx.AsyncClient(transport=transport, base_url="http://house") as http:
            stage = stage_of(house, http, obeys=True)
            customer = await start_customer(stage, await shop_of(stage, "next4"), "Livraria Capitu")
            await stage.at(later)
            before = await customer.invoices()

    async with open_house(tmp_path, settings=Settings(), start=later) as house:
        transport = httpx.ASGITransport(app=house.app)  # type: ignore[arg-type]  # as above
        async with httpx.AsyncClient(transport=transport, base_url="http://house") as http:
            assert house.world.clock.now() == later
            again = stage_of(house, http, obeys=True)
            person = again.bearer("next4", "davi", Role.APPROVER, organization_id=customer.organization_id)
            assert len((await person.get("/v1/invoices"))["items"]) == len(before) == 2


async def test_in_real_time_there_is_no_clock_route_and_facts_travel_by_themselves(tmp_path: Path) -> None:
    async with open_house(tmp_path, settings=Settings()) as house:
        transport = httpx.ASGITransport(app=house.app)  # type: ignore[arg-type]  # as above
        async with httpx.AsyncClient(transport=transport, base_url="http://house") as http:
            stage = await Stage.find(Api(http), house.keys)
            assert not stage.obeys
            for name in ("S02", "S10", "S17", "S26"):
                await STORIES[name].play(stage)


async def test_what_one_tenant_asks_of_the_others_data_is_not_there(open_stage: OpenStage) -> None:
    async with open_stage(BEGINS) as stage:
        next4, blocktime = await shop_of(stage, "next4"), await shop_of(stage, "blocktime")
        customer = await start_customer(stage, next4, "Livraria Capitu")
        other = await start_customer(stage, next4, "Editora Brás Cubas")
        ticket = await customer.asks("Banner da semana", "Trocar o banner da página inicial.")
        await next4.estimate(ticket, 60)
        await worked_and_closed(next4, ticket, 60)
        await stage.at("2026-11-03T08:00-03:00")
        (invoice,) = await customer.invoices()
        paths = [
            f"/v1/tickets/{ticket.id}",
            f"/v1/tickets/{ticket.id}/messages",
            f"/v1/tickets/{ticket.id}/estimates/1",
            f"/v1/accounts/{customer.contract_id}",
            f"/v1/accounts/{customer.contract_id}/entries",
            f"/v1/accounts/{customer.contract_id}/statements/2026-11",
            f"/v1/contracts/{customer.contract_id}",
            f"/v1/invoices/{invoice.invoice_id}",
        ]
        strangers = [blocktime.manager, blocktime.admin, other.person, other.approver]

        for path in paths:
            assert await customer.approver.get(path)
            for stranger in strangers:
                await refused(stranger.get(path), status=404)
        for listed in ("/v1/tickets", "/v1/contracts", "/v1/clocks", "/v1/messages"):
            assert (await blocktime.manager.get(listed))["items"] == []
        await refused(blocktime.agent.post(f"/v1/tickets/{ticket.id}/resolve"), status=404)


async def test_a_year_of_two_shops_passes_in_seconds(open_stage: OpenStage) -> None:
    async with open_stage(BEGINS) as stage:
        next4, blocktime = await shop_of(stage, "next4"), await shop_of(stage, "blocktime")
        bookshop = await start_customer(stage, next4, "Livraria Capitu")
        hauliers = await desk_customer(blocktime, "Transportes Riobaldo", plan_code="PRO", start_date="2026-11-01")
        started = time.monotonic()

        await stage.at("2027-11-02T00:00-03:00")

        assert time.monotonic() - started < YEAR_SECONDS
        assert (await bookshop.account()).balance_minutes == 12 * 180
        assert [len(await customer.invoices()) for customer in (bookshop, hauliers)] == [13, 13]
