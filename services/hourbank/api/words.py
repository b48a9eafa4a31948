"""The two languages that an hour bank's documents speak, pt-BR first, and which one a caller wants."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Annotated
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton
from litestar.params import HeaderParameter, QueryParameter

from shared import money


class Locale(enum.StrEnum):
    """A language that documents are written in."""

    PT_BR = "pt-BR"
    EN = "en"


LocaleAsked = Annotated[Locale | None, QueryParameter(name="locale", description="Goes before Accept-Language.")]
AcceptLanguage = Annotated[
    str | None, HeaderParameter(name="Accept-Language", description="pt-BR unless en is preferred.")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a statement says in one language."""

    title: str
    subtitle: str
    provider: str
    customer: str
    plan: str
    contract: str
    month: str
    partial: str
    issued: str
    opening: str
    granted: str
    debited: str
    restored: str
    expired: str
    closing: str
    overage: str
    overage_value: str
    tickets: str
    ticket: str
    closed: str
    people: str
    person: str
    unknown_person: str
    minutes: str
    hours: str
    from_package: str
    written_off: str
    over: str
    value: str
    reversals: str
    expiring: str
    expiring_within: str
    lot: str
    expires: str
    no_tickets: str
    nothing_expires: str
    chart: str
    chart_granted: str
    chart_debited: str
    chart_over: str
    page: str
    summary: str


WORDS = {
    Locale.PT_BR: Words(
        title="Extrato do pacote de horas",
        subtitle="Saldo de horas, em horas e minutos",
        provider="Prestador",
        customer="Cliente",
        plan="Plano {plan}, {hours} por mês",
        contract="Contrato",
        month="Mês",
        partial="Parcial até",
        issued="Emitido em",
        opening="Saldo inicial",
        granted="Horas concedidas",
        debited="Horas debitadas",
        restored="das quais devolvidas por estorno",
        expired="Horas vencidas",
        closing="Saldo final",
        overage="Horas excedentes",
        overage_value="Valor das horas excedentes",
        tickets="Chamados encerrados",
        ticket="Chamado",
        closed="Encerrado em",
        people="Por profissional",
        person="Profissional",
        unknown_person="não informado",
        minutes="Minutos",
        hours="Horas",
        from_package="Do pacote",
        written_off="Abonado",
        over="Excedente",
        value="Valor",
        reversals="Estornos",
        expiring="O que vence a seguir",
        expiring_within="nos próximos {days} dias",
        lot="Lote de",
        expires="Vence em",
        no_tickets="Nenhum chamado foi encerrado neste mês",
        nothing_expires="Nada vence nos próximos {days} dias",
        chart="Últimos doze meses, em horas",
        chart_granted="concedidas",
        chart_debited="debitadas",
        chart_over="excedentes",
        page="Página {number}",
        summary="Resumo",
    ),
    Locale.EN: Words(
        title="Statement of the package of hours",
        subtitle="Balance of hours (saldo de horas), in hours and minutes",
        provider="Provider",
        customer="Customer",
        plan="Plan {plan}, {hours} a month",
        contract="Contract",
        month="Month",
        partial="Partial until",
        issued="Issued on",
        opening="Opening balance",
        granted="Granted",
        debited="Debited",
        restored="of which given back by corrections",
        expired="Expired",
        closing="Closing balance",
        overage="Additional hours",
        overage_value="Value of the additional hours",
        tickets="Closed tickets",
        ticket="Ticket",
        closed="Closed on",
        people="By professional",
        person="Professional",
        unknown_person="not told",
        minutes="Minutes",
        hours="Hours",
        from_package="From package",
        written_off="Written off",
        over="Additional",
        value="Value",
        reversals="Corrections",
        expiring="What expires next",
        expiring_within="within {days} days",
        lot="Lot of",
        expires="Expires on",
        no_tickets="No ticket was closed in this month",
        nothing_expires="Nothing expires within {days} days",
        chart="Last twelve months, in hours",
        chart_granted="granted",
        chart_debited="debited",
        chart_over="additional",
        page="Page {number}",
        summary="Summary",
    ),
}
_AT = {Locale.PT_BR: "às", Locale.EN: "at"}
_BABEL = {Locale.PT_BR: "pt_BR", Locale.EN: "en_GB"}


def preferred(asked: Locale | None, accept_language: str | None) -> Locale:
    """The language that is asked for, else the one that Accept-Language prefers (RFC 9110), else pt-BR.

    >>> preferred(None, "de, en-GB;q=0.9, pt;q=0.5").value, preferred(None, "*").value
    ('en', 'pt-BR')
    >>> preferred(Locale.EN, "pt").value
    'en'
    """
    if asked is not None:
        return asked
    weighed = []
    for place, part in enumerate((accept_language or "").split(",")):
        name, _, quality = part.strip().partition(";")
        found = {"pt": Locale.PT_BR, "en": Locale.EN}.get(name.strip().lower().partition("-")[0])
        if found is not None and _quality(quality) > 0:
            weighed.append((-_quality(quality), place, found))
    return min(weighed)[2] if weighed else Locale.PT_BR


def hours(minutes: int) -> str:
    """Whole minutes as people say them.

    >>> hours(330), hours(5), hours(-90)
    ('5h30', '0h05', '-1h30')
    """
    sign = "-" if minutes < 0 else ""
    return f"{sign}{abs(minutes) // 60}h{abs(minutes) % 60:02d}"


def worked(seconds: int) -> str:
    """Logged seconds as people say them; those beyond a whole minute only where there are any.

    >>> worked(19800), worked(11970)
    ('5h30', '3h19min30s')
    """
    minutes, rest = divmod(seconds, 60)
    return f"{hours(minutes)}min{rest:02d}s" if rest else hours(minutes)


def day(when: date, locale: Locale) -> str:
    """A date with its year.

    >>> day(date(2026, 11, 3), Locale.PT_BR), day(date(2026, 11, 3), Locale.EN)
    ('03/11/2026', '3 Nov 2026')
    """
    return format_date(when, "dd/MM/yyyy" if locale is Locale.PT_BR else "d MMM yyyy", locale=_BABEL[locale])


def month_name(month: date, locale: Locale) -> str:
    """A month with its year.

    >>> month_name(date(2026, 11, 1), Locale.PT_BR), month_name(date(2026, 11, 1), Locale.EN)
    ('novembro de 2026', 'November 2026')
    """
    first = datetime.combine(month, time())  # babel's skeletons take no date
    return format_skeleton("yMMMM", first, locale=_BABEL[locale])


def local_day(instant: datetime, timezone: str, locale: Locale) -> str:
    """The local date of an instant."""
    return day(instant.astimezone(ZoneInfo(timezone)).date(), locale)


def local_instant(instant: datetime, timezone: str, locale: Locale) -> str:
    """The local date and time of an instant.

    >>> local_instant(datetime.fromisoformat("2026-11-10T18:00Z"), "America/Sao_Paulo", Locale.PT_BR)
    '10/11/2026 às 15:00'
    """
    local = instant.astimezone(ZoneInfo(timezone))
    return f"{local_day(instant, timezone, locale)} {_AT[locale]} {local:%H:%M}"


def price(cents: int, locale: Locale) -> str:
    """Centavos as people read them."""
    return money.show(cents, _BABEL[locale])


def _quality(given: str) -> int:
    """The weight in thousandths; what cannot be read weighs nothing."""
    name, _, value = given.replace(" ", "").partition("=")
    if not name:
        return 1000
    whole, _, part = value.partition(".")
    digits = f"{whole}{part[:3]:0<3}"
    return int(digits) if name == "q" and digits.isascii() and digits.isdecimal() else 0
