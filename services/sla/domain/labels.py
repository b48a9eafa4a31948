"""By what figures are told apart, of bounded variety: an offer may name as many plans as it likes, a graph may not."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final, NamedTuple

OTHER: Final = "other"
TENANTS_MOST: Final = 100
PLANS_MOST: Final = 20  # of a provider
PRIORITIES_MOST: Final = 10  # of a provider


class Group(NamedTuple):
    """What promises have in common; `priority` is `none` where a ticket has none."""

    tenant: str
    plan_code: str
    priority: str
    metric: str


def bounded(groups: Collection[Group]) -> dict[Group, Group]:
    """Under which labels each group is told: its own, or `other` for names beyond the first ones of the alphabet.

    >>> plans = [Group("next4", f"P{number:02}", "none", "attendance") for number in range(25)]
    >>> found = bounded(plans)
    >>> found[plans[19]].plan_code, found[plans[20]].plan_code, len(set(found.values()))
    ('P19', 'other', 21)
    """
    tenants = _first({one.tenant for one in groups}, TENANTS_MOST)
    plans = {
        tenant: _first({one.plan_code for one in groups if one.tenant == tenant}, PLANS_MOST) for tenant in tenants
    }
    priorities = {
        tenant: _first({one.priority for one in groups if one.tenant == tenant}, PRIORITIES_MOST) for tenant in tenants
    }
    return {
        one: Group(
            tenant=one.tenant if one.tenant in tenants else OTHER,
            plan_code=one.plan_code if one.plan_code in plans.get(one.tenant, ()) else OTHER,
            priority=one.priority if one.priority in priorities.get(one.tenant, ()) else OTHER,
            metric=one.metric,
        )
        for one in groups
    }


def _first(names: Iterable[str], most: int) -> frozenset[str]:
    return frozenset(sorted(names)[:most])
