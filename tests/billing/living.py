"""The life of a contract's invoices, act by act, and what billing heard of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from hypothesis import strategies as st

from services.billing import actions, store
from services.billing.domain import Contract, LineCredit, Negotiated, Outcome
from services.billing.jobs import jobs
from shared.clock import VirtualClock
from shared.errors import Refused
from shared.events.billing import InvoiceLine
from shared.events.hourbank import OverageAccrued, OverageReversed
from shared.jobs import earliest
from tests.billing.shops import Billing, local, overage_of, reversal_of
from tests.billing.test_invariants import Stage

FIRST_DAY = date(2026, 11, 1)
CLOSES = 100  # days after the first one: two runs follow, and take what was given back


class PulledPlug(Exception):
    """What is thrown into a transaction that has just made an invoice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What somebody does, so many days after the act before; `share` of a hundred and `flag` mean what it needs."""

    what: str
    days: int
    share: int
    flag: bool


acts = st.builds(
    Act,
    what=st.sampled_from(
        (
            "overage",
            "overage",
            "overage",
            "reverse",
            "reverse",
            "void",
            "credit",
            "void_credit",
            "pay",
            "buy",
            "take_back",
            "change_plan",
            "cancel",
            "dispute",
            "fail",
        )
    ),
    days=st.sampled_from((0, 0, 1, 5, 12, 20)),
    share=st.integers(1, 100),
    flag=st.booleans(),
)


@dataclass(slots=True, kw_only=True)
class Life:
    """One contract, what billing heard of it, and what was reached on the way."""

    billing: Billing
    contract: Contract
    reached: Counter[str]
    heard: list[OverageAccrued] = field(default_factory=list)
    reversed: list[tuple[OverageReversed, datetime]] = field(default_factory=list)
    fails: bool = False
    has_ended: bool = False

    async def do(self, act: Act) -> None:
        """Do what an act says, unless a rule refuses it: then nothing was told."""
        verbs: dict[str, Callable[[Act], Awaitable[None]]] = {
            "overage": self._overage,
            "reverse": self._reverse,
            "void": self._void,
            "credit": self._credit,
            "void_credit": self._void_credit,
            "pay": self._pay,
            "buy": self._buy,
            "take_back": self._take_back,
            "change_plan": self._change_plan,
            "cancel": self._cancel,
            "dispute": self._dispute,
            "fail": self._fail,
        }
        before = len(await self.billing.told())
        try:
            await verbs[act.what](act)
        except Refused:
            self.reached["refused"] += 1
            assert len(await self.billing.told()) == before

    async def live_to(self, instant: datetime) -> None:
        """Let time pass; where the plug is to be pulled, the next run is thrown away once before it is done."""
        due = await earliest(self.billing.database, jobs) if self.fails else None
        planned = (await self.billing.contract(self.contract.id)).next_run
        if due is not None and planned is not None and planned.at <= instant:
            await self.billing.live_to(planned.at - timedelta(seconds=1))
            self.billing.clock.move_to(planned.at)
            await self._pull_plug()
        await self.billing.live_to(instant)

    async def invoices(self) -> list[store.Issued]:
        """Every invoice of the contract, oldest first."""
        return list(await self.billing.invoices(contract_id=self.contract.id))

    async def notes(self) -> list[store.IssuedNote]:
        """Every credit note of the contract that holds."""
        async with self.billing.transaction() as tx:
            found = [await store.credit_notes_of(tx, one.invoice.id) for one in await self.invoices()]
        return [note for several in found for note in several if note.state == "issued"]

    async def _pull_plug(self) -> None:
        self.fails = False
        with suppress(PulledPlug):
            async with self.billing.transaction() as tx:
                locked = await store.lock_contract(tx, self.contract.id)
                await actions.run_contract(tx, contract=locked)
                self.reached["failing finalisation"] += 1
                raise PulledPlug

    async def _overage(self, act: Act) -> None:
        held = await self.billing.contract(self.contract.id)
        if held.state == "terminated":
            return
        number = len(self.heard) + 1
        fact = overage_of(held, act.share * 7, closed_at=self.billing.clock.now(), ticket_number=number)
        self.heard.append(fact)
        await self.billing.hear(fact)

    async def _reverse(self, act: Act) -> None:
        if self.heard:
            await self._give_back(self.heard[act.share % len(self.heard)], act.share, dispute_id=None)

    async def _give_back(self, overage: OverageAccrued, share: int, dispute_id: UUID | None) -> None:
        """What the hour bank tells when a share of what is left of an overage is reversed; twice, as a bus may."""
        gone = sum(fact.minutes for fact, _ in self.reversed if fact.overage_id == overage.overage_id)
        minutes = -(-(overage.minutes - gone) * share // 100)
        if minutes == 0:
            return
        fact = reversal_of(overage, minutes, before=gone, at=self.billing.clock.now())
        self.reversed.append((fact, self.billing.clock.now()))
        await self.billing.hear(fact)
        await self.billing.hear(fact)

    async def _void(self, act: Act) -> None:
        made = await self.invoices()
        if made:
            async with self.billing.transaction() as tx:
                await actions.void_invoice(
                    tx, invoice_id=made[-1].invoice.id, cancel_charge=act.flag, expected_version=None
                )
            self.reached["void, charge cancelled" if act.flag else "void"] += 1

    async def _credit(self, act: Act) -> None:
        made = await self.invoices()
        if made:
            asked = [LineCredit(line=1, cents=max(1, made[-1].invoice.lines[0].cents * act.share // 100))]
            async with self.billing.transaction() as tx:
                await actions.issue_credit_note(
                    tx, invoice_id=made[-1].invoice.id, asked=asked, reason="uma falha", expected_version=None
                )
            self.reached["credit note"] += 1

    async def _void_credit(self, act: Act) -> None:
        held = await self.notes()
        if held:
            note = held[act.share % len(held)].note
            async with self.billing.transaction() as tx:
                await actions.void_credit_note(
                    tx, invoice_id=note.invoice_id, credit_note_id=note.id, expected_version=None
                )
            self.reached["credit note voided"] += 1

    async def _pay(self, act: Act) -> None:
        made = await self.invoices()
        if made:
            today = (self.billing.clock.now() - timedelta(hours=3)).date()
            cents = made[-1].invoice.total_cents * act.share // 50 + 1  # up to twice what was asked for
            money = actions.Money(cents=cents, paid_on=today, method="pix", reference=None)
            async with self.billing.transaction() as tx:
                await actions.record_payment(tx, invoice_id=made[-1].invoice.id, money=money, expected_version=None)
            self.reached["payment"] += 1

    async def _buy(self, act: Act) -> None:
        async with self.billing.transaction() as tx:
            await actions.buy_hours(
                tx,
                contract_id=self.contract.id,
                minutes=act.share,
                cents=None,
                validity_months=None,
                expected_version=None,
            )
        self.reached["purchase"] += 1

    async def _take_back(self, act: Act) -> None:
        async with self.billing.transaction() as tx:
            bought = await store.purchases_of(tx, self.contract.id)
            if bought:
                purchase = bought[act.share % len(bought)]
                await actions.void_purchase(tx, contract_id=self.contract.id, purchase_id=purchase.id)
                self.reached["purchase taken back"] += 1

    async def _change_plan(self, act: Act) -> None:
        async with self.billing.transaction() as tx:
            await actions.change_plan(
                tx,
                contract_id=self.contract.id,
                plan_code="ADVANCED" if act.share % 2 else "BASIC",
                mode="immediate_prorated" if act.flag else "next_cycle",
                agreed=Negotiated(),
                account_manager_id=None,
                expected_version=None,
            )
        self.reached["plan change"] += 1

    async def _cancel(self, act: Act) -> None:
        if act.share > 30:
            return  # else hardly any contract lives long enough for the rest
        today = (self.billing.clock.now() - timedelta(hours=3)).date()
        async with self.billing.transaction() as tx:
            await actions.cancel_contract(
                tx, contract_id=self.contract.id, received=today, reason="mudança", early=False, expected_version=None
            )
        self.reached["cancellation"] += 1

    async def _dispute(self, act: Act) -> None:
        for issued, place, line in lines_of(await self.invoices()):
            if line.overage_id is not None and issued.state != "void":
                outcome: Outcome = "accepted" if act.flag else "rejected"
                async with self.billing.transaction() as tx:
                    dispute = await actions.open_dispute(
                        tx, invoice_id=issued.invoice.id, line=place, minutes=None, reason="não pedimos"
                    )
                    await actions.settle_dispute(
                        tx,
                        invoice_id=issued.invoice.id,
                        line=place,
                        outcome=outcome,
                        minutes=None,
                        reason="visto",
                    )
                if act.flag:
                    overage = next(one for one in self.heard if one.overage_id == line.overage_id)
                    await self._give_back(overage, 100, dispute_id=dispute.id)
                self.reached[f"dispute {outcome}"] += 1
                return

    async def _fail(self, act: Act) -> None:
        self.fails = act.flag or self.fails


def lines_of(made: list[store.Issued]) -> Iterator[tuple[store.Issued, int, InvoiceLine]]:
    """Every line with its place and its invoice."""
    for issued in made:
        for place, line in enumerate(issued.invoice.lines, start=1):
            yield issued, place, line


async def live(stage: Stage, story: list[Act]) -> Life:
    """One contract from November on, what happens to it, and two more runs."""
    clock = VirtualClock(local(FIRST_DAY))
    stage.database.clock = clock
    billing = Billing(database=stage.database, clock=clock, tenant=f"tenant-{next(stage.numbers)}")
    await billing.open()
    life = Life(billing=billing, contract=await billing.sign("START", str(FIRST_DAY)), reached=stage.reached)
    day = FIRST_DAY + timedelta(days=4)
    for act in story:
        day = min(day + timedelta(days=act.days), FIRST_DAY + timedelta(days=CLOSES))
        await life.live_to(max(local(day, "10:17"), clock.now()))
        await life.do(act)
    await life.live_to(local(FIRST_DAY + timedelta(days=CLOSES + 110)))
    return life
