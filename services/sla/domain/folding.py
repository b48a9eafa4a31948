"""A ticket's clocks as a pure fold over its facts: the same facts give the same clocks, whenever and however often.

Before a fact takes effect, time passes up to it: what fell due earlier is broken, whoever came to say so first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from services.sla.domain.boxes import Box, passed_by
from services.sla.domain.clocks import pass_time
from services.sla.domain.effects import effect
from services.sla.domain.facts import AnyFact, Opened, Recounted, Reopened, TermsRef
from services.sla.domain.ticket import Book, Ticket, start_attendance

JUST_BEFORE = timedelta(microseconds=1)  # what happens exactly at the due instant is still in time


def open_ticket(fact: Opened, book: Book) -> Ticket:
    """A ticket's beginning: the attendance clock runs from its registration (B12).

    One that was split off bears the registration of its origin (N31), with some grace if its time had run out by then.
    """
    terms = book[fact.terms]
    ticket = Ticket(
        opened=fact,
        terms=terms,
        calendars=fact.terms,
        since=fact.at,
        plan_code=fact.plan_code,
        priority=fact.priority,
        boxes=tuple(Box(rule=rule) for rule in terms.boxes),
    )
    return start_attendance(ticket, clock_id=fact.id, at=fact.split_at)


def fold(facts: Iterable[AnyFact], book: Book) -> Ticket:
    """The ticket after all its facts, of which the first opened it.

    Four business hours from Friday 17:00 in São Paulo are over on Monday at 11:00 (S27); raised to two hours on Monday
    at 10:00, when those are past already, half an hour is left (S31).

    >>> from datetime import UTC
    >>> from services.sla.domain.facts import Prioritised
    >>> from services.sla.offer import Calendar, Policy, Section
    >>> from services.sla.domain.terms import terms_of
    >>> office = Calendar(timezone="America/Sao_Paulo", hours=dict.fromkeys(("mon", "fri"), (("08:00", "18:00"),)))
    >>> policies = (Policy(target_minutes=240), Policy(priority="medium", target_minutes=120))
    >>> offered = Section(calendars={"office": office}, calendar="office", policies=policies)
    >>> ref, some = TermsRef(version=1, sha256=""), UUID(int=0)
    >>> book = {ref: terms_of(offered, version=1)}
    >>> ids = {"ticket_id": some, "ticket_number": 1042, "contract_id": some, "organization_id": some}
    >>> about = {"plan_code": "START", "channel": "portal", "area": None, "priority": None}
    >>> opened = Opened(id=some, at=datetime(2026, 11, 13, 20, tzinfo=UTC), **ids, **about, terms=ref)
    >>> fold([opened], book).clocks[0].due_at.isoformat()
    '2026-11-16T14:00:00+00:00'
    >>> raised = Prioritised(id=some, at=datetime(2026, 11, 16, 13, tzinfo=UTC), priority="medium")
    >>> fold([opened, raised], book).clocks[0].due_at.isoformat()
    '2026-11-16T13:30:00+00:00'
    """
    told = iter(facts)
    first = next(told)
    assert isinstance(first, Opened), "a ticket begins with its opening"
    ticket = open_ticket(first, book)
    for fact in told:
        ticket = apply(ticket, fact, book)
    return ticket


def apply(ticket: Ticket, fact: AnyFact, book: Book) -> Ticket:
    """The ticket after one more fact."""
    passed = tuple(replace(one, clock=pass_time(one.clock, until=fact.at - JUST_BEFORE)) for one in ticket.wound)
    boxes = passed_by(ticket.boxes, until=fact.at - JUST_BEFORE)
    return effect(fact, replace(ticket, wound=passed, boxes=boxes), book)


def changes_nothing(ticket: Ticket, fact: AnyFact, book: Book) -> bool:
    """Whether a fact is none to these clocks, now and later: then it need not be kept."""
    return effect(fact, ticket, book) == ticket


def named_in(facts: Iterable[AnyFact]) -> set[TermsRef]:
    """The versions of the provider's promises that facts name."""
    return {fact.terms for fact in facts if isinstance(fact, Opened | Reopened | Recounted)}


def catching_up(ticket: Ticket, book: Book, *, today: TermsRef, id: UUID, at: datetime) -> list[AnyFact]:
    """The fact that the calendars were changed, for a ticket that nothing was owed on when they were."""
    if ticket.is_ended or ticket.calendars == today or ticket.terms.calendars == book[today].calendars:
        return []
    return [Recounted(id=id, at=at, terms=today)]
