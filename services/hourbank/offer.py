"""Hourbank's section of a provider's offer: when a balance is low, when a lot is warned of, when statements go out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import msgspec
from msgspec import Meta

from services.hourbank.domain import Policy
from shared.calendar import BusinessCalendar, CalendarInvalid, CalendarSpec, business_calendar
from shared.errors import Invalid, refuse_first

Days = Annotated[int, Meta(ge=1, le=365)]


BUSINESS = {"name": "business", "timezone": "America/Sao_Paulo", "hours": {"mon": [["08:00", "18:00"]]}}


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that hourbank needs of an offer. What a contract says (minutes, validity, price) comes with the contract."""

    calendars: Annotated[
        dict[str, CalendarSpec],
        Meta(description="Every calendar that is named below.", examples=[{"business": BUSINESS}]),
    ]
    calendar: Annotated[
        str,
        Meta(
            description="Monthly statements are issued on its first business day of the month, at 08:00 (N20, N26).",
            examples=["business"],
        ),
    ]
    name: (
        Annotated[str, Meta(min_length=1, max_length=200, description="As statements name it.", examples=["Next4"])]
        | None
    ) = None
    low_percent: Annotated[
        int,
        Meta(ge=0, le=100, description="A balance of at most this share of a month's package is low.", examples=[20]),
    ] = 20
    expiring_days: Annotated[
        tuple[Days, ...],
        Meta(max_length=10, description="So many days before its end a lot is warned of.", examples=[[60, 30, 7]]),
    ] = (60, 30, 7)
    untouched_days: Annotated[
        int,
        Meta(ge=1, le=3650, description="A hold untouched for so many days is told of (2.3).", examples=[90]),
    ] = 90

    def check(self) -> None:
        """Raises Invalid, the first of the faults."""
        refuse_first(self.faults())

    def faults(self) -> Iterator[Invalid]:
        """Every calendar that is not there or cannot be used."""
        if self.calendar not in self.calendars:
            yield Invalid(f"no calendar is called {self.calendar!r}", field="calendar", rule="unknown_calendar")
        for name, spec in self.calendars.items():
            try:
                spec.validate()
            except CalendarInvalid as invalid:
                yield Invalid(invalid.why, field=f"calendars.{name}.{invalid.field}", rule=invalid.rule)


def policy_of(section: Section) -> Policy:
    """The warnings that an offer asks for."""
    return Policy(
        low_percent=section.low_percent, expiring_days=section.expiring_days, untouched_days=section.untouched_days
    )


def calendar_of(section: Section) -> BusinessCalendar:
    """The calendar of the statements, built once and remembered."""
    return business_calendar(section.calendars[section.calendar])
