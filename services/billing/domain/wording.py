"""The words of invoice lines, in pt-BR and in English."""

from __future__ import annotations

from services.billing.domain.months import Month
from services.billing.offer import Locale
from shared.money import duration, show

_BABEL = {"pt-BR": "pt_BR", "en": "en"}
_FEE = {"pt-BR": "Plano {plan} - mensalidade {month}", "en": "{plan} plan - monthly fee {month}"}
_SHARE = {"pt-BR": ", proporcional a {days} de {all} dias", "en": ", {days} of {all} days"}
_OVERAGE = {
    "pt-BR": "Chamado {number} - horas excedentes de {month}: {time} a {price}/h",
    "en": "Ticket {number} - extra hours of {month}: {time} at {price}/h",
}
_CREDIT = {"pt-BR": "Crédito de valores anteriores", "en": "Credit of earlier amounts"}
_CARRIED = {"pt-BR": "Saldo a seu favor, levado à próxima fatura", "en": "Balance in your favour, carried forward"}
_UPGRADE = {
    "pt-BR": "Mudança para o plano {plan} - diferença de {month}, {days} de {all} dias",
    "en": "Change to the {plan} plan - difference for {month}, {days} of {all} days",
}
_SETTLEMENT = {
    "pt-BR": "Plano {plan} - acerto da mensalidade {month} pelo fim do contrato",
    "en": "{plan} plan - fee of {month} settled for the end of the contract",
}
_PURCHASE = {"pt-BR": "Compra avulsa de {time}", "en": "Purchase of {time}"}
_REFUND = {
    "pt-BR": "Devolução de {time} não utilizados ao fim do contrato",
    "en": "Refund of {time} unused at the end of the contract",
}
_EXIT = {
    "pt-BR": "Saída antes do prazo mínimo: {percent} % das mensalidades restantes",
    "en": "Exit before the minimum term: {percent} % of the remaining fees",
}
_PAID_LATE = {
    "late_fee": {
        "pt-BR": "Fatura {number} paga após o vencimento - multa de {rate}",
        "en": "Invoice {number} paid after its due date - fee of {rate}",
    },
    "late_interest": {
        "pt-BR": "Fatura {number} paga após o vencimento - juros de {rate} ao mês, {days} dias",
        "en": "Invoice {number} paid after its due date - interest of {rate} a month, {days} days",
    },
}
_POINT = {"pt-BR": ",", "en": "."}
_LATE = {"pt-BR": "Ajuste de {month}: ", "en": "Adjustment of {month}: "}


def fee(plan: str, month: Month, *, days: int, locale: Locale) -> str:
    """The line of a plan's fee; `days` of the month are charged.

    >>> fee("BASIC", Month.read("2026-11"), days=21, locale="pt-BR")
    'Plano BASIC - mensalidade 11/2026, proporcional a 21 de 30 dias'
    """
    share = _SHARE[locale].format(days=days, all=month.days) if days < month.days else ""
    return _FEE[locale].format(plan=plan, month=month.shown) + share


def overage(
    ticket_number: int, month: Month, *, minutes: int, hour_price_cents: int, is_late: bool, locale: Locale
) -> str:
    """The line of one overage; a late one says which month it adjusts (B-05).

    >>> overage(7, Month.read("2026-11"), minutes=150, hour_price_cents=23000, is_late=False, locale="pt-BR")
    'Chamado 7 - horas excedentes de 11/2026: 2 h 30 min a R$ 230,00/h'
    """
    price = show(hour_price_cents, _BABEL[locale]).replace("\xa0", " ")
    text = _OVERAGE[locale].format(number=ticket_number, month=month.shown, time=duration(minutes), price=price)
    return (_LATE[locale].format(month=month.shown) if is_late else "") + text


def credit(locale: Locale) -> str:
    """The line that uses what the customer had paid too much."""
    return _CREDIT[locale]


def carried(locale: Locale) -> str:
    """The line that leaves for the next invoice what this one would owe the customer."""
    return _CARRIED[locale]


def upgrade(plan: str, month: Month, *, days: int, locale: Locale) -> str:
    """The line of an immediate change of plan.

    >>> upgrade("BASIC", Month.read("2026-11"), days=21, locale="en")
    'Change to the BASIC plan - difference for 11/2026, 21 of 30 days'
    """
    return _UPGRADE[locale].format(plan=plan, month=month.shown, days=days, all=month.days)


def settlement(plan: str, month: Month, *, locale: Locale) -> str:
    """The line of a fee that was invoiced, and is another now that the contract ends otherwise."""
    return _SETTLEMENT[locale].format(plan=plan, month=month.shown)


def purchase(minutes: int, *, locale: Locale) -> str:
    """The line of hours bought beside the plan.

    >>> purchase(300, locale="pt-BR")
    'Compra avulsa de 5 h'
    """
    return _PURCHASE[locale].format(time=duration(minutes))


def refund(minutes: int, *, locale: Locale) -> str:
    """The line of hours that are paid back at the end."""
    return _REFUND[locale].format(time=duration(minutes))


def early_exit(percent: int, *, locale: Locale) -> str:
    """The line of leaving before the minimum term is over."""
    return _EXIT[locale].format(percent=percent)


def rate(basis_points: int, locale: Locale) -> str:
    """A rate for people.

    >>> rate(150, "pt-BR"), rate(200, "en")
    ('1,50 %', '2.00 %')
    """
    return f"{basis_points // 100}{_POINT[locale]}{basis_points % 100:02d} %"


def late(kind: str, number: str, *, rate_bp: int, days: int, locale: Locale) -> str:
    """The line of what paying an invoice late costs (3.4); `kind` is late_fee or late_interest.

    >>> late("late_interest", "A-2026/00042", rate_bp=100, days=13, locale="pt-BR")
    'Fatura A-2026/00042 paga após o vencimento - juros de 1,00 % ao mês, 13 dias'
    """
    return _PAID_LATE[kind][locale].format(number=number, rate=rate(rate_bp, locale), days=days)
