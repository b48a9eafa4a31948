"""HTTP in: the receipt of each entry of the ledger, in words and in data."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import Parameter
from msgspec import Meta

from services.hourbank import actions
from services.hourbank.api.receipt_words import headline, sentences, ticket_of, why_first
from services.hourbank.api.statement_views import PersonView, person_view
from services.hourbank.api.views import Cents, EntryView, HourPrice, LotView, Minutes, entry_view, lot_view
from services.hourbank.api.words import AcceptLanguage, LocaleAsked, preferred
from services.hourbank.domain import Agreement, Charge, arithmetic_of, by_person
from services.hourbank.domain.receipts import Candidate, Receipt
from shared.auth import EVERYBODY
from shared.db import Transaction
from shared.events.billing import RoundingRule
from shared.events.ticketing import TimeEntry
from shared.pages import NUMBER_MOST


class CandidateView(msgspec.Struct, frozen=True, kw_only=True):
    """A lot that had minutes at that instant, in the order in which they are drawn; the first one is taken."""

    lot_id: UUID
    effective_date: date
    expires_date: Annotated[date, Meta(examples=["2027-11-01"])]
    minutes: Minutes
    is_taken: bool


class TimeEntryView(msgspec.Struct, frozen=True, kw_only=True):
    """Time that a professional was allocated; only what is billable counts."""

    entry_id: UUID
    professional_id: str
    kind: str
    seconds: Annotated[int, Meta(examples=[5400])]
    billable: bool
    started_at: datetime


class RoundingView(msgspec.Struct, frozen=True, kw_only=True):
    """The rule that was fixed on the ticket, and what it made of the billable seconds."""

    increment_minutes: int
    mode: Annotated[str, Meta(examples=["up"])]
    scope: Annotated[str, Meta(examples=["ticket"])]
    minimum_minutes: Minutes
    version: int
    billable_seconds: int
    rounded_minutes: Minutes


class WorkView(msgspec.Struct, frozen=True, kw_only=True):
    """The closed round: debited = actual - written off; `rounding` is null where it was not told."""

    actual_minutes: Minutes
    written_off_minutes: Minutes
    debited_minutes: Minutes
    over_minutes: Minutes
    entries: list[TimeEntryView]
    rounding: RoundingView | None
    people: list[PersonView]


class AgreementView(msgspec.Struct, frozen=True, kw_only=True):
    """An approved estimate: who agreed, when, and the rate that was pinned."""

    estimate_id: UUID
    number: int
    kind: Annotated[str, Meta(examples=["initial"])]
    minutes: Minutes
    over_minutes: Minutes
    hour_price_cents: HourPrice
    is_automatic: bool
    approved_at: datetime
    approved_by: str


class ChargeView(msgspec.Struct, frozen=True, kw_only=True):
    """The invoice line that carries an overage."""

    invoice_id: UUID
    invoice_number: str
    overage_id: UUID
    issue_date: date
    due_date: date
    cents: Cents


class ExplanationView(msgspec.Struct, frozen=True, kw_only=True):
    """Why an entry took these minutes, worked out anew from the ledger before it.

    `asked_minutes` is what was to be taken when its turn came, `expected_minutes` what its rule gives: equal to the
    entry's where `agrees`; null where people decided. `order` shows every lot that had minutes at that instant;
    `decided_by` what put the first one first: first (it expires first), first_effective, first_seq, or only.
    """

    entry: EntryView
    locale: Annotated[str, Meta(examples=["pt-BR"])]
    headline: str
    sentences: list[str]
    agrees: bool
    asked_minutes: int | None
    expected_minutes: int | None
    available_before_minutes: Minutes
    held_before_minutes: Minutes
    lot_before: LotView | None
    lot_after: LotView | None
    order: list[CandidateView]
    decided_by: str | None
    ticket: Annotated[str | None, Meta(examples=["#1042"])]
    work: WorkView | None
    approvals: list[AgreementView]
    cents: int | None
    charges: list[ChargeView]


@get(
    "/v1/accounts/{contract_id:uuid}/entries/{sequence:int}/explanation",
    roles=EVERYBODY,
    operation_id="explain_entry",
    summary="Why these minutes",
)
async def explain_entry(
    tx: Transaction,
    contract_id: UUID,
    sequence: Annotated[int, Parameter(ge=1, le=NUMBER_MOST, description="The number of the entry.")],
    locale: LocaleAsked = None,
    accept_language: AcceptLanguage = None,
) -> Response[ExplanationView]:
    """Why an entry of the ledger took these minutes, in words and in data: what was worked and by whom, the rounding,
    the lots that had minutes and why this one came first, who agreed at which rate, the price, the invoice (2.3-2.6).
    """
    receipt = await actions.explain_entry(tx, contract_id=contract_id, sequence=sequence)
    wanted = preferred(locale, accept_language)
    headers = {"Content-Language": wanted.value, "Vary": "Accept-Language"}
    said = [headline(receipt, wanted), *sentences(receipt, wanted)]
    return Response(_view(receipt, said, locale=wanted.value), headers=headers)


def _view(receipt: Receipt, said: list[str], *, locale: str) -> ExplanationView:
    return ExplanationView(
        entry=entry_view(receipt.entry),
        locale=locale,
        headline=said[0],
        sentences=said[1:],
        agrees=receipt.agrees,
        asked_minutes=receipt.asked_minutes,
        expected_minutes=receipt.expected_minutes,
        available_before_minutes=receipt.available_before_minutes,
        held_before_minutes=receipt.held_before_minutes,
        lot_before=lot_view(receipt.lot_before) if receipt.lot_before is not None else None,
        lot_after=lot_view(receipt.lot_after) if receipt.lot_after is not None else None,
        order=[_candidate(one) for one in receipt.candidates],
        decided_by=why_first(receipt.candidates) if receipt.candidates else None,
        ticket=ticket_of(receipt) or None,
        work=_work(receipt),
        approvals=[_agreement(one) for one in receipt.evidence.agreements],
        cents=receipt.cents,
        charges=[_charge(one) for one in receipt.evidence.charges],
    )


def _candidate(one: Candidate) -> CandidateView:
    terms = one.lot.terms
    return CandidateView(
        lot_id=terms.id,
        effective_date=terms.effective_date,
        expires_date=terms.expires_date,
        minutes=one.minutes,
        is_taken=one.is_taken,
    )


def _work(receipt: Receipt) -> WorkView | None:
    debit, closing = receipt.evidence.debit, receipt.evidence.closing
    if debit is None:
        return None
    arithmetic = arithmetic_of(closing) if closing is not None else None
    return WorkView(
        actual_minutes=debit.minutes + debit.minutes_written_off,
        written_off_minutes=debit.minutes_written_off,
        debited_minutes=debit.minutes,
        over_minutes=debit.minutes_over,
        entries=[_time_entry(one) for one in closing.entries] if closing is not None else [],
        rounding=_rounding(arithmetic.rule, arithmetic.billable_seconds, arithmetic.minutes) if arithmetic else None,
        people=[person_view(share) for share in by_person(closing, debit.minutes)],
    )


def _time_entry(one: TimeEntry) -> TimeEntryView:
    return msgspec.convert(one, TimeEntryView, from_attributes=True)


def _rounding(rule: RoundingRule, seconds: int, minutes: int) -> RoundingView:
    return RoundingView(
        increment_minutes=rule.increment_minutes,
        mode=rule.mode,
        scope=rule.scope,
        minimum_minutes=rule.minimum_minutes,
        version=rule.version,
        billable_seconds=seconds,
        rounded_minutes=minutes,
    )


def _agreement(one: Agreement) -> AgreementView:
    return AgreementView(
        estimate_id=one.estimate_id,
        number=one.number,
        kind=one.kind,
        minutes=one.minutes,
        over_minutes=one.minutes_over,
        hour_price_cents=one.hour_price_cents,
        is_automatic=one.is_automatic,
        approved_at=one.approved_at,
        approved_by=one.approved_by,
    )


def _charge(one: Charge) -> ChargeView:
    return msgspec.convert(one, ChargeView, from_attributes=True)


routes: list[HTTPRouteHandler] = [explain_entry]
