"""The stories in earnest: five processes on PostgreSQL, RabbitMQ and Redis, over HTTP, in real time.

What only time brings is not waited for here: S02 ends with the statement that holds the accrued overage, S17 with the
hours that came back.
"""

from collections import Counter
from contextlib import aclosing

import pytest

from bench.closes import CLIENTS, close_at_once, worked
from services.cli.demo.stage import Stage
from services.cli.documents import openapi_document
from services.client import Api
from shared.auth import Role
from tests import five_processes, servers
from tests.journeys.proof import the_books_agree
from tests.journeys.stories import STORIES, shop_of, start_customer


@pytest.mark.parametrize("name", [name for name, story in STORIES.items() if not story.needs_time])
async def test_story(name: str, stage: Stage) -> None:
    assert not stage.obeys

    await STORIES[name].play(stage)


async def test_thirty_two_clients_close_tickets_of_one_contract_at_once_and_share_exactly_what_there_is(
    five: five_processes.House, postgres: servers.Postgres, stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = await shop_of(stage, "next4")
    customer = await start_customer(stage, shop, "Editora Quaresma")
    tickets = await worked(customer, CLIENTS)
    token = five.token(Role.AGENT)

    done = await close_at_once(customer, tickets, port=five.ports["ticketing"], token=token)

    names = [five.databases[name].rpartition("/")[2] for name in ("ticketing", "hourbank")]
    (found,) = postgres.execute("select sum(deadlocks) from pg_stat_database where datname = any($1)", names)
    with capsys.disabled():
        print(f"\nin earnest: {done}; PostgreSQL broke {found[0]} deadlocks on the way")
    assert (done.answers.refused, len(done.answers.seconds)) == ({}, 32)
    minutes = Counter[str]()
    for entry in done.entries:
        minutes[entry.kind] += entry.minutes
    assert (minutes["capture"] + minutes["consume"], minutes["overage"]) == (180, 32 * 25 - 180)
    assert (await customer.account()).balance_minutes == 0
    seen = [await shop.look(ticket, lambda one: bool(one.debits), what="the debit") for ticket in tickets]
    assert [[debit.minutes for debit in one.debits] for one in seen] == [[25]] * 32
    assert sum(debit.minutes_over for one in seen for debit in one.debits) == 32 * 25 - 180
    await the_books_agree(shop, customers=[customer])


async def test_a_process_shows_the_document_of_the_whole_house(five: five_processes.House) -> None:
    async with aclosing(Api.open(five.urls())) as api:
        shown = await api.http.get("/schema/openapi.json")

    assert shown.json()["paths"].keys() == openapi_document()["paths"].keys()
