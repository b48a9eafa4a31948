"""Notify's HTTP door: contacts, messages, the offer; who may see what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest

from services.notify import app
from shared.auth import Keys, Principal, Role
from shared.clock import VirtualClock
from shared.db import Database
from shared.settings import Settings
from tests import prepared
from tests.notify.shop import (
    BLOCKTIME,
    CONTRACT,
    ESTIMATE,
    NEXT4,
    ORGANIZATION,
    OTHER_ORGANIZATION,
    SECTION,
    TICKET,
    Notify,
    hours_debited,
    invoice_finalized,
    message_posted,
    sla_warned,
    ticket_opened,
)

pytestmark = pytest.mark.anyio

Client = Callable[..., httpx.AsyncClient]

ANA: dict[str, Any] = {
    "organization_id": str(ORGANIZATION),
    "name": "Ana Souza",
    "email": "ana@cliente.example",
    "locale": "pt-BR",
    "topics": ["invoices", "tickets"],
    "may_approve": False,
}


@pytest.fixture
def client(database: Database, clock: VirtualClock) -> Client:
    """Somebody who speaks to notify, with a token."""
    keys = Keys(Keys.generate())
    asgi = prepared.app_of(app.build(Settings()), database, keys=keys, clock=clock)

    def speak(*roles: Role, tenant: str = NEXT4, organization_id: UUID | None = None) -> httpx.AsyncClient:
        who = Principal(tenant=tenant, subject="somebody", organization_id=organization_id, roles=frozenset(roles))
        token = keys.issue(who, now=clock.now(), lifetime=timedelta(hours=1))
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=asgi),  # type: ignore[arg-type]  # litestar types its scope more narrowly
            base_url="http://notify",
            headers={"Authorization": f"Bearer {token}"},
        )

    return speak


async def test_a_contact_is_kept_whole_and_read_back(client: Client) -> None:
    agent = client(Role.AGENT)

    new = await agent.put("/v1/contacts/ana", json=ANA)
    again = await agent.put("/v1/contacts/ana", json=ANA | {"name": "Ana Lima"}, headers={"If-Match": '"1"'})
    read = await agent.get("/v1/contacts/ana")

    assert (new.status_code, again.status_code, read.status_code) == (201, 200, 200)
    assert read.headers["ETag"] == '"2"'
    assert read.json() == ANA | {
        "contact_id": "ana",
        "name": "Ana Lima",
        "topics": ["tickets", "invoices"],
        "may_approve": False,
        "version": 2,
        "changed_at": "2026-11-10T12:00:00Z",
    }


async def test_a_contact_says_nothing_of_language_and_topics_and_hears_everything(client: Client) -> None:
    bare = {name: ANA[name] for name in ("organization_id", "name", "email")}

    kept = (await client(Role.AGENT).put("/v1/contacts/ana", json=bare)).json()

    assert (kept["locale"], kept["topics"]) == (None, ["tickets", "approvals", "invoices", "hours"])
    assert kept["may_approve"] is True


async def test_a_stale_version_changes_nothing(client: Client) -> None:
    agent = client(Role.AGENT)
    await agent.put("/v1/contacts/ana", json=ANA)

    stale = await agent.put("/v1/contacts/ana", json=ANA | {"name": "Outra"}, headers={"If-Match": '"7"'})

    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    assert (await agent.get("/v1/contacts/ana")).json()["name"] == "Ana Souza"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "ana@cliente.example\r\nBcc: x@y.z"}, "email"),
        ({"email": "Ana <ana@cliente.example>"}, "email"),
        ({"email": "ana@cliente.example\n"}, "email"),
        ({"name": "Ana\r\nBcc: x@y.z"}, "name"),
        ({"name": " "}, "name"),
    ],
)
async def test_what_could_bring_a_header_of_its_own_is_refused(
    client: Client, change: dict[str, str], field: str
) -> None:
    refused = await client(Role.AGENT).put("/v1/contacts/ana", json=ANA | change)

    assert (refused.status_code, refused.json()["field"]) == (422, field)
    assert (await client(Role.AGENT).get("/v1/contacts/ana")).status_code == 404


@pytest.mark.parametrize(
    "change", [{"unknown": 1}, {"topics": ["gossip"]}, {"locale": "fr"}, {"organization_id": "none"}, {"email": "a"}]
)
async def test_a_body_that_is_no_contact_is_refused(client: Client, change: dict[str, Any]) -> None:
    refused = await client(Role.AGENT).put("/v1/contacts/ana", json=ANA | change)

    assert refused.status_code in (400, 422)
    assert refused.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["ana%0aBcc", "ana%0a", "%00", "an%C3%A1"])
async def test_an_id_that_no_token_could_name_is_refused(client: Client, path: str) -> None:
    refused = await client(Role.AGENT).put(f"/v1/contacts/{path}", json=ANA)

    assert refused.status_code in (400, 422)


async def test_contacts_are_listed_page_by_page(client: Client, notify: Notify) -> None:
    for name in ("ana", "bruno", "carla"):
        await notify.add_contact(name)
    await notify.add_contact("dora", organization_id=OTHER_ORGANIZATION)
    agent = client(Role.AGENT)

    first = (await agent.get("/v1/contacts", params={"limit": 2})).json()
    second = (await agent.get("/v1/contacts", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    other = (await agent.get("/v1/contacts", params={"organization_id": str(OTHER_ORGANIZATION)})).json()

    assert [one["contact_id"] for one in first["items"]] == ["ana", "bruno"]
    assert [one["contact_id"] for one in second["items"]] == ["carla", "dora"]
    assert second["next_cursor"] is None
    assert [one["contact_id"] for one in other["items"]] == ["dora"]


async def test_messages_are_found_by_ticket_contract_template_and_state(client: Client, notify: Notify) -> None:
    await notify.add_contact("bruno")
    await notify.hear(ticket_opened(), message_posted(), invoice_finalized())
    await notify.send()
    await notify.hear(hours_debited())
    agent = client(Role.AGENT)

    async def found(**params: str) -> list[str]:
        answer = (await agent.get("/v1/messages", params=params)).json()
        return [one["template"] for one in answer["items"]]

    assert await found() == ["ticket_closed", "invoice_finalized", "staff_answered", "ticket_opened"]
    assert await found(ticket_id=str(TICKET)) == ["ticket_closed", "staff_answered", "ticket_opened"]
    assert await found(contract_id=str(CONTRACT), template="invoice_finalized") == ["invoice_finalized"]
    assert await found(state="waiting") == ["ticket_closed"]
    assert await found(ticket_id=str(uuid4())) == []


async def test_a_message_in_a_digest_says_in_which_and_is_found_by_it(client: Client, notify: Notify) -> None:
    await notify.add_contact("bruno")
    await notify.hear(*[ticket_opened(), message_posted()] * 15, hours_debited())
    await notify.send()
    agent = client(Role.AGENT)

    (digest,) = (await agent.get("/v1/messages", params={"template": "digest"})).json()["items"]
    (collected,) = (await agent.get("/v1/messages", params={"digest_id": digest["message_id"]})).json()["items"]

    assert (digest["state"], digest["digest_id"], digest["next_attempt_at"]) == (
        "waiting",
        None,
        "2026-11-10T12:15:00Z",
    )
    assert (collected["state"], collected["template"]) == ("collected", "ticket_closed")
    assert collected["digest_id"] == digest["message_id"]
    assert (await agent.get(f"/v1/messages/{collected['message_id']}")).json() == collected


async def test_messages_are_listed_page_by_page_from_the_newest(client: Client, notify: Notify) -> None:
    await notify.add_contact("bruno")
    await notify.hear(ticket_opened(), message_posted(), hours_debited())
    agent = client(Role.AGENT)

    first = (await agent.get("/v1/messages", params={"limit": 2})).json()
    second = (await agent.get("/v1/messages", params={"limit": 2, "cursor": first["next_cursor"]})).json()

    assert [one["template"] for one in first["items"]] == ["ticket_closed", "staff_answered"]
    assert [one["template"] for one in second["items"]] == ["ticket_opened"]
    assert second["next_cursor"] is None


@pytest.mark.parametrize("path", ["/v1/messages", "/v1/contacts"])
@pytest.mark.parametrize("cursor", ["%", "AAA", "LTE", "A" * 5000, "é", "____"])
async def test_a_cursor_that_no_list_gave_is_refused_or_ends_the_list(client: Client, path: str, cursor: str) -> None:
    answer = await client(Role.AGENT).get(path, params={"cursor": cursor})

    assert answer.status_code in (200, 422)


async def test_one_message_is_read_with_its_words(client: Client, notify: Notify) -> None:
    await notify.add_contact("bruno")
    await notify.hear(invoice_finalized())
    await notify.send()
    (message,) = await notify.messages()

    read = await client(Role.AGENT).get(f"/v1/messages/{message.message_id}")

    view = read.json()
    assert (view["state"], view["to_email"], view["contact_id"]) == ("kept", "bruno@cliente.example", "bruno")
    assert view["subject"] == "Fatura 2026/000001: R$ 1.229,00, vencimento em 11/12/2026"
    assert "Total: R$ 1.229,00\n" in view["body"]


async def test_a_customer_sees_the_messages_of_its_organization_and_never_the_team_s(
    client: Client, notify: Notify
) -> None:
    await notify.add_contact("bruno")
    await notify.add_contact("vizinho", organization_id=OTHER_ORGANIZATION)
    await notify.hear(ticket_opened(), sla_warned())
    await notify.hear(replace(ticket_opened(), ticket_id=ESTIMATE, organization_id=OTHER_ORGANIZATION))
    own, team, other = await notify.messages()
    customer = client(Role.CUSTOMER, organization_id=ORGANIZATION)

    listed = (await customer.get("/v1/messages")).json()["items"]
    statuses = [
        (await customer.get(f"/v1/messages/{message.message_id}")).status_code for message in (own, team, other)
    ]

    assert [one["message_id"] for one in listed] == [str(own.message_id)]
    assert statuses == [200, 404, 404]


async def test_another_providers_token_finds_nothing(client: Client, notify: Notify) -> None:
    await notify.add_contact("bruno")
    await notify.hear(ticket_opened())
    (message,) = await notify.messages()
    stranger = client(Role.ADMIN, tenant=BLOCKTIME)

    assert (await stranger.get("/v1/contacts/bruno")).status_code == 404
    assert (await stranger.get(f"/v1/messages/{message.message_id}")).status_code == 404
    assert (await stranger.get("/v1/messages")).json()["items"] == []
    assert (await stranger.get("/v1/contacts")).json()["items"] == []
    assert (await stranger.get("/v1/offers/notify")).status_code == 404


async def test_the_same_contact_id_of_two_providers_is_two_contacts(client: Client) -> None:
    await client(Role.AGENT).put("/v1/contacts/ana", json=ANA)
    await client(Role.AGENT, tenant=BLOCKTIME).put("/v1/contacts/ana", json=ANA | {"name": "Outra Ana"})

    assert (await client(Role.AGENT).get("/v1/contacts/ana")).json()["name"] == "Ana Souza"


@pytest.mark.parametrize(
    ("method", "path", "role", "status"),
    [
        ("GET", "/v1/contacts", Role.CUSTOMER, 403),
        ("GET", "/v1/contacts/ana", Role.APPROVER, 403),
        ("PUT", "/v1/contacts/ana", Role.CUSTOMER, 403),
        ("GET", "/v1/contacts", Role.BILLING, 200),
        ("GET", "/v1/messages", Role.CUSTOMER, 200),
        ("PUT", "/v1/offers/notify", Role.AGENT, 403),
        ("GET", "/v1/offers/notify", Role.MANAGER, 403),
    ],
)
async def test_each_route_asks_for_its_role(client: Client, method: str, path: str, role: Role, status: int) -> None:
    somebody = client(role, organization_id=ORGANIZATION)

    assert (await somebody.request(method, path, json=ANA if method == "PUT" else None)).status_code == status


async def test_without_a_token_nothing_is_answered(client: Client) -> None:
    nobody = client(Role.AGENT)
    nobody.headers.pop("Authorization")

    assert (await nobody.get("/v1/messages")).status_code == 401


async def test_an_offer_applied_twice_changes_nothing(client: Client) -> None:
    admin = client(Role.ADMIN)
    section = msgspec.to_builtins(SECTION)

    first = await admin.put("/v1/offers/notify", json=section)
    second = await admin.put("/v1/offers/notify", json=section)
    read = await admin.get("/v1/offers/notify")

    assert first.json() == {"version": 1, "changed": True}
    assert second.json() == {"version": 1, "changed": False}
    assert read.json() == section


async def test_the_waiting_mail_is_measured(client: Client, notify: Notify, clock: VirtualClock) -> None:
    await notify.add_contact("bruno")
    await notify.hear(ticket_opened())
    clock.move_to(clock.now() + timedelta(seconds=90))

    text = (await client(Role.AGENT).get("/metrics")).text

    assert "messages_waiting{} 1" in text
    assert "messages_oldest_seconds{} 90.0" in text
