"""Money in integer centavos and time in minutes: one currency, one rounding, one way to show each."""

from __future__ import annotations

from decimal import Decimal

from babel.numbers import format_currency

CURRENCY = "BRL"


def price_of_minutes(minutes: int, hour_price_cents: int) -> int:
    """What so many minutes cost in centavos, rounded half up, once (domain 2.5).

    >>> price_of_minutes(150, 23000), price_of_minutes(20, 23000)
    (57500, 7667)
    """
    assert minutes >= 0, "a price is for minutes that were worked"
    assert hour_price_cents >= 0, "an hour costs something or nothing"
    return (2 * minutes * hour_price_cents + 60) // 120


def share_of(amount: int, part: int, whole: int) -> int:
    """`amount` x part / whole, rounded half up: the fraction of a month in minutes or centavos (2.2).

    >>> share_of(420, 21, 30), share_of(145000, 21, 30)
    (294, 101500)
    """
    assert 0 <= part <= whole, "a part is no more than the whole"
    return (2 * amount * part + whole) // (2 * whole)


def duration(minutes: int) -> str:
    """A length of time in hours and minutes, the same in every language (signs of SI).

    >>> duration(330), duration(120), duration(45), duration(0)
    ('5 h 30 min', '2 h', '45 min', '0 min')
    """
    assert minutes >= 0, "a length of time has no sign"
    hours, rest = divmod(minutes, 60)
    parts = ([f"{hours} h"] if hours else []) + ([f"{rest} min"] if rest or not hours else [])
    return " ".join(parts)


def show(cents: int, locale: str = "pt_BR") -> str:
    r"""The amount as a person reads it; after R$ stands a no-break space.

    >>> show(122900)
    'R$\xa01.229,00'
    """
    return format_currency(Decimal(cents) / 100, CURRENCY, locale=locale)
