"""A chat against both shops: Next4 sends demands to its portal, Blocktime opens a ticket (5.3, N32, B5)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from shared.events.ticketing import MessagePosted, TicketOpened
from tests.ticketing.desk import ACME, ADMIN, BETA, CONTRACT, CUSTOMER, Desk, at, ticket_id
from tests.ticketing.test_contracts import notice, plan_changed

pytestmark = pytest.mark.anyio

MARIA = {"channel": "whatsapp", "channel_user_id": "BR.1502576394655843"}
PORTAL = "https://suporte.next4.example"
PERSON = {"person_id": "customer-1", "organization_id": str(ACME), "contract_id": str(CONTRACT)}


async def known(desk: Desk, **more: Any) -> None:
    """Somebody says who writes under Maria's id."""
    answer = await desk.ask("PUT", "/v1/channel-contacts", {**MARIA, **PERSON, **more}, who=ADMIN)
    assert answer.status == 200, answer.body


async def says(desk: Desk, external_id: str, text: str, **more: Any) -> Any:
    """A message of Maria, as the bot hands it on."""
    return await desk.post("/v1/channel-messages", {**MARIA, "external_id": external_id, "text": text, **more})


async def test_b5_b18_at_blocktime_a_chat_opens_a_ticket_and_goes_on_in_it(blocktime: Desk) -> None:
    await known(blocktime)

    first = await says(blocktime, "wamid.1", "A internet caiu\nninguém navega", media=["roteador.jpg"])
    again = await says(blocktime, "wamid.1", "A internet caiu\nninguém navega", media=["roteador.jpg"])

    assert first == again
    assert (first["decision"], first["reply_text"]) == ("create_ticket", "Recebemos: chamado [#1].")
    (opened,) = await blocktime.facts(TicketOpened)
    assert (opened.channel, opened.source, opened.opened_by) == ("whatsapp", "customer", "customer-1")
    ticket = await blocktime.get(f"/v1/tickets/{first['ticket_id']}", who=CUSTOMER)
    assert (ticket["subject"], ticket["description"]) == (
        "A internet caiu",
        "A internet caiu\nninguém navega\n[roteador.jpg]",
    )
    answer = await says(blocktime, "wamid.2", "[#1] voltou sozinha")
    assert (answer["decision"], answer["ticket_id"]) == ("attach", first["ticket_id"])
    assert [one.author_id for one in await blocktime.facts(MessagePosted)] == ["customer-1"]


async def test_what_was_heard_in_a_channel_is_forgotten_after_a_month_and_not_before(blocktime: Desk) -> None:
    await known(blocktime)
    first = await says(blocktime, "wamid.1", "A internet caiu")

    await blocktime.move_to(blocktime.clock.now() + timedelta(days=30))
    same = await says(blocktime, "wamid.1", "A internet caiu")
    await blocktime.move_to(blocktime.clock.now() + timedelta(hours=1))
    anew = await says(blocktime, "wamid.1", "A internet caiu")

    assert same == first
    assert (anew["decision"], anew["reply_text"]) == ("create_ticket", "Recebemos: chamado [#2].")
    assert (await blocktime.get(f"/v1/tickets/{first['ticket_id']}"))["description"] == "A internet caiu"


async def test_n32_at_next4_a_chat_opens_nothing_and_is_sent_to_the_portal_once_a_day(next4: Desk) -> None:
    await known(next4)

    first = await says(next4, "wamid.1", "Preciso trocar o banner")
    second = await says(next4, "wamid.2", "Oi?")
    next4.clock.move_to(at("2026-11-11T12:00"))
    third = await says(next4, "wamid.3", "Bom dia")

    assert [one["decision"] for one in (first, second, third)] == ["refused"] * 3
    assert first["reply_text"] == third["reply_text"]
    assert first["reply_text"].endswith("Toda demanda precisa ser iniciada pelo ticket de suporte. " + PORTAL)
    assert (second["reply_text"], first["buttons"]) == ("", ["open_portal"])
    assert await next4.names() == []


async def test_n32_a_message_that_answers_a_ticket_is_put_into_it(next4: Desk) -> None:
    await known(next4)
    path = await next4.open()
    await next4.post(f"{path}/messages", {"text": "Qual navegador?", "asks_customer": True}, status=201)

    answer = await says(next4, "wamid.1", "Firefox", ticket_number=1)

    assert (answer["decision"], answer["ticket_id"]) == ("attach", str(ticket_id(path)))
    assert (await next4.get(path))["status"] == "registered"


async def test_n01_what_a_machine_of_the_sender_wrote_resumes_nothing_and_is_not_answered(next4: Desk) -> None:
    await known(next4)
    path = await next4.open()
    await next4.post(f"{path}/messages", {"text": "Qual navegador?", "asks_customer": True}, status=201)
    before = await next4.names()
    answer = await says(next4, "auto.1", "Estou de férias [#1]", automatic=True)
    assert (answer["decision"], answer["reply_text"]) == ("refused", "")
    assert await next4.names() == before
    assert (await next4.get(path))["status"] == "awaiting_customer"


