"""Who somebody was, and when they have to be answered (LGPD, 5.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

ANSWERED_WITHIN: Final = timedelta(days=15)  # calendar days, art. 19
TICKETS_KEPT: Final = timedelta(days=5 * 365 + 1)  # after the close (5.1)
PEOPLE: Final = UUID("8f6c9a52-6a3e-5d0c-9d0b-0c1f5d4b7e21")  # the names below are unique in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A request for everything that is kept of a person."""

    id: UUID
    person_id: str
    requested_at: datetime
    requested_by: str
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """A person who is anonymised: what stands in the place of their name, and who asked for it first."""

    person_id: str
    number: int
    anonymised_at: datetime
    anonymised_by: str


def mark_of(number: int) -> str:
    """What stands where a name or a person's words stood.

    >>> mark_of(7)
    'Titular anonimizado #7'
    """
    return f"Titular anonimizado #{number}"


def key_of(tenant: str, person_id: str) -> UUID:
    """What stands for a provider's person in the order of facts.

    >>> key_of("next4", "ana") == key_of("blocktime", "ana")
    False
    """
    return uuid5(PEOPLE, f"{tenant}/{person_id}")
