"""An embedded house that kills itself at a crash point loses nothing and does nothing twice (the two-person shop)."""

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, closing
from datetime import timedelta
from pathlib import Path

import pytest

from services.cli.demo.actors import APPROVES, ASKS, Customer, Person, Shop
from services.cli.demo.seen import Letter
from services.cli.demo.stage import Stage
from services.client import Api, NobodyAnswers
from services.embedded.folder import DataFolder
from shared.auth import Keys
from shared.events import TELLERS
from tests.journeys.stories import shop_of

ROOT = Path(__file__).resolve().parents[2]
SIGKILLED = -9
END_SECONDS = 30

ANA = Person(subject=ASKS, name="Ana Sancha", email="ana@livraria.example")
DAVI = Person(subject=APPROVES, name="Davi Escobar", email="davi@livraria.example")
EVERY_DAY = {"subject": "Backup do dia", "description": "Conferir o backup.", "rule": "FREQ=DAILY"}
TICKET = {"subject": "Banner da semana", "description": "Trocar o banner da página inicial."}


def start(data: Path, crash_at: str) -> subprocess.Popen[str]:
    """A house in a process of its own, in real time, to kill itself at a crash point if one is named."""
    command = [sys.executable, "-m", "services", "embedded", "--port", "0", "--data", str(data)]
    environment = {
        **os.environ,
        "CRASH_AT": crash_at,
        "PONTEIRO_LOG_LEVEL": "WARNING",
        "PONTEIRO_REQUESTS_A_MINUTE": "0",
    }
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


@asynccontextmanager
async def house(data: Path, *, crash_at: str = "") -> AsyncIterator[tuple[Stage, subprocess.Popen[str]]]:
    """A house that answers."""
    with start(data, crash_at) as process:
        assert process.stdout is not None
        try:
            async with aclosing(Api.open([process.stdout.readline().split()[4]])) as api:
                yield await Stage.find(api, Keys(DataFolder(data).token_key())), process
        finally:
            process.terminate()
            process.wait(END_SECONDS)


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Customer, Path]:
    """A customer, and the data folder of a house that was closed in good order after the contract was signed."""
    data = tmp_path_factory.mktemp("signed")
    return asyncio.run(sign(data)), data


@pytest.mark.parametrize(
    "crash_at",
    ["commit.after", "inbox.handled", "relay.confirmed"],
)
async def test_what_was_begun_before_the_kill_is_done_once_after_it(
    tmp_path: Path, signed: tuple[Customer, Path], crash_at: str
) -> None:
    customer, prepared = signed
    data = shutil.copytree(prepared, tmp_path / "data")

    async with house(data, crash_at=crash_at) as (stage, process):
        with pytest.raises(NobodyAnswers):
            await open_until_nobody_answers(on(customer, stage))
        assert process.wait(END_SECONDS) == SIGKILLED

    async with house(data) as (stage, _process):
        again = on(customer, stage)
        answer = await open_ticket(again)
        shop = again.shop
        tickets = (await shop.agent.get("/v1/tickets"))["items"]
        letters = await stage.see(
            shop.letters, lambda seen: {one.template for one in seen} >= {"ticket_opened"}, what="the letter"
        )
        clocks = await stage.see(
            lambda: shop.agent.get("/v1/clocks"), lambda page: len(page["items"]) > 0, what="the clock"
        )

        assert [ticket["id"] for ticket in tickets] == [answer]
        assert [clock["ticket_id"] for clock in clocks["items"]] == [answer]
        opened = [letter for letter in letters if letter.template == "ticket_opened"]
        assert sorted(letter.to_email for letter in opened) == [ANA.email, DAVI.email]


@pytest.mark.parametrize(("crash_at", "opened"), [("job.ran", 0), ("job.committed", 1)])
async def test_a_demand_that_comes_again_is_opened_once_although_the_house_died_of_it(
    tmp_path: Path, signed: tuple[Customer, Path], crash_at: str, opened: int
) -> None:
    customer, prepared = signed
    data = shutil.copytree(prepared, tmp_path / "data")

    async with house(data, crash_at=crash_at) as (stage, process):
        comes_at = await stage.api.now() + timedelta(seconds=2)
        plan = EVERY_DAY | {"contract_id": str(customer.contract_id), "first_at": comes_at.isoformat()}
        planned = (await on(customer, stage).shop.agent.post("/v1/recurrences", plan)).body
        assert process.wait(END_SECONDS) == SIGKILLED
    assert occurrences_in(data) == opened

    async with house(data) as (stage, _process):
        shop = on(customer, stage).shop
        at = f"/v1/recurrences/{planned['id']}"
        await stage.see(lambda: shop.agent.get(at), lambda one: one["opened"] > 0, what="the ticket")
        clocks = await stage.see(
            lambda: shop.agent.get("/v1/clocks"), lambda page: len(page["items"]) > 0, what="the clock"
        )
        one, came = await shop.agent.get(at), (await shop.agent.get(f"{at}/occurrences"))["items"]
        tickets = (await shop.agent.get("/v1/tickets"))["items"]

        assert (one["opened"], one["missed"], one["next_at"]) == (1, 0, planned["upcoming"][1])
        assert [when["occurs_at"] for when in came] == [planned["upcoming"][0]]
        assert [ticket["id"] for ticket in tickets] == [when["ticket_id"] for when in came]
        assert [clock["ticket_id"] for clock in clocks["items"]] == [tickets[0]["id"]]


def occurrences_in(data: Path) -> int:
    """How many occurrences a house that does not run has opened."""
    with closing(sqlite3.connect(data / "ticketing.db")) as database:
        (count,) = database.execute("SELECT count(*) FROM occurrences").fetchone()
        return int(count)


async def sign(data: Path) -> Customer:
    """A customer, whose contract everybody has heard of."""
    async with house(data) as (stage, _process):
        shop = await shop_of(stage, "next4")
        today = str(stage.opened_at.date())
        customer = await shop.sign("Livraria Capitu", people=(ANA, DAVI), plan_code="START", start_date=today)
        await stage.see(shop.letters, all_left, what="the contract's letters")
        await stage.see(lambda: stage.api.get("/metrics"), nothing_is_unsent, what="everything carried")
        return customer


def all_left(letters: list[Letter]) -> bool:
    """Whether both were written to, and nothing waits to be sent."""
    return len(letters) >= len((ANA, DAVI)) and all(letter.state == "kept" for letter in letters)


def nothing_is_unsent(figures: str) -> bool:
    """Whether every fact was carried: the next house begins with nothing to do."""
    unsent = [line.rpartition(" ")[2] for line in figures.splitlines() if line.startswith("outbox_unsent{")]
    return len(unsent) == len(TELLERS) and {float(one) for one in unsent} == {0.0}


def on(customer: Customer, stage: Stage) -> Customer:
    """The same customer, on another stage."""
    shop = Shop(stage=stage, tenant="next4")
    return Customer(
        shop=shop, name=customer.name, contract_id=customer.contract_id, organization_id=customer.organization_id
    )


async def open_ticket(customer: Customer) -> str:
    """Open the ticket, or hear again that it is open: its id."""
    answer = await customer.person.post("/v1/tickets", TICKET, headers={"Idempotency-Key": "banner-1"})
    return str(answer.body["id"])


async def open_until_nobody_answers(customer: Customer) -> None:
    """Send the same request again and again."""
    while True:
        await open_ticket(customer)
