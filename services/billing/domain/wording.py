"""The words of invoice lines, in pt-BR and in English."""

from __future__ import annotations

from services.billing.domain.months import Month
from services.billing.offer import Locale
from shared.money import show

_BABEL = {"pt-BR": "pt_BR", "en": "en"}
_FEE = {"pt-BR": "Plano {plan} - mensalidade {month}", "en": "{plan} plan - monthly fee {month}"}
_SHARE = {"pt-BR": ", proporcional a {days} de {all} dias", "en": ", {days} of {all} days"}
_OVERAGE = {
    "pt-BR": "Chamado {number} - horas excedentes de {month}: {time} a {price}/h",
    "en": "Ticket {number} - extra hours of {month}: {time} at {price}/h",
}
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


def duration(minutes: int) -> str:
    """Minutes as people say them.

    >>> duration(150), duration(20), duration(120)
    ('2 h 30 min', '20 min', '2 h')
    """
    hours, rest = divmod(minutes, 60)
    parts = ([f"{hours} h"] if hours else []) + ([f"{rest} min"] if rest or not hours else [])
    return " ".join(parts)
