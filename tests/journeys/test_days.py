"""What a month costs and which hours it brings follow from its days, however a contract lives (2.2, 2.8, 2.9, 3.2).

Contracts in three zones are changed, paused and ended at random instants; then every month of each is held against the
formulas of the domain, worked out here from nothing but the dates.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.cli.demo.actors import Customer, Shop
from services.client import Answered
from shared.calendar import add_months, local_date
from tests.journeys.conftest import OpenStage
from tests.journeys.proof import the_books_agree
from tests.journeys.stories import shop_of

PLANS = {"START": (65400, 180), "BASIC": (145000, 420), "ADVANCED": (293000, 900)}
ZONES = ("America/Sao_Paulo", "America/Manaus", "America/Noronha")
FEES = {"plan_fee", "proration", "refund"}
CONTRACTS, MONTHS = 10, 4
HAPPENS = 0.25  # at each of three looks a day
FAULT = 500
ACTS = ("upgrade", "change", "cancel", "go on", "suspend", "resume")


@dataclass(slots=True, kw_only=True)
class Life:
    """What was agreed of a contract, by dates; a pause goes from one date to another."""

    customer: Customer
    start: date
    first_cycle: str
    stops: bool
    plans: list[tuple[date, str, bool]]
    pauses: list[tuple[date, date]] = field(default_factory=list)
    ends_on: date = date.max

    def expected(self, month: date) -> tuple[int, int]:
        """Centavos and minutes of a month: the share of its days of the plan it opens with, and of each upgrade."""
        begins, after = month, min(add_months(month, 1), self.ends_on)
        if month == self.start.replace(day=1) and self.first_cycle != "full":
            begins = self.start if self.first_cycle == "prorated" else after
        is_free = self.stops and any(since < begins <= until for since, until in self.pauses)
        if after <= begins or is_free or after <= self.start:
            return 0, 0
        opening = max(begins, self.start)
        plan = [code for since, code, _ in self.plans if since <= opening][-1]
        cents, minutes = (_share(one, after - begins, month) for one in PLANS[plan])
        for since, code, at_once in self.plans:
            if at_once and opening < since < after:
                cents += _share(PLANS[code][0] - PLANS[plan][0], after - since, month)
                minutes += _share(PLANS[code][1] - PLANS[plan][1], after - since, month)
                plan = code
        return cents, minutes


def _share(of: int, days: timedelta, month: date) -> int:
    """The part of a month's price or minutes that some of its days are, rounded half up."""
    whole = (add_months(month, 1) - month).days
    return (2 * of * days.days + whole) // (2 * whole)


@pytest.mark.parametrize(("seed", "begins"), [(1, date(2026, 10, 1)), (2, date(2027, 12, 1))])
async def test_every_month_costs_and_brings_what_its_days_say(seed: int, begins: date, open_stage: OpenStage) -> None:
    dice, met = random.Random(seed), Counter[str]()  # noqa: S311  repeatable on purpose
    end = add_months(begins, MONTHS)
    async with open_stage(datetime.combine(begins, time(3), ZoneInfo(ZONES[0]))) as stage:
        shop = await shop_of(stage, "next4")
        lives: list[Life] = []
        for day in range((end - begins).days):
            for hour in (5, 9, 23):  # before the run of a first business day, after it, and near midnight
                await stage.at(datetime.combine(begins + timedelta(days=day), time(hour, 30), ZoneInfo(ZONES[0])))
                if hour == 5 and day % 3 == 0 and len(lives) < CONTRACTS:
                    lives.append(await _signed(shop, dice, local_date(await stage.api.now(), ZONES[0])))
                elif dice.random() < HAPPENS:
                    await _act(shop, dice.choice(lives), dice, met)
        await stage.at(datetime.combine(add_months(end, 1), time(12), ZoneInfo(ZONES[0])))

        months = [add_months(begins, number) for number in range(MONTHS)]
        for life in lives:
            assert [await _found(life, month) for month in months] == [life.expected(month) for month in months], life
        await the_books_agree(shop, *(f"{month:%Y-%m}" for month in months), customers=[one.customer for one in lives])
    assert min(met[act] for act in ACTS) > 0, met  # what was never met is not proved