async def test_n33_in_the_group_of_a_plan_a_question_is_a_question_and_no_ticket(next4: Desk) -> None:
    await known(next4)
    assert (await says(next4, "wamid.1", "Dúvida", group_id="g1"))["decision"] == "refused"  # START has no group
    await next4.hear(plan_changed())
    assert (await says(next4, "wamid.2", "Dúvida", group_id="g1"))["decision"] == "quick_question"
    assert await next4.facts(TicketOpened) == []


async def test_n32_somebody_unknown_is_asked_who_they_are_once_a_day(next4: Desk) -> None:
    texts = [(await says(next4, f"wamid.{n}", "Oi"))["reply_text"] for n in (1, 2)]
    next4.clock.move_to(at("2026-11-11T11:59:59"))
    texts.append((await says(next4, "wamid.3", "Oi"))["reply_text"])
    next4.clock.move_to(at("2026-11-11T12:00"))
    texts.append((await says(next4, "wamid.4", "Oi"))["reply_text"])

    asked = "Ainda não conhecemos este contato: nossa equipe vai identificar você."
    assert texts == [asked, "", "", asked]


async def test_b35_a_secret_in_a_chat_is_noted_in_its_ticket_once(blocktime: Desk) -> None:
    await known(blocktime)
    answers = [await says(blocktime, "wamid.1", "A senha do roteador é Casa#2024") for _ in range(2)]

    path = f"/v1/tickets/{answers[0]['ticket_id']}"
    assert answers[0] == answers[1]
    assert "Casa#2024" not in str(await blocktime.get(path))
    (note,) = (await blocktime.get(f"{path}/messages", who=CUSTOMER))["items"]
    assert (note["author_role"], note["text"] in answers[0]["reply_text"]) == ("system", True)
    assert [one["kind"] for one in (await blocktime.get(f"{path}/redactions"))["items"]] == ["labelled"]


async def test_n12_who_may_not_open_is_told_so_in_the_chat(blocktime: Desk) -> None:
    await known(blocktime)
    person = {"name": "Maria", "can_open": False}
    assert (await blocktime.ask("PUT", f"/v1/people/{ACME}/customer-1", person)).status == 200

    answer = await says(blocktime, "wamid.1", "A internet caiu")

    assert (answer["decision"], answer["ticket_id"]) == ("refused", None)
    assert answer["reply_text"] == "Você não abre chamados pela sua empresa: fale com quem responde por ela."
    assert await blocktime.names() == []


async def test_29_who_has_no_contract_any_more_is_told_so_in_the_chat(blocktime: Desk) -> None:
    await known(blocktime)
    await blocktime.hear(notice(date(2026, 11, 10)))
    answer = await says(blocktime, "wamid.1", "A internet caiu")
    assert (answer["decision"], "terminou" in answer["reply_text"]) == ("refused", True)
    assert await blocktime.facts(TicketOpened) == []


async def test_b36_a_picture_may_come_without_words_but_not_nothing(blocktime: Desk) -> None:
    await known(blocktime)
    opened = await says(blocktime, "wamid.1", "", media=["erro.png"])
    assert (await blocktime.get(f"/v1/tickets/{opened['ticket_id']}"))["description"] == "[erro.png]"
    assert (await blocktime.refused("/v1/channel-messages", {**MARIA, "external_id": "2", "text": " "}))[0] == 422


async def test_somebody_unknown_waits_to_be_identified_and_nobody_reads_anothers_ticket(blocktime: Desk) -> None:
    path = await blocktime.open()
    stranger = await says(blocktime, "wamid.1", "[#1] quero ver")
    assert (stranger["decision"], stranger["ticket_id"]) == ("refused", None)
    wrong = {**MARIA, **PERSON, "organization_id": str(BETA)}
    assert (await blocktime.ask("PUT", "/v1/channel-contacts", wrong, who=ADMIN)).status == 404
    assert (await blocktime.ask("POST", "/v1/channel-messages", {}, who=CUSTOMER)).status == 403
    assert (await blocktime.get(f"{path}/messages"))["items"] == []


async def test_8_a_ticket_that_has_ended_is_not_reopened_silently(blocktime: Desk) -> None:
    await known(blocktime)
    path = await blocktime.open()
    await blocktime.post(f"{path}/cancel", {})
    told = await blocktime.names()
    answer = await says(blocktime, "wamid.1", "Voltou o erro", ticket_number=1)
    assert (answer["decision"], answer["ticket_id"]) == ("refused", str(ticket_id(path)))
    assert "[#1] já foi encerrado" in answer["reply_text"]
    assert await blocktime.names() == told


async def test_b36_b37_a_hint_before_registering_and_never_a_wall(blocktime: Desk) -> None:
    shown = await blocktime.post("/v1/intake/hints", {"subject": "Internet lenta"}, who=CUSTOMER)
    assert len(shown["hints"]) == 1
    assert "reiniciar" in shown["hints"][0]
    none = await blocktime.post("/v1/intake/hints", {"subject": "Nova caneta"}, who=CUSTOMER)
    assert none["hints"] == []
    await blocktime.open(subject="Internet lenta")
