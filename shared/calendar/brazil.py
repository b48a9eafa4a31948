"""Brazil in the `holidays` library, imported when the first calendar is made: it brings 300 modules with it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holidays.countries.brazil import Brazil


@cache
def brazil() -> type[Brazil]:
    """The class that knows the holidays of the country, its states and the city of São Paulo."""
    from holidays.countries.brazil import Brazil  # noqa: PLC0415  half a second that a start can do without

    return Brazil
