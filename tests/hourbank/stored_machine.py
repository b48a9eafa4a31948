"""The same life over the real store: what each command made is saved, and read back as it was."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, TypeVar
from uuid import UUID

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from services.hourbank import actions, domain, store
from services.hourbank.domain import Account, Debit, Reversal
from services.hourbank.store import Dispute
from shared.clock import VirtualClock
from shared.db import Database, Transaction
from shared.migrations import migrate
from tests.hourbank.contract_machine import ContractLife
from tests.hourbank.oracle import reached
from tests.hourbank.pure import wall
from tests.hourbank.stage import NEXT4, SECTION

ResultT = TypeVar("ResultT")


def prepare(path: Path) -> None:
    """An empty hour bank with an offer, to be copied for each example."""

    async def run() -> None:
        database = Database(f"sqlite:///{path}", service="hourbank", clock=VirtualClock(wall("2023-01-01T00:00")))
        await migrate(database, "services.hourbank.migrations")
        async with database.transaction(tenant=NEXT4) as tx:
            await actions.apply_offer(tx, section=SECTION)
        await database.close()

    asyncio.run(run())


class StoredLife(ContractLife):
    """Every command goes through the tables; the machine's own account is what the pure rules say it must be."""

    empty: ClassVar[Path]

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="ponteiro-"))
        shutil.copy(self.empty, self.folder / "hourbank.db")
        self.clock = VirtualClock(wall("2023-01-01T00:00"))
        self.compared = 0
        self.runner = asyncio.Runner()
        self.database = Database(
            f"sqlite:///{self.folder / 'hourbank.db'}", service="hourbank", clock=self.clock, durable=False
        )

    def teardown(self) -> None:
        """Put the example's database away."""
        self.runner.run(self.database.close())
        self.runner.close()
        shutil.rmtree(self.folder)

    # --- what only the store knows ------------------------------------------------------------------------------

    @precondition(lambda self: any(self.is_charged(debit) for _, debit in self.closed.values()))
    @rule(part=st.sampled_from([1, 1, 2]), is_accepted=st.sampled_from([True, True, False]))
    def dispute(self, *, part: int, is_accepted: bool) -> None:
        """A round is frozen while its line is disputed; what is accepted is taken back of that overage alone."""
        debit = next(debit for _, debit in self.closed.values() if self.is_charged(debit))
        overage, minutes = next(one for one in self.left(debit).overages if one[1] > 0)
        self.keep(self.advanced(self.now))
        before = self.account
        opened = Dispute(
            id=self.new_id("dispute"), ticket_id=debit.ticket_id, round=1, overage_id=overage.id, outcome=None
        )
        self.acted(lambda tx: actions.open_dispute(tx, contract_id=self.contract_id, dispute=opened, at=self.now))
        with pytest.raises(domain.RoundDisputed):
            self.acted(lambda tx: self.taken_back(tx, debit))
        assert self.stored() == before, "a refused reversal changes nothing (invariant 21)"
        reached["dispute freeze"] += 1
        settled = replace(opened, outcome="accepted" if is_accepted else "rejected")
        for _ in range(2):
            self.acted(
                lambda tx: actions.settle_dispute(
                    tx,
                    contract_id=self.contract_id,
                    dispute=settled,
                    minutes=max(1, minutes // part),
                    reason="não combinado",
                    at=self.now,
                )
            )
        after = self.stored()
        taken = before.last_sequence < after.last_sequence
        assert taken == is_accepted
        assert (after.lots, after.holds) == (before.lots, before.holds), "overage alone is taken back"
        reached["dispute accepted"] += taken
        for entry in self.ledger(after=before.last_sequence):
            self.oracle.take(entry)
            self.entries.append(entry)
        self.reversals[debit.ticket_id] = self.acted(lambda tx: store.reversals_of(tx, debit.ticket_id, 1))
        self.account = replace(after, holds=self.account.holds)

    @precondition(lambda self: self.account.available_minutes > 0)
    @rule()
    def hold_over_an_expiry(self) -> None:
        """All that there is lies held while the oldest of it comes to its end (2.3, S08)."""
        self.publish(offset=0, part=1, ticket=99, early=0, is_answered=True)
        self.jump_to_an_expiry(over=1)

    @precondition(lambda self: self.account.holds)
    @rule(pick=st.integers(0, 99))
    def tell_an_estimate_again(self, *, pick: int) -> None:
        """An estimate that comes again changes nothing; one that says something else is refused (invariants 13, 21)."""
        held = self.account.holds[pick % len(self.account.holds)]
        estimate = domain.Estimate(
            estimate_id=held.estimate_id,
            ticket_id=held.ticket_id,
            round=held.round,
            number=held.number,
            minutes=held.minutes,
        )
        self.keep(self.advanced(self.now))
        before = self.account
        self.acted(lambda tx: self.held(tx, estimate))
        self.account = replace(before, version=before.version + 1)
        assert self.stored() == self.account
        with pytest.raises(domain.EstimateDiffers):
            self.acted(lambda tx: self.held(tx, replace(estimate, minutes=held.minutes + 1)))
        assert self.stored() == self.account
        reached["estimate told again"] += 1

    @precondition(lambda self: self.closed)
    @rule(pick=st.integers(0, 99))
    def tell_a_closing_again(self, *, pick: int) -> None:
        """As an estimate: one debit per ticket and round, however often it is told (invariants 13, 21; S26)."""
        close, _ = self.closed[sorted(self.closed)[pick % len(self.closed)]]
        self.keep(self.advanced(self.now))
        self.acted(lambda tx: self.debited(tx, close))
        assert self.stored() == self.account
        with pytest.raises(domain.DebitDiffers):
            self.acted(lambda tx: self.debited(tx, replace(close, minutes=close.minutes + 1)))
        assert self.stored() == self.account
        reached["closing told again"] += 1

    # --- what must be true --------------------------------------------------------------------------------------

    @invariant()
    def what_is_stored_is_what_the_rules_say(self) -> None:
        """After every step the tables hold the account, and the lines that the step wrote."""
        if not hasattr(self, "account"):
            return
        assert self.stored() == self.account
        assert self.ledger(after=self.compared) == self.entries[self.compared :]
        self.compared = len(self.entries)

    # --- how it is done -----------------------------------------------------------------------------------------

    def keep(self, account: Account, *, debit: Debit | None = None, reversal: Reversal | None = None) -> None:
        """Save what a command made, and read it back."""
        was = getattr(self, "account", None)
        super().keep(account, debit=debit, reversal=reversal)
        self.clock.move_to(max(self.clock.now(), self.now))
        self.acted(lambda tx: self.save(tx, account, was, debit, reversal))

    async def save(
        self, tx: Transaction, account: Account, was: Account | None, debit: Debit | None, reversal: Reversal | None
    ) -> None:
        """As the actions do."""
        if was is None:
            await store.add(tx, account)
            return
        await store.save(tx, account, was=was)
        if debit is not None:
            await store.add_debit(tx, self.contract_id, debit)
            assert await store.debit_of(tx, debit.ticket_id, debit.round) == debit
        if reversal is not None:
            await store.add_reversal(tx, self.contract_id, reversal)
            kept = await store.reversals_of(tx, reversal.ticket_id, reversal.round)
            assert kept == self.reversals[reversal.ticket_id]

    def stored(self) -> Account:
        """The account as it lies in the tables, with the machine's memory of ended holds."""

        async def load(tx: Transaction) -> Account:
            return await store.look(tx, self.contract_id, policy=self.account.policy)

        loaded = self.acted(load)
        still_open = {hold.estimate_id: hold for hold in loaded.holds}
        assert still_open.keys() == {hold.estimate_id for hold in self.account.holds if hold.is_open}
        holds = [still_open.get(hold.estimate_id, hold) for hold in self.account.holds]
        return replace(loaded, holds=tuple(holds))

    def ledger(self, *, after: int) -> list[domain.Entry]:
        """The stored lines after a number."""
        return self.acted(lambda tx: store.entries_after(tx, self.contract_id, after=after, most=10_000))

    async def held(self, tx: Transaction, estimate: domain.Estimate) -> None:
        """Ticketing publishes an estimate."""
        await actions.hold_hours(tx, contract_id=self.contract_id, estimate=estimate, at=self.now, by="ana")

    async def debited(self, tx: Transaction, close: domain.Close) -> None:
        """Ticketing closes a ticket."""
        await actions.debit_hours(tx, contract_id=self.contract_id, close=close, at=self.now, by="ana")

    async def taken_back(self, tx: Transaction, debit: Debit) -> None:
        """A manager tries to take a minute back."""
        await actions.reverse_hours(
            tx, contract_id=self.contract_id, ticket_id=debit.ticket_id, round_number=1, minutes=1, reason="engano"
        )

    def acted(self, act: Callable[[Transaction], Awaitable[ResultT]]) -> ResultT:
        """Do something in a transaction of its own."""

        async def run() -> ResultT:
            async with self.database.transaction(tenant=NEXT4) as tx:
                return await act(tx)

        return self.runner.run(run())

    @property
    def contract_id(self) -> UUID:
        """The account's contract."""
        return self.account.terms.contract_id

    def left(self, debit: Debit) -> domain.Left:
        """What is still debited."""
        return domain.left_of(debit, self.reversals.get(debit.ticket_id, []))

    def is_charged(self, debit: Debit) -> bool:
        """Whether any of its overage is still charged."""
        return any(minutes > 0 for _, minutes in self.left(debit).overages)
