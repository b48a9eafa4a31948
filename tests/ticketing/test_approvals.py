"""Approvals by a signed link: reading changes nothing, one answer counts, and what was shown is kept (A-01 to A-08)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from shared.auth import Keys
from shared.events.links import ANSWER_SHOWN, ApprovalLink
from tests.ticketing.desk import ACME, APPROVER, BETA, Desk, ticket_id

pytestmark = pytest.mark.anyio

TEXT = (
    "Chamado #1: Formulário não envia\n"
    "Estimativa 1: 5 h 30 min de trabalho.\n"
    "Do pacote de horas: 3 h.\n"
    "Além do saldo: 2 h 30 min, a R$ 230,00 por hora, no total de R$ 575,00.\n"
    "Válida até 17/11/2026 18:00 (America/Sao_Paulo)."
)


async def asked(desk: Desk, **changes: Any) -> tuple[str, str]:
    """A ticket whose estimate waits for an answer: its path, and the address of the approver's link."""
    path = await desk.open()
    await desk.estimate(path, 330, held=180)
    return path, await link_to(desk, path, **changes)


async def link_to(desk: Desk, path: str, number: int = 1, *, keys: Keys | None = None, **changes: Any) -> str:
    """The address of the approver's link to an estimate, as notify makes it from the fact."""
    one = await desk.get(f"{path}/estimates/{number}")
    until = datetime.fromisoformat(one["valid_until"]) if one["valid_until"] else desk.clock.now()
    values: dict[str, Any] = {"tenant": desk.tenant, "organization_id": ACME, "contact_id": "approver-1"}
    values |= {"ticket_id": ticket_id(path), "estimate_id": UUID(one["id"])}
    return (
        f"/v1/approvals/{(keys or desk.keys).seal(ApprovalLink(**values | changes), expires_at=until + ANSWER_SHOWN)}"
    )


async def follow(desk: Desk, method: str, address: str, **more: Any) -> httpx.Response:
    """Follow a link without a token."""
    return await desk.client.request(method, address, **more)


async def test_a_link_shows_what_is_asked_and_reading_it_changes_nothing(next4: Desk) -> None:
    path, link = await asked(next4)
    before, told = await next4.get(path), await next4.names()

    shown = [(await follow(next4, method, link)).status_code for method in ("GET", "HEAD", "GET")]
    answer = (await follow(next4, "GET", link)).json()

    assert shown == [200, 200, 200]
    assert (answer["text"], answer["is_open"], answer["standing"]) == (TEXT, True, "Aguarda a sua resposta.")
    assert await next4.get(path) == before
    assert await next4.names() == told
    assert (await next4.get(f"{path}/approvals"))["items"] == []


async def test_an_answer_by_link_counts_once_and_is_kept_with_what_was_shown(next4: Desk) -> None:
    path, link = await asked(next4)

    first = await follow(next4, "POST", link, json={"decision": "approve"}, headers={"User-Agent": "Browser 1"})
    second = await follow(next4, "POST", link, json={"decision": "decline"})

    assert (first.status_code, first.json()["state"]) == (200, "approved")
    assert (second.status_code, second.json()["code"], second.json()["rule"]) == (409, "already_decided", "A-03")
    (kept,) = (await next4.get(f"{path}/approvals"))["items"]
    assert (kept["decision"], kept["channel"], kept["decided_by"], kept["text"]) == (
        "approved",
        "link",
        "approver-1",
        TEXT,
    )
    assert (kept["user_agent"], len(kept["address_digest"])) == ("Browser 1", 32)
    assert (await next4.facts())[-2].approved_by == "approver-1"


async def test_an_answer_in_the_portal_and_one_by_chat_are_kept_too(next4: Desk) -> None:
    path, _ = await asked(next4)
    other, link = await asked(next4)

    await next4.post(f"{path}/estimates/1/decision", {"decision": "decline", "reason": "caro"}, who=APPROVER)
    await follow(next4, "POST", link, json={"decision": "approve", "channel": "chat"})

    by_portal, by_chat = [(await next4.get(f"{one}/approvals"))["items"][0] for one in (path, other)]
    assert (by_portal["channel"], by_portal["decision"], by_portal["reason"]) == ("portal", "declined", "caro")
    assert (by_chat["channel"], by_chat["decision"]) == ("chat", "approved")


