"""How seconds of work became minutes of a debit (2.6), and whose they were: every minute is exactly one person's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from services.hourbank.domain.evidence import Closing
    from shared.events.billing import RoundingRule
    from shared.events.ticketing import TimeEntry

NOBODY = ""  # work that was told without its time entries, of rounds closed before they were


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundedEntry:
    """One billable time entry with what it was rounded to; None where the sum of the ticket is rounded instead."""

    entry: TimeEntry
    minutes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arithmetic:
    """The rounding of one round, step by step: `minutes` is what the billable entries come to (2.6)."""

    rule: RoundingRule
    entries: tuple[RoundedEntry, ...]
    billable_seconds: int
    minutes: int

    @property
    def is_rounded(self) -> bool:
        """Whether the rule changed anything: of any entry where each is rounded, else of their sum."""
        pairs = [(one.entry.seconds, one.minutes) for one in self.entries if one.minutes is not None]
        whole = pairs or [(self.billable_seconds, self.minutes)]
        return any(seconds != minutes * 60 for seconds, minutes in whole)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonShare:
    """What of a debit one professional worked; `professional_id` is empty where nobody told who."""

    professional_id: str
    seconds: int
    minutes: int


def rounded(seconds: int, rule: RoundingRule) -> int:
    """Seconds as whole minutes under a rule (2.6, S14).

    >>> from shared.events.billing import RoundingRule
    >>> [rounded(990, RoundingRule(increment_minutes=unit)) for unit in (1, 6, 15, 30)]
    [17, 18, 30, 30]
    >>> rounded(990, RoundingRule(increment_minutes=15, mode="nearest")), rounded(990, RoundingRule(mode="down"))
    (15, 16)
    >>> rounded(990, RoundingRule(minimum_minutes=45)), rounded(0, RoundingRule(minimum_minutes=45))
    (45, 0)
    """
    assert seconds >= 0, "time is not worked backwards"
    if seconds == 0:
        return 0
    unit = rule.increment_minutes * 60
    added = {"up": unit - 1, "nearest": unit // 2, "down": 0}[rule.mode]
    return max((seconds + added) // unit * rule.increment_minutes, rule.minimum_minutes)


def arithmetic_of(closing: Closing) -> Arithmetic | None:
    """How the entries of a round became its minutes; None where entries or rule were never told."""
    rule = closing.rounding
    if rule is None or not closing.entries:
        return None
    billable = closing.billable
    total = sum(entry.seconds for entry in billable)
    by_entry = rule.scope == "entry"
    entries = tuple(
        RoundedEntry(entry=entry, minutes=rounded(entry.seconds, rule) if by_entry else None) for entry in billable
    )
    minutes = sum(one.minutes or 0 for one in entries) if by_entry else rounded(total, rule)
    return Arithmetic(rule=rule, entries=entries, billable_seconds=total, minutes=minutes)


def by_person(closing: Closing | None, minutes: int) -> tuple[PersonShare, ...]:
    """Share the debited minutes of a round among those who worked it, so that the shares add up to them.

    In proportion to their billable seconds (to their rounded minutes where each entry is rounded), by largest
    remainder; equal remainders go to the first in order of ids.

    >>> from datetime import UTC, datetime; from uuid import UUID
    >>> from services.hourbank.domain.evidence import Closing
    >>> from shared.events.ticketing import TimeEntry
    >>> at = datetime(2026, 11, 10, 13, tzinfo=UTC)
    >>> entries = tuple(
    ...     TimeEntry(entry_id=UUID(int=1), professional_id=who, kind="work", seconds=600, started_at=at, billable=True)
    ...     for who in ("caio", "bia", "ana"))
    >>> closing = Closing(ticket_id=UUID(int=1), ticket_number=1, round=1, minutes_actual=31, entries=entries,
    ...                   rounding=None)
    >>> [(share.professional_id, share.minutes) for share in by_person(closing, 31)]
    [('ana', 11), ('bia', 10), ('caio', 10)]
    """
    billable = closing.billable if closing is not None else ()
    if not billable:
        return (PersonShare(professional_id=NOBODY, seconds=0, minutes=minutes),) if minutes else ()
    seconds: dict[str, int] = {}
    for entry in billable:
        seconds[entry.professional_id] = seconds.get(entry.professional_id, 0) + entry.seconds
    minutes_of = _largest_remainder(minutes, _weights(closing, seconds))
    return tuple(
        PersonShare(professional_id=who, seconds=seconds[who], minutes=minutes_of[who]) for who in sorted(seconds)
    )


def _weights(closing: Closing | None, seconds: Mapping[str, int]) -> Mapping[str, int]:
    arithmetic = arithmetic_of(closing) if closing is not None else None
    if arithmetic is None or arithmetic.rule.scope != "entry" or arithmetic.minutes == 0:
        return seconds
    weights = dict.fromkeys(seconds, 0)
    for one in arithmetic.entries:
        weights[one.entry.professional_id] += one.minutes or 0
    return weights


def _largest_remainder(amount: int, weights: Mapping[str, int]) -> dict[str, int]:
    if not any(weights.values()):
        weights = dict.fromkeys(weights, 1)  # minutes without a second of work: nobody worked more than another
    whole = sum(weights.values())
    names = sorted(weights)
    shares = {name: amount * weights[name] // whole for name in names}
    left = amount - sum(shares.values())
    by_remainder = sorted(names, key=lambda name: (-(amount * weights[name] % whole), name))
    for name in by_remainder[:left]:
        shares[name] += 1
    assert sum(shares.values()) == amount, "every minute lands on one person"
    return shares


def together(shares: Sequence[PersonShare]) -> tuple[PersonShare, ...]:
    """The shares of several rounds, a line per person, in order of ids."""
    totals: dict[str, PersonShare] = {}
    for share in shares:
        known = totals.get(share.professional_id)
        totals[share.professional_id] = PersonShare(
            professional_id=share.professional_id,
            seconds=share.seconds + (known.seconds if known else 0),
            minutes=share.minutes + (known.minutes if known else 0),
        )
    return tuple(totals[who] for who in sorted(totals))
