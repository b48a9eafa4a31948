"""Checklists of tickets: brought by a template, ticked off step by step (B50)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from services.ticketing.actions.keeping import keep, say, words_in
from services.ticketing.domain import Ticket, checklists, life, words
from services.ticketing.domain.checklists import Step
from services.ticketing.domain.life import Act
from services.ticketing.offer import Section, Template
from services.ticketing.store import checklists as kept
from services.ticketing.store import tickets
from shared.db import Transaction


async def bring(tx: Transaction, ticket: Ticket, template: Template, *, offer: Section, today: date) -> Ticket:
    """Keep the steps of a new ticket's template; the customer is told at once what is late already (B50)."""
    steps = checklists.steps_of(template, planned_on=ticket.planned_on, offer=offer)
    await kept.add_steps(tx, ticket.id, steps)
    late = sum(step.is_late(today) for step in steps)
    if not late or ticket.planned_on is None:
        return ticket
    told = await words_in(tx, words.STEPS_LATE, day=f"{ticket.planned_on:%d/%m/%Y}", steps=late)
    return await say(tx, ticket, ticket, text=told, act="steps_late", new_value=str(late))


async def tick(tx: Transaction, *, ticket_id: UUID, version: int | None, position: int, done: bool) -> Ticket:
    """Say that a step was done, or was not after all. Raises NotFound, Stale, StepIsSo, TicketIsClosed."""
    before = await tickets.locked(tx, ticket_id, version=version)
    life.step(before.stage, Act.ASSIGN)
    step: Step = checklists.tick(await kept.steps_of(tx, ticket_id), position, done=done, at=tx.now, by=tx.actor)
    after = await keep(tx, before, before, act="step_done" if done else "step_undone", new_value=str(position))
    await kept.save_step(tx, ticket_id, step)
    return after
