"""What the hour bank shows, and how the values of the domain become it. Minutes and centavos are integers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from services.hourbank import domain
from services.hourbank.domain import Account, Entry, Hold, HoldState, Lot
from shared.events.hourbank import LotShare
from shared.pages import Page

Minutes = Annotated[int, Meta(description="Whole minutes.", examples=[180])]
Cents = Annotated[int, Meta(description="Integer centavos.", examples=[57500])]
HourPrice = Annotated[int, Meta(description="Integer centavos for an hour.", examples=[23000])]


class LotView(msgspec.Struct, frozen=True, kw_only=True):
    """One grant and where its minutes are: granted = available + held + consumed + expired + voided.

    Usable while the local date is in [`effective_date`, `expires_date`).
    """

    lot_id: UUID
    source: Annotated[str, Meta(examples=["plan"])]
    effective_date: Annotated[date, Meta(examples=["2026-11-01"])]
    expires_date: Annotated[date, Meta(examples=["2027-11-01"])]
    granted_minutes: Minutes
    available_minutes: Minutes
    held_minutes: Minutes
    consumed_minutes: Minutes
    expired_minutes: Minutes
    voided_minutes: Minutes


class HoldView(msgspec.Struct, frozen=True, kw_only=True):
    """An estimate that holds minutes: `state` is waiting (for the customer) or approved."""

    estimate_id: UUID
    ticket_id: UUID
    state: Annotated[str, Meta(examples=["approved"])]
    minutes: Minutes
    held_minutes: Minutes
    over_minutes: Minutes
    hour_price_cents: HourPrice
    overage_cents: Cents
    published_at: datetime


class AccountView(msgspec.Struct, frozen=True, kw_only=True):
    """The hours of one contract at this instant (saldo de horas): balance = available + held.

    `overage_approved_minutes` are approved beyond the balance and not yet debited; only what is worked is charged.
    """

    contract_id: UUID
    organization_id: UUID
    plan_code: Annotated[str, Meta(examples=["START"])]
    timezone: Annotated[str, Meta(examples=["America/Sao_Paulo"])]
    monthly_minutes: Minutes
    hour_price_cents: HourPrice
    balance_minutes: Minutes
    available_minutes: Minutes
    held_minutes: Minutes
    overage_approved_minutes: Minutes
    overage_approved_cents: Cents
    low_threshold_minutes: Minutes
    next_grant_date: date | None
    next_expiry_date: date | None
    ends_on: Annotated[date | None, Meta(description="Once notice is given: the first date without the contract.")]
    suspended_at: datetime | None
    lots: list[LotView]
    holds: list[HoldView]


class EntryView(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the ledger. `kind` says between which buckets the minutes moved; an overage has no lot."""

    sequence: Annotated[int, Meta(examples=[1])]
    kind: Annotated[str, Meta(examples=["grant"])]
    minutes: Minutes
    lot_id: UUID | None
    lot_effective_date: date | None
    lot_expires_date: date | None
    ticket_id: UUID | None
    round: int | None
    estimate_id: UUID | None
    tranche: int | None
    hour_price_cents: int | None
    reason: Annotated[str | None, Meta(examples=["plan"])]
    caused_by: str
    actor: str
    occurred_at: datetime
    local_date: date


class EntryPage(msgspec.Struct, frozen=True, kw_only=True):
    """Lines in order; ask again with `cursor` = `next_cursor` until it is null."""

    items: list[EntryView]
    next_cursor: str | None


class ShareView(msgspec.Struct, frozen=True, kw_only=True):
    """Minutes that one lot paid."""

    lot_id: UUID
    effective_date: date
    minutes: Minutes


def account_view(account: Account) -> AccountView:
    """Show an account."""
    terms = account.terms
    approved = [hold for hold in account.holds if hold.state is HoldState.APPROVED]
    ends = [lot.terms.expires_date for lot in account.lots if lot.available_minutes > 0]
    return AccountView(
        contract_id=terms.contract_id,
        organization_id=terms.organization_id,
        plan_code=account.plan.code,
        timezone=terms.timezone,
        monthly_minutes=account.plan.monthly_minutes,
        hour_price_cents=account.plan.hour_price_cents,
        balance_minutes=account.balance_minutes,
        available_minutes=account.available_minutes,
        held_minutes=account.held_minutes,
        overage_approved_minutes=sum(hold.minutes_over for hold in approved),
        overage_approved_cents=sum(hold.overage_cents for hold in approved),
        low_threshold_minutes=domain.low_threshold_minutes(account),
        next_grant_date=account.next_cycle,
        next_expiry_date=min(ends, default=None),
        ends_on=account.agreed.ends_on,
        suspended_at=account.agreed.suspended_at,
        lots=[lot_view(lot) for lot in account.lots],
        holds=[_hold(hold) for hold in account.holds],
    )


def lot_view(lot: Lot) -> LotView:
    """Show a lot."""
    return LotView(
        lot_id=lot.id,
        source=lot.terms.source,
        effective_date=lot.terms.effective_date,
        expires_date=lot.terms.expires_date,
        granted_minutes=lot.granted_minutes,
        available_minutes=lot.available_minutes,
        held_minutes=lot.held_minutes,
        consumed_minutes=lot.consumed_minutes,
        expired_minutes=lot.expired_minutes,
        voided_minutes=lot.voided_minutes,
    )


def _hold(hold: Hold) -> HoldView:
    return HoldView(
        estimate_id=hold.estimate_id,
        ticket_id=hold.ticket_id,
        state=hold.state.value,
        minutes=hold.minutes,
        held_minutes=hold.minutes_held,
        over_minutes=hold.minutes_over,
        hour_price_cents=hold.hour_price_cents,
        overage_cents=hold.overage_cents,
        published_at=hold.published_at,
    )


def entry_page(page: Page[Entry]) -> EntryPage:
    """Show a page of the ledger."""
    return EntryPage(items=[entry_view(entry) for entry in page.items], next_cursor=page.next_cursor)


def entry_view(entry: Entry) -> EntryView:
    """Show a line of the ledger."""
    lot, work = entry.lot, entry.work
    return EntryView(
        sequence=entry.sequence,
        kind=entry.kind.value,
        minutes=entry.minutes,
        lot_id=lot.id if lot else None,
        lot_effective_date=lot.effective_date if lot else None,
        lot_expires_date=lot.expires_date if lot else None,
        ticket_id=work.ticket_id if work else None,
        round=work.round if work else None,
        estimate_id=work.estimate_id if work else None,
        tranche=entry.tranche,
        hour_price_cents=entry.hour_price_cents,
        reason=entry.reason,
        caused_by=entry.cause.caused_by,
        actor=entry.cause.actor,
        occurred_at=entry.cause.occurred_at,
        local_date=entry.local_date,
    )


def share_view(share: LotShare) -> ShareView:
    """Show what one lot paid or got back."""
    return ShareView(lot_id=share.lot_id, effective_date=share.effective_date, minutes=share.minutes)
