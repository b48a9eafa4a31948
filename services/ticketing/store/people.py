"""Who speaks for customers, who is of the team, and who of them knows which customer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.ticketing.domain.people import Agent, Person, Rights, Training
from services.ticketing.domain.privacy import mark_of
from services.ticketing.store.people_tables import agents, people, trainings
from services.ticketing.store.tables import contracts
from shared.db import Transaction

AGENTS_MOST = 1000  # of one provider
NAMES_MOST = 5_000  # of one organization and of the team
TRAININGS_MOST = 20_000  # of the customers on one page of the coverage


async def rights_of(tx: Transaction, organization_id: UUID, person_id: str) -> Rights:
    """What a person may do for an organization, as it is now, and whether any of its people are kept: one statement."""
    values = {"tenant": tx.tenant, "organization_id": organization_id, "person_id": person_id}
    row = (await tx.execute(_FIRST, values)).first()
    if row is None:
        return Rights(keeps_people=False)
    return Rights(keeps_people=True, person=_person(row) if row.person_id == person_id else None)


async def person_of(tx: Transaction, organization_id: UUID, person_id: str) -> Person | None:
    """A person of an organization, locked."""
    values = {"tenant": tx.tenant, "organization_id": organization_id, "person_id": person_id}
    row = (await tx.execute(_PERSON, values)).first()
    return None if row is None else _person(row)


async def keep_person(tx: Transaction, person: Person) -> None:
    """Keep a person as they are now."""
    values = {name: getattr(person, name) for name in _OF_PERSON}
    await tx.execute(_KEEP_PERSON[tx.dialect], values | {"tenant": tx.tenant})


async def people_after(tx: Transaction, organization_id: UUID, after: str, *, most: int) -> Sequence[Person]:
    """The people of an organization in the order of their ids."""
    values = {"tenant": tx.tenant, "organization_id": organization_id, "after": after, "most": most}
    return [_person(row) for row in await tx.execute(_PEOPLE, values)]


async def names_known(tx: Transaction, organization_id: UUID) -> Sequence[str]:
    """What the people of an organization and of the team are called; who was anonymised has no name any more."""
    values = {"tenant": tx.tenant, "organization_id": organization_id, "most": NAMES_MOST}
    gone = mark_of(0).rstrip("0")
    return [row.name for row in await tx.execute(_NAMES, values) if not row.name.startswith(gone)]


async def agent_of(tx: Transaction, agent_id: str) -> Agent | None:
    """Somebody of the team, locked."""
    row = (await tx.execute(_AGENT, {"tenant": tx.tenant, "agent_id": agent_id})).first()
    return None if row is None else _agent(row)


async def all_agents(tx: Transaction) -> Sequence[Agent]:
    """The whole team, in the order of their ids."""
    return [_agent(row) for row in await tx.execute(_AGENTS, {"tenant": tx.tenant, "most": AGENTS_MOST})]


async def keep_agent(tx: Transaction, agent: Agent) -> None:
    """Keep somebody of the team as they are now."""
    values = {name: getattr(agent, name) for name in _OF_AGENT}
    await tx.execute(_KEEP_AGENT[tx.dialect], values | {"tenant": tx.tenant})


async def keep_training(tx: Transaction, training: Training) -> None:
    """Keep that an agent was shown a customer's environment."""
    values = {name: getattr(training, name) for name in _OF_TRAINING}
    await tx.execute(_KEEP_TRAINING[tx.dialect], values | {"tenant": tx.tenant})


async def organizations_after(tx: Transaction, after: UUID, *, most: int) -> Sequence[UUID]:
    """The customers with a contract, in the order of their ids."""
    rows = await tx.execute(_ORGANIZATIONS, {"tenant": tx.tenant, "after": after, "most": most})
    return [row.organization_id for row in rows]


async def trainings_between(tx: Transaction, first: UUID, last: UUID) -> Sequence[Training]:
    """Who was shown the environments of a stretch of customers."""
    values = {"tenant": tx.tenant, "first": first, "last": last, "most": TRAININGS_MOST}
    return [
        Training(**{name: getattr(row, name) for name in _OF_TRAINING}) for row in await tx.execute(_TRAININGS, values)
    ]


def _person(row: sa.Row[Any]) -> Person:
    return Person(**{name: getattr(row, name) for name in _OF_PERSON})


def _agent(row: sa.Row[Any]) -> Agent:
    several = {name: tuple(getattr(row, name)) for name in ("levels", "skills", "teams")}
    return Agent(**{name: getattr(row, name) for name in _OF_AGENT} | several)


def _upsert(table: sa.Table, insert: Any) -> sa.Executable:
    new = insert(table)
    keys = {column.name for column in table.primary_key}
    changed = {column.name: new.excluded[column.name] for column in table.c if column.name not in keys}
    statement: sa.Executable = new.on_conflict_do_update(index_elements=table.primary_key, set_=changed)
    return statement


def _keep(table: sa.Table) -> dict[str, sa.Executable]:
    return {"postgresql": _upsert(table, postgresql.insert), "sqlite": _upsert(table, sqlite.insert)}


_OF_PERSON = tuple(Person.__dataclass_fields__)
_OF_AGENT = tuple(Agent.__dataclass_fields__)
_OF_TRAINING = tuple(Training.__dataclass_fields__)
_KEEP_PERSON, _KEEP_AGENT, _KEEP_TRAINING = _keep(people), _keep(agents), _keep(trainings)
_OF_ORGANIZATION = sa.select(people).where(
    people.c.tenant == sa.bindparam("tenant"), people.c.organization_id == sa.bindparam("organization_id")
)
_IS_ASKED = people.c.person_id == sa.bindparam("person_id")
_FIRST = _OF_ORGANIZATION.order_by(sa.case((_IS_ASKED, 0), else_=1)).limit(1)
_PERSON = _OF_ORGANIZATION.where(_IS_ASKED).with_for_update()
_PEOPLE = (
    _OF_ORGANIZATION.where(people.c.person_id > sa.bindparam("after"))
    .order_by(people.c.person_id)
    .limit(sa.bindparam("most"))
)
_TEAM = sa.select(agents).where(agents.c.tenant == sa.bindparam("tenant"))
_AGENT = _TEAM.where(agents.c.agent_id == sa.bindparam("agent_id")).with_for_update()
_AGENTS = _TEAM.order_by(agents.c.agent_id).limit(sa.bindparam("most"))
_NAMES = (
    sa.select(people.c.name)
    .where(people.c.tenant == sa.bindparam("tenant"), people.c.organization_id == sa.bindparam("organization_id"))
    .union(sa.select(agents.c.name).where(agents.c.tenant == sa.bindparam("tenant")))
    .limit(sa.bindparam("most"))
)
_ORGANIZATIONS = (
    sa.select(contracts.c.organization_id)
    .distinct()
    .where(contracts.c.tenant == sa.bindparam("tenant"), contracts.c.organization_id > sa.bindparam("after"))
    .order_by(contracts.c.organization_id)
    .limit(sa.bindparam("most"))
)
_TRAININGS = (
    sa.select(trainings)
    .where(
        trainings.c.tenant == sa.bindparam("tenant"),
        trainings.c.organization_id.between(sa.bindparam("first"), sa.bindparam("last")),
    )
    .order_by(trainings.c.organization_id, trainings.c.agent_id)
    .limit(sa.bindparam("most"))
)
