"""People of customers, the team, and who knows whose environment, over HTTP (N12, B28 to B31)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, put
from litestar.params import Parameter
from msgspec import Meta

from services.ticketing.actions import people as acts
from services.ticketing.actions import screen
from services.ticketing.api.inputs import Code, Line
from services.ticketing.api.views import View
from services.ticketing.domain.people import Agent, Coverage, Person, Training
from services.ticketing.store import people as kept
from shared.auth import EVERYBODY, MANAGERS, STAFF
from shared.db import Transaction
from shared.pages import FIRST_ID, PAGE_ITEMS, Cursor, Limit, Slice
from shared.web import Input, versioned

Id = Annotated[
    str, Parameter(pattern=r"^[A-Za-z0-9._:|@-]{1,200}$(?!\n)", description="The subject of the person's token.")
]
Codes = Annotated[tuple[Code, ...], Meta(max_length=50)]
Level = Annotated[int, Meta(ge=1, le=9)]


class KeepPerson(Input, frozen=True):
    """Who speaks for a customer: from the first one that is kept, only those who are kept may."""

    name: Annotated[Line, Meta(examples=["Maria Souza"])]
    email: Annotated[Line, Meta(examples=["maria@example.com"])] | None = None
    can_open: Annotated[bool, Meta(description="May open tickets (N12).")] = True
    can_approve_spend: Annotated[bool, Meta(description="May approve hours (N42), beside the token's role.")] = False
    critical: Annotated[bool, Meta(description="Theirs is a critical operation: its problems weigh more (B15).")] = (
        False
    )
    active: bool = True


class KeepAgent(Input, frozen=True):
    """Somebody of the team."""

    name: Annotated[Line, Meta(examples=["Ana Lima"])]
    levels: Annotated[tuple[Level, ...], Meta(min_length=1, max_length=9, examples=[[1, 2]])]
    skills: Annotated[Codes, Meta(examples=[["wordpress"]])] = ()
    teams: Codes = ()
    active: bool = True


class KeepTraining(Input, frozen=True):
    """A tour of a customer's environment (B30)."""

    tour: Literal["virtual", "physical"]
    toured_on: date
    expires_on: Annotated[date, Meta(description="The first day on which it no longer counts.")] | None = None


class PersonView(View, frozen=True):
    """Who speaks for a customer."""

    organization_id: UUID
    person_id: str
    name: str
    email: str | None
    can_open: bool
    can_approve_spend: bool
    critical: bool
    active: bool
    version: int


class PersonPage(View, frozen=True):
    """The people of a customer."""

    items: list[PersonView]
    next_cursor: str | None


class AgentView(View, frozen=True):
    """Somebody of the team."""

    agent_id: str
    name: str
    levels: list[int]
    skills: list[str]
    teams: list[str]
    active: bool
    version: int


class AgentList(View, frozen=True):
    """The team."""

    items: list[AgentView]


class TrainingView(View, frozen=True):
    """A tour that an agent was given."""

    organization_id: UUID
    agent_id: str
    tour: str
    toured_on: date
    expires_on: date | None


class CoverageView(View, frozen=True):
    """Who knows a customer's environment today; `warns`: fewer than `least` do, and one absence may be one too many."""

    organization_id: UUID
    trained: list[TrainingView]
    lapsed: list[TrainingView]
    least: int
    warns: bool


class CoveragePage(View, frozen=True):
    """The customers and who knows them."""

    items: list[CoverageView]
    next_cursor: str | None


@put("/v1/people/{organization_id:uuid}/{person_id:str}", roles=STAFF, operation_id="keep_person")
async def keep_person(
    tx: Transaction, organization_id: UUID, person_id: Id, if_match: int | None, data: KeepPerson
) -> Response[PersonView]:
    """Say who may open tickets (N12) and approve hours (N42) for a customer; it holds from the next act on (A-06)."""
    said = (await screen(tx, data)).data
    given = {name: getattr(said, name) for name in KeepPerson.__struct_fields__}
    asked = Person(organization_id=organization_id, person_id=person_id, **given)
    person = await acts.keep_person(tx, person=asked, version=if_match)
    return versioned(msgspec.convert(person, PersonView, from_attributes=True), version=person.version)


@get("/v1/people/{organization_id:uuid}", roles=EVERYBODY, operation_id="list_people")
async def list_people(
    tx: Transaction, organization_id: UUID, cursor: Cursor = None, limit: Limit = PAGE_ITEMS
) -> PersonPage:
    """Who speaks for a customer."""
    asked = Slice(limit=limit, cursor=cursor)
    found = await acts.people_after(tx, organization_id, asked.after(str, ""), most=asked.most)
    page = asked.page(found, lambda person: person.person_id)
    items = msgspec.convert(page.items, list[PersonView], from_attributes=True)
    return PersonPage(items=items, next_cursor=page.next_cursor)


@put("/v1/agents/{agent_id:str}", roles=MANAGERS, operation_id="keep_agent")
async def keep_agent(tx: Transaction, agent_id: Id, if_match: int | None, data: KeepAgent) -> Response[AgentView]:
    """Say who is of the team: levels, skills, teams (B28); from the first one on, only these are put in charge."""
    said = (await screen(tx, data)).data
    given = {name: getattr(said, name) for name in KeepAgent.__struct_fields__}
    agent = await acts.keep_agent(tx, agent=Agent(agent_id=agent_id, **given), version=if_match)
    return versioned(msgspec.convert(agent, AgentView, from_attributes=True), version=agent.version)


@get("/v1/agents", roles=STAFF, operation_id="list_agents")
async def list_agents(tx: Transaction) -> AgentList:
    """The team."""
    return AgentList(items=msgspec.convert(await kept.all_agents(tx), list[AgentView], from_attributes=True))


@put("/v1/coverage/{organization_id:uuid}/{agent_id:str}", roles=MANAGERS, operation_id="keep_training")
async def keep_training(tx: Transaction, organization_id: UUID, agent_id: Id, data: KeepTraining) -> TrainingView:
    """Say that an agent was shown a customer's environment, and until when that is good (B30)."""
    given = {name: getattr(data, name) for name in KeepTraining.__struct_fields__}
    training = Training(organization_id=organization_id, agent_id=agent_id, **given)
    await acts.keep_training(tx, training=training)
    return msgspec.convert(training, TrainingView, from_attributes=True)


@get("/v1/coverage", roles=STAFF, operation_id="list_coverage")
async def list_coverage(tx: Transaction, cursor: Cursor = None, limit: Limit = PAGE_ITEMS) -> CoveragePage:
    """Who knows each customer's environment today, with a warning where too few do (B31)."""
    asked = Slice(limit=limit, cursor=cursor)
    found = await kept.organizations_after(tx, asked.after(UUID, FIRST_ID), most=asked.most)
    page = asked.page(found, lambda organization_id: organization_id)
    items = [_shown(one) for one in await acts.coverage(tx, page.items)]
    return CoveragePage(items=items, next_cursor=page.next_cursor)


def _shown(one: Coverage) -> CoverageView:
    return msgspec.convert(one, CoverageView, from_attributes=True)


routes = [keep_person, list_people, keep_agent, list_agents, keep_training, list_coverage]
