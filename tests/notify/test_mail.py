"""The bytes of a mail: its headers, its thread, and that no value can bring a header of its own."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.message import Message as ParsedMessage
from email.utils import parseaddr
from uuid import UUID

from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from services.notify.domain import is_address, one_line
from services.notify.gateway import compose
from tests.notify.messages import MESSAGE, message
from tests.notify.shop import TICKET

HEADERS = [
    "Message-ID",
    "Date",
    "From",
    "To",
    "Subject",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "Content-Type",
    "Content-Transfer-Encoding",
    "MIME-Version",
    "Content-Language",
]
LINE_MOST_OCTETS = 998  # RFC 5322, without the line end

# What people type, and what somebody types who wants to send mail in another's name.
hostile = st.text(
    alphabet=st.one_of(
        st.characters(exclude_categories=["Cs"]),
        st.sampled_from('\r\n\t\0\x0b\x0c\x1c\x85\u2028\u2029<>@,;:"\\()[]=?_ '),
    ),
    max_size=300,
)
tricks = st.sampled_from(
    [
        "Ana\r\nBcc: todos@cliente.example",
        "Ana\nSubject: outro",
        "Ana\r\n\r\n<html>",
        "=?utf-8?q?Ana=0D=0ABcc:_x@y.z?=",
        'Ana" <x@y.z>, "B',
        "Ana <x@y.z>",
        "a" * 2000,
        "é" * 300,
    ]
)


def opened(body: bytes) -> EmailMessage:
    return message_from_bytes(body, policy=policy.default)


def raw(body: bytes) -> ParsedMessage:
    return message_from_bytes(body, policy=policy.compat32)


def test_a_mail_says_who_what_and_that_a_machine_wrote_it() -> None:
    mail = opened(compose(message()))

    assert mail.keys() == HEADERS
    assert mail["Message-ID"] == f"<ticket-{TICKET}.{MESSAGE}@next4.example>"
    assert str(mail["Date"]) == "Tue, 10 Nov 2026 12:00:00 +0000"
    assert mail["From"] == "Next4 Atendimento <atendimento@next4.example>"
    assert mail["To"] == "Ana Souza <ana@cliente.example>"
    assert mail["Subject"] == "[#1042] Recebemos o seu chamado"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["Content-Language"] == "pt-BR"
    assert mail.get_content() == "Olá, Ana!\r\n\r\nR$ 1.229,00\r\n"


def test_the_same_message_is_the_same_bytes() -> None:
    assert compose(message()) == compose(message())


def test_a_mail_follows_the_earlier_ones_of_its_ticket() -> None:
    thread = tuple(f"<ticket-{TICKET}.{UUID(int=number)}@atendimento.next4.example>" for number in range(8))

    body = compose(message(reference_ids=thread))

    mail = raw(body)
    assert mail["In-Reply-To"] == thread[-1]
    assert mail["References"].split() == list(thread)
    assert max(len(line) for line in body.split(b"\r\n")) <= LINE_MOST_OCTETS


def test_a_question_about_an_invoice_goes_to_finance() -> None:
    mail = opened(compose(message(reply_to="financeiro@next4.example")))

    assert mail["Reply-To"] == "financeiro@next4.example"


def test_a_long_subject_keeps_every_space_where_it_is_broken() -> None:
    subject = "[#1042] Precisamos da sua aprovação: mais 5 h 30 min além do que já foi aprovado até 17/11/2026 às 18:00"

    assert opened(compose(message(subject=subject)))["Subject"] == subject


def test_the_team_s_mailbox_has_no_name() -> None:
    assert opened(compose(message(to_name=None, to_email="equipe@next4.example")))["To"] == "equipe@next4.example"


@settings(max_examples=300, deadline=None)
@given(name=hostile | tricks, subject=hostile | tricks, body=hostile)
@example(name="Ana\r\nBcc: x@y.z", subject="a\u2028Bcc: x@y.z", body="\r\n.\r\nMAIL FROM:<x@y.z>")
def test_no_name_or_subject_brings_a_header_of_its_own(name: str, subject: str, body: str) -> None:
    composed = compose(message(to_name=name, from_name=name, subject=subject, body=body))

    mail = raw(composed)
    event(f"name with line end: {len(name.splitlines()) > 1}, name kept: {one_line(name) == name}")
    assert mail.keys() == HEADERS
    assert parseaddr(mail["To"])[1] == "ana@cliente.example"
    assert parseaddr(mail["From"])[1] == "atendimento@next4.example"
    assert decoded(mail["Subject"]) == one_line(subject)
    head = composed.split(b"\r\n\r\n", 1)[0]
    assert head.isascii()
    assert b"\n" not in head.replace(b"\r\n", b"")
    assert max(len(line) for line in composed.split(b"\r\n")) <= LINE_MOST_OCTETS


@settings(max_examples=300, deadline=None)
@given(text=hostile | st.emails() | st.builds(lambda mail, tail: mail + tail, st.emails(), hostile))
def test_what_counts_as_an_address_is_exactly_one_mailbox(text: str) -> None:
    event(f"address: {is_address(text)}")
    if is_address(text):
        mail = raw(compose(message(to_name=None, to_email=text)))
        assert mail["To"] == text
        assert parseaddr(text) == ("", text)
        assert mail.keys() == HEADERS


def decoded(value: str) -> str:
    """A header as a mail program reads it."""
    return str(make_header(decode_header(value.replace("\r\n", ""))))
