"""Story S02 as notify hears it, and facts that come twice, too early, or from another provider."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from services.notify import handlers
from services.notify.domain import Locale, State, Topic
from shared import parked
from shared.clock import VirtualClock
from shared.events.ticketing import MessagePosted
from shared.inbox import Outcome
from tests.notify.shop import (
    BLOCKTIME,
    NEXT4,
    ORGANIZATION,
    OTHER_ORGANIZATION,
    SECTION,
    TICKET,
    Notify,
    approval_requested,
    contract_activated,
    hours_debited,
    invoice_finalized,
    local,
    message_posted,
    sla_breached,
    sla_warned,
    ticket_opened,
    ticket_resolved,
)
from tests.notify.test_words import BALANCE_DEPLETED, BALANCE_LOW, statement_issued

pytestmark = pytest.mark.anyio

S02 = (
    contract_activated(),
    ticket_opened(),
    message_posted(),
    approval_requested(),
    ticket_resolved(),
    hours_debited(),
    invoice_finalized(),
)


async def test_story_s02_is_told_step_by_step_with_its_hours_and_its_invoice(notify: Notify) -> None:
    await notify.add_contact("bruno")

    outcomes = await notify.hear(*S02)

    assert set(outcomes) == {Outcome.APPLIED}
    assert await notify.said() == [
        ("bruno@cliente.example", "contract_activated", "Contrato ativo: plano START"),
        ("bruno@cliente.example", "ticket_opened", "[#1042] Recebemos o seu chamado"),
        ("bruno@cliente.example", "staff_answered", "[#1042] A equipe respondeu no seu chamado"),
        ("bruno@cliente.example", "approval_requested", "[#1042] Precisamos da sua aprovação: 5 h 30 min"),
        ("bruno@cliente.example", "ticket_resolved", "[#1042] Chamado concluído"),
        ("bruno@cliente.example", "ticket_closed", "[#1042] Chamado encerrado: 5 h 30 min"),
        (
            "bruno@cliente.example",
            "invoice_finalized",
            "Fatura 2026/000001: R$ 1.229,00, vencimento em 11/12/2026",
        ),
    ]


async def test_without_a_mail_server_messages_are_kept_and_nothing_is_told_of_them(notify: Notify) -> None:
    await notify.add_contact("bruno")
    await notify.hear(*S02)

    tried = await notify.send()

    assert tried == 7
    assert {message.state for message in await notify.messages()} == {State.KEPT}
    assert await notify.told() == []


async def test_messages_about_a_ticket_form_one_thread_per_recipient(notify: Notify) -> None:
    await notify.add_contact("ana")
    await notify.add_contact("bruno")
    await notify.hear(ticket_opened(opened_by="ana"), message_posted(), ticket_resolved())

    by_recipient = {
        to: [message for message in await notify.messages() if message.to_email == f"{to}@cliente.example"]
        for to in ("ana", "bruno")
    }

    opened, answered, resolved = by_recipient["ana"]
    assert (opened.reference_ids, answered.reference_ids) == ((), (opened.header_id,))
    assert resolved.reference_ids == (opened.header_id, answered.header_id)
    opened, answered, resolved = by_recipient["bruno"]
    assert resolved.reference_ids == (opened.header_id, answered.header_id)
    assert opened.header_id == f"<ticket-{opened.ticket_id}.{opened.message_id}@next4.example>"


async def test_nobody_is_told_of_their_own_action(notify: Notify) -> None:
    await notify.add_contact("ana")

    await notify.hear(replace(ticket_resolved(), resolved_by="ana"))

    assert await notify.messages() == []


async def test_who_opens_a_ticket_gets_a_receipt(notify: Notify) -> None:
    await notify.add_contact("ana")

    await notify.hear(ticket_opened(opened_by="ana"))

    assert await notify.said() == [("ana@cliente.example", "ticket_opened", "[#1042] Recebemos o seu chamado")]


@pytest.mark.parametrize("kind", ["initial", "additional"])
async def test_only_who_may_approve_is_asked_and_the_others_are_told(notify: Notify, kind: str) -> None:
    await notify.add_contact("ana", may_approve=False)
    await notify.add_contact("davi")

    await notify.hear(approval_requested(kind=kind))

    asked = {"initial": "approval_requested", "additional": "additional_hours_requested"}[kind]
    assert [(to, template) for to, template, _ in await notify.said()] == [
        ("ana@cliente.example", "approval_pending"),
        ("davi@cliente.example", asked),
    ]
    assert (await notify.said())[0][2] == "[#1042] Uma aprovação foi pedida: 5 h 30 min"


@pytest.mark.parametrize(
    ("monthly_minutes", "told"), [(0, []), (180, ["balance_low", "balance_depleted", "statement_issued"])]
)
async def test_a_plan_without_hours_gets_no_letters_of_balance(
    notify: Notify, monthly_minutes: int, told: list[str]
) -> None:
    await notify.add_contact("bruno")

    await notify.hear(contract_activated(monthly_minutes=monthly_minutes))
    await notify.hear(BALANCE_LOW, BALANCE_DEPLETED, statement_issued())

    assert [template for _, template, _ in await notify.said()] == ["contract_activated", *told]


async def test_only_contacts_of_the_organization_who_want_the_topic_are_told(notify: Notify) -> None:
    await notify.add_contact("compras", topics=(Topic.APPROVALS,))
    await notify.add_contact("financas", topics=(Topic.INVOICES,))
    await notify.add_contact("vizinho", organization_id=OTHER_ORGANIZATION)

    await notify.hear(*S02)

    assert [(to, template) for to, template, _ in await notify.said()] == [
        ("compras@cliente.example", "approval_requested"),
        ("financas@cliente.example", "invoice_finalized"),
    ]


async def test_each_contact_reads_their_own_language(notify: Notify) -> None:
    await notify.add_contact("ana", locale=Locale.EN)
    await notify.add_contact("bruno")

    await notify.hear(invoice_finalized())

    assert [subject for _, _, subject in await notify.said()] == [
        "Invoice 2026/000001: R$1,229.00, due on Dec 11, 2026",
        "Fatura 2026/000001: R$ 1.229,00, vencimento em 11/12/2026",
    ]


async def test_the_team_hears_of_answers_warnings_and_breaches_in_its_mailbox(notify: Notify) -> None:
    await notify.add_contact("ana")

    await notify.hear(
        ticket_opened(opened_by="ana"), message_posted(role="customer"), sla_warned(), sla_breached(priority="low")
    )

    assert await notify.said() == [
        ("ana@cliente.example", "ticket_opened", "[#1042] Recebemos o seu chamado"),
        ("equipe@next4.example", "customer_answered", "[#1042] O cliente escreveu"),
        ("equipe@next4.example", "sla_warned", "[#1042] Já se passaram 75% do prazo de atendimento"),
        ("equipe@next4.example", "sla_breached", "[#1042] Prazo de atendimento descumprido"),
    ]


@pytest.mark.parametrize(
    "fact",
    [
        message_posted(public=False),
        message_posted(automatic=True),
        message_posted(role="system"),
    ],
)
async def test_internal_automatic_and_system_notes_are_no_news(notify: Notify, fact: MessagePosted) -> None:
    await notify.add_contact("bruno")

    await notify.hear(ticket_opened(), fact)

    assert [template for _, template, _ in await notify.said()] == ["ticket_opened"]


async def test_a_fact_that_overtakes_the_one_it_refers_to_still_gives_a_sound_message(notify: Notify) -> None:
    await notify.add_contact("bruno")

    await notify.hear(hours_debited(), sla_warned())
    await notify.hear(ticket_opened(), contract_activated())
    await notify.hear(sla_warned(90))

    first, *_ = await notify.messages()
    assert first.subject == "Chamado encerrado: 5 h 30 min"
    assert "O chamado foi encerrado em 12/11/2026 às 17:00 (horário de Brasília)." in first.body
    assert "None" not in first.body
    assert [subject for _, template, subject in await notify.said() if template == "sla_warned"] == [
        "Já se passaram 75% do prazo de atendimento",
        "[#1042] Já se passaram 90% do prazo de atendimento",
    ]


async def test_the_same_facts_twice_are_said_once(notify: Notify) -> None:
    await notify.add_contact("bruno")
    bodies = [notify.seal(fact) for fact in S02]

    await notify.inbox.take(bodies)
    again = await notify.inbox.take(bodies)

    assert set(again) == {Outcome.DUPLICATE}
    assert len(await notify.messages()) == 7


async def test_the_same_facts_in_any_batching_say_the_same(notify: Notify) -> None:
    await notify.add_contact("bruno")

    for fact in S02:
        await notify.hear(fact)

    assert [template for _, template, _ in await notify.said()] == [
        "contract_activated",
        "ticket_opened",
        "staff_answered",
        "approval_requested",
        "ticket_resolved",
        "ticket_closed",
        "invoice_finalized",
    ]


async def test_times_are_those_of_the_contract_once_it_is_known(notify: Notify) -> None:
    await notify.add_contact("bruno")

    await notify.hear(contract_activated(timezone="America/Manaus"), ticket_opened())

    *_, opened = await notify.messages()
    assert "registrado em 10/11/2026 às 08:00 (horário de Manaus)." in opened.body


async def test_a_topic_that_the_provider_has_switched_off_is_not_told(notify: Notify) -> None:
    await notify.add_contact("bruno")
    await notify.open(msgspec.structs.replace(SECTION, topics=[Topic.INVOICES]))

    await notify.hear(*S02)

    assert [template for _, template, _ in await notify.said()] == ["invoice_finalized"]


async def test_facts_of_one_provider_reach_nobody_of_the_other(notify: Notify) -> None:
    await notify.open(tenant=BLOCKTIME)
    await notify.add_contact("bruno", tenant=BLOCKTIME, organization_id=ORGANIZATION)

    await notify.hear(*S02, tenant=NEXT4)

    assert await notify.messages(tenant=BLOCKTIME) == []
    assert await notify.messages(tenant=NEXT4) == []


async def test_before_the_offer_is_applied_facts_wait_and_are_said_once_it_is(notify: Notify) -> None:
    await notify.add_contact("bruno", tenant=BLOCKTIME)

    outcomes = await notify.hear(ticket_opened(), message_posted(), tenant=BLOCKTIME)
    before = await notify.messages(tenant=BLOCKTIME)
    await notify.open(tenant=BLOCKTIME)
    await parked.retry(notify.database, handlers.subscriptions, teller="ticketing", stream=TICKET)

    assert (outcomes, before) == ([Outcome.PARKED, Outcome.PARKED], [])
    assert [template for _, template, _ in await notify.said(tenant=BLOCKTIME)] == ["ticket_opened", "staff_answered"]


async def test_an_unknown_time_zone_is_refused_and_changes_nothing(notify: Notify) -> None:
    await notify.add_contact("bruno")

    outcomes = await notify.hear(contract_activated(timezone="America/Atlantida"))

    assert outcomes == [Outcome.PARKED]
    assert await notify.messages() == []


async def test_a_message_is_due_at_once(notify: Notify, clock: VirtualClock) -> None:
    await notify.add_contact("bruno")

    await notify.hear(ticket_opened())

    (message,) = await notify.messages()
    assert (message.state, message.next_attempt_at) == (State.WAITING, clock.now())
    assert clock.now() == local("2026-11-10T09:00")
