"""Answers by e-mail (N15, B8, 5.2, N-01): into their ticket, without what they quote; nothing else gets in that way."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import httpx
import pytest
import sqlalchemy as sa

from services.ticketing.domain import mail
from services.ticketing.store.mail import senders
from shared import replies
from shared.events.ticketing import MessagePosted, TicketOpened, TicketResumed
from tests.ticketing.desk import ACME, AGENT, CUSTOMER, MANAGER, Desk, at, ticket_id
from tests.ticketing.shelf import Shelf

pytestmark = pytest.mark.anyio

MARIA = "maria@acme.example"


def letter(text: str = "Firefox, 142.", *, answers: UUID | None = None, **headers: str) -> EmailMessage:
    """A letter of Maria."""
    one = EmailMessage()
    told = {"From": f"Maria <{MARIA}>", "Message-ID": f"<{uuid4()}@acme.example>", "Subject": "Re: dúvida"}
    for name, value in (told | {name.replace("_", "-"): value for name, value in headers.items()}).items():
        if value:
            one[name] = value
    if answers is not None:
        one["References"] = f"<x@y> <ticket-{answers}.{uuid4()}@next4.example>"
    one.set_content(text)
    return one


async def bring(desk: Desk, one: EmailMessage, **envelope: str) -> httpx.Response:
    """Hand a letter on, as a mail server does."""
    headers = desk.bearer(AGENT) | {"Content-Type": "application/octet-stream"}
    path = f"/v1/email-replies?{urlencode(envelope)}"
    return await desk.client.post(path, content=one.as_bytes(), headers=headers)


async def heard(desk: Desk, one: EmailMessage, **envelope: str) -> Any:
    """What became of a letter."""
    answer = await bring(desk, one, **envelope)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def asked(desk: Desk) -> str:
    """A ticket of ACME that waits for Maria's answer; its path."""
    person = {"name": "Maria", "email": MARIA, "can_open": True}
    kept = await desk.ask("PUT", f"/v1/people/{ACME}/customer-1", person)
    assert kept.status == 200, kept.body
    path = await desk.open()
    await desk.post(f"{path}/messages", {"text": "Qual navegador?", "asks_customer": True}, status=201)
    return path


async def test_n15_an_answer_goes_into_its_ticket_once_and_the_clock_runs_again(next4: Desk) -> None:
    path = await asked(next4)
    text = "Firefox, 142.\n\nEm ter., 10 de nov. de 2026 às 12:00, Next4 <a@b.c> escreveu:\n> Qual navegador?"
    one = letter(text, answers=ticket_id(path))

    first, again = await heard(next4, one), await heard(next4, one)

    assert (first["decision"], first["ticket_id"], first["reply_text"]) == ("attach", str(ticket_id(path)), "")
    assert again == first
    said = (await next4.get(f"{path}/messages", who=CUSTOMER))["items"]
    assert [row["text"] for row in said] == ["Qual navegador?", "Firefox, 142."]
    assert [row.author_id for row in await next4.facts(MessagePosted)][1:] == ["customer-1"]
    assert len(await next4.facts(TicketResumed)) == 1


async def test_n15_a_signed_address_is_enough_and_one_that_was_made_up_is_not(next4: Desk) -> None:
    path = await asked(next4)
    mailbox, own = "respostas@next4.example", ticket_id(path)
    signed = replies.address_for(mailbox, tenant="next4", ticket_id=own, keys=next4.keys)
    assert len(signed.partition("@")[0]) < 64
    assert (await heard(next4, letter(), recipient=signed))["decision"] == "attach"
    forged = signed.replace("+", "+aaaa")
    assert (await heard(next4, letter(), recipient=forged))["decision"] == "refused"
    other = replies.address_for(mailbox, tenant="blocktime", ticket_id=own, keys=next4.keys)
    assert (await heard(next4, letter(), recipient=other))["decision"] == "refused"


