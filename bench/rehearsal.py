"""A year of many contracts with random stories under the virtual clock, the books reconciled every month.

`python -m bench rehearsal` plays twelve months of 200 contracts; `python -m bench.rehearsal 20 3` less of both. It says
after each month what it has come to, for it may take half an hour where others are at work.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx

from bench import figures
from bench.figures import Figure
from bench.happenings import PLANS, Happenings
from services.cli.apply import bring_one, section_kinds
from services.cli.demo.actors import Customer, Shop
from services.cli.demo.stage import Stage
from services.cli.offer_file import read_offer
from services.cli.reconcile.command import reconcile_month
from services.client import Api
from services.embedded.house import open_house
from services.hourbank.actions.rebuilding import rebuild_account
from services.hourbank.store.rebuilding import every_account
from shared.db import Database
from shared.events import TELLERS
from shared.log import configure
from shared.settings import Settings

ZONE = ZoneInfo("America/Sao_Paulo")
OFFER = Path(__file__).resolve().parents[1] / "deploy" / "offers" / "next4.yaml"
BEGINS = date(2026, 11, 1)
EXPLAINED_CUSTOMERS = 10  # a receipt reads the ledger up to its entry: those of all would take as long as the year


@dataclass(slots=True, kw_only=True)
class Rehearsed:
    """What a rehearsal came to: what happened how often, and every difference in the books.

    `invoices` are the months in which each customer's were issued; `reconciled` the months whose books were compared;
    `rebuilt` what of lots, holds and debits is not what the entries say in the end; `unexplained` the entries, of some
    customers, whose receipt does not come to what was stored.
    """

    happened: Counter[str] = field(default_factory=Counter)
    invoices: dict[str, list[date]] = field(default_factory=dict)
    reconciled: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    rebuilt: list[str] = field(default_factory=list)
    explained: int = 0
    unexplained: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def gaps(self) -> list[str]:
        """The customers that some month between their first and their last invoice passed over, or invoiced twice."""
        return [name for name, months in self.invoices.items() if months != _months_from(months[0], len(months))]


@dataclass(slots=True, kw_only=True)
class Rehearsal:
    """The play: everything is decided by one seed."""

    stage: Stage
    shop: Shop
    happenings: Happenings
    say: Callable[[str], None]
    result: Rehearsed = field(default_factory=Rehearsed)

    async def play(self, contracts: int, months: int) -> None:
        """Sign the contracts, let the months pass, reconcile each when the next one was invoiced."""
        customers = [await self._sign(number) for number in range(contracts)]
        for month in range(months):
            first = _plus(BEGINS, month)
            await self.stage.at(_at(first + timedelta(days=9), hour=10))
            await self.happenings.month(customers)
            await self.stage.at(_at(_plus(first, 1) + timedelta(days=6)))
            await self.happenings.after_the_run(customers)
            await self._reconcile(f"{first:%Y-%m}")
        for customer in customers:
            issued = await customer.invoices()
            self.result.invoices[customer.name] = [one.issue_date.replace(day=1) for one in issued]
        for customer in customers[:EXPLAINED_CUSTOMERS]:
            await self._explain(customer)
        self.result.happened = self.happenings.happened

    async def _sign(self, number: int) -> Customer:
        name, plan = f"Cliente {number:03d}", PLANS[number % len(PLANS)]
        self.happenings.plans[name] = plan
        start_date = BEGINS + timedelta(days=self.happenings.dice.choice((0, 0, 0, 2)))
        return await self.shop.sign(name, plan_code=plan, start_date=str(start_date))

    async def _explain(self, customer: Customer) -> None:
        """Every entry of a customer's ledger is worked out anew, as anybody may ask for it."""
        for entry in await customer.entries():
            path = f"/v1/accounts/{customer.contract_id}/entries/{entry.sequence}/explanation"
            receipt = await customer.person.get(path)
            self.result.explained += 1
            if not receipt["agrees"]:
                self.result.unexplained.append(f"{customer.name} {entry.sequence}: {receipt['sentences'][-1]}")

    async def _reconcile(self, month: str) -> None:
        found = await reconcile_month(self.shop.admin, month, quiet=True)
        self.result.differences += [str(one) for one in found.differences]
        self.result.reconciled.append(month)
        self.say(f"{month}: {found.contracts} contracts, {found.invoices} invoices, {len(found.differences)} differ")