async def _signed(shop: Shop, dice: random.Random, today: date) -> Life:
    """A contract from about today on."""
    start, plan = today + timedelta(days=dice.choice((-9, 0, 0, 1, 5))), dice.choice(("START", "BASIC"))
    first_cycle, stops = dice.choice(("full", "prorated", "prorated", "skip")), dice.random() < 0.5
    conditions = {
        "notice_days": dice.choice((0, 5, 30)),
        "minimum_term_months": 0,
        "suspension_stops_grants": stops,
        "fees": dice.choice(("advance", "arrears")),
    }
    terms: dict[str, Any] = {"start_date": str(start), "first_cycle": first_cycle, "timezone": dice.choice(ZONES)}
    customer = await shop.sign(f"Cliente {today}", plan_code=plan, conditions=conditions, **terms)
    plans = [(date.min, plan, False)]
    return Life(customer=customer, start=start, first_cycle=first_cycle, stops=stops, plans=plans)


async def _act(shop: Shop, life: Life, dice: random.Random, met: Counter[str]) -> None:
    """Something happens to a contract; what is refused changes nothing."""
    path = f"/v1/contracts/{life.customer.contract_id}"
    is_paused, is_ending = (date.max in {until for _, until in life.pauses}), life.ends_on < date.max
    acts = ["upgrade", "upgrade", "change", "resume" if is_paused else "suspend", "go on" if is_ending else "cancel"]
    act = dice.choice(acts)
    of_plan = PLANS[life.plans[-1][1]]
    contract = await shop.office.get(path)
    today = local_date(await shop.stage.api.now(), contract["timezone"])
    try:
        if act in {"upgrade", "change"}:
            mode = "immediate_prorated" if act == "upgrade" else "next_cycle"
            fitting = [code for code, plan in PLANS.items() if act == "change" or plan > of_plan]
            body = {"plan_code": dice.choice(fitting or ["START"]), "mode": mode}
            told = (await shop.office.post(f"{path}/plan-changes", body)).body
            life.plans.append((date.fromisoformat(told["effective_date"]), told["plan_code"], act == "upgrade"))
        elif act == "cancel":
            body = {"received_date": str(today), "reason": "mudança de fornecedor"}
            told = (await shop.office.post(f"{path}/cancellation", body)).body
            life.ends_on = date.fromisoformat(told["effective_date"])
            life.plans = [one for one in life.plans if one[0] <= today or one[0] < life.ends_on]
        elif act == "go on":
            await shop.office.ask("DELETE", f"{path}/cancellation")
            life.ends_on = date.max
        elif act == "suspend":
            await shop.office.post(f"{path}/suspension", {"reason": "fatura em aberto"})
            life.pauses.append((today, date.max))
        else:
            await shop.office.ask("DELETE", f"{path}/suspension")
            life.pauses.append((life.pauses.pop()[0], today))
    except Answered as refusal:
        if refusal.answered_status >= FAULT:
            raise
        act = "refused"
    met[act] += 1


async def _found(life: Life, month: date) -> tuple[int, int]:
    """What was invoiced of a month's fee, and what the ledger granted in it."""
    period = f"{month:%Y-%m}"
    invoices = await life.customer.invoices()
    lines = [line for one in invoices for line in one.lines if line.kind in FEES and line.period == period]
    page = await life.customer.person.get(f"/v1/accounts/{life.customer.contract_id}/entries", limit=200)
    signs = {"grant": 1, "void": -1}
    of_month = [one for one in page["items"] if one["local_date"].startswith(period)]
    minutes = sum(signs.get(one["kind"], 0) * one["minutes"] for one in of_month)
    return sum(line.cents for line in lines), minutes
