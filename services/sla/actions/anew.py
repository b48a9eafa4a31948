"""Counting open promises anew when calendars or policies change: what a preview shows is what the save then does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from uuid import UUID, uuid5

from services.sla import domain, store
from services.sla.actions.tickets import bring_up
from services.sla.domain import Clock, Move, Recounted, TermsRef, Ticket, terms_of
from services.sla.offer import Section
from shared.db import Transaction
from shared.events.sla import CalendarChanged

CALENDARS = UUID("6f1b1a52-4a0e-5d0c-9d8a-0c6e7f4b2d11")  # the names of calendars become the ids of their streams in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a change of what is promised does: the version that then holds, and each open promise that it moves."""

    version: int
    changed: bool
    moves: tuple[Move, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Anew:
    """One ticket, counted anew: its clocks as they are kept, and the ticket before and after the fact."""

    kept: dict[UUID, Clock]
    before: Ticket
    after: Ticket
    fact: Recounted
    number: int


async def foresee(tx: Transaction, section: Section, *, policies: bool) -> Effect:
    """What saving a section with its laid days would do now; nothing is kept or told. Raises Invalid, NoOffer."""
    section.check()
    today = await store.terms_of_today(tx)
    promised = await store.section_of(tx, today)
    if section == promised:
        return Effect(version=today.version, changed=False)
    ref = TermsRef(version=today.version + 1, sha256="foreseen")
    anew = [
        one async for one in _anew(tx, section, ref, _touched(promised, section, policies=policies), policies=policies)
    ]
    return Effect(version=ref.version, changed=True, moves=_moves(anew))


async def hold(tx: Transaction, section: Section, *, policies: bool) -> Effect:
    """Let a section with its laid days hold from now on, and count anew what is open (S-13). Raises Invalid.

    Policies hold for new tickets (B11), unless `policies` asks for the open ones as well.
    """
    section.check()
    promised = await store.section_today(tx)
    if section == promised:
        return Effect(version=(await store.terms_of_today(tx)).version, changed=False)
    ref = await store.keep_terms(tx, section)
    if promised is None:
        return Effect(version=ref.version, changed=True)
    anew = [
        one async for one in _anew(tx, section, ref, _touched(promised, section, policies=policies), policies=policies)
    ]
    for one in anew:
        await store.append_fact(tx, ticket_id=one.after.opened.ticket_id, number=one.number, fact=one.fact)
        await bring_up(tx, one.kept, one.after, before=one.before, fact=one.fact)
    moves = _moves(anew)
    for name in sorted(_changed_calendars(promised, section)):
        await tx.publish(
            CalendarChanged(
                calendar_id=uuid5(CALENDARS, f"{tx.tenant}/{name}"),
                calendar=name,
                version=ref.version,
                open_clocks_moved=sum(move.after.calendar_name == name for move in moves),
                changed_at=tx.now,
            )
        )
    return Effect(version=ref.version, changed=True, moves=moves)


async def _anew(
    tx: Transaction, section: Section, ref: TermsRef, names: Collection[str] | None, *, policies: bool
) -> AsyncIterator[_Anew]:
    tickets = await store.tickets_owed(tx, names)
    for first in range(0, len(tickets), store.AT_ONCE_TICKETS):
        some = tickets[first : first + store.AT_ONCE_TICKETS]
        facts = await store.facts_of_many(tx, some)
        kept = await store.clocks_of_tickets(tx, some)
        named = domain.named_in(fact for told in facts.values() for fact in told)
        book = {**await store.book_of(tx, named), ref: terms_of(section, version=ref.version)}
        for ticket_id in some:
            before = domain.fold(facts[ticket_id], book)
            fact = Recounted(id=tx.new_id(), at=tx.now, terms=ref, policies=policies)
            after = domain.apply(before, fact, book)
            number = len(facts[ticket_id]) + 1
            yield _Anew(kept=kept[ticket_id], before=before, after=after, fact=fact, number=number)


def _touched(promised: Section, section: Section, *, policies: bool) -> Collection[str] | None:
    """The calendars whose open promises have to be counted anew.

    None when policies are to hold for them: all, those of a calendar that is offered no longer among them.
    """
    return None if policies else _changed_calendars(promised, section)


def _changed_calendars(promised: Section, section: Section) -> set[str]:
    return {name for name, calendar in section.calendars.items() if promised.calendars.get(name) != calendar}


def _moves(anew: Collection[_Anew]) -> tuple[Move, ...]:
    moves = (domain.moved(was, now, at=one.fact.at) for one in anew for was, now in domain.changed(one.kept, one.after))
    return tuple(move for move in moves if move is not None)
