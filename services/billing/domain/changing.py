"""The verbs of the rule book on a contract in force: another plan, an end, a pause (2.8, 2.9)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from services.billing.domain.amendments import Amendment, AmendmentState, Mode, PlanStep
from services.billing.domain.contracts import (
    Contract,
    Suspension,
    changed,
    check_in_force,
    earliest_date,
    lived,
    replan,
    run_again,
    run_of,
    terms_at,
    with_next_change,
)
from services.billing.domain.ending import (
    AlreadyCancelled,
    Cancellation,
    ContractEnded,
    EarlyExitBlocked,
    NotCancelled,
    NoticeInFuture,
    NoticeTooEarly,
    effective_date,
)
from services.billing.domain.fees import exit_fee_cents
from services.billing.domain.months import Month
from services.billing.domain.schedule import Calendars
from services.billing.domain.terms import Terms, agreed_prices
from services.billing.offer import Rounding, Section
from shared.calendar import local_date
from shared.errors import Invalid, NotFound, Refused
from shared.events.billing import RoundingRule


class NoPlanToChange(Refused):
    """One-off work and projects have no plan."""

    rule = "2.8"


class PlanChangePending(Refused):
    """A change of plan is decided already; it can be withdrawn."""

    rule = "2.8"


class SamePlan(Refused):
    """The contract has this plan at this price already."""

    status = 422
    rule = "2.8"


class DowngradeAtOnce(Refused):
    """Less hours, or a lower price, come with the next cycle only."""

    status = 422
    rule = "2.8"


class NotBegun(Refused):
    """The contract has not begun: nothing of this month can be changed at once."""

    status = 422
    rule = "2.8"


class ChangeNotFound(NotFound):
    """There is no such change of plan that could still be withdrawn."""


class NoNotice(NotFound):
    """No notice was given."""


class AlreadySuspended(Refused):
    """The contract is suspended already."""

    rule = "2.9"


class NobodyManages(Invalid):
    """Some plans come without an account manager."""

    rule = "N10"


class NotSuspended(Refused):
    """The contract is not suspended."""

    rule = "2.9"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanWanted:
    """The change of plan that is asked for: `base` are the new plan's terms by the offer, with what was agreed."""

    id: UUID
    mode: Mode
    base: Terms
    hour_agreed: bool
    account_manager_id: str | None


def change_plan(contract: Contract, wanted: PlanWanted, *, at: datetime) -> tuple[Contract, Amendment]:
    """The contract with a change of plan decided: with the next cycle, or from today on (2.8).

    Raises NotInForce, ContractEnded, NoPlanToChange, PlanChangePending, NotBegun, DowngradeAtOnce, SamePlan.
    """
    check_in_force(contract)
    today = local_date(at, contract.timezone)
    _check_may_change(contract, wanted, today)
    immediate = wanted.mode == "immediate_prorated"
    day = today if immediate else Month.of(max(today, contract.start_date)).next().first_day
    notice = contract.life.notice
    if notice is not None and day >= notice.effective_date:
        raise ContractEnded(f"this contract ends on {notice.effective_date}, before the change would be")
    step = PlanStep(
        mode=wanted.mode,
        from_plan_code=contract.terms.plan_code,
        base=wanted.base,
        hour_agreed=wanted.hour_agreed,
        account_manager_id=wanted.account_manager_id,
    )
    amendment = Amendment(
        id=wanted.id, kind="plan_change", state="scheduled", effective_date=day, decided_at=at, plan=step
    )
    before = terms_at(contract, day)
    after = lived(contract, amendments=(*contract.life.amendments, amendment))
    _check_is_change(before, terms_at(after, day), immediate=immediate)
    return after, amendment


def withdraw_change(contract: Contract, change_id: UUID) -> Contract:
    """The contract without a change of plan that has not come yet. Raises ChangeNotFound, NotInForce, ContractEnded."""
    check_in_force(contract)
    if not any(one.id == change_id for one in scheduled_changes(contract)):
        raise ChangeNotFound("there is no such change of plan to withdraw")
    return _with_state(contract, {change_id}, "withdrawn")


