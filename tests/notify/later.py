"""The life of Ana's contract after its beginning, as the other services tell it, and what notify makes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

from services.notify.domain import (
    News,
    Template,
    budget,
    contract_life,
    money_news,
    people_news,
    waiting_news,
    work_news,
)
from shared.events import Event
from shared.events.billing import (
    CancellationRequested,
    CancellationWithdrawn,
    ContractResumed,
    ContractSuspended,
    ContractTerminated,
    CreditNoteIssued,
    HoursPurchased,
    InvoiceOverdue,
    InvoicePaid,
    InvoiceVoided,
    InvoiceWillBeDue,
    PlanChanged,
    PlanChangeScheduled,
    PlanChangeWithdrawn,
    PriceAdjusted,
)
from shared.events.examples import example_of
from shared.events.hourbank import HoldUntouched, HoursReversed, LotShare, OverageReversed, TerminationNear
from shared.events.sla import TimeboxReached
from shared.events.ticketing import (
    ApprovalReminded,
    EmergencyBegun,
    EstimateWithdrawn,
    ImpedimentReminded,
    LoginLinkRequested,
    MeetingRequested,
    PrivacyExportRequested,
    TicketCancelled,
    TicketEscalated,
    TicketMerged,
    TicketReopened,
    VisitCancelled,
    VisitMissed,
    VisitRescheduled,
    VisitScheduled,
)
from tests.notify.messages import message
from tests.notify.shop import CONTRACT, INVOICE, LOT, ORGANIZATION, TICKET, local, provider

EventT = TypeVar("EventT", bound=Event)
IDS = {"ticket_id": TICKET, "contract_id": CONTRACT, "organization_id": ORGANIZATION, "invoice_id": INVOICE}
PLAN = {
    "from_plan_code": "START",
    "plan_code": "PRO",
    "monthly_minutes": 600,
    "plan_price_cents": 180000,
    "full_hour_price_cents": 22000,
}
SLOT = {"visit_id": LOT, "starts_at": local("2026-11-20T14:00"), "ends_at": local("2026-11-20T16:00")}


def fact(kind: type[EventT], **said: Any) -> EventT:
    """A fact about Ana's contract; what is not said is as in the example of its kind."""
    own = {name: value for name, value in IDS.items() if name in kind.__dataclass_fields__}
    return replace(example_of(kind), **(own | said))


def lot(minutes: int, *, last: date = date(2027, 11, 1)) -> LotShare:
    return LotShare(lot_id=LOT, effective_date=date(2026, 11, 1), expires_date=last, minutes=minutes)