@pytest.mark.parametrize(
    "signs",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated; x=1"},
        {"Precedence": "bulk"},
        {"List_Id": "<a.b>"},
        {"X_Autoreply": "yes"},
    ],
)
def test_n01_a_machines_letter_says_so(signs: dict[str, str]) -> None:
    assert mail.read(letter("x", answers=None, **signs).as_bytes(), return_path="a@b.c").is_automatic
    assert not mail.read(letter(Auto_Submitted="no").as_bytes(), return_path="a@b.c").is_automatic
    assert mail.read(letter().as_bytes(), return_path="<>").is_automatic


async def test_n01_what_a_machine_wrote_resumes_nothing_and_is_not_answered(next4: Desk) -> None:
    path = await asked(next4)
    before = await next4.names()
    answer = await heard(next4, letter(answers=ticket_id(path), Auto_Submitted="auto-replied"))
    assert (answer["decision"], answer["reply_text"]) == ("refused", "")
    assert await next4.names() == before
    assert (await next4.get("/v1/email-quarantine"))["items"] == []


async def test_n01_our_own_mailbox_that_writes_to_itself_is_not_answered(next4: Desk) -> None:
    one = letter("Recebemos o seu e-mail.", From="Next4 <Respostas@next4.example>")
    answer = await heard(next4, one, recipient="respostas@next4.example")
    assert (answer["decision"], answer["reply_text"]) == ("refused", "")
    assert (await next4.get("/v1/email-quarantine"))["items"] == []


async def test_b8_nobody_opens_a_ticket_by_mail_and_they_are_told_where_once_a_day(blocktime: Desk) -> None:
    first = await heard(blocktime, letter("A internet caiu"))
    second = await heard(blocktime, letter("Alô?"))
    assert first["reply_text"].startswith("Não registramos solicitações por e-mail")
    assert (first["decision"], second["reply_text"]) == ("refused", "")
    blocktime.clock.move_to(at("2026-11-11T12:00"))
    assert (await heard(blocktime, letter("Bom dia")))["reply_text"] == first["reply_text"]
    assert await blocktime.facts(TicketOpened) == []


async def test_52_who_is_unknown_waits_until_somebody_says_who_it_is(next4: Desk) -> None:
    path = await asked(next4)
    await heard(next4, letter("Sou eu, do celular. senha: Abc12345!", From="eu@casa.example", answers=ticket_id(path)))
    (waits,) = (await next4.get("/v1/email-quarantine"))["items"]
    assert (waits["sender"], waits["reason"], waits["ticket_id"]) == (
        "eu@casa.example",
        "unknown_sender",
        str(ticket_id(path)),
    )
    assert "Abc12345" not in waits["text"]
    assert (await next4.get(path))["status"] == "awaiting_customer"
    assert (await next4.ask("GET", "/v1/email-quarantine", who=CUSTOMER)).status == 403

    where = {"ticket_id": str(ticket_id(path)), "person_id": "customer-1"}
    await next4.post(f"/v1/email-quarantine/{waits['id']}/release", where)
    assert (await next4.get(path))["status"] == "registered"
    assert (await next4.refused(f"/v1/email-quarantine/{waits['id']}/release", where))[0] == 404


async def test_52_a_ticket_that_has_ended_is_not_reopened_silently_and_old_letters_are_forgotten(next4: Desk) -> None:
    path = await asked(next4)
    await next4.post(f"{path}/cancel", who=CUSTOMER)
    answer = await heard(next4, letter(answers=ticket_id(path)))
    assert answer["reply_text"] == "O chamado [#1] já foi encerrado: reabra-o ou abra outro."
    assert (await next4.get(path))["status"] == "cancelled"
    assert [row["reason"] for row in (await next4.get("/v1/email-quarantine"))["items"]] == ["ticket_ended"]
    await next4.move_to(at("2026-12-11T12:00"))
    assert (await next4.get("/v1/email-quarantine"))["items"] == []


