"""Visits with invitations, links that log in, notices that nobody can switch off: as they leave the house."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from icalendar import Calendar

from services.notify.domain import Message, Outcome, Topic
from services.notify.gateway import Shelf, Signer, compose
from services.notify.jobs import jobs_with
from shared.auth import Keys
from shared.events.billing import InvoicePaid, InvoiceWillBeDue, PlanChanged, PlanChangeScheduled, PriceAdjusted
from shared.events.hourbank import HoursReversed
from shared.events.links import LoginLink
from shared.events.ticketing import (
    LoginLinkRequested,
    PrivacyExportRequested,
    VisitCancelled,
    VisitRescheduled,
    VisitScheduled,
)
from shared.inbox import Outcome as Heard
from shared.jobs import run_due
from tests.notify.later import PLAN, SLOT, fact, lot
from tests.notify.shop import LOT, NEXT4, OTHER_ORGANIZATION, Notify, contract_activated
from tests.notify.test_words import statement_issued

pytestmark = pytest.mark.anyio

KEYS = Keys(Keys.generate())


class Noted:
    """A way out that keeps what it was given to carry."""

    batch_messages = 10

    def __init__(self) -> None:
        self.carried: list[Message] = []

    async def send(self, message: Message) -> Outcome:
        """Note it, and keep it."""
        self.carried.append(message)
        return await Shelf(None).send(message)


async def carried(notify: Notify) -> list[Message]:
    post = Noted()
    while await run_due(notify.database, jobs_with(post, Signer(KEYS, "https://desk.example"))):
        pass
    return post.carried


def opened(message: Message) -> EmailMessage:
    return message_from_bytes(compose(message), policy=policy.default)


async def test_the_link_goes_to_whose_address_it_is_and_only_the_letter_that_leaves_has_it(notify: Notify) -> None:
    await notify.add_contact("ana", topics=())
    await notify.add_contact("bruno")
    asked = fact(LoginLinkRequested, subject="ana")

    await notify.hear(asked)
    (left,) = await carried(notify)

    assert (left.to_email, left.contract_id) == ("ana@cliente.example", None)
    token = left.body.partition("https://suporte.next4.example/login?token=")[2].split()[0]
    link = KEYS.unseal(token, LoginLink, now=asked.requested_at.replace(year=2025))
    assert link == LoginLink(tenant=NEXT4, link_id=asked.link_id)
    (kept,) = await notify.messages()
    assert "?token=<login-token>\n" in kept.body
    assert token not in kept.body


async def test_who_is_no_contact_or_of_another_organization_gets_no_link(notify: Notify) -> None:
    await notify.add_contact("ana", organization_id=OTHER_ORGANIZATION)

    outcomes = await notify.hear(fact(LoginLinkRequested, subject="ana"), fact(LoginLinkRequested, subject="davi"))

    assert set(outcomes) == {Heard.APPLIED}
    assert await notify.messages() == []


async def test_who_asks_what_is_kept_of_them_is_answered_alone_and_at_once(notify: Notify) -> None:
    await notify.add_contact("ana", topics=())
    await notify.add_contact("bruno")

    outcomes = await notify.hear(
        fact(PrivacyExportRequested, person_id="ana"),
        fact(PrivacyExportRequested, person_id="davi", person_key=LOT),
    )

    assert set(outcomes) == {Heard.APPLIED}
    (letter,) = await notify.messages()
    assert (letter.contact_id, letter.template, letter.contract_id) == ("ana", "privacy_export_requested", None)


async def test_a_visit_is_one_appointment_in_the_calendar_through_all_its_changes(notify: Notify) -> None:
    await notify.add_contact("ana")
    await notify.hear(
        fact(VisitScheduled, sequence=0, **SLOT),
        fact(VisitRescheduled, sequence=1, **SLOT),
        fact(VisitCancelled, sequence=2, **SLOT),
    )

    calendars = []
    for message in await notify.messages():
        (attached,) = opened(message).iter_attachments()
        assert attached.get_content_type() == "text/calendar"
        calendars.append((attached.get_param("method"), Calendar.from_ical(attached.get_content())))

    assert [method for method, _ in calendars] == ["REQUEST", "REQUEST", "CANCEL"]
    visits = [(whole["method"], whole.walk("VEVENT")[0]) for _, whole in calendars]
    assert [method for method, _ in visits] == ["REQUEST", "REQUEST", "CANCEL"]
    assert {str(visit["uid"]) for _, visit in visits} == {f"visit-{LOT}@next4"}
    assert [visit["sequence"] for _, visit in visits] == [0, 1, 2]
    assert {visit.decoded("dtstart") for _, visit in visits} == {SLOT["starts_at"]}
    assert str(visits[0][1]["attendee"]) == "mailto:ana@cliente.example"


async def test_a_letter_with_an_invitation_is_the_same_bytes_each_time(notify: Notify) -> None:
    await notify.add_contact("ana")
    await notify.hear(fact(VisitScheduled, sequence=0, **SLOT))
    (message,) = await notify.messages()

    assert compose(message) == compose(message)
    assert b"Ol=C3=A1, Ana!" in compose(message)


async def test_who_cancels_a_visit_is_not_told_of_it(notify: Notify) -> None:
    await notify.add_contact("ana")
    await notify.add_contact("bruno")

    await notify.hear(fact(VisitCancelled, sequence=2, cancelled_by="ana", **SLOT))

    assert [to for to, _, _ in await notify.said()] == ["bruno@cliente.example"]


async def test_legal_notices_reach_those_who_switched_everything_off_and_nothing_else_does(notify: Notify) -> None:
    await notify.add_contact("ana", topics=())
    await notify.add_contact("bruno", topics=(Topic.TICKETS,))

    await notify.hear(fact(PriceAdjusted), fact(InvoicePaid), statement_issued())

    assert [(to, template) for to, template, _ in await notify.said()] == [
        ("ana@cliente.example", "price_adjusted"),
        ("bruno@cliente.example", "price_adjusted"),
    ]


async def test_a_plan_that_changes_at_once_is_told_once_and_the_next_letters_name_it(notify: Notify) -> None:
    await notify.add_contact("ana")
    await notify.hear(contract_activated(monthly_minutes=0))
    at_once = PLAN | {"mode": "immediate_prorated"}

    await notify.hear(fact(PlanChangeScheduled, **at_once), fact(PlanChanged, **at_once), statement_issued())

    assert [template for _, template, _ in await notify.said()] == [
        "contract_activated",
        "plan_changed",
        "statement_issued",
    ]


async def test_what_came_back_beyond_the_package_is_told_as_money_alone_and_of_nothing_due_nobody_is_reminded(
    notify: Notify,
) -> None:
    await notify.add_contact("ana")

    await notify.hear(
        fact(HoursReversed, minutes=30, minutes_over=30, by_lot=(), corrections=(), forfeited_minutes=0),
        fact(InvoiceWillBeDue, amount_due_cents=0),
    )
    await notify.hear(fact(HoursReversed, minutes=30, minutes_over=0, by_lot=(lot(30),), corrections=()))

    assert [template for _, template, _ in await notify.said()] == ["hours_reversed"]
