"""How the values of the domain become rows, and rows become values again; nothing else knows both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from services.hourbank import domain
from services.hourbank.domain import (
    Account,
    Agreed,
    Cause,
    Debit,
    Entry,
    EntryKind,
    Hold,
    HoldState,
    Lot,
    LotTerms,
    Overage,
    Policy,
    Reversal,
    ReversedOverage,
    Terms,
    Work,
)
from shared.events.hourbank import LotShare

AnyRow = sa.Row[Any]
Row = dict[str, object]


def account_of(row: AnyRow, policy: Policy, *, lots: Sequence[AnyRow], holds: Sequence[AnyRow]) -> Account:
    """An account from its row and those of its lots and holds."""
    return Account(
        terms=terms_of(row),
        policy=policy,
        reached=row.reached,
        next_cycle=row.next_cycle,
        next_statement=row.next_statement,
        statement_due_at=row.statement_due_at,
        stated_until=row.stated_until,
        lots=tuple(map(lot_of, lots)),
        holds=tuple(map(hold_of, holds)),
        lots_granted=row.lots_granted,
        last_sequence=row.last_sequence,
        alert=domain.Alert(row.alert),
        version=row.version,
        agreed=domain.AS_ACTIVATED if row.agreed is None else msgspec.convert(row.agreed, Agreed),
        cycle_minutes=row.cycle_minutes,
    )


def terms_of(row: AnyRow) -> Terms:
    """What the contract says, from the account's row."""
    return Terms(
        contract_id=row.contract_id,
        organization_id=row.organization_id,
        plan_code=row.plan_code,
        monthly_minutes=row.monthly_minutes,
        validity_months=row.validity_months,
        hour_price_cents=row.hour_price_cents,
        first_cycle=row.first_cycle,
        start_date=row.start_date,
        timezone=row.timezone,
        plan_price_cents=row.plan_price_cents,
        on_termination=row.on_termination,
        grant_requires_payment=row.grant_requires_payment,
        grants_from=row.grants_from,
    )


def terms_row(terms: Terms) -> Row:
    """What the contract says."""
    return {
        "contract_id": terms.contract_id,
        "organization_id": terms.organization_id,
        "plan_code": terms.plan_code,
        "monthly_minutes": terms.monthly_minutes,
        "validity_months": terms.validity_months,
        "hour_price_cents": terms.hour_price_cents,
        "first_cycle": terms.first_cycle,
        "start_date": terms.start_date,
        "timezone": terms.timezone,
        "plan_price_cents": terms.plan_price_cents,
        "on_termination": terms.on_termination,
        "grant_requires_payment": terms.grant_requires_payment,
        "grants_from": terms.grants_from,
    }


def position_row(account: Account, *, version: int) -> Row:
    """Where the account is now, and when it is next due."""
    return {
        "reached": account.reached,
        "next_cycle": account.next_cycle,
        "next_statement": account.next_statement,
        "stated_until": account.stated_until,
        "lots_granted": account.lots_granted,
        "last_sequence": account.last_sequence,
        "alert": int(account.alert),
        "version": version,
        "cycle_minutes": account.cycle_minutes,
        "next_due_at": domain.next_due_at(account),
        "statement_due_at": account.statement_due_at,
        "put_off_until": None,
    }


def agreed_row(account: Account) -> Row:
    """What was agreed since the activation."""
    return {"agreed": msgspec.to_builtins(account.agreed)}


def lot_of(row: AnyRow) -> Lot:
    """A lot with its buckets."""
    terms = LotTerms(
        id=row.lot_id,
        seq=row.seq,
        source=row.source,
        cycle_start=row.cycle_start,
        effective_date=row.effective_date,
        expires_date=row.expires_date,
    )
    return Lot(
        terms=terms,
        granted_minutes=row.granted_minutes,
        available_minutes=row.available_minutes,
        held_minutes=row.held_minutes,
        consumed_minutes=row.consumed_minutes,
        expired_minutes=row.expired_minutes,
        voided_minutes=row.voided_minutes,
    )


def lot_row(lot: Lot) -> Row:
    """A lot with its buckets."""
    terms = lot.terms
    return buckets_row(lot) | {
        "lot_id": terms.id,
        "seq": terms.seq,
        "source": terms.source,
        "cycle_start": terms.cycle_start,
        "effective_date": terms.effective_date,
        "expires_date": terms.expires_date,
        "granted_minutes": lot.granted_minutes,
    }


def buckets_row(lot: Lot) -> Row:
    """What changes of a lot."""
    return {
        "available_minutes": lot.available_minutes,
        "held_minutes": lot.held_minutes,
        "consumed_minutes": lot.consumed_minutes,
        "expired_minutes": lot.expired_minutes,
        "voided_minutes": lot.voided_minutes,
    }


def hold_of(row: AnyRow) -> Hold:
    """An estimate's hold."""
    return Hold(
        estimate_id=row.estimate_id,
        ticket_id=row.ticket_id,
        round=row.round,
        number=row.number,
        state=HoldState(row.state),
        minutes=row.minutes,
        minutes_over=row.minutes_over,
        hour_price_cents=row.hour_price_cents,
        shares=_shares_of(row.shares),
        published_at=row.published_at,
        remind_at=row.remind_at,
    )


def hold_row(hold: Hold) -> Row:
    """An estimate's hold."""
    return {
        "estimate_id": hold.estimate_id,
        "ticket_id": hold.ticket_id,
        "round": hold.round,
        "number": hold.number,
        "minutes": hold.minutes,
        "minutes_over": hold.minutes_over,
        "hour_price_cents": hold.hour_price_cents,
        "published_at": hold.published_at,
    } | state_row(hold)


