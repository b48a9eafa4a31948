"""People of customers and of the team: kept, and asked what they may do at the moment at which they do it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from services.ticketing import store
from services.ticketing.domain import Ticket, people, refusals
from services.ticketing.domain.people import Agent, Coverage, Person, Training
from services.ticketing.offer import Section
from services.ticketing.store import people as kept
from shared import offers
from shared.calendar import local_date
from shared.db import Transaction
from shared.errors import NotFound, Stale


async def keep_person(tx: Transaction, *, person: Person, version: int | None) -> Person:
    """Keep who speaks for a customer; the same again changes nothing. Raises NotFound, Stale."""
    await _check_organization(tx, person.organization_id)
    before = await kept.person_of(tx, person.organization_id, person.person_id)
    at = _at(None if before is None else before.version, version)
    if before is not None and replace(person, version=at) == before:
        return before
    after = replace(person, version=at + 1)
    await kept.keep_person(tx, after)
    return after


async def people_after(tx: Transaction, organization_id: UUID, after: str, *, most: int) -> Sequence[Person]:
    """The people of an organization. Raises NotFound, also for another organization's customers."""
    if tx.organization_id not in (None, organization_id):
        raise NotFound("there is no such organization")
    await _check_organization(tx, organization_id)
    return await kept.people_after(tx, organization_id, after, most=most)


async def keep_agent(tx: Transaction, *, agent: Agent, version: int | None) -> Agent:
    """Keep somebody of the team; the same again changes nothing. Raises NoSuchLevel, Stale."""
    offer = await offers.current(tx, Section)
    if not set(agent.levels) <= {row.level for row in offer.levels}:
        raise refusals.NoSuchLevel(f"the levels are 1 to {len(offer.levels)}", field="levels")
    before = await kept.agent_of(tx, agent.agent_id)
    at = _at(None if before is None else before.version, version)
    if before is not None and replace(agent, version=at) == before:
        return before
    after = replace(agent, version=at + 1)
    await kept.keep_agent(tx, after)
    return after


async def keep_training(tx: Transaction, *, training: Training) -> None:
    """Keep that an agent was shown a customer's environment (B30). Raises Invalid, AgentUnknown, NotFound."""
    people.check_training(training)
    await _check_organization(tx, training.organization_id)
    if await kept.agent_of(tx, training.agent_id) is None:
        raise refusals.AgentUnknown("there is no such agent in the team", field="agent_id")
    await kept.keep_training(tx, training)


async def coverage(tx: Transaction, organizations: Sequence[UUID]) -> Sequence[Coverage]:
    """Who knows each of these customers today, and whether too few do (B31)."""
    if not organizations:
        return []
    offer = await offers.current(tx, Section)
    trainings = await kept.trainings_between(tx, organizations[0], organizations[-1])
    active = frozenset(agent.agent_id for agent in await kept.all_agents(tx) if agent.active)
    day: date = local_date(tx.now, offer.timezone)
    least = offer.trained_agents_least
    return [people.cover(one, trainings, active=active, day=day, least=least) for one in organizations]


async def check_charge(tx: Transaction, ticket: Ticket, *, agent_id: str | None, team: str | None) -> None:
    """Refuse to put somebody in charge who cannot be (B24, B28). Raises AgentUnknown, AgentOfOtherLevel."""
    if agent_id is None:
        return
    agent = await kept.agent_of(tx, agent_id)
    keeps = agent is not None or bool(await kept.all_agents(tx))
    people.check_charge(agent, keeps_agents=keeps, level=ticket.level, team=team)


async def _check_organization(tx: Transaction, organization_id: UUID) -> None:
    if not await store.contracts_of(tx, organization_id):
        raise NotFound("there is no such organization", field="organization_id")


def _at(current: int | None, version: int | None) -> int:
    at = current or 0
    if version is not None and version != at:
        raise Stale(f"this is at version {at}, not {version}: read it again", field="If-Match")
    return at
