"""An offer is applied whole: once however often it is sent, and by however many at once."""

import asyncio

import msgspec
import pytest

from shared import offers
from shared.offers import Applied, NoOffer
from tests.shared.conftest import OpenDatabase
from tests.shared.listening import TENANT


class Section(msgspec.Struct, frozen=True):
    """Some service's part of an offer."""

    price_cents: int


async def test_the_same_again_changes_nothing_and_another_counts_on(open_database: OpenDatabase) -> None:
    database = await open_database("echo")
    applied = []
    for price in (1, 1, 2, 1):
        async with database.transaction(tenant=TENANT) as tx:
            applied.append(await offers.apply(tx, Section(price)))

    assert [(one.version, one.changed) for one in applied] == [(1, True), (1, False), (2, True), (3, True)]
    async with database.reading(tenant=TENANT) as tx:
        assert await offers.current(tx, Section) == Section(1)
    async with database.reading(tenant="next4") as tx:
        with pytest.raises(NoOffer):
            await offers.current(tx, Section)


async def test_the_first_offer_applied_by_several_at_once_is_applied_once(open_database: OpenDatabase) -> None:
    database = await open_database("echo")

    async def apply() -> Applied:
        async with database.transaction(tenant=TENANT) as tx:
            return await offers.apply(tx, Section(1))

    applied = await asyncio.gather(*(apply() for _ in range(8)))

    assert sorted(applied, key=lambda one: one.changed) == [Applied(version=1, changed=False)] * 7 + [
        Applied(version=1, changed=True)
    ]
