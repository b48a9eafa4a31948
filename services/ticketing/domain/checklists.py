"""The checklist that a ticket brings from its template, each step with its lead time (B50, N13)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from services.ticketing.domain import refusals
from services.ticketing.offer import Section, Template
from shared.calendar import business_calendar
from shared.errors import Invalid, NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing to be done: by the local date `due_on`, where the template has a lead time and the ticket a date."""

    position: int
    text: str
    due_on: date | None
    done_at: datetime | None = None
    done_by: str | None = None

    def is_late(self, day: date) -> bool:
        """Whether it should have been done before a local date."""
        return self.done_at is None and self.due_on is not None and self.due_on < day


def template_of(offer: Section, code: str | None, *, planned_on: date | None, today: date) -> Template | None:
    """The template of a demand. Raises Invalid for one that the offer lacks, and for a date without or behind one."""
    if code is None:
        if planned_on is not None:
            raise Invalid("only a template plans for a date", field="planned_on", rule="B50")
        return None
    known = offer.templates.get(code)
    if known is None:
        raise Invalid(f"the templates are {', '.join(offer.templates)}", field="template", rule="B50")
    if planned_on is not None and planned_on < today:
        raise Invalid("a date that is planned lies ahead", field="planned_on", rule="B50")
    return known


def steps_of(template: Template, *, planned_on: date | None, offer: Section) -> tuple[Step, ...]:
    """The steps of a template, each due so many business days before the planned date."""
    calendar = business_calendar(offer.calendars[offer.calendar])
    steps = []
    for position, row in enumerate(template.checklist, start=1):
        lead = row.business_days_before
        due = None if planned_on is None or lead is None else calendar.business_days_before(planned_on, lead)
        steps.append(Step(position=position, text=offer.say(row), due_on=due))
    return tuple(steps)


def tick(steps: tuple[Step, ...], position: int, *, done: bool, at: datetime, by: str) -> Step:
    """A step that was done, or was not after all. Raises NotFound, StepIsSo when it is so already."""
    for step in steps:
        if step.position != position:
            continue
        if (step.done_at is not None) is done:
            raise refusals.StepIsSo(f"step {position} is {'done' if done else 'open'} already")
        return replace(step, done_at=at if done else None, done_by=by if done else None)
    raise NotFound(f"the checklist has no step {position}")