def state_row(hold: Hold) -> Row:
    """What changes of a hold."""
    return {"state": hold.state.value, "shares": msgspec.to_builtins(hold.shares), "remind_at": hold.remind_at}


def entry_of(row: AnyRow) -> Entry:
    """A line of the ledger."""
    lot = None
    if row.lot_id is not None:
        lot = LotTerms(
            id=row.lot_id,
            seq=row.lot_seq,
            source=row.lot_source,
            cycle_start=row.lot_cycle_start,
            effective_date=row.lot_effective_date,
            expires_date=row.lot_expires_date,
        )
    work = None
    if row.ticket_id is not None:
        work = Work(ticket_id=row.ticket_id, round=row.round, estimate_id=row.estimate_id)
    return Entry(
        sequence=row.sequence,
        kind=EntryKind(row.kind),
        minutes=row.minutes,
        lot=lot,
        work=work,
        tranche=row.tranche,
        hour_price_cents=row.hour_price_cents,
        reason=row.reason,
        cause=Cause(caused_by=row.caused_by, actor=row.actor, occurred_at=row.occurred_at),
        local_date=row.local_date,
    )


def entry_row(entry: Entry) -> Row:
    """A line of the ledger."""
    lot, work = entry.lot, entry.work
    return {
        "sequence": entry.sequence,
        "kind": entry.kind.value,
        "minutes": entry.minutes,
        "lot_id": lot.id if lot else None,
        "lot_seq": lot.seq if lot else None,
        "lot_source": lot.source if lot else None,
        "lot_cycle_start": lot.cycle_start if lot else None,
        "lot_effective_date": lot.effective_date if lot else None,
        "lot_expires_date": lot.expires_date if lot else None,
        "ticket_id": work.ticket_id if work else None,
        "round": work.round if work else None,
        "estimate_id": work.estimate_id if work else None,
        "tranche": entry.tranche,
        "hour_price_cents": entry.hour_price_cents,
        "reason": entry.reason,
        "caused_by": entry.cause.caused_by,
        "actor": entry.cause.actor,
        "occurred_at": entry.cause.occurred_at,
        "local_date": entry.local_date,
    }


def debit_of(row: AnyRow, overages: Sequence[AnyRow]) -> Debit:
    """How a closing was paid."""
    return Debit(
        ticket_id=row.ticket_id,
        ticket_number=row.ticket_number,
        round=row.round,
        minutes=row.minutes,
        minutes_written_off=row.minutes_written_off,
        by_lot=_shares_of(row.by_lot),
        overages=tuple(
            Overage(
                id=one.overage_id,
                tranche=one.tranche,
                minutes=one.minutes,
                hour_price_cents=one.hour_price_cents,
                cents=one.cents,
                billing_month=one.billing_month,
            )
            for one in overages
            if (one.ticket_id, one.round) == (row.ticket_id, row.round)
        ),
        debited_at=row.debited_at,
        local_date=row.local_date,
    )


def debit_row(debit: Debit) -> Row:
    """How a closing was paid by lots."""
    return {
        "ticket_id": debit.ticket_id,
        "round": debit.round,
        "ticket_number": debit.ticket_number,
        "minutes": debit.minutes,
        "minutes_written_off": debit.minutes_written_off,
        "by_lot": msgspec.to_builtins(debit.by_lot),
        "debited_at": debit.debited_at,
        "local_date": debit.local_date,
    }


def overage_rows(debit: Debit) -> list[Row]:
    """What no lot paid, a row per tranche."""
    return [
        {
            "overage_id": overage.id,
            "ticket_id": debit.ticket_id,
            "round": debit.round,
            "tranche": overage.tranche,
            "minutes": overage.minutes,
            "hour_price_cents": overage.hour_price_cents,
            "cents": overage.cents,
            "billing_month": overage.billing_month,
        }
        for overage in debit.overages
    ]


def reversal_of(row: AnyRow) -> Reversal:
    """What was taken back."""
    return Reversal(
        id=row.reversal_id,
        ticket_id=row.ticket_id,
        round=row.round,
        minutes=row.minutes,
        overages=msgspec.convert(row.overages, tuple[ReversedOverage, ...]),
        by_lot=_shares_of(row.by_lot),
        corrections=_shares_of(row.corrections),
        forfeited_minutes=row.forfeited_minutes,
        reason=row.reason,
        actor=row.actor,
        reversed_at=row.reversed_at,
        local_date=row.local_date,
        dispute_id=row.dispute_id,
    )


def reversal_row(reversal: Reversal) -> Row:
    """What was taken back."""
    return {
        "reversal_id": reversal.id,
        "ticket_id": reversal.ticket_id,
        "round": reversal.round,
        "minutes": reversal.minutes,
        "overages": msgspec.to_builtins(reversal.overages),
        "by_lot": msgspec.to_builtins(reversal.by_lot),
        "corrections": msgspec.to_builtins(reversal.corrections),
        "forfeited_minutes": reversal.forfeited_minutes,
        "reason": reversal.reason,
        "actor": reversal.actor,
        "reversed_at": reversal.reversed_at,
        "local_date": reversal.local_date,
        "dispute_id": reversal.dispute_id,
    }


def _shares_of(kept: object) -> tuple[LotShare, ...]:
    return msgspec.convert(kept, tuple[LotShare, ...])
