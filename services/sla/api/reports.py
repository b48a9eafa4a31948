"""HTTP in: how promises were kept, what tickets took, and the ratios that are watched (N3, N30, N47, B29)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.params import QueryParameter
from msgspec import Meta

from services.sla import actions, store
from services.sla.store import Grouping, Kept, Resolutions, Slow, Span
from shared import sheet
from shared.auth import EVERYBODY, STAFF
from shared.db import Transaction
from shared.errors import Invalid
from shared.pages import Limit

DAYS_MOST = 3_660  # ten years

From = Annotated[date, QueryParameter(name="from", description="First local date of registration.")]
To = Annotated[date, QueryParameter(name="to", description="Last local date of registration, included.")]
Tenths = Annotated[str | None, Meta(examples=["97.5"], description="To a tenth; null where there is nothing yet.")]


class KeptView(msgspec.Struct, frozen=True, kw_only=True):
    """One metric of one group: promises met, breached and open; `met_percent` of those that have a verdict."""

    group: Annotated[str | None, Meta(examples=["2026-11"])]
    metric: Annotated[str, Meta(examples=["attendance"])]
    met: int
    breached: int
    open: int
    met_percent: Tenths


class ComplianceView(msgspec.Struct, frozen=True, kw_only=True):
    """How promises were kept; cancelled ones count nowhere."""

    items: list[KeptView]


class ResolutionView(msgspec.Struct, frozen=True, kw_only=True):
    """What tickets of one group took, in business seconds; `within` the band that most demands fall into (N30)."""

    group: str | None
    tickets: int
    resolved: int
    business_seconds: int
    paused_seconds: int
    paused_percent: Tenths
    quicker: Annotated[int, Meta(description="Sooner than the band begins.")]
    within: int
    slower: Annotated[int, Meta(description="After the band's last business day.")]
    in_time_percent: Annotated[Tenths, Meta(description="Quicker or within, of those that were resolved.")]
    third_level: Annotated[int, Meta(description="Tickets that came to level 3 (B29).")]
    third_level_percent: Tenths


class ResolutionsView(msgspec.Struct, frozen=True, kw_only=True):
    """What tickets took."""

    items: list[ResolutionView]


class SlowView(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket that took long."""

    ticket_id: UUID
    number: int
    plan_code: str
    priority: str | None
    registered_at: datetime
    resolved_at: datetime
    business_seconds: int
    paused_seconds: int


class SlowestView(msgspec.Struct, frozen=True, kw_only=True):
    """The resolved tickets that took most business time, the longest first."""

    items: list[SlowView]


class MeetingsView(msgspec.Struct, frozen=True, kw_only=True):
    """Meetings beside tickets of the last `days` days (N47); `is_above`: more than wanted, a warning."""

    days: int
    meetings: int
    tickets: int
    meeting_percent: Tenths
    target_percent: int | None
    is_above: bool


@get("/v1/reports/compliance", roles=EVERYBODY, operation_id="report_compliance")
async def compliance(tx: Transaction, first: From, last: To, by: Grouping | None = None) -> ComplianceView:
    """How promises about tickets registered in these days were kept; a customer sees their own organization's."""
    kept = await store.count_kept(tx, span_of(first, last, by))
    return ComplianceView(items=[_kept(one) for one in kept])


@get("/v1/reports/compliance.csv", roles=EVERYBODY, operation_id="report_compliance_csv", media=sheet.MEDIA_TYPE)
async def compliance_csv(tx: Transaction, first: From, last: To, by: Grouping | None = None) -> Response[bytes]:
    """The same, for a spreadsheet."""
    kept = await store.count_kept(tx, span_of(first, last, by))
    return _csv("compliance", KeptView, [_kept(one) for one in kept])


@get("/v1/reports/resolution", roles=STAFF, operation_id="report_resolution")
async def resolution(tx: Transaction, first: From, last: To, by: Grouping | None = None) -> ResolutionsView:
    """What tickets registered in these days took, the share of it that was waited, and the ratio of level 3 (B29)."""
    counted = await store.count_resolutions(tx, span_of(first, last, by))
    return ResolutionsView(items=[_resolution(one) for one in counted])