async def rehearse(
    folder: Path, *, contracts: int, months: int, seed: int = 1, say: Callable[[str], None] = lambda _: None
) -> Rehearsed:
    """Play so many months of so many contracts in an embedded house under a virtual clock; `say` hears each month."""
    started = time.perf_counter()
    async with _house(folder) as (stage, hourbank):
        shop = Shop(stage=stage, tenant="next4")
        offer = read_offer(OFFER, section_kinds())
        for name in TELLERS:
            await bring_one(shop.admin, name, offer.sections[name])
        dice = random.Random(seed)  # noqa: S311  repeatable on purpose
        rehearsal = Rehearsal(stage=stage, shop=shop, happenings=Happenings(shop=shop, dice=dice), say=say)
        await rehearsal.play(contracts, months)
        rehearsal.result.rebuilt = await _rebuilt(hourbank)
    rehearsal.result.seconds = time.perf_counter() - started
    return rehearsal.result


async def a_year(contracts: int = 200, months: int = 12) -> list[Figure]:
    """Twelve months of two hundred contracts: the wall time, and that nothing differs."""
    configure(level="WARNING")  # one line a letter would be thousands
    began = time.process_time()
    with tempfile.TemporaryDirectory(prefix="ponteiro-rehearsal-") as folder:
        done = await rehearse(Path(folder) / "data", contracts=contracts, months=months, say=_say)
    assert not done.differences, done.differences[:3]
    assert not done.rebuilt, done.rebuilt[:3]
    assert not done.unexplained, done.unexplained[:3]
    assert not done.gaps(), done.gaps()[:3]
    counts = Counter(len(issued) for issued in done.invoices.values())
    assert set(counts) <= {months, months + 1}, counts
    each = ", ".join(f"{number} customers with {count} invoices" for count, number in sorted(counts.items()))
    happened = ", ".join(f"{count} {what}" for what, count in sorted(done.happened.items()))
    said = f"{each}, no gap; {len(done.reconciled)} months reconciled, nothing differs;"
    said += f" {done.explained} receipts agree; {happened}"
    return [
        Figure(name=f"{months} months of {contracts} contracts", value=done.seconds, unit="s", note=said),
        Figure(name="  of it processor time", value=time.process_time() - began, unit="s"),
    ]


@asynccontextmanager
async def _house(folder: Path) -> AsyncIterator[tuple[Stage, Database]]:
    begins = datetime.combine(BEGINS, datetime.min.time(), ZONE).astimezone(UTC)
    async with open_house(folder, settings=Settings(), start=begins) as house:
        transport = httpx.ASGITransport(app=house.app)  # type: ignore[arg-type]  # ASGI, in other words
        hourbank = next(one.database for one in house.world.hosted if one.service.name == "hourbank")
        async with httpx.AsyncClient(transport=transport, base_url="http://house") as http:
            yield Stage(api=Api(http), keys=house.keys, obeys=True, opened_at=begins), hourbank


async def _rebuilt(hourbank: Database) -> list[str]:
    """What `ponteiro rebuild hourbank --check` would name (invariants 1, 3, 5 and 22 of every account)."""
    async with hourbank.reading() as tx:
        known = await every_account(tx)
    found = []
    for one in known:
        async with hourbank.transaction(tenant=one.tenant) as tx:
            found += await rebuild_account(tx, contract_id=one.contract_id, only_look=True)
    return [f"{one.what}: kept {one.kept}, by its entries {one.rebuilt}" for one in found]


def _months_from(first: date, count: int) -> list[date]:
    return [_plus(first, number) for number in range(count)]


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201  what a person waits for


def _at(day: date, *, hour: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=ZONE)


def _plus(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, 1)


if __name__ == "__main__":
    figures.show(asyncio.run(a_year(*(int(one) for one in sys.argv[1:]))))
