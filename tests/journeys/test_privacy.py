"""A person is forgotten in every service, and the minutes, the centavos and the hashes stay what they were (5.1)."""

import io
import logging
from typing import Any

import pytest

from services.cli.demo.actors import APPROVES, ASKS, Person
from services.cli.demo.stage import Stage
from services.client import Answered
from tests.journeys.conftest import OpenStage
from tests.journeys.stories import STORIES, shop_of, worked_and_closed

ANA = Person(subject=ASKS, name="Ana Sancha Petrópolis", email="ana.sancha@livraria.example")
DAVI = Person(subject=APPROVES, name="Davi Escobar", email="davi@livraria.example")
PHONE = "+55 11 98765-4321"
TYPED = (ANA.name, ANA.email, PHONE, DAVI.name, DAVI.email)
SAYS = f"Sou {ANA.name}, {ANA.email}, telefone {PHONE}."
MARK = "Titular anonimizado #1"


async def played(stage: Stage) -> tuple[Any, Any, Any]:
    """Story S02, with a name, an address and a telephone number in what people ask, answer and are called.

    Names in reasons and justifications are not among it: letters quote those, and so they travel in facts (N16, N17).
    """
    shop = await shop_of(stage, "next4")
    customer = await shop.sign("Livraria", people=(ANA, DAVI), plan_code="START", start_date="2026-11-01")
    await stage.at("2026-11-10T10:00-03:00")
    ticket = await customer.asks(f"Portal: {ANA.name} {PHONE}", SAYS)
    await shop.write(ticket, SAYS)
    await customer.answers(ticket, SAYS)
    first = await shop.estimate(ticket, 300)
    await customer.declines(ticket, first, reason=f"Melhor falar com {DAVI.email} ou {PHONE}.")
    second = await shop.estimate(ticket, 330)
    await customer.approves(ticket, second)
    await shop.promise(ticket, "2026-11-13T17:00-03:00")
    await stage.at("2026-11-12T17:00-03:00")
    await worked_and_closed(shop, ticket, 330)
    await stage.at("2026-12-01T08:00-03:00")
    return shop, customer, ticket


async def test_what_people_ask_answer_and_are_called_is_in_no_fact_and_no_line_of_the_log(
    open_stage: OpenStage, logged: io.StringIO
) -> None:
    logging.getLogger().setLevel(logging.DEBUG)
    async with open_stage(STORIES["S02"].begins) as stage:
        shop, _, _ = await played(stage)
        await shop.manager.post(f"/v1/people/{ASKS}/export", {})
        facts = [
            (await shop.office.get(f"/v1/feeds/{teller}", limit=500))["facts"]
            for teller in ("ticketing", "hourbank", "sla", "billing", "notify")
        ]

    told = repr(facts)
    assert len(facts[0]) > 10
    assert [typed for typed in TYPED if typed in told] == []
    lines = logged.getvalue()
    assert "message tried" in lines
    assert [typed for typed in TYPED if typed in lines] == []


async def test_who_is_anonymised_is_nobody_anywhere_and_no_minute_or_centavo_moves(open_stage: OpenStage) -> None:
    async with open_stage(STORIES["S02"].begins) as stage:
        shop, customer, ticket = await played(stage)
        file = await named_and_filed(shop, customer)
        asked = (await shop.manager.post(f"/v1/people/{ASKS}/export", {})).body
        export = f"/v1/people/{ASKS}/exports/{asked['export_id']}"
        kept = await shop.manager.get(export)
        before = await the_books(shop, customer)

        gone = (await shop.manager.post(f"/v1/people/{ASKS}/anonymise", {})).body
        again = (await shop.manager.post(f"/v1/people/{ASKS}/anonymise", {})).body
        await stage.at("2026-12-01T09:00-03:00")

        assert asked["due_at"].startswith("2026-12-16T")
        assert [one["subject"] for one in kept["tickets"]] == [f"Portal: {ANA.name} {PHONE}", "Outro"]
        assert SAYS in [one["text"] for one in kept["messages"]]
        assert [one["name"] for one in kept["files"]] == [f"{ANA.name}.txt"]
        assert [one["name"] for one in kept["known_as"]] == [ANA.name]
        assert (gone["name"], again["name"]) == (MARK, MARK)
        assert await the_books(shop, customer) == before
        left = await shop.manager.get(export)
        assert {one["text"] for one in left["messages"]} == {MARK}
        assert {one["subject"] for one in left["tickets"]} == {MARK}
        assert (await shop.manager.get(f"/v1/tickets/{ticket.id}"))["subject"] == MARK
        assert [(one["name"], one["email"]) for one in left["known_as"]] == [(MARK, None)]
        with pytest.raises(Answered, match="no such file"):
            await shop.manager.get(file)
        assert [typed for typed in (ANA.name, ANA.email, PHONE) if typed in repr(left)] == []
        with pytest.raises(Answered, match="no such contact"):
            await shop.manager.get(f"/v1/contacts/{ASKS}")
        letters = (await shop.manager.get("/v1/messages", limit=100))["items"]
        assert {one["body"] for one in letters if one["contact_id"] == ASKS} == {MARK}
        assert [one["contact_id"] for one in letters if one["template"] == "privacy_export_requested"] == [ASKS]
        assert not any(ANA.email in one["to_email"] for one in letters)
        assert any(DAVI.email == one["to_email"] for one in letters)


async def named_and_filed(shop: Any, customer: Any) -> str:
    """Ana is kept by name among the customer's people, and brings a file named for her; its path."""
    person = {"name": ANA.name, "email": ANA.email}
    await shop.manager.put(f"/v1/people/{customer.organization_id}/{ASKS}", person)
    other = await customer.asks("Outro", SAYS)
    attached = await customer.person.http.post(
        f"/v1/tickets/{other.id}/attachments",
        params={"name": f"{ANA.name}.txt"},
        content=SAYS.encode(),
        headers={"Authorization": f"Bearer {customer.person.token}"},
    )
    return f"/v1/attachments/{attached.json()['id']}"


async def the_books(shop: Any, customer: Any) -> object:
    """The ledger and the invoices with their hashes, as the interface shows them."""
    account = f"/v1/accounts/{customer.contract_id}"
    return [
        await shop.office.get(account),
        await shop.office.get(f"{account}/entries", limit=200),
        await shop.office.get("/v1/invoices", contract_id=str(customer.contract_id)),
    ]