@get("/v1/reports/resolution.csv", roles=STAFF, operation_id="report_resolution_csv", media=sheet.MEDIA_TYPE)
async def resolution_csv(tx: Transaction, first: From, last: To, by: Grouping | None = None) -> Response[bytes]:
    """The same, for a spreadsheet."""
    counted = await store.count_resolutions(tx, span_of(first, last, by))
    return _csv("resolution", ResolutionView, [_resolution(one) for one in counted])


@get("/v1/reports/slowest", roles=STAFF, operation_id="report_slowest")
async def slowest(tx: Transaction, first: From, last: To, limit: Limit = 10) -> SlowestView:
    """The tickets registered in these days that took longest."""
    found = await store.slowest(tx, span_of(first, last, None), most=limit)
    return SlowestView(items=[_slow(one) for one in found])


@get("/v1/reports/meeting-ratio", roles=STAFF, operation_id="report_meeting_ratio")
async def meetings(tx: Transaction) -> MeetingsView:
    """How many meetings are asked for beside the tickets received (N47)."""
    ratio = await actions.meeting_ratio(tx)
    return MeetingsView(
        days=actions.MEETING_DAYS,
        meetings=ratio.meetings,
        tickets=ratio.tickets,
        meeting_percent=tenths(ratio.meetings, ratio.tickets),
        target_percent=ratio.target_percent,
        is_above=ratio.is_above,
    )


def span_of(first: date, last: date, by: Grouping | None) -> Span:
    """The days asked for. Raises Invalid."""
    if not 0 <= (last - first).days < DAYS_MOST:
        raise Invalid("to is not before from, and ten years at most after it", field="to", rule="no_such_span")
    return Span(first=first, last=last, by=by)


def tenths(part: int, whole: int) -> str | None:
    """A share in percent to a tenth, half up; None of nothing.

    >>> tenths(2, 3), tenths(1, 1), tenths(1, 2000), tenths(0, 0)
    ('66.7', '100.0', '0.1', None)
    """
    if whole == 0:
        return None
    found = (part * 2000 + whole) // (2 * whole)
    return f"{found // 10}.{found % 10}"


def _kept(one: Kept) -> KeptView:
    return KeptView(
        group=one.group,
        metric=one.metric,
        met=one.met,
        breached=one.breached,
        open=one.open,
        met_percent=tenths(one.met, one.met + one.breached),
    )


def _resolution(one: Resolutions) -> ResolutionView:
    return ResolutionView(
        group=one.group,
        tickets=one.tickets,
        resolved=one.resolved,
        business_seconds=one.business_seconds,
        paused_seconds=one.paused_seconds,
        paused_percent=tenths(one.paused_seconds, one.business_seconds),
        quicker=one.quicker,
        within=one.within,
        slower=one.slower,
        in_time_percent=tenths(one.quicker + one.within, one.quicker + one.within + one.slower),
        third_level=one.third_level,
        third_level_percent=tenths(one.third_level, one.tickets),
    )


def _slow(one: Slow) -> SlowView:
    return SlowView(
        ticket_id=one.ticket_id,
        number=one.number,
        plan_code=one.plan_code,
        priority=one.priority,
        registered_at=one.registered_at,
        resolved_at=one.resolved_at,
        business_seconds=one.business_seconds,
        paused_seconds=one.paused_seconds,
    )


def _csv(name: str, kind: type[msgspec.Struct], rows: list[KeptView] | list[ResolutionView]) -> Response[bytes]:
    header = kind.__struct_fields__
    body = sheet.sheet(header, ([getattr(row, column) for column in header] for row in rows))
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(body, media_type=sheet.MEDIA_TYPE, headers=headers)


routes = [compliance, compliance_csv, resolution, resolution_csv, slowest, meetings]
