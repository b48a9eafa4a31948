"""A stateful machine over the pure rules: it aims near the approved limit, jumps months, checks 2.12 at each step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid5

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.hourbank import domain
from services.hourbank.domain import (
    Account,
    Approval,
    Cause,
    Close,
    Debit,
    Entry,
    Estimate,
    Hold,
    HoldState,
    Movement,
    Policy,
    Reversal,
    Statement,
)
from shared.errors import Refused
from shared.events.hourbank import BalanceDepleted, BalanceLow, HoursGranted, LotExpired
from tests.hourbank.oracle import Oracle, check_debit, check_fold, check_holds, check_lots, reached, usable_minutes
from tests.hourbank.pure import NAMES, calendar, terms_of


class HourBank(RuleBasedStateMachine):
    """One account through years of estimates, answers, closes, purchases and midnights."""

    def __init__(self) -> None:
        super().__init__()
        self.account: Account
        self.now: datetime
        self.entries: list[Entry] = []
        self.oracle = Oracle()
        self.tickets = 0
        self.numbers: Counter[UUID] = Counter()
        self.closed: dict[UUID, tuple[Close, domain.Debit]] = {}
        self.statements: list[Statement] = []
        self.alerts: Counter[type] = Counter()

    # --- what happens -------------------------------------------------------------------------------------------

    @initialize(
        monthly=st.sampled_from([0, 31, 60, 180]),
        validity=st.sampled_from([1, 2, 3, 12]),
        first_cycle=st.sampled_from(["prorated", "full", "skip"]),
        start=st.dates(date(2023, 12, 1), date(2024, 3, 31)),
        zone=st.sampled_from(["America/Sao_Paulo", "America/Manaus", "America/Noronha", "Asia/Tokyo"]),
        late_days=st.sampled_from([0, 0, 3, 200]),
    )
    def open(self, *, monthly: int, validity: int, first_cycle: str, start: date, zone: str, late_days: int) -> None:
        """A contract is activated, on its first day or late."""
        terms = terms_of(
            "START",
            start.isoformat(),
            monthly_minutes=monthly,
            validity_months=validity,
            first_cycle=first_cycle,
            timezone=zone,
            contract_id=uuid5(NAMES, "contract"),
            plan_price_cents=65400,
        )
        self.now = datetime(start.year, start.month, start.day, 15, tzinfo=UTC) + timedelta(days=late_days)
        self.keep(domain.open_account(terms, Policy(), calendar(), at=self.now))

    @rule(hours=st.integers(1, 60))
    def pass_hours(self, *, hours: int) -> None:
        """Some hours pass."""
        self.pass_to(self.now + timedelta(hours=hours))

    @rule(days=st.integers(20, 45))
    def jump_a_month(self, *, days: int) -> None:
        """About a month passes."""
        self.pass_to(self.now + timedelta(days=days))

    @precondition(lambda self: any(lot.is_live for lot in self.account.lots))
    @rule(over=st.integers(-1, 1))
    def jump_to_an_expiry(self, *, over: int) -> None:
        """Aim at the day on which minutes die, held ones among them."""
        ends = min(lot.terms.expires_date for lot in self.account.lots if lot.is_live)
        noon = datetime(ends.year, ends.month, ends.day, 15, tzinfo=UTC) + timedelta(days=over)
        self.pass_to(max(self.now, noon))

    @rule(
        offset=st.integers(-20, 40),
        part=st.sampled_from([1, 2, 3]),
        ticket=st.integers(0, 3),
        early=st.sampled_from([0, 0, 30]),
        is_answered=st.sampled_from([True, True, False]),
    )
    def publish(self, *, offset: int, part: int, ticket: int, early: int, is_answered: bool) -> None:
        """Estimate about as much as there is, or a part of it; sometimes heard a day late, mostly agreed to at once."""
        minutes = max(1, self.account.available_minutes // part + offset)
        open_tickets = sorted({hold.ticket_id for hold in self.account.holds if hold.is_open})
        if ticket < len(open_tickets):
            ticket_id = open_tickets[ticket]
        else:
            self.tickets += 1
            ticket_id = self.newest_ticket()
        self.numbers[ticket_id] += 1
        number = self.numbers[ticket_id]
        estimate = Estimate(
            estimate_id=uuid5(ticket_id, f"{number}"), ticket_id=ticket_id, round=1, number=number, minutes=minutes
        )
        at = max(self.now - timedelta(hours=early), self.start())
        before = self.advanced(at)
        after = domain.hold(before, estimate, cause=self.cause(at))
        hold = next(one for one in after.holds if one.estimate_id == estimate.estimate_id)
        if hold.state is HoldState.REFUSED:
            assert after.lots == before.lots, "what is refused moves nothing"
            reached["estimate refused by the contract"] += 1
            self.keep(after)
            return
        usable = usable_minutes(before, on=before.local_date(at))
        assert hold.minutes_held == min(minutes, usable), "all that is usable is held, and no more"
        assert hold.minutes_over == minutes - hold.minutes_held
        self.keep(after)
        self.replays(lambda account: domain.hold(account, estimate, cause=self.cause(at)))
        if is_answered:
            self.approve(hold)

    @precondition(lambda self: self.having(HoldState.WAITING))
    @rule(pick=st.integers(0, 9))
    def agree(self, *, pick: int) -> None:
        """The customer says yes."""
        waiting = self.having(HoldState.WAITING)
        self.approve(waiting[pick % len(waiting)])

    @precondition(lambda self: self.having(HoldState.WAITING))
    @rule(pick=st.integers(0, 9))
    def decline(self, *, pick: int) -> None:
        """The customer says no."""
        waiting = self.having(HoldState.WAITING)
        estimate_id = waiting[pick % len(waiting)].estimate_id
        cause = self.cause(self.now)
        self.keep(domain.release(self.advanced(self.now), estimate_id, reason="declined", cause=cause))
        self.replays(lambda again: domain.release(again, estimate_id, reason="declined", cause=cause))

    @precondition(lambda self: self.open_holds())
    @rule(
        pick=st.integers(0, 99),
        offset=st.one_of(st.integers(-40, 1), st.integers(-2, 3)),
        written_off=st.integers(0, 3),
        early=st.sampled_from([0, 0, 30]),
    )
    def close(self, pick: int, offset: int, written_off: int, early: int) -> None:
        """Close near the approved limit, some minutes beyond it now and then."""
        ready = self.ready_to_close() or self.open_holds()
        ticket_id = ready[pick % len(ready)].ticket_id
        tranches = [one for one in self.open_holds() if one.ticket_id == ticket_id]
        limit = sum(one.minutes for one in tranches)
        minutes = max(0, limit + offset)
        close = Close(ticket_id=ticket_id, ticket_number=1, round=1, minutes=minutes, minutes_written_off=written_off)
        at = max(self.now - timedelta(hours=early), self.start())
        before = self.advanced(at)
        is_waiting = any(one.state is HoldState.WAITING for one in tranches)
        if is_waiting or minutes > limit:
            reached[
                "close while an answer is waited for refused" if is_waiting else "close above the limit refused"
            ] += 1
            wanted = domain.ApprovalPending if is_waiting else domain.ApprovalRequired
            self.refuses(wanted, before, close, at)
            return
        after, debit = domain.debit(before, close, cause=self.cause(at))
        check_debit(before, after, debit, tranches)
        self.keep(after, debit=debit)
        self.closed[ticket_id] = (close, debit)
        domain.check_repeat(debit, close)
        if early and self.account.local_date(at) < self.account.reached:
            reached["fact of an earlier day"] += 1

    @rule(over=st.integers(1, 60), more=st.sampled_from([0, 10, 25]), unused=st.sampled_from([0, 0, 1, 9, 30]))
    def demand_more_than_there_is(self, *, over: int, more: int, unused: int) -> None:
        """A whole ticket at once: beyond the balance, perhaps with additional hours, closed near its limit."""
        self.publish(offset=over, part=1, ticket=99, early=0, is_answered=True)
        ticket_id = self.newest_ticket()
        if all(hold.ticket_id != ticket_id for hold in self.open_holds()):
            return
        place = sorted({hold.ticket_id for hold in self.open_holds()}).index(ticket_id)
        if more:
            self.publish(offset=more, part=1, ticket=place, early=0, is_answered=True)
        ready = [hold.ticket_id for hold in self.ready_to_close()]
        self.close(pick=ready.index(ticket_id), offset=-unused, written_off=0, early=0)

    @precondition(lambda self: self.open_holds())
    @rule(pick=st.integers(0, 9))
    def cancel(self, *, pick: int) -> None:
        """A ticket is given up."""
        ticket_id = self.open_holds()[pick % len(self.open_holds())].ticket_id
        for hold in self.open_holds():
            is_approved = hold.ticket_id == ticket_id and hold.state is HoldState.APPROVED
            reached["cancelled with an approved hold"] += is_approved
        self.keep(domain.cancel(self.advanced(self.now), ticket_id, cause=self.cause(self.now)))
        self.replays(lambda account: domain.cancel(account, ticket_id, cause=self.cause(self.now)))

    @rule(minutes=st.integers(1, 50), days=st.integers(1, 100))
    def purchase(self, *, minutes: int, days: int) -> None:
        """A lot with a validity of its own comes in between."""
        account = self.advanced(self.now)
        today = account.local_date(self.now)
        if today < account.terms.start_date:
            return
        reached["purchase"] += 1
        self.keep(
            domain.grant(
                account,
                minutes,
                source="purchase",
                effective_date=today,
                expires_date=today + timedelta(days=days),
                cause=self.cause(self.now),
            )
        )

    @precondition(lambda self: len({hold.ticket_id for hold in self.ready_to_close() if hold.minutes_held}) > 1)
    @rule()
    def close_two_in_either_order(self) -> None:
        """Closes of different tickets inside their own holds commute (invariant 15)."""
        tickets = sorted({hold.ticket_id for hold in self.ready_to_close() if hold.minutes_held})[:2]
        account = self.advanced(self.now)
        results = []
        for order in (tickets, tickets[::-1]):
            after = account
            for ticket_id in order:
                minutes = sum(one.minutes_held for one in account.holds if one.ticket_id == ticket_id) * 2 // 3
                close = Close(ticket_id=ticket_id, ticket_number=1, round=1, minutes=minutes, minutes_written_off=0)
                after, _ = domain.debit(after, close, cause=self.cause(self.now))
            results.append(after.lots)
        assert results[0] == results[1]
        reached["two closes in either order"] += 1

    # --- what must be true --------------------------------------------------------------------------------------

    @invariant()
    def books_are_in_order(self) -> None:
        """Invariants 1 to 5, 10 to 12 and 22, after every step."""
        if hasattr(self, "account"):
            check_fold(self.account, self.entries, self.oracle)
            check_holds(self.account, self.oracle)
            check_lots(self.account)

    @invariant()
    def statements_stay_true(self) -> None:
        """What was issued is still what the ledger says, and each month begins where the one before ended."""
        for before, after in zip(self.statements, self.statements[1:], strict=False):
            assert before.closing_minutes == after.opening_minutes
        if self.statements:
            last = self.statements[-1]
            assert self.summed(last.period) == last

    # --- how it is done -----------------------------------------------------------------------------------------

    def newest_ticket(self) -> UUID:
        """The ticket that was opened last."""
        return uuid5(self.account.terms.contract_id, f"ticket {self.tickets}")

    def keep(self, account: Account, *, debit: Debit | None = None, reversal: Reversal | None = None) -> None:
        """Take over what a command made; what was written before is never touched again."""
        for entry in account.entries:
            self.oracle.take(entry)
        self.entries += account.entries
        for fact in account.facts:
            if isinstance(fact, HoursGranted):
                self.alerts.clear()
            if isinstance(fact, BalanceLow | BalanceDepleted):
                self.alerts[type(fact)] += 1
                assert self.alerts[type(fact)] == 1, "told once per crossing, until a top-up"
            reached["depletion"] += isinstance(fact, BalanceDepleted)
            reached["low balance"] += isinstance(fact, BalanceLow)
            reached["release after expiry"] += isinstance(fact, LotExpired) and fact.reason == "released_after_expiry"
        self.account = domain.written(account)

    def pass_to(self, at: datetime) -> None:
        """Move on; statements that fall due on the way are issued at their instants."""
        while self.account.statement_due_at <= at:
            account = self.advanced(self.account.statement_due_at)
            self.keep(account)
            statement = self.summed(domain.period_of(self.account.next_statement))
            self.keep(domain.issue_statement(self.account, statement, calendar()))
            self.statements.append(statement)
            reached["statement"] += 1
        self.now = at
        before = self.account.reached
        in_one_jump = self.advanced(at)
        ended = [lot for lot in in_one_jump.lots if before < lot.terms.expires_date <= in_one_jump.reached]
        reached["expiry under a hold"] += any(lot.held_minutes > 0 for lot in ended)
        halfway = self.advanced(at - timedelta(days=9))
        assert domain.advance(halfway, at=at) == in_one_jump, "splitting a period changes nothing (L-21)"
        self.keep(in_one_jump)

    def summed(self, period: str) -> Statement:
        """A month's statement, from the entries."""
        month = domain.month_of(period)
        end = domain.month_after(month)
        movements = [
            Movement(kind=entry.kind, is_before=entry.local_date < month, minutes=entry.minutes)
            for entry in self.entries
            if entry.local_date < end
        ]
        return domain.summarize(period, movements)

    def approve(self, hold: Hold) -> None:
        """Agree to what was quoted."""
        approval = Approval(
            estimate_id=hold.estimate_id,
            minutes=hold.minutes,
            minutes_over=hold.minutes_over,
            hour_price_cents=hold.hour_price_cents,
        )
        self.keep(domain.approve(self.advanced(self.now), approval, at=self.now))
        self.replays(lambda again: domain.approve(again, approval, at=self.now))

    def advanced(self, at: datetime) -> Account:
        """The account with every midnight up to an instant gone through, not kept yet."""
        return domain.advance(self.account, at=at)

    def start(self) -> datetime:
        """Noon of the contract's first day, somewhere."""
        day = self.account.terms.start_date
        return datetime(day.year, day.month, day.day, 15, tzinfo=UTC)

    def cause(self, at: datetime) -> Cause:
        """A fact of an instant."""
        return Cause(caused_by="fact", actor="ana", occurred_at=at)

    def having(self, state: HoldState) -> list[Hold]:
        """The holds in a state."""
        return [hold for hold in self.account.holds if hold.state is state]

    def open_holds(self) -> list[Hold]:
        """The holds of tickets that are neither closed nor given up."""
        return [hold for hold in self.account.holds if hold.is_open]

    def ready_to_close(self) -> list[Hold]:
        """The approved holds of tickets that wait for no answer."""
        waiting = {hold.ticket_id for hold in self.having(HoldState.WAITING)}
        return [hold for hold in self.having(HoldState.APPROVED) if hold.ticket_id not in waiting]

    def replays(self, command: Callable[[Account], Account]) -> None:
        """The same again changes nothing (invariant 13)."""
        assert command(self.account) == self.account
        reached["replay"] += 1

    def refuses(self, kind: type[Refused], before: Account, close: Close, at: datetime) -> None:
        """A refused command leaves at most what time brought (invariant 21)."""
        try:
            domain.debit(before, close, cause=self.cause(at))
        except kind:
            self.keep(before)
        else:
            raise AssertionError(f"{kind.__name__} was expected")
