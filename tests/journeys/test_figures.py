"""What the house tells Prometheus: every figure by its name, its labels of bounded variety, in a format that parses."""

import re
import uuid

import httpx

from services.cli.demo.stage import Stage
from services.cli.documents import openapi_document
from shared.events import TELLERS
from shared.inbox import Outcome
from tests.figures import OF_MACHINERY, OF_SERVICE, every_sample, figures_of, read_figures, samples_of
from tests.five_processes import House
from tests.journeys.conftest import OpenStage
from tests.journeys.stories import STORIES, desk_customer, shop_of, start_customer

ANYWHERE = {"", "/metrics", "/schema", "/schema/openapi.json"}
BY_TIME = {"sla_breaches_total", "invoices_total"}  # in real time none comes while a test runs


async def test_each_service_tells_its_own_figures_and_those_of_the_machinery(five: House, stage: Stage) -> None:
    await STORIES["S02"].play(stage)
    shop = await shop_of(stage, "next4")
    customer = await start_customer(stage, shop, "Sebo Quincas")
    ticket = await customer.asks("Estante nova", "Uma página para os livros raros.")
    await stage.see(lambda: shop.clocks(ticket), bool, what="the promise about it")

    told = {name: figures_of(five.url(name)).labels() for name in TELLERS}

    for name in TELLERS:
        expected = samples_of({**OF_MACHINERY, **OF_SERVICE[name]})
        assert told[name].items() <= expected.items(), name
        assert expected.keys() - told[name].keys() <= BY_TIME, name


async def test_no_label_holds_what_a_caller_wrote(five: House, stage: Stage) -> None:
    await STORIES["S02"].play(stage)
    written = str(uuid.uuid4())
    for path in (f"/v1/tickets/{written}", f"/{written}", f"/v1/offers/{written}", f"/metrics/{written}"):
        async with httpx.AsyncClient(base_url=five.url("ticketing"), timeout=30) as anybody:
            assert (await anybody.get(path)).status_code in (401, 404)

    figures = [figures_of(five.url(name)) for name in TELLERS]

    values = {label: set[str]().union(*(one.values(label) for one in figures)) for label in bounded()}
    assert values["route"] <= openapi_document()["paths"].keys() | ANYWHERE
    assert values["service"] <= {*TELLERS, ""}
    assert values["listener"] <= {*TELLERS}
    assert values["outcome"] <= {one.value for one in Outcome}
    assert values["tenant"] <= {"next4", "blocktime"}
    assert {value for value in values["status"] if not re.fullmatch(r"[1-5]\d\d|[a-z_]+", value)} == set()
    assert {value for several in values.values() for value in several if written in value} == set()


async def test_a_breach_and_an_invoice_are_counted_when_their_time_has_come(open_stage: OpenStage) -> None:
    story = STORIES["S02"]
    async with open_stage(story.begins) as stage:
        await story.play(stage)
        shop = await shop_of(stage, "blocktime")
        customer = await desk_customer(shop, "Transportes Riobaldo", plan_code="PRO", start_date="2026-12-01")
        ticket = await customer.asks("Planilha não abre", "A planilha de fretes não abre no meu computador.")
        await shop.triage(ticket, impact="one_user", operation="running")
        clocks = read_figures(await stage.api.get("/metrics"))
        await stage.at("2026-12-04T18:00-03:00")

        figures = read_figures(await stage.api.get("/metrics"))

    assert figures.labels().items() | clocks.labels().items() == every_sample().items()
    assert clocks.total("sla_clocks_running", tenant="blocktime", metric="attendance") == 1
    breached = {"tenant": "blocktime", "plan": "PRO", "priority": "low", "metric": "attendance"}
    assert (clocks.total("sla_breaches_total", **breached), figures.total("sla_breaches_total", **breached)) == (0, 1)
    assert figures.total("sla_clocks_running", tenant="blocktime", metric="attendance") == 0
    assert figures.total("invoices_total", tenant="next4") == 2
    assert figures.total("hours_available_minutes", tenant="next4") == 180


def bounded() -> set[str]:
    """Every label that there is, but those of a histogram's bucket."""
    return {label for labels in every_sample().values() for label in labels} - {"le"}
