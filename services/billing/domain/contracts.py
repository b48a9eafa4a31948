"""A contract: the terms that were agreed, negotiated while it is a draft, in force once it is active."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Literal
from uuid import UUID

from services.billing.domain.amendments import Amendment, terms_on
from services.billing.domain.ending import Cancellation, ContractEnded
from services.billing.domain.months import Month
from services.billing.domain.onboarding import Applicant
from services.billing.domain.schedule import Calendars, Run, final_run, planned_run
from services.billing.domain.terms import Kind, Negotiated, Terms, agreed_prices, negotiate
from services.billing.offer import FirstCycle, Locale
from shared.calendar import add_months, local_date, local_midnight
from shared.errors import Refused
from shared.events.billing import RoundingRule

START_MOST_MONTHS = 60  # a start farther away than this, in either direction, is a typing error
EARLY_MOST_MONTHS = 12  # money or a letter that is older than its contract by more than this is a typing error

State = Literal["draft", "active", "suspended", "terminated"]


class StartTooFar(Refused):
    """The contract would start, or be invoiced from, a date that nobody can mean."""

    status = 422
    rule = "2.2"


class AlreadyActive(Refused):
    """The contract is in force: its terms are changed by an amendment."""

    rule = "B47"


class NotInForce(Refused):
    """The contract is a draft, or over: there is nothing to change in it."""

    rule = "B47"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspension:
    """A suspension for non-payment, from a local date to another, exclusive; None: it goes on (2.9)."""

    reason: str
    since: date
    until: date | None

    def covers(self, day: date) -> bool:
        """Whether the contract was suspended when that local date began."""
        return self.since < day and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """What has become of a contract since it was signed.

    `signed` are its terms as they were then (None: a draft). `anniversary` is the next whose adjustment is to be looked
    at, 0 for none; `rounding` None: the provider's own policy; `is_settled`: its last invoice was made. `hours_from` is
    the first month that brings hours here, of a contract that comes from an older system; None: the first of all.
    """

    signed: Terms | None = None
    amendments: tuple[Amendment, ...] = ()
    suspensions: tuple[Suspension, ...] = ()
    notice: Cancellation | None = None
    terminated_at: datetime | None = None
    rounding: RoundingRule | None = None
    account_manager_deputy_id: str | None = None
    anniversary: int = 0
    is_settled: bool = False
    hours_from: Month | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """A contract. `next_fee_month` is the first month whose fee is on no invoice yet.

    `applicant` is what a draft says of its customer; the organization says the same once the contract is active.
    `terms` are those in force; what is decided for later stands in its `life`. `changes_at` is when time next changes
    something in it, `adjusts_at` when the next adjustment is to be announced; `index_missing`: it waits for months of
    the index that nobody has typed in.
    """

    id: UUID
    organization_id: UUID
    state: State
    kind: Kind
    terms: Terms
    account_manager_id: str | None
    timezone: str
    locale: Locale
    start_date: date
    first_cycle: FirstCycle
    next_fee_month: Month
    next_run: Run | None
    created_at: datetime
    activated_at: datetime | None
    version: int
    applicant: Applicant | None = None
    life: Life = field(default_factory=Life)
    changes_at: datetime | None = None
    adjusts_at: datetime | None = None
    index_missing: bool = False


def renegotiate(contract: Contract, agreed: Negotiated) -> Contract:
    """The draft with other terms. Raises AlreadyActive, NotNegotiable, BelowMinimum."""
    _refuse_active(contract)
    return changed(contract, terms=negotiate(contract.terms, agreed))


def activate(contract: Contract, *, at: datetime, calendars: Calendars) -> Contract:
    """The contract in force, with its first run planned. Raises AlreadyActive, StillToNegotiate."""
    _refuse_active(contract)
    agreed_prices(contract.terms)
    life = replace(contract.life, signed=contract.terms)
    active = changed(contract, state="active", activated_at=at, applicant=None, life=life)
    return replace(active, next_run=_planned(active, Month.of(contract.start_date), calendars))


def check_in_force(contract: Contract) -> None:
    """Refuse to change what is no contract yet, or none any more. Raises NotInForce, ContractEnded."""
    if contract.state == "draft":
        raise NotInForce("this contract is a draft: its terms can still be written anew")
    if contract.state == "terminated":
        raise ContractEnded("this contract is over")


def terms_at(contract: Contract, day: date) -> Terms:
    """The terms of a local date, past or to come."""
    return terms_on(contract.life.signed or contract.terms, contract.life.amendments, day)


def terms_before(contract: Contract, change: Amendment) -> Terms:
    """The terms that a change of plan found on its day, without those that came after it the same day."""
    return _terms_around(contract, change, without=(change, *_superseding(contract, change)))


def terms_after(contract: Contract, change: Amendment) -> Terms:
    """The terms that a change of plan brought on its day, without those that came after it the same day."""
    return _terms_around(contract, change, without=_superseding(contract, change))


def earliest_date(contract: Contract) -> date:
    """The first local date of which anything can be that concerns a contract: a payment of it (3.1), its notice (B46).

    It may be paid for in advance and left before it starts, and is perhaps written down here long after its start.
    """
    began = min(contract.start_date, local_date(contract.created_at, contract.timezone))
    return add_months(began, -EARLY_MOST_MONTHS)


def changed(contract: Contract, **values: object) -> Contract:
    """The contract with other values, one version on."""
    return replace(contract, version=contract.version + 1, **values)  # type: ignore[arg-type]  # names are its fields


def lived(contract: Contract, **values: object) -> Contract:
    """The contract with another life, one version on, and the instant at which time changes it next."""
    life = replace(contract.life, **values)  # type: ignore[arg-type]  # names are its fields
    return with_next_change(changed(contract, life=life))


def with_next_change(contract: Contract) -> Contract:
    """The contract knowing when time next changes something in it: an amendment that comes into force, or the end."""
    notice = contract.life.notice
    days = [one.effective_date for one in contract.life.amendments if one.state == "scheduled"]
    if notice is not None:
        days = [day for day in days if day < notice.effective_date] + [notice.effective_date]
    is_over = contract.state == "terminated" or not days
    at = None if is_over else local_midnight(min(days), contract.timezone)
    return replace(contract, changes_at=at)


def replan(contract: Contract, calendars: Calendars) -> Contract:
    """The contract with its next run where its end and the calendar of today put it (2.9, B-02)."""
    run, notice = run_of(contract), contract.life.notice
    if run.is_final and notice is not None:
        last = final_run(notice.effective_date, timezone=contract.timezone, calendars=calendars)
        return replace(contract, next_run=last)
    return replace(contract, next_run=_planned(contract, run.month, calendars))


def run_again(contract: Contract, since: Month, *, now: datetime, calendars: Calendars) -> Contract:
    """The contract with the first run from a month on that is still to come.

    That is for one whose cancellation was withdrawn, and for overage that came after the last run.
    """
    month = since
    while _planned(contract, month, calendars).at <= now:
        month = month.next()
    return replace(contract, next_run=_planned(contract, month, calendars))


def after_run(contract: Contract, calendars: Calendars) -> Contract:
    """The contract after the run that was due: its fees are invoiced up to that month, the next run is planned.

    After the last run of one that has ended there is none, unless more overage comes (2.9).
    """
    run = run_of(contract)
    upcoming = run.month.next()
    in_arrears = contract.terms.fees == "arrears" and not run.is_final
    taken = run.month if in_arrears else upcoming
    is_last = is_last_run(contract)
    life = replace(contract.life, is_settled=is_last)
    return changed(
        contract,
        life=life,
        next_fee_month=max(contract.next_fee_month, taken),
        next_run=None if is_last else _planned(contract, upcoming, calendars),
    )


def is_last_run(contract: Contract) -> bool:
    """Whether no other run is planned behind the next one: what waits now would wait for ever (2.9)."""
    return contract.life.notice is not None and (run_of(contract).is_final or contract.life.is_settled)


def lines_until(contract: Contract) -> datetime:
    """The instant up to which lines may have come to wait for the next run: its own, however late it is done (3.2).

    What was bought or agreed after it is on the invoice after it. The last run takes everything.
    """
    return datetime.max.replace(tzinfo=UTC) if is_last_run(contract) else run_of(contract).at


def run_of(contract: Contract) -> Run:
    """The next run of a contract that has one."""
    assert contract.next_run is not None, "this contract has a next run"
    return contract.next_run


def _terms_around(contract: Contract, change: Amendment, *, without: tuple[Amendment, ...]) -> Terms:
    life = contract.life
    upto = tuple(one for one in life.amendments if one not in without)
    return terms_on(life.signed or contract.terms, upto, change.effective_date)


def _superseding(contract: Contract, change: Amendment) -> tuple[Amendment, ...]:
    amendments = contract.life.amendments
    later = amendments[amendments.index(change) + 1 :]
    return tuple(one for one in later if one.kind == "plan_change" and one.effective_date == change.effective_date)


def _planned(contract: Contract, month: Month, calendars: Calendars) -> Run:
    """The run of a month; of a contract that ends, the last run when that comes first."""
    assert contract.activated_at is not None, "only an active contract has runs"
    ordinary = planned_run(
        month,
        start_date=contract.start_date,
        activated_at=contract.activated_at,
        timezone=contract.timezone,
        calendars=calendars,
    )
    notice = contract.life.notice
    if notice is None or contract.life.is_settled:
        return ordinary
    last = final_run(notice.effective_date, timezone=contract.timezone, calendars=calendars)
    return last if last.at <= ordinary.at else ordinary


def _refuse_active(contract: Contract) -> None:
    if contract.state != "draft":
        raise AlreadyActive("this contract is already active")


def first_fee_month(start_date: date, fees_from: Month | None, *, now: datetime, timezone: str) -> Month:
    """The first month whose fee is invoiced here: that of the start, or later when an older system did it.

    Raises StartTooFar.
    """
    start, today = Month.of(start_date), Month.of(local_date(now, timezone))
    if not today.plus(-START_MOST_MONTHS) <= start <= today.plus(START_MOST_MONTHS):
        raise StartTooFar(f"{start_date} is more than {START_MOST_MONTHS} months away", field="start_date")
    if fees_from is None:
        return start
    if not start <= fees_from <= start.plus(START_MOST_MONTHS):
        raise StartTooFar(f"fees from {fees_from} do not fit a start in {start}", field="fees_from")
    return fees_from