LATER: dict[str, News | None] = {
    "login_link": people_news.of_login_link_requested(fact(LoginLinkRequested, subject="ana")),
    "privacy_export_requested": people_news.of_privacy_export_requested(
        fact(PrivacyExportRequested, person_id="ana", due_at=local("2026-12-01T10:30")), organization_id=ORGANIZATION
    ),
    "plan_change_scheduled": contract_life.of_plan_change_scheduled(
        fact(PlanChangeScheduled, mode="next_cycle", effective_date=date(2026, 12, 1), **PLAN)
    ),
    "plan_change_withdrawn": contract_life.of_plan_change_withdrawn(fact(PlanChangeWithdrawn)),
    "plan_changed": contract_life.of_plan_changed(fact(PlanChanged, **PLAN)),
    "price_adjusted": contract_life.of_price_adjusted(
        fact(
            PriceAdjusted,
            index_name="IPCA",
            plan_price_cents=68376,
            full_hour_price_cents=24047,
            previous_plan_price_cents=65400,
            previous_full_hour_price_cents=23000,
            effective_date=date(2027, 11, 1),
        )
    ),
    "cancellation_requested": contract_life.of_cancellation_requested(
        fact(CancellationRequested, received_date=date(2026, 11, 10), effective_date=date(2026, 12, 10))
    ),
    "cancellation_withdrawn": contract_life.of_cancellation_withdrawn(fact(CancellationWithdrawn)),
    "termination_near": contract_life.of_termination_near(
        fact(TerminationNear, available_minutes=150, held_minutes=30, effective_date=date(2026, 12, 10), days_left=7)
    ),
    "contract_terminated": contract_life.of_contract_terminated(
        fact(ContractTerminated, effective_date=date(2026, 12, 10))
    ),
    "contract_suspended": contract_life.of_contract_suspended(fact(ContractSuspended, stops_grants=True)),
    "contract_resumed": contract_life.of_contract_resumed(fact(ContractResumed)),
    "hours_purchased": contract_life.of_hours_purchased(
        fact(HoursPurchased, minutes=600, cents=138000, validity_months=12)
    ),
    "hours_reversed": money_news.of_hours_reversed(
        fact(
            HoursReversed,
            minutes=90,
            minutes_over=0,
            by_lot=(lot(90),),
            corrections=(lot(60, last=date(2027, 2, 10)),),
            forfeited_minutes=30,
            balance_after=240,
        )
    ),
    "overage_reversed": money_news.of_overage_reversed(fact(OverageReversed, minutes=30, cents=11500)),
    "invoice_will_be_due": money_news.of_invoice_will_be_due(
        fact(InvoiceWillBeDue, number="2026/000001", due_date=date(2026, 12, 11), amount_due_cents=122900)
    ),
    "invoice_overdue": money_news.of_invoice_overdue(
        fact(InvoiceOverdue, number="2026/000001", due_date=date(2026, 12, 11), amount_due_cents=122900)
    ),
    "invoice_paid": money_news.of_invoice_paid(fact(InvoicePaid, number="2026/000001", total_cents=122900)),
    "invoice_voided": money_news.of_invoice_voided(fact(InvoiceVoided, number="2026/000001")),
    "credit_note_issued": money_news.of_credit_note_issued(
        fact(CreditNoteIssued, number="2026/000001", credit_note_number="NC-2026/00001", cents=11500)
    ),
    "visit_scheduled": work_news.of_visit_scheduled(fact(VisitScheduled, sequence=0, **SLOT)),
    "visit_rescheduled": work_news.of_visit_rescheduled(fact(VisitRescheduled, sequence=1, **SLOT)),
    "visit_cancelled": work_news.of_visit_cancelled(fact(VisitCancelled, sequence=2, reason=None, **SLOT)),
    "visit_missed": work_news.of_visit_missed(
        fact(VisitMissed, visit_id=LOT, starts_at=SLOT["starts_at"], reason="Ninguém atendeu.")
    ),
    "meeting_requested": work_news.of_meeting_requested(
        fact(MeetingRequested, reason_code="choice_needed", minutes=30, professionals=2)
    ),
    "meeting_wanted": work_news.of_meeting_requested(
        fact(MeetingRequested, reason_code=None, minutes=30, professionals=1, by_customer=True)
    ),
    "ticket_merged": work_news.of_ticket_merged(fact(TicketMerged, into_number=1040)),
    "ticket_cancelled": work_news.of_ticket_cancelled(fact(TicketCancelled, reason="Pedido repetido.")),
    "ticket_reopened": work_news.of_ticket_reopened(fact(TicketReopened, after_close=True, reason=None)),
    "ticket_escalated": work_news.of_ticket_escalated(
        fact(TicketEscalated, from_level=1, to_level=2, reason="Precisa de acesso remoto.", is_automatic=False)
    ),
    "hold_untouched": work_news.of_hold_untouched(fact(HoldUntouched, minutes=180, days=90)),
    "timebox_reached": work_news.of_timebox_reached(
        fact(TimeboxReached, box="n1", at_limit="escalate", limit_minutes=30)
    ),
    "approval_reminded": waiting_news.of_approval_reminded(
        fact(ApprovalReminded, estimate_number=1, minutes=330, minutes_over=150, overage_cents=57500)
    ),
    "estimate_withdrawn": waiting_news.of_estimate_withdrawn(fact(EstimateWithdrawn, estimate_number=1, reason=None)),
    "impediment_reminded": waiting_news.of_impediment_reminded(fact(ImpedimentReminded, reason="missing_access")),
    "impediment_left": waiting_news.of_impediment_left(
        fact(ImpedimentReminded, reason="missing_access", times=3, is_last=True)
    ),
    "emergency_begun": waiting_news.of_emergency_begun(fact(EmergencyBegun, most_minutes=60)),
    "digest": budget.of_digest(
        Template.DIGEST,
        message(),
        [message(), message(ticket_id=None, subject="Extrato de horas de novembro de 2026")],
        count=2,
        provider=provider(),
    ),
    "loop_digest": budget.of_digest(Template.LOOP_DIGEST, message(), [message()], count=101, provider=provider()),
    "loop_suspected": budget.of_loop(message()),
}