def scheduled_changes(contract: Contract) -> tuple[Amendment, ...]:
    """The changes of plan that are decided and have not come yet; one at most."""
    return tuple(one for one in contract.life.amendments if one.kind == "plan_change" and one.state == "scheduled")


def come_into_force(contract: Contract, *, at: datetime) -> tuple[Contract, tuple[Amendment, ...]]:
    """The contract with the amendments whose day has come in force, and which these are, in order."""
    today, notice = local_date(at, contract.timezone), contract.life.notice
    due = [one for one in contract.life.amendments if one.state == "scheduled" and one.effective_date <= today]
    if notice is not None:
        due = [one for one in due if one.effective_date < notice.effective_date]
    if not due:
        return contract, ()
    due = sorted(due, key=lambda one: (one.effective_date, one.decided_at, one.id))
    plans = [one.plan for one in due if one.plan is not None]
    manager = plans[-1].account_manager_id if plans else contract.account_manager_id
    after = _with_state(contract, {one.id for one in due}, "in_force")
    if manager is None:
        after = lived(after, account_manager_deputy_id=None)
    return replace(after, terms=terms_at(contract, today), account_manager_id=manager), tuple(due)


def cancel(
    contract: Contract, *, received: date, reason: str, early: bool, at: datetime, calendars: Calendars
) -> Contract:
    """The contract with notice given, and its last run planned (2.9, B45, B46, S21, S22).

    Raises NotInForce, ContractEnded, AlreadyCancelled, NoticeInFuture, NoticeTooEarly, EarlyExitBlocked.
    """
    check_in_force(contract)
    terms, today = contract.terms, local_date(at, contract.timezone)
    if contract.life.notice is not None:
        raise AlreadyCancelled(f"notice was given already: the contract ends on {contract.life.notice.effective_date}")
    if received > today:
        raise NoticeInFuture(f"it is {today}: nothing can have been received on {received}", field="received_date")
    if received < (earliest := earliest_date(contract)):
        raise NoticeTooEarly(f"nothing of this contract was received before {earliest}", field="received_date")
    if early and terms.early_exit == "blocked":
        raise EarlyExitBlocked(f"the contract runs for at least {terms.minimum_term_months} months", field="early")
    start = contract.start_date
    whole = effective_date(
        received,
        start=start,
        notice_days=terms.notice_days,
        minimum_term_months=terms.minimum_term_months,
        today=today,
    )
    soon = effective_date(received, start=start, notice_days=terms.notice_days, minimum_term_months=0, today=today)
    notice = Cancellation(
        received_date=received,
        effective_date=soon if early else whole,
        reason=reason,
        early=early and soon < whole,
        exit_fee_cents=exit_fee_cents(contract, soon) if early and soon < whole else 0,
        requested_at=at,
    )
    late = {one.id for one in scheduled_changes(contract) if one.effective_date >= notice.effective_date}
    ending = _with_state(contract, late, "withdrawn")
    return replan(lived(ending, notice=notice), calendars)


def withdraw_cancellation(contract: Contract, *, at: datetime, calendars: Calendars) -> Contract:
    """The contract as it was before the notice. Raises NotInForce, ContractEnded, NotCancelled."""
    check_in_force(contract)
    if contract.life.notice is None:
        raise NotCancelled("no notice was given")
    goes_on = lived(contract, notice=None)
    run = run_of(contract)
    return run_again(goes_on, run.month, now=at, calendars=calendars) if run.is_final else replan(goes_on, calendars)


def terminate(contract: Contract, *, at: datetime) -> Contract:
    """The contract over, when its effective date has come; else as it is."""
    notice = contract.life.notice
    today = local_date(at, contract.timezone)
    if notice is None or contract.state == "terminated" or notice.effective_date > today:
        return contract
    over = changed(contract, state="terminated", adjusts_at=None, index_missing=False)
    return with_next_change(replace(over, life=replace(over.life, terminated_at=at)))


