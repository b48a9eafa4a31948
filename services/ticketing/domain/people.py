"""Who may ask and who may say yes for a customer (N12, A-06), and who of the team knows what and whom (B28 to B31)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from services.ticketing.domain import refusals
from shared.errors import Invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who speaks for a customer; `person_id` is the subject of their tokens, and of notify's contact.

    `critical`: theirs is a critical operation, so that their problems are a key function's at least (B15).
    """

    organization_id: UUID
    person_id: str
    name: str
    email: str | None = None
    can_open: bool = True
    can_approve_spend: bool = False
    critical: bool = False
    active: bool = True
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What is known of who asks: `keeps_people` is false while nobody of their organization is kept here.

    Then the roles of the token decide alone; from the first person on, only people who are kept may ask and approve.
    """

    keeps_people: bool
    person: Person | None = None

    def check_open(self) -> None:
        """Refuse who may not open tickets for the organization (N12). Raises MayNotOpen."""
        if self.keeps_people and not (self.person and self.person.active and self.person.can_open):
            raise refusals.MayNotOpen("you may not open tickets for your organization: ask who answers for it")

    def check_approve(self) -> None:
        """Refuse who may not approve, at the moment at which they would (A-06). Raises MayNotApprove."""
        if self.keeps_people and not (self.person and self.person.active and self.person.can_approve_spend):
            raise refusals.MayNotApprove("you may not approve hours for your organization: ask who answers for it")


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """Somebody of the team: the levels that they serve, what they know, and the teams that they are of."""

    agent_id: str
    name: str
    levels: tuple[int, ...]
    skills: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    active: bool = True
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """An agent was shown a customer's environment; `expires_on` is the first day on which that no longer counts."""

    organization_id: UUID
    agent_id: str
    tour: Literal["virtual", "physical"]
    toured_on: date
    expires_on: date | None = None

    def counts(self, day: date) -> bool:
        """Whether the agent knows the environment on a local date."""
        return self.toured_on <= day and (self.expires_on is None or day < self.expires_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How many agents know a customer's environment on a day, and how many had better (B31)."""

    organization_id: UUID
    trained: tuple[Training, ...]
    lapsed: tuple[Training, ...]
    least: int

    @property
    def warns(self) -> bool:
        """Whether too few know it: one absence, and nobody does."""
        return len(self.trained) < self.least


def check_training(training: Training) -> None:
    """Refuse a tour that expires before it was made. Raises Invalid."""
    if training.expires_on is not None and training.expires_on <= training.toured_on:
        raise Invalid("what is learnt in a tour is good for a day at least", field="expires_on", rule="B30")


def cover(
    organization_id: UUID, trainings: Sequence[Training], *, active: frozenset[str], day: date, least: int
) -> Coverage:
    """Who covers a customer on a day: trained, not expired, and still of the team (B30, B31).

    >>> ana = Training(
    ...     organization_id=UUID(int=1), agent_id="ana", tour="virtual", toured_on=date(2026, 1, 5),
    ...     expires_on=date(2027, 1, 5))
    >>> [cover(UUID(int=1), [ana], active=frozenset({"ana"}), day=date(year, 1, 4), least=1).warns
    ...  for year in (2026, 2027, 2028)]
    [True, False, True]
    """
    known = [one for one in trainings if one.organization_id == organization_id and one.agent_id in active]
    return Coverage(
        organization_id=organization_id,
        trained=tuple(one for one in known if one.counts(day)),
        lapsed=tuple(one for one in known if one.expires_on is not None and one.expires_on <= day),
        least=least,
    )


def check_charge(agent: Agent | None, *, keeps_agents: bool, level: int, team: str | None) -> None:
    """Refuse to put somebody in charge who is not of the team or does not serve that level (B24, B28).

    While no agents are kept, whoever is named is. Raises AgentUnknown, AgentOfOtherLevel.
    """
    if not keeps_agents:
        return
    if agent is None or not agent.active:
        raise refusals.AgentUnknown("there is no such agent in the team", field="agent_id")
    if level not in agent.levels:
        told = f"{agent.agent_id} serves the levels {', '.join(map(str, agent.levels))}, the ticket is at {level}"
        raise refusals.AgentOfOtherLevel(told, field="agent_id")
    if team is not None and team not in agent.teams:
        raise refusals.AgentOfOtherLevel(f"{agent.agent_id} is not of the team {team}", field="team")
