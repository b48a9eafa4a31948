"""How a language shows values and words a text: the words themselves are data in `pt_br.py` and `en.py`."""

from __future__ import annotations

import enum
import string
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.dates import format_date, format_datetime

from services.notify.domain.values import (
    Count,
    Day,
    Hours,
    Moment,
    Money,
    Month,
    Rows,
    Shown,
    Template,
    Term,
    Values,
    Words,
)
from shared import money


class Locale(enum.StrEnum):
    """The languages that there are words in."""

    PT_BR = "pt-BR"
    EN = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The words of one template: values stand in braces. A paragraph in which a value is missing is left out.

    `short_subject` stands for a subject in which one is missing.
    """

    subject: str
    short_subject: str = ""
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """All words of one language; `moment`, `day` and `month` are patterns of CLDR, `zones` names of time zones."""

    locale: Locale
    cldr: str
    moment: str
    day: str
    month: str
    zones: Mapping[str, str]
    terms: Mapping[str, str]
    rows: Mapping[str, str]
    opening: tuple[str, ...]
    closing: tuple[str, ...]
    wordings: Mapping[Template, Wording]


def show(value: Shown, language: Language, timezone: str) -> str:
    """The value as a person reads it in this language and zone."""
    shower = _SHOW[type(value)]
    return shower(value, language, timezone)


def fill(text: str, values: Mapping[str, str | None]) -> str | None:
    """The text with its values; None when one of them is missing.

    >>> fill("Total: {total}", {"total": "R$ 654,00"}), fill("Motivo: {reason}", {"reason": None})
    ('Total: R$ 654,00', None)
    """
    if any(values[name] is None for name in names_in(text)):
        return None
    return text.format_map(values)


@cache
def names_in(text: str) -> tuple[str, ...]:
    """The values that a text asks for."""
    return tuple(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


@cache
def is_zone(name: str) -> bool:
    """Whether there is such a time zone.

    >>> is_zone("America/Sao_Paulo"), is_zone("America"), is_zone("../etc")
    (True, False, False)
    """
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def one_line(text: str) -> str:
    r"""The text without line ends and control characters: what a header may hold.

    >>> one_line("Aprovado\r\nBcc: x@y.z")
    'Aprovado Bcc: x@y.z'
    """
    return " ".join("".join(" " if _is_control(sign) else sign for sign in text).split())


def many_lines(text: str) -> str:
    """The text with plain line ends and no other control character: what a body may hold."""
    return "\n".join(one_line(line) for line in text.strip().splitlines())


def _is_control(sign: str) -> bool:
    return unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"}


def _show_money(value: Money, language: Language, _timezone: str) -> str:
    # With an ordinary space instead of CLDR's no-break space: people search their mail for "R$ 1.229,00".
    return money.show(value.cents, language.cldr).replace("\N{NO-BREAK SPACE}", " ")


def _show_moment(value: Moment, language: Language, timezone: str) -> str:
    local = format_datetime(value.at, language.moment, tzinfo=ZoneInfo(timezone), locale=language.cldr)
    return f"{local} ({language.zones.get(timezone, timezone)})"


def _show_month(value: Month, language: Language, _timezone: str) -> str:
    return format_date(date.fromisoformat(f"{value.period}-01"), language.month, locale=language.cldr)


def _show_rows(value: Rows, language: Language, timezone: str) -> str:
    return "\n".join(
        language.rows[row.wording].format_map(shown_values(row.values, language, timezone)) for row in value.rows
    )


def shown_values(values: Values, language: Language, timezone: str) -> dict[str, str | None]:
    """Every value by its name as it is read, None for what is missing."""
    return {name: None if value is None else show(value, language, timezone) for name, value in values}


_SHOW: dict[type, Callable[[Any, Language, str], str]] = {
    Hours: lambda value, _language, _timezone: money.duration(value.minutes),
    Money: _show_money,
    Moment: _show_moment,
    Day: lambda value, language, _timezone: format_date(value.date, language.day, locale=language.cldr),
    Month: _show_month,
    Count: lambda value, _language, _timezone: str(value.number),
    Words: lambda value, _language, _timezone: many_lines(value.text),
    Term: lambda value, language, _timezone: language.terms.get(value.key, value.key.rpartition(".")[2]),
    Rows: _show_rows,
}