async def test_51_letters_of_who_is_anonymised_wait_no_longer_and_their_address_is_forgotten(next4: Desk) -> None:
    path = await asked(next4)
    await next4.post(f"{path}/cancel", who=CUSTOMER)
    of_chat = {"channel": "email", "channel_user_id": "Maria@Casa.example", "person_id": "customer-1"}
    contract = (await next4.get(path))["contract_id"]
    await next4.ask("PUT", "/v1/channel-contacts", {**of_chat, "organization_id": str(ACME), "contract_id": contract})
    for sender in (MARIA, "maria@casa.example", "rui@acme.example"):
        await heard(next4, letter(f"Sou {sender}", From=sender, answers=ticket_id(path)))
    assert len((await next4.get("/v1/email-quarantine"))["items"]) == 3

    await next4.post("/v1/people/customer-1/anonymise", who=MANAGER)

    left = (await next4.get("/v1/email-quarantine"))["items"]
    assert [one["sender"] for one in left] == ["rui@acme.example"]
    (person,) = (await next4.get(f"/v1/people/{ACME}"))["items"]
    assert (person["name"], person["email"]) == ("Titular anonimizado #1", None)
    assert await addresses_answered(next4) == [mail.digest_of("next4", "rui@acme.example")]


async def addresses_answered(desk: Desk) -> list[str]:
    """The digests of who was heard."""
    async with desk.database.reading() as tx:
        return list((await tx.execute(sa.select(senders.c.digest))).scalars())


async def test_n37_files_of_an_answer_come_into_the_ticket_and_programs_do_not(shelf: Shelf) -> None:
    desk = shelf.desk
    path = await asked(desk)
    one = letter("Segue o print.", answers=ticket_id(path))
    one.add_attachment(b"\x89PNG\r\n\x1a\n" + bytes(64), maintype="image", subtype="png", filename="tela.png")
    one.add_attachment(b"MZ" + bytes(64), maintype="application", subtype="octet-stream", filename="x.exe")

    await heard(desk, one)

    (file,) = (await desk.get(f"{path}/attachments", who=CUSTOMER))["items"]
    assert (file["name"], file["added_by"], file["public"]) == ("tela.png", "customer-1", True)
    said = (await desk.get(f"{path}/messages", who=CUSTOMER))["items"][-1]
    assert said["text"] == "Segue o print.\n[x.exe: não aceito]"


@pytest.mark.parametrize(
    ("whole", "new"),
    [
        ("Sim.\n\nOn Tue, Nov 10, 2026 at 12:00 PM Next4 <a@b.c> wrote:\n> Qual?", "Sim."),
        ("Sim.\n\n-----Mensagem original-----\nDe: Next4", "Sim."),
        ("Sim.\n\n________________________________\nDe: Next4\n", "Sim."),
        ("Sim.\n\nDe: Next4 <a@b.c>\nEnviada em: terça-feira\nPara: Maria", "Sim."),
        ("Em anexo o print.\nEm breve envio o outro.", "Em anexo o print.\nEm breve envio o outro."),
        ("> Qual?\nFirefox\n> E a versão?\n142", "Firefox\n142"),
    ],
)
def test_52_only_what_is_new_in_a_letter_is_kept(whole: str, new: str) -> None:
    assert mail.new_part(whole) == new


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff",
        b"From: a@b\nFrom: c@d\n\nx",
        b"Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: multipart/mixed; boundary=x\n\n" * 50,
        b"Content-Type: text/plain; charset=nope\nSubject: =?utf-8?q?=FF?=\nMessage-ID: \n\n\xff",
        b"References: <ticket-00000000-0000-0000-0000-000000000000.x@y>\nFrom: <<>>\n\nx",
    ],
)
def test_52_a_letter_is_never_a_reason_to_fail(raw: bytes) -> None:
    read = mail.read(raw, return_path=None)
    assert read.message_id
    assert read.answers == ()