async def test_a_newer_estimate_kills_the_link_and_says_so(next4: Desk) -> None:
    path, link = await asked(next4)
    await next4.estimate(path, 400, held=180)

    seen = (await follow(next4, "GET", link)).json()
    answer = await follow(next4, "POST", link, json={"decision": "approve"})

    assert (seen["is_open"], seen["state"]) == (False, "superseded")
    assert (answer.status_code, answer.json()["code"]) == (409, "quote_superseded")
    assert (await next4.get(path))["status"] == "awaiting_approval"


async def test_an_expired_quote_is_not_accepted_and_a_link_does_not_live_for_ever(next4: Desk) -> None:
    path, link = await asked(next4)
    await next4.move_to(next4.clock.now() + timedelta(days=8))

    answer = await follow(next4, "POST", link, json={"decision": "approve"})
    seen = (await follow(next4, "GET", link)).json()
    await next4.move_to(next4.clock.now() + timedelta(days=31))

    assert (answer.status_code, answer.json()["code"], answer.json()["rule"]) == (409, "quote_expired", "A-08")
    assert (seen["state"], seen["standing"]) == ("expired", "A validade desta proposta acabou.")
    assert (await follow(next4, "GET", link)).status_code == 410
    assert (await next4.get(f"{path}/approvals"))["items"] == []


async def test_a_link_that_this_house_did_not_sign_is_none(next4: Desk) -> None:
    path, link = await asked(next4)
    forged = await link_to(next4, path, keys=Keys(Keys.generate()))
    strangers = await link_to(next4, path, organization_id=BETA)
    elsewhere = await link_to(next4, path, tenant="blocktime")
    before = await next4.get(path)

    for bad in (forged, strangers, elsewhere, link[:-2], f"{link}A", "/v1/approvals/x", f"/v1/approvals/{'A' * 300}"):
        for method, more in (("GET", {}), ("POST", {"json": {"decision": "approve"}})):
            answer = await follow(next4, method, bad, **more)
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), bad
    assert await next4.get(path) == before


async def test_a_browser_gets_a_page_whose_form_decides_and_runs_nothing(next4: Desk) -> None:
    body = await next4.post(
        "/v1/tickets", {"subject": "<script>x</script>", "description": "x"}, status=201, who=APPROVER
    )
    path = f"/v1/tickets/{body['id']}"
    await next4.estimate(path, 330, held=180)
    link = await link_to(next4, path)

    page = await follow(next4, "GET", link, headers={"Accept": "text/html,*/*"})
    sent = await follow(next4, "POST", f"{link}/form", data={"decision": "approve", "reason": ""})
    again = await follow(next4, "POST", f"{link}/form", data={"decision": "decline"})

    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert f'action="{link}/form"' in page.text
    assert "<script>" not in page.text
    assert (sent.status_code, "já foi aprovada" in sent.text, "<form" in sent.text) == (200, True, False)
    assert (again.status_code, "já foi aprovada" in again.text) == (409, True)
    assert (await next4.get(path))["status"] == "in_progress"


async def test_a_link_opens_nothing_but_its_own_question(next4: Desk) -> None:
    path, link = await asked(next4)
    token = link.rpartition("/")[2]

    answer = await follow(next4, "GET", path, headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == 401


async def test_24_a_button_of_a_chat_says_whose_it_was_and_only_a_digest_of_that_is_kept(next4: Desk) -> None:
    whose = []
    for pressed_by in ("BR.1502576394655843", "BR.1502576394655844", "BR.1502576394655843"):
        path, link = await asked(next4)
        button = {"decision": "decline", "channel": "chat", "channel_user_id": pressed_by}
        assert (await follow(next4, "POST", link, json=button)).status_code == 200
        (kept,) = (await next4.get(f"{path}/approvals"))["items"]
        assert (kept["channel"], pressed_by in str(kept)) == ("chat", False)
        whose.append(kept["address_digest"])

    assert whose[0] == whose[2] != whose[1]


async def test_from_where_an_answer_came_is_forgotten_after_six_months_and_the_answer_is_not(next4: Desk) -> None:
    path, link = await asked(next4)
    await follow(next4, "POST", link, json={"decision": "decline"})

    await next4.move_to(next4.clock.now() + timedelta(days=184))

    (kept,) = (await next4.get(f"{path}/approvals"))["items"]
    assert (kept["address_digest"], kept["user_agent"], kept["text"]) == (None, None, TEXT)
