"""Every template in both languages, to the letter."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from services.notify.domain import (
    STAFF,
    Audience,
    Circumstances,
    Contract,
    Letter,
    Locale,
    News,
    Recipient,
    Template,
    Ticket,
    contract_news,
    ticket_news,
    write_letter,
)
from services.notify.domain.en import EN
from services.notify.domain.pt_br import PT_BR
from services.notify.domain.words import names_in
from shared.events.billing import InvoiceLine
from shared.events.hourbank import BalanceDepleted, BalanceLow, LotExpiring, StatementIssued
from shared.events.ticketing import EstimateApproved, EstimateDeclined, EstimateExpired, PromiseSet
from tests.notify.later import LATER
from tests.notify.shop import (
    CONTRACT,
    ESTIMATE,
    LOT,
    ORGANIZATION,
    TICKET,
    approval_requested,
    contract_activated,
    hours_debited,
    invoice_finalized,
    local,
    message_posted,
    provider,
    sla_breached,
    sla_warned,
    ticket_opened,
    ticket_resolved,
)

EXPECTED = Path(__file__).parent / "letters"


def promise_set(*, previous: str | None = None, reason: str | None = None) -> PromiseSet:
    return PromiseSet(
        ticket_id=TICKET,
        contract_id=CONTRACT,
        organization_id=ORGANIZATION,
        number=1042,
        promised_at=local("2026-11-12T17:00"),
        previous_promised_at=local(previous) if previous else None,
        reason=reason,
        set_at=local("2026-11-10T15:00"),
        set_by="agente",
    )


def estimate_approved(*, automatic: bool = False) -> EstimateApproved:
    return EstimateApproved(
        ticket_id=TICKET,
        contract_id=CONTRACT,
        organization_id=ORGANIZATION,
        number=1042,
        estimate_id=ESTIMATE,
        estimate_number=1,
        kind="initial",
        minutes=330,
        minutes_over=150,
        hour_price_cents=23000,
        automatic=automatic,
        approved_at=local("2026-11-10T15:00"),
        approved_by="ana",
    )


def estimate_declined() -> EstimateDeclined:
    return EstimateDeclined(
        ticket_id=TICKET,
        contract_id=CONTRACT,
        organization_id=ORGANIZATION,
        number=1042,
        estimate_id=ESTIMATE,
        estimate_number=2,
        kind="additional",
        reason="Fica para o mês que vem.",
        declined_at=local("2026-11-10T10:00"),
        declined_by="ana",
    )


def estimate_expired() -> EstimateExpired:
    return EstimateExpired(
        ticket_id=TICKET,
        contract_id=CONTRACT,
        organization_id=ORGANIZATION,
        number=1042,
        estimate_id=ESTIMATE,
        estimate_number=1,
        kind="initial",
        expired_at=local("2026-11-24T18:00"),
    )


def lot_expiring() -> LotExpiring:
    return LotExpiring(
        contract_id=CONTRACT,
        organization_id=ORGANIZATION,
        lot_id=LOT,
        minutes=80,
        expires_date=date(2026, 12, 1),
        days_left=7,
    )


def statement_issued() -> StatementIssued:
    return StatementIssued(
        contract_id=CONTRACT,
        organization_id=ORGANIZATION,
        period="2026-11",
        opening_minutes=0,
        granted_minutes=180,
        debited_minutes=180,
        expired_minutes=0,
        closing_minutes=0,
        overage_minutes=150,
    )


APPROVAL_PENDING = Template.APPROVAL_PENDING
BALANCE_LOW = BalanceLow(contract_id=CONTRACT, organization_id=ORGANIZATION, available_minutes=30, threshold_minutes=36)
BALANCE_DEPLETED = BalanceDepleted(contract_id=CONTRACT, organization_id=ORGANIZATION, held_minutes=180)

NEWS: dict[str, News | None] = {
    "contract_activated": contract_news.of_contract_activated(contract_activated()),
    "ticket_opened": ticket_news.of_ticket_opened(ticket_opened()),
    "staff_answered": ticket_news.of_message_posted(message_posted()),
    "promise_set": ticket_news.of_promise_set(promise_set()),
    "promise_changed": ticket_news.of_promise_set(
        promise_set(previous="2026-11-11T12:00", reason="Aguardamos o acesso ao servidor.")
    ),
    "approval_requested": ticket_news.of_approval_requested(approval_requested()),
    "additional_hours_requested": ticket_news.of_approval_requested(
        approval_requested(
            kind="additional", minutes=60, from_bank=60, justification="plugin incompatible with PHP 8.4"
        )
    ),
    "approval_pending": replace(ticket_news.of_approval_requested(approval_requested()), template=APPROVAL_PENDING),
    "ticket_resolved": ticket_news.of_ticket_resolved(ticket_resolved()),
    "ticket_closed": contract_news.of_hours_debited(hours_debited()),
    "invoice_finalized": contract_news.of_invoice_finalized(invoice_finalized()),
    "lot_expiring": contract_news.of_lot_expiring(lot_expiring()),
    "balance_low": contract_news.of_balance_low(BALANCE_LOW),
    "balance_depleted": contract_news.of_balance_depleted(BALANCE_DEPLETED),
    "statement_issued": contract_news.of_statement_issued(statement_issued()),
    "customer_answered": ticket_news.of_message_posted(message_posted(role="customer")),
    "estimate_approved": ticket_news.of_estimate_approved(estimate_approved()),
    "estimate_declined": ticket_news.of_estimate_declined(estimate_declined()),
    "estimate_expired": ticket_news.of_estimate_expired(estimate_expired()),
    "sla_warned": ticket_news.of_sla_warned(sla_warned()),
    "sla_breached": ticket_news.of_sla_breached(sla_breached(priority="critical")),
    **LATER,
}


def letter(
    news: News | None, locale: Locale = Locale.PT_BR, *, knows: bool = True, monthly_minutes: int = 180
) -> Letter:
    """The words for Ana, or for the team."""
    assert news is not None
    is_staff = news.audience is Audience.STAFF
    recipient = Recipient(
        contact_id=STAFF if is_staff else "ana",
        name=None if is_staff else "Ana Souza",
        email="somebody@cliente.example",
        locale=locale,
    )
    contract = Contract(
        contract_id=CONTRACT,
        organization_id=ORGANIZATION,
        plan_code="START",
        timezone="America/Sao_Paulo",
        monthly_minutes=monthly_minutes,
    )
    ticket = Ticket(ticket_id=TICKET, contract_id=CONTRACT, organization_id=ORGANIZATION, number=1042)
    known = Circumstances(
        provider=provider(),
        ticket=ticket if knows else None,
        contract=contract if knows else None,
        now=local("2026-11-21T10:00"),
    )
    return write_letter(news, recipient, known)


def page(locale: Locale) -> str:
    """All letters of a language on one page, as it lies in letters/."""
    letters = [(name, letter(news, locale)) for name, news in NEWS.items()]
    return "\n".join(f"=== {name}\n{one.subject}\n\n{one.body}" for name, one in letters)


@pytest.mark.parametrize("locale", list(Locale))
def test_every_letter_reads_exactly_as_it_lies_in_the_folder(locale: Locale) -> None:
    assert page(locale) == (EXPECTED / f"{locale}.txt").read_text(encoding="utf-8")


def test_there_are_words_for_every_template_in_both_languages() -> None:
    assert set(NEWS) == set(PT_BR.wordings) == set(EN.wordings) == set(Template)
    assert PT_BR.rows.keys() == EN.rows.keys()
    assert PT_BR.terms.keys() == EN.terms.keys()
    assert PT_BR.zones.keys() == EN.zones.keys()


@pytest.mark.parametrize("template", list(Template))
def test_both_languages_say_the_same_things_in_the_same_order(template: Template) -> None:
    portuguese, english = PT_BR.wordings[template], EN.wordings[template]

    assert names_in(portuguese.subject) == names_in(english.subject)
    assert [set(names_in(text)) for text in portuguese.paragraphs] == [
        set(names_in(text)) for text in english.paragraphs
    ]


@pytest.mark.parametrize("locale", list(Locale))
@pytest.mark.parametrize("name", list(NEWS))
def test_what_is_not_known_yet_is_left_out_and_the_rest_stands(name: str, locale: Locale) -> None:
    unknown = letter(NEWS[name], locale, knows=False)

    assert "None" not in unknown.subject + unknown.body
    assert "{" not in unknown.subject + unknown.body
    assert unknown.body.count("\n\n") >= 2


def test_the_approval_names_hours_money_and_deadline() -> None:
    words = letter(NEWS["approval_requested"])

    assert words.subject == "[#1042] Precisamos da sua aprovação: 5 h 30 min"
    assert "Do seu pacote de horas: 3 h.\n" in words.body
    assert "Além do saldo: 2 h 30 min, a R$ 230,00 por hora, no total de R$ 575,00.\n" in words.body
    assert "A proposta vale até 17/11/2026 às 18:00 (horário de Brasília);" in words.body


def test_additional_hours_that_the_bank_covers_carry_their_justification_and_no_price() -> None:
    words = letter(NEWS["additional_hours_requested"])

    assert "Justificativa: plugin incompatible with PHP 8.4\n" in words.body
    assert "O seu pacote cobre 1 h: nada é cobrado à parte.\n" in words.body
    assert "R$" not in words.body


def test_the_invoice_lists_its_lines_in_its_own_words_to_the_centavo() -> None:
    words = letter(NEWS["invoice_finalized"])

    assert (
        "- Plano START - mensalidade 12/2026: R$ 654,00\n"
        "- Chamado 1042 - horas excedentes de 11/2026: 2 h 30 min a R$ 230,00/h: R$ 575,00\n"
    ) in words.body
    assert "Total: R$ 1.229,00\nVencimento: 11/12/2026\n" in words.body
    assert "Dúvidas sobre a fatura: financeiro@next4.example\n" in words.body


def test_a_prorated_fee_says_of_how_many_days_and_a_credit_has_its_sign() -> None:
    fee = "Plano START - mensalidade 11/2026, proporcional a 21 de 30 dias"
    lines = (
        InvoiceLine(kind="plan_fee", period="2026-11", description=fee, cents=45780),
        InvoiceLine(kind="proration", period="2026-11", description="Ajuste de plano", cents=-1234),
    )
    words = letter(contract_news.of_invoice_finalized(replace(invoice_finalized(), lines=lines)))

    assert f"- {fee}: R$ 457,80\n- Ajuste de plano: -R$ 12,34\n" in words.body


def test_the_last_day_to_use_hours_is_the_one_before_they_expire() -> None:
    words = letter(NEWS["lot_expiring"])

    assert words.subject == "Horas a vencer: 1 h 20 min até 30/11/2026"
    assert "\n\nFaltam 7 dias.\n\n" in words.body


def test_one_day_is_not_days() -> None:
    words = letter(contract_news.of_lot_expiring(replace(lot_expiring(), days_left=1)))

    assert "\n\nFalta 1 dia.\n\n" in words.body
    assert "dias" not in words.body


def test_a_contract_without_hours_promises_none() -> None:
    words = letter(contract_news.of_contract_activated(contract_activated(monthly_minutes=0)))

    assert "Pacote de horas" not in words.body
    assert "Mensalidade: R$ 654,00.\n" in words.body
    assert "Valor da hora: R$ 230,00, sempre com a sua aprovação.\n" in words.body
    assert "além do pacote" not in words.body


@pytest.mark.parametrize(
    "news",
    [
        contract_news.of_contract_activated(contract_activated(monthly_minutes=0)),
        ticket_news.of_approval_requested(approval_requested(minutes=90, from_bank=0)),
        replace(
            ticket_news.of_approval_requested(approval_requested(minutes=90, from_bank=0)), template=APPROVAL_PENDING
        ),
        ticket_news.of_estimate_approved(estimate_approved()),
        ticket_news.of_ticket_resolved(ticket_resolved()),
        contract_news.of_hours_debited(hours_debited(minutes=90, from_bank=0)),
    ],
    ids=lambda news: str(news.template),
)
@pytest.mark.parametrize("locale", list(Locale))
def test_a_plan_without_hours_reads_of_no_package_and_no_balance(news: News, locale: Locale) -> None:
    words = letter(news, locale, monthly_minutes=0).body.lower()

    assert [word for word in ("pacote", "saldo", "package", "balance") if word in words] == []


def test_a_plan_without_hours_is_told_what_is_charged() -> None:
    asked = letter(
        ticket_news.of_approval_requested(approval_requested(minutes=90, from_bank=0)), monthly_minutes=0
    ).body
    closed = letter(contract_news.of_hours_debited(hours_debited(minutes=90, from_bank=0)), monthly_minutes=0).body

    assert "\n\nA cobrar: 1 h 30 min, a R$ 230,00 por hora, no total de R$ 345,00.\n\n" in asked
    assert "\n\nA cobrar: 1 h 30 min, pelo preço aprovado, na fatura do primeiro dia útil" in closed


def test_a_close_that_took_nothing_says_nothing_of_hours() -> None:
    words = letter(contract_news.of_hours_debited(hours_debited(minutes=0, from_bank=0)))

    assert words.subject == "[#1042] Chamado encerrado"
    assert words.body.startswith(
        "Olá, Ana Souza!\n\n"
        "O chamado #1042 foi encerrado em 12/11/2026 às 17:00 (horário de Brasília).\n\n"
        "Situação em 12/11/2026"
    )


def test_a_completion_without_a_deadline_names_none() -> None:
    words = letter(ticket_news.of_ticket_resolved(replace(ticket_resolved(), closes_at=None)))

    assert "Se algo precisar de ajuste, peça no próprio chamado. Sem ajustes, ele é encerrado.\n" in words.body
    assert " até " not in words.body


@pytest.mark.parametrize("kind", ["initial", "additional"])
def test_a_newer_question_says_which_one_it_replaces(kind: str) -> None:
    newer = replace(approval_requested(kind=kind), estimate_number=3, replaces_estimate_number=2)
    words = letter(ticket_news.of_approval_requested(newer)).body

    assert "\n\nEsta proposta, de número 3, substitui a de número 2, que não vale mais.\n\n" in words
    assert "substitui" not in letter(NEWS["approval_requested"]).body


def test_a_month_without_overage_says_nothing_of_it() -> None:
    words = letter(contract_news.of_statement_issued(replace(statement_issued(), overage_minutes=0)))

    assert "Além do saldo" not in words.body
    assert "Além do saldo, cobradas em fatura: 2 h 30 min\n" in letter(NEWS["statement_issued"]).body


@pytest.mark.parametrize("name", list(NEWS))
def test_only_letters_about_a_ticket_can_be_answered_at_their_address(name: str) -> None:
    news = NEWS[name]
    assert news is not None

    is_answerable = letter(news).body.endswith(
        "Next4 Atendimento\nMensagem automática: para responder, use o endereço acima.\n"
    )
    assert is_answerable == (news.ticket_id is not None)


def test_a_close_without_hours_from_the_bank_names_no_lot() -> None:
    words = letter(contract_news.of_hours_debited(hours_debited(minutes=60, from_bank=0, written_off=15)))

    assert "lote" not in words.body
    assert "Além do saldo: 1 h, pelo preço aprovado" in words.body
    assert "Trabalhadas e não cobradas: 15 min.\n" in words.body


def test_what_approved_itself_is_no_news() -> None:
    assert ticket_news.of_estimate_approved(estimate_approved(automatic=True)) is None


def test_somebodys_own_words_cannot_leave_their_paragraph_s_shape() -> None:
    fact = approval_requested(justification="linha um\r\nlinha dois\x00\x1b[31m {minutes}")
    words = letter(ticket_news.of_approval_requested(fact))

    assert "Justificativa: linha um\nlinha dois [31m {minutes}\n" in words.body
