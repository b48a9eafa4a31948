"""A hour bank of pure values: what the tests of the rules act on, with wall times of the contract's zone."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from services.hourbank import domain
from services.hourbank.domain import Account, Approval, Cause, Close, Debit, Entry, Estimate, Hold, Policy, Terms
from shared.calendar import BusinessCalendar, CalendarSpec, HolidaySource, business_calendar
from shared.events.hourbank import AccountEvent

SAO_PAULO = "America/Sao_Paulo"
NAMES = UUID("6c1f7c0e-0000-4000-8000-000000000000")
PLANS = {"START": 180, "BASIC": 420, "ADVANCED": 900, "NONE": 0}
OFFICE = CalendarSpec(
    name="office",
    timezone=SAO_PAULO,
    hours=dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), (("08:00", "18:00"),)),
    holidays=HolidaySource(),
)


def named(name: str) -> UUID:
    """The id of something that a test knows by a name."""
    return uuid5(NAMES, name)


def calendar() -> BusinessCalendar:
    """The calendar of the statements: Monday to Friday, national holidays."""
    return business_calendar(OFFICE)


def terms_of(plan: str, start: str, **changes: object) -> Terms:
    """A contract of a plan: full hour R$ 230.00, twelve months of validity."""
    usual = Terms(
        contract_id=named(f"contract {plan} {start}"),
        organization_id=named("organization"),
        plan_code=plan,
        monthly_minutes=PLANS[plan],
        validity_months=12,
        hour_price_cents=23000,
        first_cycle="prorated",
        start_date=date.fromisoformat(start),
        timezone=SAO_PAULO,
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


@dataclass(slots=True)
class Bank:
    """One account, everything it has written, and everything it has told."""

    account: Account
    entries: list[Entry] = field(default_factory=list)
    facts: list[AccountEvent] = field(default_factory=list)
    estimates: int = 0

    @classmethod
    def opened(
        cls, plan: str, start: str, *, at: str | None = None, policy: Policy | None = None, **changes: object
    ) -> Bank:
        """The account of a contract that is activated at `at`, else as its first day begins."""
        terms = terms_of(plan, start, **changes)
        instant = wall(at or f"{start}T00:00", terms.timezone)
        bank = cls(domain.open_account(terms, policy or Policy(), calendar(), at=instant))
        bank._keep(bank.account)
        return bank

    def tick(self, at: str) -> None:
        """Let every midnight up to `at` do its work."""
        self._keep(domain.advance(self.account, at=self.at(at)))

    def estimate(self, ticket: str, minutes: int, *, at: str, round_number: int = 1) -> UUID:
        """Publish an estimate; answers its id."""
        self.estimates += 1
        estimate = Estimate(
            estimate_id=named(f"{ticket} estimate {self.estimates}"),
            ticket_id=named(ticket),
            round=round_number,
            number=self.estimates,
            minutes=minutes,
        )
        self._keep(domain.hold(domain.advance(self.account, at=self.at(at)), estimate, cause=self.cause(at)))
        return estimate.estimate_id

    def approve(self, estimate_id: UUID, *, at: str) -> None:
        """Agree to what was quoted."""
        quoted = self.hold(estimate_id)
        approval = Approval(
            estimate_id=estimate_id,
            minutes=quoted.minutes,
            minutes_over=quoted.minutes_over,
            hour_price_cents=quoted.hour_price_cents,
        )
        self._keep(domain.approve(domain.advance(self.account, at=self.at(at)), approval, at=self.at(at)))

    def decline(self, estimate_id: UUID, *, at: str, reason: str = "declined") -> None:
        """Give the hold of an estimate back."""
        account = domain.advance(self.account, at=self.at(at))
        self._keep(domain.release(account, estimate_id, reason=reason, cause=self.cause(at)))

    def cancel(self, ticket: str, *, at: str) -> None:
        """Give a ticket up."""
        account = domain.advance(self.account, at=self.at(at))
        self._keep(domain.cancel(account, named(ticket), cause=self.cause(at)))

    def close(self, ticket: str, minutes: int, *, at: str, written_off: int = 0, round_number: int = 1) -> Debit:
        """Debit a closed ticket with what was worked less what is written off."""
        close = Close(
            ticket_id=named(ticket),
            ticket_number=1,
            round=round_number,
            minutes=minutes - written_off,
            minutes_written_off=written_off,
        )
        account = domain.advance(self.account, at=self.at(at))
        account, debit = domain.debit(account, close, cause=self.cause(at))
        self._keep(account)
        return debit

    def hold(self, estimate_id: UUID) -> Hold:
        """What is held for an estimate."""
        return next(hold for hold in self.account.holds if hold.estimate_id == estimate_id)

    def available_by_lot(self) -> dict[str, int]:
        """The available minutes of every lot by the date that it became usable."""
        return {str(lot.terms.effective_date): lot.available_minutes for lot in self.account.lots}

    def told(self, kind: type[AccountEvent]) -> list[AccountEvent]:
        """The facts of a kind, in order."""
        return [fact for fact in self.facts if isinstance(fact, kind)]

    def at(self, text: str) -> datetime:
        """A wall time of the contract's zone as an instant."""
        return wall(text, self.account.terms.timezone)

    def cause(self, at: str) -> Cause:
        """A fact of that instant."""
        return Cause(caused_by="fact", actor="ana", occurred_at=self.at(at))

    def _keep(self, account: Account) -> None:
        self.entries += account.entries
        self.facts += account.facts
        self.account = domain.written(account)


def wall(text: str, timezone: str = SAO_PAULO) -> datetime:
    """A wall time of a zone as a UTC instant."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(timezone)).astimezone(UTC)