def suspend(contract: Contract, *, reason: str, at: datetime) -> Contract:
    """The contract suspended for non-payment (2.9). Raises NotInForce, ContractEnded, AlreadySuspended."""
    check_in_force(contract)
    if contract.state == "suspended":
        raise AlreadySuspended("this contract is suspended already")
    new = Suspension(reason=reason, since=local_date(at, contract.timezone), until=None)
    return changed(lived(contract, suspensions=(*contract.life.suspensions, new)), state="suspended")


def resume(contract: Contract, *, at: datetime) -> Contract:
    """The contract going on. Raises NotInForce, ContractEnded, NotSuspended."""
    check_in_force(contract)
    if contract.state != "suspended":
        raise NotSuspended("this contract is not suspended")
    *past, last = contract.life.suspensions
    over = replace(last, until=local_date(at, contract.timezone))
    return changed(lived(contract, suspensions=(*past, over)), state="active")


def notice_of(contract: Contract) -> Cancellation:
    """The notice that was given. Raises NoNotice."""
    if contract.life.notice is None:
        raise NoNotice("no notice was given")
    return contract.life.notice


def name_account_manager(contract: Contract, *, manager_id: str | None, deputy_id: str | None) -> Contract:
    """The contract looked after by somebody else (N10). Raises ContractEnded."""
    if contract.state == "terminated":
        raise ContractEnded("this contract is over")
    return changed(lived(contract, account_manager_deputy_id=deputy_id), account_manager_id=manager_id)


def round_by(contract: Contract, rounding: Rounding | None) -> Contract:
    """The contract with another policy of rounding, one version of it on; None: the provider's own (2.6).

    Raises ContractEnded.
    """
    if contract.state == "terminated":
        raise ContractEnded("this contract is over")
    known = contract.life.rounding
    rule = None if rounding is None else rounding_rule(rounding, version=1 if known is None else known.version + 1)
    return lived(contract, rounding=rule)


def rounding_rule(rounding: Rounding, *, version: int) -> RoundingRule:
    """A policy of rounding as it is told (2.6)."""
    return RoundingRule(
        increment_minutes=rounding.increment_minutes,
        mode=rounding.mode,
        scope=rounding.scope,
        minimum_minutes=rounding.minimum_minutes,
        version=version,
    )


def check_manager(section: Section, plan_code: str | None, manager_id: str | None) -> None:
    """Refuse an account manager where the plan has none (N10, N22). Raises NobodyManages."""
    if plan_code is not None and manager_id is not None and manager_under(section, plan_code, manager_id) is None:
        raise NobodyManages(f"the plan {plan_code} has no account manager", field="account_manager_id")


def manager_under(section: Section, plan_code: str, manager_id: str | None) -> str | None:
    """Who looks after the customer under another plan: the same person, unless the plan has none (N10, N22)."""
    plan = section.plan(plan_code)
    has_none = plan is not None and not plan.features.account_manager
    others = any(one.features.account_manager for one in section.plans)
    return None if has_none and others else manager_id


def _check_may_change(contract: Contract, wanted: PlanWanted, today: date) -> None:
    if contract.kind != "recurring":
        raise NoPlanToChange("this contract has no plan that could be changed")
    if scheduled_changes(contract):
        raise PlanChangePending("a change of plan is decided already: withdraw it first")
    if wanted.mode == "immediate_prorated" and today < contract.start_date:
        raise NotBegun(f"the contract begins on {contract.start_date}", field="mode")


def _check_is_change(before: Terms, after: Terms, *, immediate: bool) -> None:
    """Raises StillToNegotiate, SamePlan, DowngradeAtOnce."""
    old, new = agreed_prices(before), agreed_prices(after)
    if (before.plan_code, old) == (after.plan_code, new):
        raise SamePlan(f"the contract has the plan {after.plan_code} at this price already", field="plan_code")
    is_less = new.price_cents < old.price_cents or new.monthly_minutes < old.monthly_minutes
    if immediate and is_less:
        raise DowngradeAtOnce("a smaller plan comes with the next cycle: mode next_cycle", field="mode")


def _with_state(contract: Contract, ids: set[UUID], state: AmendmentState) -> Contract:
    if not ids:
        return contract
    known = contract.life.amendments
    return lived(contract, amendments=tuple(replace(one, state=state) if one.id in ids else one for one in known))
