"""What an offer leaves open that real invoices need: told by `apply` and by `doctor` (3.7, 3.8)."""

from __future__ import annotations

from collections.abc import Sequence

from services.billing.offer import Section
from services.cli.installation import Installation
from shared import offers


def gap_of(tenant: str, section: Section) -> str | None:
    """What a provider's invoices do without, in one sentence; None where nothing is left open."""
    unfilled = section.unfilled
    if not unfilled:
        return None
    fields = listed([f"billing.{field}" for field in unfilled])
    lacking = listed([f"no {what}" for what in unfilled.values()])
    return f"{tenant}: its offer leaves {fields} open: invoices bear {lacking}"


async def gaps_in(place: Installation) -> list[str]:
    """The gaps of every provider whose offer was applied in an installation."""
    database = place.database("billing")
    try:
        async with database.reading() as tx:
            known = await offers.of_all(tx, Section)
    finally:
        await database.close()
    found = [gap_of(tenant, section) for tenant, section in known.items()]
    return [gap for gap in found if gap is not None]


def listed(words: Sequence[str]) -> str:
    """Words as a sentence names them.

    >>> listed(["a"]), listed(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    return " and ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)
