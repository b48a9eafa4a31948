"""The machine of estimates and closes, with what else befalls a contract: changes, reversals, purchases, its end."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from uuid import UUID, uuid5

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from services.hourbank import domain
from services.hourbank.domain import Account, Change, Debit, Lot, Reversal, Wanted
from shared.events.hourbank import HoursGranted, HoursReversed, LotExpired, LotVoided, LotVoidRefused
from shared.money import price_of_minutes
from tests.hourbank.machine import HourBank
from tests.hourbank.oracle import reached


class ContractLife(HourBank):
    """One account through changes of plan, purchases, reversals, suspensions and its end."""

    def __init__(self) -> None:
        super().__init__()
        self.reversals: dict[UUID, list[Reversal]] = {}
        self.steps = 0
        self.used: set[UUID] = set()

    # --- what happens -------------------------------------------------------------------------------------------

    @rule(minutes=st.sampled_from([0, 31, 60, 180, 420]), immediate=st.booleans(), months=st.integers(1, 2))
    def change_plan(self, *, minutes: int, immediate: bool, months: int) -> None:
        """Another plan, for the rest of the month at once when it is a bigger one, else from a day 1 on."""
        account = self.advanced(self.now)
        today = account.reached
        if account.has_ended or today < account.terms.start_date:
            return
        is_upgrade = immediate and minutes > account.plan.monthly_minutes
        effective = today
        for _ in range(0 if is_upgrade else months):
            effective = domain.month_after(effective)
        change = Change(
            id=self.new_id("change"),
            effective_date=effective,
            decided_at=self.now,
            plan_price_cents=minutes * 363,
            hour_price_cents=23000,
            is_immediate=is_upgrade,
            plan_code=f"P{minutes}",
            monthly_minutes=minutes,
        )
        after = domain.change_terms(account, change, cause=self.cause(self.now))
        came = [fact for fact in after.facts[len(account.facts) :] if isinstance(fact, HoursGranted)]
        assert is_upgrade or came == [], "what begins later brings nothing now"
        reached["upgrade at once"] += len(came)
        reached["plan change"] += not is_upgrade
        self.keep(after)
        self.replays(lambda again: domain.change_terms(again, change, cause=self.cause(self.now)))

    @precondition(lambda self: any(one.id for one in self.account.agreed.changes))
    @rule()
    def withdraw_change(self) -> None:
        """The last change that has not begun will not be."""
        account = self.advanced(self.now)
        ahead = [one for one in account.agreed.changes if one.id and one.effective_date > account.reached]
        if not ahead:
            return
        after = domain.withdraw_change(account, ahead[-1].id or UUID(int=0), cause=self.cause(self.now))
        assert after.lots == account.lots
        reached["plan change withdrawn"] += 1
        self.keep(after)

    @rule(percent=st.integers(100, 110))
    def adjust_prices(self, *, percent: int) -> None:
        """Other prices in thirty days; approved rates stay."""
        account = self.advanced(self.now)
        plan = account.plan
        change = Change(
            id=None,
            effective_date=account.reached + timedelta(days=30),
            decided_at=self.now,
            plan_price_cents=plan.price_cents * percent // 100,
            hour_price_cents=plan.hour_price_cents * percent // 100,
        )
        self.keep(domain.change_terms(account, change, cause=self.cause(self.now)))
        reached["other prices"] += 1

    @precondition(lambda self: self.account.agreed.ends_on is None)
    @rule(
        days=st.sampled_from([3, 20, 30, 45]),
        what=st.sampled_from(["forfeit", "forfeit", "refund_at_plan_rate", "usable_until_expiry"]),
        is_meant=st.sampled_from([True, False, False]),
    )
    def give_notice(self, *, days: int, what: str, is_meant: bool) -> None:
        """Notice is given, and mostly thought better of a day later."""
        account = self.advanced(self.now)
        if account.reached < account.terms.start_date:
            return
        ends_on = account.reached + timedelta(days=days)
        self.keep(domain.cancel_contract(account, ends_on, on_termination=what, cause=self.cause(self.now)))
        self.replays(
            lambda again: domain.cancel_contract(again, ends_on, on_termination=what, cause=self.cause(self.now))
        )
        reached["notice"] += 1
        if is_meant:
            self.publish(offset=-5, part=2, ticket=99, early=0, is_answered=True)
            self.pass_to(self.now + timedelta(days=days - 1))
            return
        self.pass_to(self.now + timedelta(days=1))
        self.keep(domain.withdraw_cancellation(self.advanced(self.now), cause=self.cause(self.now)))
        reached["notice withdrawn"] += 1

    @rule(stops=st.booleans(), days=st.sampled_from([1, 40]))
    def suspend_for_a_while(self, *, stops: bool, days: int) -> None:
        """The customer does not pay for some days; an estimate then is refused."""
        self.keep(domain.suspend(self.advanced(self.now), stops_grants=stops, at=self.now))
        self.publish(offset=0, part=3, ticket=99, early=0, is_answered=True)
        self.pass_to(self.now + timedelta(days=days))
        self.keep(domain.resume(self.advanced(self.now)))
        reached["suspension"] += 1

    @precondition(lambda self: any(lot.terms.source == "purchase" for lot in self.account.lots))
    @rule(pick=st.integers(0, 9))
    def void_a_purchase(self, *, pick: int) -> None:
        """A purchase is taken back: whole, or for ever not at all."""
        account = self.advanced(self.now)
        bought = [lot for lot in account.lots if lot.terms.source == "purchase"]
        lot = bought[-1 - pick % len(bought)]
        after = domain.void_purchase(
            account,
            lot,
            purchase_id=lot.id,
            was_used=lot.id in self.used,
            cause=self.cause(self.now),
        )
        news = after.facts[len(account.facts) :]
        is_pristine = lot.available_minutes == lot.granted_minutes and lot.id not in self.used
        assert any(isinstance(fact, LotVoided) for fact in news) == is_pristine
        reached["void"] += is_pristine
        reached["void refused"] += any(isinstance(fact, LotVoidRefused) for fact in news)
        self.keep(after)

    @rule(minutes=st.integers(1, 50), days=st.integers(1, 60))
    def correct(self, *, minutes: int, days: int) -> None:
        """A manager gives minutes; not to a contract that has ended."""
        account = self.advanced(self.now)
        try:
            after = domain.correct(account, minutes, validity_days=days, cause=self.cause(self.now))
        except domain.ContractEnded:
            assert account.has_ended
            reached["correction after termination refused"] += 1
            self.keep(account)
            return
        assert after.available_minutes == account.available_minutes + minutes
        reached["correction"] += 1
        self.keep(after)

    @precondition(lambda self: self.closed)
    @rule(
        pick=st.integers(0, 99),
        offset=st.one_of(st.just(0), st.integers(-60, 1)),
        later=st.sampled_from([0, 0, 40, 120]),
    )
    def reverse(self, *, pick: int, offset: int, later: int) -> None:
        """Minutes of a closed ticket are taken back, near all of what is left; often a month later."""
        if later:
            self.pass_to(self.now + timedelta(days=later))
        ticket_id = sorted(self.closed)[-1 - pick % len(self.closed)]
        debit, earlier = self.closed[ticket_id][1], self.reversals.get(ticket_id, [])
        left = domain.left_of(debit, earlier)
        wanted = Wanted(id=self.new_id("reversal"), minutes=max(1, left.minutes + offset), reason="engano")
        account = self.advanced(self.now)
        if wanted.minutes > left.minutes:
            self.refuses_reversal(account, debit, earlier, wanted)
            return
        after, reversal = domain.reverse(account, debit, earlier, wanted, cause=self.cause(self.now))
        self.reversals[ticket_id] = [*earlier, reversal]
        self.check_reversal(account, after, debit, reversal)
        self.keep(after, reversal=reversal)

    @precondition(lambda self: self.account.agreed.ends_on is None and self.account.plan.monthly_minutes > 0)
    @rule(over=st.integers(1, 20), unused=st.integers(0, 30))
    def end_with_holds(self, *, over: int, unused: int) -> None:
        """A contract ends over a ticket that goes on, is closed and corrected afterwards."""
        self.demand_more_than_there_is(over=over, more=0, unused=0)
        self.pass_to(self.now + timedelta(days=31))
        self.publish(offset=-10, part=1, ticket=99, early=0, is_answered=True)
        ends_on = self.account.reached + timedelta(days=2)
        self.keep(
            domain.cancel_contract(
                self.advanced(self.now), ends_on, on_termination="forfeit", cause=self.cause(self.now)
            )
        )
        reached["notice"] += 1
        self.pass_to(self.now + timedelta(days=3))
        ready = [hold.ticket_id for hold in self.ready_to_close()]
        if self.newest_ticket() in ready:
            self.close(pick=ready.index(self.newest_ticket()), offset=-unused, written_off=0, early=0)
        if self.closed:
            self.reverse(pick=0, offset=0, later=0)
            self.reverse(pick=1, offset=-1, later=0)

    # --- what must be true --------------------------------------------------------------------------------------

    @invariant()
    def an_ended_contract_has_nothing(self) -> None:
        """Invariant 19: nothing is available after the end, and nothing is granted."""
        if not hasattr(self, "account") or not self.account.has_ended:
            return
        ends_on = self.account.agreed.ends_on
        assert ends_on is not None
        assert self.account.next_cycle is None
        assert all(lot.terms.effective_date < ends_on or lot.terms.source == "purchase" for lot in self.account.lots)
        if self.account.forfeits:
            assert sum(lot.available_minutes for lot in self.account.lots) == 0

    @invariant()
    def overage_is_what_is_charged(self) -> None:
        """Invariant 14: what the ledger charges of a ticket is its debit less its reversals, to the centavo."""
        for ticket_id, (_, debit) in self.closed.items():
            taken = self.reversals.get(ticket_id, [])
            left = domain.left_of(debit, taken)
            assert 0 <= left.minutes == debit.minutes - sum(one.minutes for one in taken)
            owed = sum(overage.cents for overage in debit.overages) - sum(one.cents for one in taken)
            assert owed == sum(price_of_minutes(minutes, one.hour_price_cents) for one, minutes in left.overages)
            for overage, minutes in left.overages:
                assert self.oracle.over[ticket_id, overage.tranche] == minutes

    @invariant()
    def lots_paid_what_is_debited(self) -> None:
        """Invariants 6 and 14: what is consumed of a lot is what debits took of it less what reversals gave back."""
        paid = Counter[UUID]()
        for ticket_id, (_, debit) in self.closed.items():
            paid.update({share.lot_id: share.minutes for share in debit.by_lot})
            for reversal in self.reversals.get(ticket_id, []):
                paid.subtract({share.lot_id: share.minutes for share in reversal.by_lot})
        for lot in self.account.lots if self.closed else ():
            assert lot.consumed_minutes == paid[lot.id]

    # --- how it is done -----------------------------------------------------------------------------------------

    def keep(self, account: Account, *, debit: Debit | None = None, reversal: Reversal | None = None) -> None:
        """Count what a contract's end met."""
        ended_now = account.has_ended and not self.was_over() and hasattr(self, "account")
        reached["termination with holds"] += ended_now and account.forfeits and account.held_minutes > 0
        for fact in account.facts:
            if isinstance(fact, LotExpired) and fact.reason == "termination" and self.was_over():
                reached["release after termination"] += 1
        for entry in account.entries:
            if entry.kind in (domain.EntryKind.CAPTURE, domain.EntryKind.CONSUME) and entry.lot is not None:
                self.used.add(entry.lot.id)
        super().keep(account, debit=debit, reversal=reversal)

    def was_over(self) -> bool:
        """Whether the contract had ended before the command at hand."""
        return hasattr(self, "account") and self.account.has_ended

    def new_id(self, what: str) -> UUID:
        """A fresh id."""
        self.steps += 1
        return uuid5(self.account.terms.contract_id, f"{what} {self.steps}")

    def check_reversal(self, before: Account, after: Account, debit: Debit, reversal: Reversal) -> None:
        """What came back came back in its order, to its own lots, and nothing else moved."""
        news = after.facts[len(before.facts) :]
        told = next(fact for fact in news if isinstance(fact, HoursReversed))
        back = sum(share.minutes for share in reversal.by_lot)
        assert told.minutes == reversal.minutes == reversal.minutes_over + back
        assert not back or all(minutes == 0 for _, minutes in self.left_after(debit).overages), "overage goes first"
        usable = after.available_minutes - before.available_minutes
        assert usable == back - reversal.forfeited_minutes, "what is not forfeited is usable"
        fresh = [lot for lot in after.lots if lot.terms.seq > before.lots_granted]
        assert [lot.granted_minutes for lot in fresh] == [share.minutes for share in reversal.corrections]
        own = {share.lot_id for share in reversal.by_lot} | {lot.id for lot in fresh}
        assert self.others(before, own) == self.others(after, own), "nothing cascades to other tickets' lots"
        reached["reversal"] += 1
        reached["reversal of overage"] += reversal.minutes_over > 0
        reached["reversal after the invoice"] += reversal.local_date.replace(day=1) > debit.local_date.replace(day=1)
        reached["reversal after expiry"] += len(reversal.corrections) > 0
        reached["reversal of everything"] += self.left_after(debit).minutes == 0
        reached["reversal after termination"] += reversal.forfeited_minutes > 0

    def left_after(self, debit: Debit) -> domain.Left:
        """What is still debited of a ticket."""
        return domain.left_of(debit, self.reversals[debit.ticket_id])

    @staticmethod
    def others(account: Account, own: set[UUID]) -> list[Lot]:
        """The lots beside some."""
        return [lot for lot in account.lots if lot.id not in own]

    def refuses_reversal(self, account: Account, debit: Debit, earlier: list[Reversal], wanted: Wanted) -> None:
        """A refused reversal leaves at most what time brought (invariant 21)."""
        with pytest.raises(domain.ReversalExceedsDebit):
            domain.reverse(account, debit, earlier, wanted, cause=self.cause(self.now))
        reached["reversal beyond the debit refused"] += 1
        self.keep(account)
